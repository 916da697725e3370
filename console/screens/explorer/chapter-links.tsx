import { Button, Group, NavLink, Text } from '@mantine/core';
import { useState } from 'react';
import { useRefusalTo } from '../../viewer';
import type { Explored } from './explored';
import type { Chapter, Step } from './explorer';

interface Links {
  chapters: Chapter[];
  chosen: string;
  choose: (step: string) => void;
  explored: Explored;
}

/** The chapters with their steps, each marked with what came of it; one chapter or all of them run at once. */
export function ChapterLinks({ chapters, chosen, choose, explored }: Links) {
  const refusal = useRefusalTo('runExplorerStep');
  const [opened, setOpened] = useState<Record<string, boolean>>({});
  const runAll = (steps: Step[]) => void explored.run(steps, ({ name }) => choose(name));
  return (
    <nav aria-label="Chapters">
      <Group gap="xs" mb="xs">
        <Button size="xs" disabled={refusal !== null || explored.busy} onClick={() => runAll(chapters.flatMap(({ steps }) => steps))}>
          Run all
        </Button>
        {explored.busy ? (
          <Button size="xs" variant="default" onClick={explored.stop}>
            Stop
          </Button>
        ) : (
          <Button size="xs" variant="default" onClick={explored.forget}>
            Begin anew
          </Button>
        )}
      </Group>
      {chapters.map((chapter) => {
        const { name, title, steps } = chapter;
        const hasChosen = steps.some((step) => step.name === chosen);
        return (
          <NavLink
            key={name}
            component="button"
            type="button"
            label={title}
            rightSection={<Progress chapter={chapter} explored={explored} />}
            disableRightSectionRotation
            opened={opened[name] ?? hasChosen}
            onChange={(isOpen) => setOpened((before) => ({ ...before, [name]: isOpen }))}
          >
            <Text size="sm" c="dimmed" mb="xs">
              {chapter.explanation}
            </Text>
            {steps.map((step) => (
              <NavLink
                key={step.name}
                component="button"
                type="button"
                label={step.title}
                active={step.name === chosen}
                aria-current={step.name === chosen ? 'step' : undefined}
                color="teal.9"
                variant="filled"
                onClick={() => choose(step.name)}
                rightSection={<Mark step={step.name} explored={explored} />}
              />
            ))}
            <Button size="xs" variant="default" my="xs" disabled={refusal !== null || explored.busy} onClick={() => runAll(steps)}>
              Run the chapter
            </Button>
          </NavLink>
        );
      })}
    </nav>
  );
}

function Progress({ chapter: { steps }, explored: { runs } }: { chapter: Chapter; explored: Explored }) {
  const ran = steps.filter(({ name }) => runs[name]?.expected).length;
  return (
    <Text size="xs" c="dimmed" className="numeric">
      {ran} / {steps.length}
    </Text>
  );
}

function Mark({ step, explored: { runs, refused } }: { step: string; explored: Explored }) {
  const run = runs[step];
  if (refused[step]) return <Sign sign="–" says="was not run" />;
  if (!run) return null;
  return run.expected ? <Sign sign="✓" says="went as it should" /> : <Sign sign="✗" says="did not go as it should" />;
}

function Sign({ sign, says }: { sign: string; says: string }) {
  return (
    <span role="img" aria-label={says}>
      {sign}
    </span>
  );
}
