import { Anchor, Grid, Stack, Text, Title } from '@mantine/core';
import { useRef, useState } from 'react';
import { useAskedOnce } from '../../api';
import { graphql } from '../../generated/gql';
import type { ExplorerQuery } from '../../generated/graphql';
import { Asked } from '../../ui/asked';
import { Heading } from '../../ui/heading';
import { When } from '../../ui/when';
import { ChapterLinks } from './chapter-links';
import { type Past, useExplored } from './explored';
import { ExplorerResult } from './explorer-result';
import { ExplorerStepCard } from './explorer-step';
import { Target } from './target';

const explorerDocument = graphql(`
  query Explorer {
    explorerTargets
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
        Each step shows the code that runs. It runs in a world of your own, or with a test key of your own; the money of this server is not touched.
      </Text>
      <Asked asked={asked}>{(told) => <Chapters {...told} />}</Asked>
    </Stack>
  );
}

function Chapters({ explorerChapters: chapters, explorerTargets: targets }: ExplorerQuery) {
  const explored = useExplored(targets);
  const steps = chapters.flatMap((chapter) => chapter.steps);
  const [chosen, setChosen] = useState(steps[0]?.name ?? '');
  const card = useRef<HTMLDivElement>(null);
  const choose = (name: string) => {
    setChosen(name);
    const top = card.current?.getBoundingClientRect().top ?? 0;
    if (top < 0 || top > window.innerHeight) card.current?.scrollIntoView(); // below the chapters, on a narrow screen
  };
  const step = steps.find(({ name }) => name === chosen);
  const run = explored.runs[chosen];
  const titleOf = (name: string) => steps.find((one) => one.name === name)?.title ?? name;
  return (
    <>
      <Target targets={targets} explored={explored} />
      <Grid columns={24}>
        <Grid.Col span={{ base: 24, sm: 8, lg: 5 }}>
          <ChapterLinks chapters={chapters} chosen={chosen} choose={choose} explored={explored} />
        </Grid.Col>
        <Grid.Col span={{ base: 24, sm: 16, lg: 9 }}>
          <div className="stays" ref={card}>
            {step && <ExplorerStepCard key={step.name} step={step} explored={explored} titleOf={titleOf} choose={choose} />}
          </div>
        </Grid.Col>
        <Grid.Col span={{ base: 24, lg: 10 }}>
          <Stack className="stays">
            {run ? <ExplorerResult key={`${run.step} ${explored.history.length}`} run={run} /> : <Text c="dimmed">What comes of it shows here.</Text>}
            <History history={explored.history} titleOf={titleOf} choose={choose} />
          </Stack>
        </Grid.Col>
      </Grid>
    </>
  );
}

/** What was run in this tab, newest first; it is kept until the tab is closed, without credentials. */
function History({ history, titleOf, choose }: { history: Past[]; titleOf: (step: string) => string; choose: (step: string) => void }) {
  if (history.length === 0) return null;
  return (
    <section aria-label="Run in this tab">
      <Title order={2} size="h5">
        Run in this tab
      </Title>
      <ol reversed className="past">
        {history.map(({ step, at, said }) => (
          <li key={`${at} ${step}`}>
            <Anchor component="button" type="button" onClick={() => choose(step)}>
              {titleOf(step)}
            </Anchor>{' '}
            {said}, <When at={at} />
          </li>
        ))}
      </ol>
    </section>
  );
}
