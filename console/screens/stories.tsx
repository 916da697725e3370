import { Button, Card, Group, List, SimpleGrid, Slider, Stack, Text, Title } from '@mantine/core';
import { useInterval } from '@mantine/hooks';
import { useState } from 'react';
import { type UserError, useAct } from '../api';
import { graphql } from '../generated/gql';
import type { PlayStoryMutation, StoryName } from '../generated/graphql';
import { Figure } from '../ui/figure';
import { Heading } from '../ui/heading';
import { Refused } from '../ui/problem';
import { Status } from '../ui/status';
import { When } from '../ui/when';
import { useRefusalTo } from '../viewer';

const playDocument = graphql(`
  mutation PlayStory($story: StoryName!, $defended: Boolean!) {
    playStory(input: { story: $story, defended: $defended }) {
      frames { line at platform { formatted amount } seller { formatted } owed { formatted amount } settlement dispute }
      userErrors { message remedy }
    }
  }
`);

type Frames = NonNullable<PlayStoryMutation['playStory']['frames']>;

const wordsOfStory: Record<StoryName, string> = {
  DISPUTE_LOST: 'A dispute that is lost',
  DISPUTE_WON: 'A dispute that is won',
};
const stepMs = 1_800;

/** What becomes of a payment where sellers are paid at once, and where their money is held until nothing can be taken back: played, and stepped through. */
export function Stories() {
  const play = useAct(playDocument);
  const refusal = useRefusalTo('playStory');
  const [played, setPlayed] = useState<{ eager: Frames; held: Frames } | null>(null);
  const [busy, setBusy] = useState<StoryName | null>(null);
  const [refused, setRefused] = useState<UserError | null>(null);
  const begin = async (story: StoryName) => {
    setBusy(story);
    setRefused(null);
    try {
      const eager = await play({ story, defended: false });
      const held = eager.refused ? eager : await play({ story, defended: true });
      const [one, other] = [eager.result.playStory.frames, held.result.playStory.frames];
      setRefused(held.refused);
      if (one && other) setPlayed({ eager: one, held: other });
    } catch (error) {
      setRefused({ message: error instanceof Error ? error.message : 'That did not work.', remedy: null });
    } finally {
      setBusy(null);
    }
  };
  return (
    <Stack>
      <div>
        <Heading>Stories</Heading>
        <Text>
          Each is played twice by Holdfast itself, in a marketplace of its own with a simulated Stripe: once as if sellers were paid at once, and once
          as they are. Nothing of yours is touched.
        </Text>
      </div>
      <Group>
        {(Object.keys(wordsOfStory) as StoryName[]).map((story) => (
          <Button
            key={story}
            variant="default"
            loading={busy === story}
            disabled={busy !== null || refusal !== null}
            onClick={() => void begin(story)}
          >
            {wordsOfStory[story]}
          </Button>
        ))}
      </Group>
      {refusal && <Text c="dimmed">{refusal}</Text>}
      <Refused refused={refused} />
      {played && <Played key={played.eager[0]?.at} {...played} />}
    </Stack>
  );
}

function Played({ eager, held }: { eager: Frames; held: Frames }) {
  const [step, setStep] = useState(0);
  const last = eager.length - 1;
  const clock = useInterval(() => setStep((now) => Math.min(now + 1, last)), stepMs);
  const go = (to: number) => {
    clock.stop();
    setStep(Math.max(0, Math.min(to, last)));
  };
  return (
    <Stack>
      <Group>
        <Button size="xs" variant="default" onClick={() => go(step - 1)} disabled={step === 0}>
          Back
        </Button>
        <Button size="xs" onClick={() => go(step + 1)} disabled={step === last}>
          Next
        </Button>
        <Button size="xs" variant="default" onClick={clock.toggle} disabled={step === last}>
          {clock.active && step < last ? 'Pause' : 'Play'}
        </Button>
        <Text size="sm" role="status">
          Step {step + 1} of {last + 1}, <When at={held[step]?.at} />
        </Text>
      </Group>
      <Slider
        value={step}
        onChange={go}
        min={0}
        max={last}
        step={1}
        color="teal.9"
        label={null}
        thumbLabel="Step of the story"
        marks={eager.map((_, value) => ({ value }))}
      />
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Side title="Paid at once" frames={eager} step={step} />
        <Side title="Held until it is safe" frames={held} step={step} />
      </SimpleGrid>
    </Stack>
  );
}

function Side({ title, frames, step }: { title: string; frames: Frames; step: number }) {
  const frame = frames[step];
  if (!frame) return null;
  return (
    <Card withBorder component="section" aria-label={title}>
      <Stack>
        <Title order={2} size="h4">
          {title}
        </Title>
        <SimpleGrid cols={2}>
          <Figure what="The platform has" much={frame.platform.formatted} />
          <Figure what="The seller has" much={frame.seller.formatted} />
        </SimpleGrid>
        <Group gap="xs">
          <Text size="sm">Settlement</Text>
          {frame.settlement ? <Status of={frame.settlement} /> : <Text size="sm">none yet</Text>}
          {frame.dispute && (
            <>
              <Text size="sm">Dispute</Text>
              <Status of={frame.dispute} />
            </>
          )}
          {frame.owed.amount > 0 && <Text size="sm">The seller owes {frame.owed.formatted}</Text>}
        </Group>
        <List type="ordered" spacing={4}>
          {frames.map(({ line }, place) => (
            <List.Item key={line} fw={place === step ? 650 : 400} c={place > step ? 'dimmed' : ''} aria-current={place === step ? 'step' : undefined}>
              {line}
            </List.Item>
          ))}
        </List>
      </Stack>
    </Card>
  );
}
