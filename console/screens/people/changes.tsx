import { Code, Stack, Text, Title } from '@mantine/core';
import { useAsked } from '../../api';
import { graphql } from '../../generated/gql';
import type { ChangesQuery } from '../../generated/graphql';
import { Asked } from '../../ui/asked';
import { Download } from '../../ui/download';
import { useFilters } from '../../ui/filters';
import { Heading } from '../../ui/heading';
import { KeptViews } from '../../ui/kept-views';
import { Pages, ResourceTable } from '../../ui/resource-table';
import { When } from '../../ui/when';
import { timeOrders } from '../../words';

const changesDocument = graphql(`
  query Changes($after: String, $search: String, $accountId: ID, $from: DateTime, $until: DateTime, $order: TimeOrder) {
    auditLog(after: $after, search: $search, accountId: $accountId, from: $from, until: $until, order: $order) {
      nodes { ...Entry }
      pageInfo { hasNextPage hasPreviousPage endCursor }
    }
  }

  fragment Entry on AuditEntry {
    id recordedAt actorName actor action subjectId changes { field before after }
  }
`);

const changesOfDocument = graphql(`
  query ChangesOf($subjectId: ID!) {
    auditLog(first: 10, subjectId: $subjectId) {
      nodes { ...Entry }
    }
  }
`);

type Entry = ChangesQuery['auditLog']['nodes'][number];

/** Who changed what, newest first where nothing else is chosen, with what it was before. */
export function Changes() {
  const { narrowed, bar } = useFilters({ search: 'A whole id, of what was changed or who did', when: 'Changed', money: false, orders: timeOrders });
  const asked = useAsked(changesDocument, narrowed);
  return (
    <>
      <Heading>Changes by people and programs</Heading>
      <KeptViews />
      {bar}
      <Asked asked={asked}>
        {({ auditLog }) => (
          <>
            <Entries entries={auditLog.nodes} label="Changes by people and programs" />
            <Pages info={auditLog.pageInfo} />
            <Download list="changes" />
          </>
        )}
      </Asked>
    </>
  );
}

/** Who changed one object, below what is shown of it; nothing where nobody did. */
export function ChangesOf({ id }: { id: string }) {
  const { data } = useAsked(changesOfDocument, { subjectId: id });
  if (!data || data.auditLog.nodes.length === 0) return null;
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        Changed by people and programs
      </Title>
      <Entries entries={data.auditLog.nodes} label="Changed by people and programs" />
    </Stack>
  );
}

function Entries({ entries, label }: { entries: Entry[]; label: string }) {
  return (
    <ResourceTable
      label={label}
      rows={entries}
      keyOf={({ id }) => id}
      empty="Nobody has changed anything like that."
      columns={[
        { name: 'When', cell: ({ recordedAt }) => <When at={recordedAt} /> },
        { name: 'Who', cell: ({ actorName, actor }) => actorName ?? <Code>{actor}</Code> },
        { name: 'Did', cell: ({ action }) => action },
        { name: 'To', cell: ({ subjectId }) => <Code>{subjectId}</Code> },
        {
          name: 'What changed',
          cell: ({ changes }) =>
            changes.slice(0, 6).map(({ field, before, after }) => (
              <Text size="sm" key={field}>
                {field.replaceAll('_', ' ')}: {short(before)} → {short(after)}
              </Text>
            )),
        },
      ]}
    />
  );
}

function short(value: string | null): string {
  if (value === null) return 'nothing';
  return value.length > 48 ? `${value.slice(0, 47)}…` : value;
}
