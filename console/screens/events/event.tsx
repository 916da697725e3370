import { Anchor, Card, Code, Group, Stack, Text } from '@mantine/core';
import { Link } from 'wouter';
import { useAsked } from '../../api';
import { graphql } from '../../generated/gql';
import type { EventQuery, EventSource } from '../../generated/graphql';
import { Asked } from '../../ui/asked';
import { Heading } from '../../ui/heading';
import { JsonTree } from '../../ui/json-tree';
import { Problem } from '../../ui/problem';
import { Status } from '../../ui/status';
import { When } from '../../ui/when';
import { plural } from '../../words';
import { ParkedActs } from './parked-acts';

const eventDocument = graphql(`
  query Event($id: ID!) {
    event(id: $id) {
      id type state stream objectId stripeEventId source attemptCount error happenedAt receivedAt concludedAt payload account { id displayName }
    }
  }
`);

type Told = EventQuery['event'];

const wordsOfSource: Record<EventSource, string> = {
  WEBHOOK: 'delivered by Stripe',
  POLL: 'found in Stripe’s list',
  RESYNC: 'read again by ourselves, since events may have been missed',
};

/** One event of Stripe's: what it is about, what became of it, and all that it said. */
export function Event({ id }: { id: string }) {
  const asked = useAsked(eventDocument, { id });
  return <Asked asked={asked}>{({ event }) => <Shown event={event} />}</Asked>;
}

function Shown({ event }: { event: Told }) {
  const { type, state, account, stream, objectId, error, payload, attemptCount, concludedAt } = event;
  return (
    <Stack>
      <div>
        <Anchor component={Link} href="/events">
          Events
        </Anchor>
        <Group gap="sm" wrap="nowrap">
          <Heading>{type}</Heading>
          <Status of={state} />
        </Group>
        <Text c="dimmed">
          Happened <When at={event.happenedAt} /> {account ? 'on the account of ' : 'at '}
          {account ? (
            <Anchor component={Link} href={`/sellers/${account.id}`}>
              {account.displayName}
            </Anchor>
          ) : (
            <Code>{stream}</Code>
          )}
          , {wordsOfSource[event.source]} <When at={event.receivedAt} />
          {concludedAt && (
            <>
              , decided <When at={concludedAt} /> at the {attemptCount === 1 ? 'first try' : `end of ${plural(attemptCount, 'try', 'tries')}`}
            </>
          )}
          .
        </Text>
        <Text size="sm" c="dimmed">
          <Code>{event.id}</Code> · at Stripe <Code>{event.stripeEventId}</Code>
          {objectId && (
            <>
              {' '}
              ·{' '}
              <Anchor component={Link} href={`/events?view=all&search=${objectId}`}>
                all about <Code>{objectId}</Code>
              </Anchor>
            </>
          )}
        </Text>
      </div>
      {error && <Problem title="What went wrong">{error}</Problem>}
      {state === 'PARKED' && <ParkedActs ids={[event.id]} />}
      {payload ? (
        <Card withBorder>
          <JsonTree name="event" value={JSON.parse(payload)} />
        </Card>
      ) : (
        <Text c="dimmed">What it said may name buyers, and is for operators and administrators.</Text>
      )}
    </Stack>
  );
}
