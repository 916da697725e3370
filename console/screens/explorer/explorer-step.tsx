import { Anchor, Badge, Button, Card, Code, Group, Stack, Tabs, Text, TextInput, Title } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { Refused } from '../../ui/problem';
import { ResourceTable } from '../../ui/resource-table';
import { useRefusalTo } from '../../viewer';
import type { Bound, Explored, Run } from './explored';
import type { Step } from './explorer';

interface CardOf {
  step: Step;
  explored: Explored;
  titleOf: (step: string) => string;
  choose: (step: string) => void;
}

/** One step: what it does, what it takes, the code that runs, and what came of it. */
export function ExplorerStepCard({ step, explored, titleOf, choose }: CardOf) {
  const [typed, setTyped] = useState<Record<string, string>>({});
  const refusal = useRefusalTo('runExplorerStep');
  const run = explored.runs[step.name];
  const missing = step.parameters.find(({ name, fallback, madeBy }) => fallback === null && madeBy && !typed[name] && !explored.bound[name]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void explored.run(step, typed);
  };
  return (
    <Stack>
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
                maw={480}
                placeholder={fallback ?? (prefix ? `${prefix}…` : '')}
                value={typed[name] ?? explored.bound[name]?.value ?? ''}
                onChange={(event) => setTyped({ ...typed, [name]: event.currentTarget.value })}
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
            <section className="scroll whole" aria-label="The code that runs" {...reachable}>
              <Code block>{step.code}</Code>
            </section>
            <Button type="submit" color="teal.9" loading={explored.busy} disabled={refusal !== null}>
              Run
            </Button>
            {refusal && (
              <Text size="sm" c="dimmed">
                {refusal}
              </Text>
            )}
            <Refused refused={explored.refused} />
          </Stack>
        </form>
      </Card>
      {run && <Result run={run} />}
    </Stack>
  );
}

const reachable = { tabIndex: 0 };

function Result({ run }: { run: Run }) {
  const { outcome, expected, durationMs, error, bindings, table, calls } = run;
  return (
    <Card withBorder>
      <Stack>
        <Group gap="sm" role="status">
          <Badge color={expected ? 'teal.9' : 'red.9'} tt="none" radius="sm">
            {outcome === 'DONE' ? 'answered' : 'refused'}
          </Badge>
          <Text>
            {durationMs} ms{outcome === 'REFUSED' && expected ? ', as it is meant to show' : ''}
          </Text>
        </Group>
        {error && (
          <Text>
            <Code>{[error.type, error.code, error.status].filter((part) => part !== null).join(' ')}</Code> {error.message}
          </Text>
        )}
        {bindings.length > 0 && (
          <Group gap="xs">
            {bindings.map((binding) => (
              <Binding key={binding.name} {...binding} />
            ))}
          </Group>
        )}
        {table && (
          <ResourceTable
            label="The answer as a table"
            rows={table.rows}
            keyOf={(row) => row.join(' ')}
            empty="It is an empty list."
            columns={table.columns.map((name, at) => ({ name, cell: (row: string[]) => row[at] }))}
          />
        )}
        <Block name="The answer" text={run.result} />
        <Title order={3} size="h5">
          Requests
        </Title>
        {calls.map((call) => (
          <Call key={`${call.requestId} ${call.method} ${call.path} ${call.durationMs}`} call={call} />
        ))}
      </Stack>
    </Card>
  );
}

/** A result that later steps take. What is a credential is shown when somebody asks. */
function Binding({ name, value, secret }: Bound & { name: string }) {
  const [shown, show] = useState(!secret);
  if (shown)
    return (
      <Code>
        {name} = {value}
      </Code>
    );
  return (
    <Button size="compact-xs" variant="default" onClick={() => show(true)}>
      Reveal {name}
    </Button>
  );
}

function Call({ call }: { call: Run['calls'][number] }) {
  return (
    <div>
      <Text>
        <Code>
          {call.method} {call.path}
        </Code>{' '}
        {call.status ?? 'no answer'} in {call.durationMs} ms
      </Text>
      <Text size="sm" c="dimmed">
        {[call.requestId, call.idempotencyKey && `key ${call.idempotencyKey}`, call.stripeAccount && `on ${call.stripeAccount}`]
          .filter(Boolean)
          .join(' · ')}
      </Text>
      <Tabs defaultValue="response" color="teal.9" mt="xs">
        <Tabs.List>
          <Tabs.Tab value="response">Response</Tabs.Tab>
          <Tabs.Tab value="request">Request</Tabs.Tab>
          <Tabs.Tab value="curl">curl</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="response">
          <Block name="Response" text={call.response} />
        </Tabs.Panel>
        <Tabs.Panel value="request">
          <Block name="Request" text={call.request} />
        </Tabs.Panel>
        <Tabs.Panel value="curl">
          <Block name="curl" text={call.curl} />
        </Tabs.Panel>
      </Tabs>
    </div>
  );
}

function Block({ name, text }: { name: string; text: string }) {
  return (
    <section className="scroll tall" aria-label={name} {...reachable}>
      <Code block>{pretty(text)}</Code>
    </section>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
