import { Accordion, Badge, Button, Card, Code, Group, Stack, Tabs, Text } from '@mantine/core';
import { useState } from 'react';
import { JsonTree } from '../../ui/json-tree';
import { ResourceTable } from '../../ui/resource-table';
import { type Bound, type Run, wordFor } from './explored';
import { type Bar, Waterfall } from './waterfall';

/** What came of a step: as a table where it is a list, as a tree, as JSON, and every request it made. */
export function ExplorerResult({ run }: { run: Run }) {
  const { expected, durationMs, error, remark, bindings, table, result, calls } = run;
  const bars = table ? barsOf(table) : null;
  return (
    <Card withBorder component="section" aria-label="What came of it">
      <Stack gap="sm">
        <Group gap="sm" role="status">
          <Badge color={expected ? 'teal.9' : 'red.9'} tt="none" radius="sm">
            {wordFor(run)}
          </Badge>
          <Text>{durationMs} ms</Text>
        </Group>
        {error && (
          <Text>
            <Code>{[error.type, error.code, error.status].filter((part) => part !== null).join(' ')}</Code> {error.message}
          </Text>
        )}
        {remark && <Text>{remark}</Text>}
        {bindings.length > 0 && (
          <Group gap="xs">
            {bindings.map((binding) => (
              <Binding key={binding.name} {...binding} />
            ))}
          </Group>
        )}
        {bars && <Waterfall bars={bars} />}
        {table && (
          <ResourceTable
            label="The answer as a table"
            rows={table.rows.map((cells, at) => ({ at, cells }))}
            keyOf={({ at }: Row) => String(at)}
            empty="It is an empty list."
            columns={table.columns.map((name, at) => ({ name, cell: ({ cells }: Row) => cells[at] }))}
          />
        )}
        {!error && <Value name="The answer" json={result} />}
        {calls.length > 0 && <Calls calls={calls} />}
      </Stack>
    </Card>
  );
}

interface Row {
  at: number;
  cells: string[];
}

/** The bars of a table that tells when each of its rows ran; null for any other. */
function barsOf({ columns, rows }: NonNullable<Run['table']>): Bar[] | null {
  if (!columns.includes('beganMs')) return null;
  return rows.map((row) => {
    const of = (name: string) => row[columns.indexOf(name)] ?? '';
    return { label: of('label'), beganMs: Number(of('beganMs')), tookMs: Number(of('tookMs')), ok: of('ok') === 'true' };
  });
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

function Calls({ calls }: { calls: Run['calls'] }) {
  const named = calls.map((call, at) => ({ call, name: `call-${at}` }));
  return (
    <Accordion variant="contained" multiple keepMounted={false}>
      {named.map(({ call, name }) => (
        <Accordion.Item key={name} value={name}>
          <Accordion.Control>
            <Code>
              {call.method} {call.path}
            </Code>{' '}
            {call.status ?? 'no answer'} in {call.durationMs} ms
          </Accordion.Control>
          <Accordion.Panel>
            <Call call={call} />
          </Accordion.Panel>
        </Accordion.Item>
      ))}
    </Accordion>
  );
}

function Call({ call }: { call: Run['calls'][number] }) {
  const told = [call.requestId, call.idempotencyKey && `key ${call.idempotencyKey}`, call.stripeAccount && `on ${call.stripeAccount}`];
  return (
    <>
      <Text size="sm" c="dimmed">
        {told.filter(Boolean).join(' · ')}
      </Text>
      <Tabs defaultValue="response" color="teal.9" mt="xs" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="response">Response</Tabs.Tab>
          <Tabs.Tab value="request">Request</Tabs.Tab>
          <Tabs.Tab value="curl">curl</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="response" pt="xs">
          <Value name="Response" json={call.response} />
        </Tabs.Panel>
        <Tabs.Panel value="request" pt="xs">
          <Value name="Request" json={call.request} />
        </Tabs.Panel>
        <Tabs.Panel value="curl" pt="xs">
          <Block name="curl" text={call.curl} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}

/** A value of JSON as a tree, and as the text it is. */
function Value({ name, json }: { name: string; json: string }) {
  const value: unknown = JSON.parse(json);
  const root = typeof value === 'object' && value !== null && 'object' in value ? String(value.object) : 'value';
  return (
    <Tabs defaultValue="tree" color="teal.9" variant="pills" keepMounted={false}>
      <Tabs.List>
        <Tabs.Tab value="tree" size="xs">
          Tree
        </Tabs.Tab>
        <Tabs.Tab value="json" size="xs">
          JSON
        </Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="tree" pt="xs">
        <section className="scroll tall" aria-label={`${name} as a tree`} {...reachable}>
          <JsonTree name={root} value={value} />
        </section>
      </Tabs.Panel>
      <Tabs.Panel value="json" pt="xs">
        <Block name={name} text={JSON.stringify(value, null, 2)} />
      </Tabs.Panel>
    </Tabs>
  );
}

function Block({ name, text }: { name: string; text: string }) {
  return (
    <section className="scroll tall" aria-label={name} {...reachable}>
      <Code block>{text}</Code>
    </section>
  );
}

const reachable = { tabIndex: 0 };
