import { Anchor, Code, Stack } from '@mantine/core';
import { Link } from 'wouter';
import { useAsked } from '../../api';
import { graphql } from '../../generated/gql';
import type { EventState } from '../../generated/graphql';
import { Asked } from '../../ui/asked';
import { Download } from '../../ui/download';
import { useFilters } from '../../ui/filters';
import { Heading } from '../../ui/heading';
import { KeptViews } from '../../ui/kept-views';
import { Pages, ResourceTable, useView } from '../../ui/resource-table';
import { Status } from '../../ui/status';
import { When } from '../../ui/when';
import { timeOrders } from '../../words';
import { ParkedActs } from './parked-acts';

const eventsDocument = graphql(`
  query Events($after: String, $state: [EventState!], $search: String, $from: DateTime, $until: DateTime, $order: TimeOrder) {
    events(after: $after, state: $state, search: $search, from: $from, until: $until, order: $order) {
      nodes { id type state stream objectId stripeEventId source attemptCount error happenedAt receivedAt account { id displayName } }
      pageInfo { hasNextPage hasPreviousPage endCursor }
    }
  }
`);

const views = { parked: 'Parked', waiting: 'Waiting', applied: 'Applied', ignored: 'Ignored', all: 'All' };
const statesOf: Record<keyof typeof views, EventState[] | null> = {
  parked: ['PARKED'],
  waiting: ['RECEIVED'],
  applied: ['APPLIED'],
  ignored: ['IGNORED'],
  all: null,
};

/** What Stripe told, newest first where nothing else is chosen; what could not be applied is replayed or put aside here. */
export function Events() {
  const { view, tabs } = useView(views);
  const { narrowed, bar } = useFilters({ search: 'Any whole id, or a type', when: 'Came', money: false, orders: timeOrders });
  const asked = useAsked(eventsDocument, { ...narrowed, state: statesOf[view] });
  return (
    <>
      <Heading>Events</Heading>
      {tabs}
      <KeptViews />
      {bar}
      <Asked asked={asked}>
        {({ events }) => (
          <Stack>
            {view === 'parked' && events.nodes.length > 0 && <ParkedActs ids={events.nodes.map(({ id }) => id)} />}
            <ResourceTable
              label={views[view]}
              rows={events.nodes}
              keyOf={({ id }) => id}
              empty={view === 'parked' ? 'Everything that Stripe told could be applied.' : 'No event is like that.'}
              columns={[
                {
                  name: 'What',
                  cell: ({ id, type }) => (
                    <Anchor component={Link} href={`/events/${id}`}>
                      <Code>{type}</Code>
                    </Anchor>
                  ),
                },
                { name: 'State', cell: ({ state }) => <Status of={state} /> },
                { name: 'About', cell: ({ objectId }) => objectId && <Code>{objectId}</Code> },
                { name: 'Whose', cell: ({ account, stream }) => account?.displayName ?? stream },
                { name: 'Tries', numeric: true, cell: ({ attemptCount }) => attemptCount },
                { name: 'What went wrong', cell: ({ error }) => error },
                { name: 'Happened', cell: ({ happenedAt }) => <When at={happenedAt} /> },
                { name: 'At Stripe', cell: ({ stripeEventId }) => <Code>{stripeEventId}</Code> },
              ]}
            />
            <Pages info={events.pageInfo} />
            <Download list="events" status={statesOf[view]} />
          </Stack>
        )}
      </Asked>
    </>
  );
}
