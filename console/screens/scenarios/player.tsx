import { Button, Card, Group, List, SimpleGrid, Slider, Stack, Text, Title } from '@mantine/core';
import { useInterval } from '@mantine/hooks';
import { useState } from 'react';
import type { PlayScenarioMutation, ScenarioThingKind } from '../../generated/graphql';
import { Figure } from '../../ui/figure';
import { Problem } from '../../ui/problem';
import { Status } from '../../ui/status';
import { When } from '../../ui/when';

type Frame = NonNullable<PlayScenarioMutation['playScenario']['frames']>[number];
type Amount = { [Field in keyof Frame]: Frame[Field] extends { formatted: string } ? Field : never }[keyof Frame];

/** A scenario that was played: all its lines, and how things were after those that were reached. */
export interface Played {
  name: string;
  lines: string[];
  frames: Frame[];
}

const stepMs = 1_400;
const amounts: [Amount, string][] = [
  ['buyers', 'Buyers have paid'],
  ['held', 'Held for the seller'],
  ['seller', 'The seller has'],
  ['platform', 'The platform has'],
  ['stripe', 'Stripe has kept'],
  ['owed', 'The seller owes'],
];
const wordsOfKind: Record<ScenarioThingKind, string> = {
  SETTLEMENT: 'Settlement',
  DISPUTE: 'Dispute',
  REFUND: 'Refund',
  REVERSAL: 'Taking back',
};

/** Steps through what was played, one side or two beside each other. */
export function Player({ sides }: { sides: Played[] }) {
  const [step, setStep] = useState(0);
  const last = Math.max(...sides.map(({ frames }) => frames.length)) - 1;
  const clock = useInterval(() => setStep((now) => Math.min(now + 1, last)), stepMs);
  const go = (to: number) => {
    clock.stop();
    setStep(Math.max(0, Math.min(to, last)));
  };
  return (
    <Stack>
      <Group>
        <Button size="xs" variant="default" onClick={() => go(0)} disabled={step === 0}>
          Start again
        </Button>
        <Button size="xs" variant="default" onClick={() => go(step - 1)} disabled={step === 0}>
          Back
        </Button>
        <Button size="xs" onClick={() => go(step + 1)} disabled={step === last}>
          Next
        </Button>
        <Button size="xs" variant="default" onClick={clock.toggle} disabled={step === last}>
          {clock.active && step < last ? 'Pause' : 'Run to the end'}
        </Button>
        <Text size="sm" role="status">
          Line {step + 1} of {last + 1}
        </Text>
      </Group>
      <Slider value={step} onChange={go} min={0} max={Math.max(last, 1)} step={1} color="teal.9" label={null} thumbLabel="Line of the scenario" />
      <SimpleGrid cols={{ base: 1, md: sides.length }}>
        {sides.map((side) => (
          <Side key={side.name} {...side} step={Math.min(step, side.frames.length - 1)} />
        ))}
      </SimpleGrid>
    </Stack>
  );
}

function Side({ name, lines, frames, step }: Played & { step: number }) {
  const frame = frames[step];
  if (!frame) return null;
  const reached = frames.slice(0, step + 1);
  return (
    <Card withBorder component="section" aria-label={titleOf(name)}>
      <Stack>
        <Title order={2} size="h4">
          {titleOf(name)}
        </Title>
        {frame.wrong.length > 0 && (
          <Problem title={`It goes wrong after line ${step + 1}: ${frame.line}`}>
            <List>
              {frame.wrong.map((wrong) => (
                <List.Item key={wrong}>{wrong}</List.Item>
              ))}
            </List>
          </Problem>
        )}
        <SimpleGrid cols={{ base: 2, sm: 3 }}>
          {amounts.map(([amount, what]) => (
            <Figure key={amount} what={what} much={frame[amount].formatted} more={<LastChange of={reached.map((one) => one[amount].formatted)} />} />
          ))}
        </SimpleGrid>
        <Things reached={reached} />
        <Text size="sm" c="dimmed">
          <When at={frame.at} />
        </Text>
        <List type="ordered" spacing={4} pl="xl">
          {keyed(lines).map(({ key, line, place }) => (
            <List.Item key={key} fw={place === step ? 650 : 400} c={place > step ? 'dimmed' : ''} aria-current={place === step ? 'step' : undefined}>
              {line}
            </List.Item>
          ))}
        </List>
      </Stack>
    </Card>
  );
}

/** Lines may say the same; of those, each is known by which of them it is. */
function keyed(lines: string[]): { key: string; line: string; place: number }[] {
  return lines.map((line, place) => ({ line, place, key: `${line} ${lines.slice(0, place).filter((other) => other === line).length}` }));
}

/** Which line changed something last, and what it was before; louder where it is the line that is shown. Nothing where no line has. */
function LastChange({ of }: { of: (string | undefined)[] }) {
  const place = of.findLastIndex((value, at) => at > 0 && value !== of[at - 1]);
  if (place === -1) return null;
  const before = of[place - 1];
  return (
    <Text span size="sm" fw={place === of.length - 1 ? 650 : 400}>
      {before === undefined ? `since line ${place + 1}` : `${before} until line ${place + 1}`}
    </Text>
  );
}

/** What there is by now, each with its state and which line changed that last. */
function Things({ reached }: { reached: Frame[] }) {
  const there = reached.at(-1)?.things ?? [];
  if (there.length === 0)
    return (
      <Text size="sm" c="dimmed">
        No settlement, dispute or refund yet.
      </Text>
    );
  return (
    <Group gap="md" component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
      {there.map(({ kind, number, state }) => (
        <Group component="li" gap={6} key={`${kind} ${number}`}>
          <Text size="sm">
            {wordsOfKind[kind]}
            {there.some((thing) => thing.kind === kind && thing.number > 1) ? ` ${number}` : ''}
          </Text>
          <Status of={state} />
          <LastChange of={reached.map(({ things }) => wordOf(things.find((thing) => thing.kind === kind && thing.number === number)?.state))} />
        </Group>
      ))}
    </Group>
  );
}

function wordOf(state: string | undefined): string | undefined {
  return state?.toLowerCase().replaceAll('_', ' ');
}

/** A file’s name as a title: "Lost where it was held". */
export function titleOf(name: string): string {
  const words = name.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
