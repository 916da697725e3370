import { Code, Stack, Text, Title } from '@mantine/core';
import { useSearchParams } from 'wouter';
import { useAsked } from '../../api';
import { graphql } from '../../generated/gql';
import type { ChangesQuery } from '../../generated/graphql';
import { Asked } from '../../ui/asked';
import { Heading } from '../../ui/heading';
import { Pages, ResourceTable } from '../../ui/resource-table';
import { SearchBox } from '../../ui/search-box';
import { When } from '../../ui/when';

const changesDocument = graphql(`
  query Changes($after: String, $subjectId: ID, $first: Int!) {
    auditLog(after: $after, first: $first, subjectId: $subjectId) {
      nodes { id recordedAt actorName actor role action subjectId requestId sealed changes { field before after } }
      pageInfo { hasNextPage hasPreviousPage endCursor }
    }
  }
`);

type Entry = ChangesQuery['auditLog']['nodes'][number];

/** Who changed what, newest first, with what it was before. */
export function Changes() {
  const [params] = useSearchParams();
  const asked = useAsked(changesDocument, { after: params.get('after'), first: 25, subjectId: params.get('search') });
  return (
    <>
      <Heading>Changes by people and programs</Heading>
      <SearchBox label="Only of what has this whole id" />
      <Asked asked={asked}>
        {({ auditLog }) => (
          <>
            <Entries entries={auditLog.nodes} label="Changes by people and programs" />
            <Pages info={auditLog.pageInfo} />
          </>
        )}
      </Asked>
    </>
  );
}

/** Who changed one object, below what is shown of it; nothing where nobody did. */
export function ChangesOf({ id }: { id: string }) {
  const { data } = useAsked(changesDocument, { after: null, first: 10, subjectId: id });
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
