import { Anchor, Button, Card, Code, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import type { FormEvent } from 'react';
import { Refused } from '../../ui/problem';
import { useRefusalTo } from '../../viewer';
import type { Explored } from './explored';
import type { Step } from './explorer';

interface CardOf {
  step: Step;
  explored: Explored;
  titleOf: (step: string) => string;
  choose: (step: string) => void;
}

/** One step: what it does, what it takes, and the code that runs. */
export function ExplorerStepCard({ step, explored, titleOf, choose }: CardOf) {
  const refusal = useRefusalTo('runExplorerStep');
  const typed = explored.typed[step.name] ?? {};
  const missing = step.parameters.find(({ name, fallback, madeBy }) => fallback === null && madeBy && !typed[name] && !explored.bound[name]);
  const run = () => {
    if (refusal === null && !explored.busy) void explored.run([step]);
  };
  useHotkeys([['mod+Enter', run]], []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    run();
  };
  return (
    <Card withBorder>
      <form onSubmit={submit}>
        <Stack align="flex-start">
          <div>
            <Title order={2} size="h4">
              {step.title}
            </Title>
            <Text>{step.explanation}</Text>
          </div>
          {step.parameters.map(({ name, label, fallback, prefix, secret }) => (
            <TextInput
              key={name}
              label={label}
              type={secret ? 'password' : 'text'}
              autoComplete="off"
              maxLength={2_000}
              w="100%"
              placeholder={fallback ?? (prefix ? `${prefix}…` : '')}
              value={typed[name] ?? explored.bound[name]?.value ?? ''}
              onChange={(event) => explored.type(step.name, name, event.currentTarget.value)}
            />
          ))}
          {missing?.madeBy && (
            <Text size="sm">
              Run{' '}
              <Anchor component="button" type="button" onClick={() => missing.madeBy && choose(missing.madeBy)}>
                {titleOf(missing.madeBy)}
              </Anchor>{' '}
              first, or type an id of your own.
            </Text>
          )}
          <Group gap="xs">
            <Button type="submit" loading={explored.busy} disabled={refusal !== null}>
              Run
            </Button>
            <Text size="sm" c="dimmed">
              {refusal ?? 'or Ctrl Enter'}
            </Text>
          </Group>
          <Refused refused={explored.refused[step.name] ?? null} />
          <section className="scroll whole" aria-label="The code that runs" {...reachable}>
            <Code block>{step.code}</Code>
          </section>
        </Stack>
      </form>
    </Card>
  );
}

const reachable = { tabIndex: 0 };
