import { Code, Stack, Text } from '@mantine/core';
import { useAsked } from '../../api';
import { graphql } from '../../generated/gql';
import { Asked } from '../../ui/asked';
import { Heading } from '../../ui/heading';
import { ResourceTable } from '../../ui/resource-table';
import { When } from '../../ui/when';

const streamsDocument = graphql(`
  query Streams {
    eventStreams(first: 50) {
      source lastEventAt lastPolledAt nextPollAt seenUntil failureCount error parkedEvents resyncWanted closedAt account { displayName }
    }
  }
`);

/** Where Stripe's events come from, those that need somebody first. */
export function Streams() {
  const asked = useAsked(streamsDocument, {});
  return (
    <Stack>
      <Heading>Event streams</Heading>
      <Text c="dimmed">
        One of the platform, and one of each seller’s Stripe account. Each is read again on time, so that a lost delivery is found.
      </Text>
      <Asked asked={asked}>
        {({ eventStreams }) => (
          <ResourceTable
            label="Event streams"
            rows={eventStreams}
            keyOf={({ source }) => source}
            empty="No stream has been read yet."
            columns={[
              { name: 'Stream', cell: ({ source, account }) => account?.displayName ?? <Code>{source}</Code> },
              { name: 'All stored until', cell: ({ seenUntil }) => <When at={seenUntil} /> },
              { name: 'Last read', cell: ({ lastPolledAt }) => <When at={lastPolledAt} /> },
              { name: 'Read next', cell: ({ nextPollAt, closedAt }) => (closedAt ? 'over' : <When at={nextPollAt} />) },
              { name: 'Parked', numeric: true, cell: ({ parkedEvents }) => parkedEvents },
              {
                name: 'What went wrong',
                cell: ({ error, failureCount, resyncWanted }) =>
                  [error && `${error} (${failureCount} times)`, resyncWanted && 'events may have been missed: its objects are read again']
                    .filter(Boolean)
                    .join('; '),
              },
            ]}
          />
        )}
      </Asked>
    </Stack>
  );
}
