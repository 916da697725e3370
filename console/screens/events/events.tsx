import { Code, Group, Stack, Text } from '@mantine/core';
import { useSearchParams } from 'wouter';
import { useAct, useAsked } from '../../api';
import { graphql } from '../../generated/gql';
import type { EventState } from '../../generated/graphql';
import { ActButton } from '../../ui/act';
import { Asked } from '../../ui/asked';
import { Heading } from '../../ui/heading';
import { Pages, ResourceTable, useView } from '../../ui/resource-table';
import { Status } from '../../ui/status';
import { When } from '../../ui/when';
import { useRefusalTo } from '../../viewer';

const eventsDocument = graphql(`
  query Events($after: String, $state: [EventState!]) {
    events(after: $after, state: $state) {
      nodes { id type state stream objectId stripeEventId source attemptCount error happenedAt receivedAt account { id displayName } }
      pageInfo { hasNextPage hasPreviousPage endCursor }
    }
  }
`);

const replayDocument = graphql(`
  mutation ReplayEvents($ids: [ID!]) {
    replayEvents(input: { ids: $ids }) { count userErrors { message remedy } }
  }
`);

const ignoreDocument = graphql(`
  mutation IgnoreEvents($ids: [ID!], $reason: String!) {
    ignoreEvents(input: { ids: $ids, reason: $reason }) { count userErrors { message remedy } }
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

/** What Stripe told, newest first; what could not be applied is replayed or put aside here. */
export function Events() {
  const { view, tabs } = useView(views);
  const [params] = useSearchParams();
  const asked = useAsked(eventsDocument, { after: params.get('after'), state: statesOf[view] });
  return (
    <>
      <Heading>Events</Heading>
      {tabs}
      <Asked asked={asked}>
        {({ events }) => (
          <Stack>
            {view === 'parked' && events.nodes.length > 0 && <Parked ids={events.nodes.map(({ id }) => id)} />}
            <ResourceTable
              label={views[view]}
              rows={events.nodes}
              keyOf={({ id }) => id}
              empty={view === 'parked' ? 'Everything that Stripe told could be applied.' : 'No event is like that.'}
              columns={[
                { name: 'What', cell: ({ type }) => <Code>{type}</Code> },
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
          </Stack>
        )}
      </Asked>
    </>
  );
}

/** What may be done with the parked events that are shown. */
function Parked({ ids }: { ids: string[] }) {
  const replay = useAct(replayDocument);
  const ignore = useAct(ignoreDocument);
  const mayNot = { replay: useRefusalTo('replayEvents'), ignore: useRefusalTo('ignoreEvents') };
  return (
    <Group>
      <ActButton
        label={ids.length === 1 ? 'Replay it' : `Replay these ${ids.length}`}
        consequences={
          <Text>Each is applied anew within seconds, by reading at Stripe what it is about. What has been applied is not applied twice.</Text>
        }
        refusal={mayNot.replay}
        done="They are applied anew."
        run={async () => (await replay({ ids })).refused}
      />
      <ActButton
        label={ids.length === 1 ? 'Put it aside' : `Put these ${ids.length} aside`}
        consequences="They are not applied; the reason is kept."
        refusal={mayNot.ignore}
        asksReason
        danger
        done="They are put aside."
        run={async ({ reason }) => (await ignore({ ids, reason })).refused}
      />
    </Group>
  );
}
