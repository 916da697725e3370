import { Button, Group, NativeSelect, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useSearchParams } from 'wouter';
import { type UserError, useAct, useAskedOnce } from '../../api';
import { graphql } from '../../generated/gql';
import type { ScenariosQuery } from '../../generated/graphql';
import { Asked } from '../../ui/asked';
import { Heading } from '../../ui/heading';
import { Refused } from '../../ui/problem';
import { useRefusalTo } from '../../viewer';
import { type Played, Player, titleOf } from './player';

const scenariosDocument = graphql(`
  query Scenarios {
    scenarios { name about lines beside }
  }
`);

const playDocument = graphql(`
  mutation PlayScenario($name: String!) {
    playScenario(input: { name: $name }) {
      frames {
        line at wrong
        buyers { formatted } held { formatted } seller { formatted } platform { formatted } stripe { formatted } owed { formatted }
        things { kind number state }
      }
      userErrors { message remedy }
    }
  }
`);

type Scenario = ScenariosQuery['scenarios'][number];

/** Stories of money in plain sentences, played by Holdfast itself and stepped through line by line, some of them beside another. */
export function Scenarios() {
  const asked = useAskedOnce(scenariosDocument, {});
  return (
    <Stack>
      <div>
        <Heading>Scenarios</Heading>
        <Text>
          Each is played by Holdfast itself, in a marketplace of its own with a simulated Stripe and a time of its own. Nothing of yours is touched.
          The tests play the same files.
        </Text>
      </div>
      <Asked asked={asked}>{({ scenarios }) => <Chooser scenarios={scenarios} />}</Asked>
    </Stack>
  );
}

function Chooser({ scenarios }: { scenarios: Scenario[] }) {
  const [params, setParams] = useSearchParams();
  const play = useAct(playDocument);
  const refusal = useRefusalTo('playScenario');
  const [played, setPlayed] = useState<Played[]>([]);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<UserError | null>(null);
  const chosen = scenarios.find(({ name }) => name === params.get('name')) ?? scenarios.find(({ beside }) => beside) ?? scenarios[0];
  if (!chosen) return null;
  const beside = scenarios.find(({ name }) => name === chosen.beside);
  const choose = (name: string) => {
    setPlayed([]);
    setRefused(null);
    setParams({ name }, { replace: true });
  };
  const begin = async () => {
    setBusy(true);
    setRefused(null);
    setPlayed([]);
    try {
      const sides: Played[] = [];
      for (const scenario of beside ? [chosen, beside] : [chosen]) {
        const { result, refused: no } = await play({ name: scenario.name });
        setRefused(no);
        const { frames } = result.playScenario;
        if (frames) sides.push({ name: scenario.name, lines: scenario.lines, frames });
      }
      setPlayed(sides);
    } catch (error) {
      setRefused({ message: error instanceof Error ? error.message : 'That did not work.', remedy: null });
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Group align="end">
        <NativeSelect
          label="Scenario"
          value={chosen.name}
          disabled={busy}
          onChange={({ currentTarget }) => choose(currentTarget.value)}
          data={scenarios.map(({ name }) => ({ value: name, label: titleOf(name) }))}
        />
        <Button loading={busy} disabled={refusal !== null} onClick={() => void begin()}>
          {played.length > 0 ? 'Play it again' : 'Play it'}
        </Button>
      </Group>
      <Text>{chosen.about}</Text>
      {beside && <Text>Beside it: {beside.about}</Text>}
      {refusal && <Text c="dimmed">{refusal}</Text>}
      <Refused refused={refused} />
      {played[0] && <Player key={`${chosen.name} ${played[0].frames[0]?.at}`} sides={played} />}
    </>
  );
}
