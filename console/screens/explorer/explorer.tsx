import { Button, Grid, Group, NavLink, PasswordInput, SegmentedControl, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useAskedOnce } from '../../api';
import { graphql } from '../../generated/gql';
import type { ExplorerQuery } from '../../generated/graphql';
import { Asked } from '../../ui/asked';
import { Heading } from '../../ui/heading';
import { useRefusalTo } from '../../viewer';
import { type Explored, useExplored } from './explored';
import { ExplorerStepCard } from './explorer-step';

const explorerDocument = graphql(`
  query Explorer {
    explorerChapters {
      name title explanation needs
      steps { name title explanation code binds meantToBeRefused parameters { name label fallback prefix madeBy secret } }
    }
  }
`);

export type Chapter = ExplorerQuery['explorerChapters'][number];
export type Step = Chapter['steps'][number];

/** Stripe's API by running it: chapters of steps, the code of each, and what came of it. */
export function Explorer() {
  const asked = useAskedOnce(explorerDocument, {});
  return (
    <Stack>
      <Heading>Learn Stripe’s API</Heading>
      <Text c="dimmed">
        Each step shows the code that runs. It runs in a world of your own, or with a test key of your own; nothing of this server changes.
      </Text>
      <Asked asked={asked}>{({ explorerChapters }) => <Chapters chapters={explorerChapters} />}</Asked>
    </Stack>
  );
}

function Chapters({ chapters }: { chapters: Chapter[] }) {
  const explored = useExplored();
  const steps = chapters.flatMap((chapter) => chapter.steps);
  const [chosen, choose] = useState(steps[0]?.name ?? '');
  const step = steps.find(({ name }) => name === chosen);
  return (
    <>
      <Target explored={explored} />
      <Grid>
        <Grid.Col span={{ base: 12, md: 3 }}>
          <nav aria-label="Chapters">
            {chapters.map((chapter) => (
              <ChapterLinks key={chapter.name} chapter={chapter} chosen={chosen} choose={choose} explored={explored} />
            ))}
          </nav>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 9 }}>
          {step && (
            <ExplorerStepCard
              key={step.name}
              step={step}
              explored={explored}
              titleOf={(name) => steps.find((one) => one.name === name)?.title ?? name}
              choose={choose}
            />
          )}
        </Grid.Col>
      </Grid>
    </>
  );
}

interface Links {
  chapter: Chapter;
  chosen: string;
  choose: (step: string) => void;
  explored: Explored;
}

function ChapterLinks({ chapter, chosen, choose, explored }: Links) {
  const refusal = useRefusalTo('runExplorerStep');
  const runAll = async () => {
    for (const step of chapter.steps) {
      choose(step.name);
      if (!(await explored.run(step, {}))) return;
    }
  };
  return (
    <NavLink
      component="button"
      type="button"
      label={chapter.title}
      description={chapter.explanation}
      defaultOpened={chapter.steps.some(({ name }) => name === chosen)}
    >
      {chapter.steps.map(({ name, title }) => (
        <NavLink
          key={name}
          component="button"
          type="button"
          label={title}
          active={name === chosen}
          aria-current={name === chosen ? 'step' : undefined}
          color="teal.9"
          variant="filled"
          onClick={() => choose(name)}
          rightSection={<Mark expected={explored.runs[name]?.expected} />}
        />
      ))}
      <Button size="xs" variant="default" my="xs" disabled={refusal !== null} loading={explored.busy} onClick={() => void runAll()}>
        Run the chapter
      </Button>
    </NavLink>
  );
}

function Mark({ expected }: { expected: boolean | undefined }) {
  if (expected === undefined) return null;
  return expected ? (
    <span role="img" aria-label="went as it should">
      ✓
    </span>
  ) : (
    <span role="img" aria-label="did not go as it should">
      ✗
    </span>
  );
}

function Target({ explored: { target, setTarget, key, setKey, forget } }: { explored: Explored }) {
  return (
    <Group align="flex-end">
      <SegmentedControl
        aria-label="Whom steps are run against"
        value={target}
        onChange={(chosen) => setTarget(chosen === 'STRIPE' ? 'STRIPE' : 'SIMULATOR')}
        data={[
          { value: 'SIMULATOR', label: 'The simulator' },
          { value: 'STRIPE', label: 'Stripe’s test mode' },
        ]}
      />
      {target === 'STRIPE' && (
        <PasswordInput
          label="A test key of your own, kept in this page’s memory alone"
          placeholder="sk_test_…"
          autoComplete="off"
          w={360}
          value={key}
          onChange={(event) => setKey(event.currentTarget.value)}
        />
      )}
      <Button variant="default" onClick={forget}>
        Begin anew
      </Button>
    </Group>
  );
}
