import { Anchor, Card, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useAct, useAsked } from '../api';
import { graphql } from '../generated/gql';
import type { AttentionQuery } from '../generated/graphql';
import { ActButton } from '../ui/act';
import { Asked } from '../ui/asked';
import { Figure } from '../ui/figure';
import { Heading } from '../ui/heading';
import { Problem } from '../ui/problem';
import { When } from '../ui/when';
import { useRefusalTo } from '../viewer';
import { plural, wordsOfActor, wordsOfFailure } from '../words';
import { Overview } from './overview/overview';
import { SettlementTable } from './settlements/settlement-table';

export const attentionDocument = graphql(`
  query Attention {
    attention {
      checkedAt
      halt { reason detail raisedAt }
      failedSettlements { code count total { formatted currency } oldestDueAt waits remedy whoCanAct }
      disputesToAnswer { count total { formatted currency } firstDueBy }
      parkedEvents
      waitingEvents
      silentEndpoints
      failingStreams
      disabledWebhookEndpoints
    }
  }
`);

const comingDocument = graphql(`
  query Coming {
    settlements(first: 10, status: [PENDING, SETTLING]) {
      nodes { id status dueAt amount { formatted } failure { code } account { id displayName } offering { title } }
    }
  }
`);

const heldDocument = graphql(`
  query HeldMoney {
    heldMoney { held { formatted currency } dueSoon { formatted } owedBySellers { amount formatted } }
  }
`);

const clearHaltDocument = graphql(`
  mutation ClearHalt($reason: String!) {
    clearHalt(input: { reason: $reason }) { userErrors { message remedy } }
  }
`);

type Attention = AttentionQuery['attention'];

/** What needs a person now, worst first; below it, what is about to happen by itself, and how it went. */
export function Home() {
  const asked = useAsked(attentionDocument, {});
  const coming = useAsked(comingDocument, {});
  return (
    <Stack>
      <Heading>What needs attention now</Heading>
      <Asked asked={asked}>{({ attention }) => <Needs {...attention} />}</Asked>
      <Held />
      <Title order={2} size="h4">
        Settlements to come
      </Title>
      <Asked asked={coming}>
        {({ settlements }) => (
          <SettlementTable settlements={settlements.nodes} label="Settlements to come" empty="Nothing is about to be paid: nothing is held." />
        )}
      </Asked>
      <Overview />
    </Stack>
  );
}

/** Where the sellers' money stands, a row for each currency: there is no sum of euros and yen. */
function Held() {
  const { data } = useAsked(heldDocument, {});
  return data?.heldMoney.map(({ held, dueSoon, owedBySellers }) => (
    <SimpleGrid cols={{ base: 2, sm: 3 }} key={held.currency}>
      <Figure what={`Held for sellers, ${held.currency}`} much={held.formatted} />
      <Figure what="Due within seven days" much={dueSoon.formatted} />
      {owedBySellers.amount > 0 && <Figure what="Owed by sellers" much={owedBySellers.formatted} />}
    </SimpleGrid>
  ));
}

function Needs({ halt, failedSettlements, disputesToAnswer, parkedEvents, checkedAt, ...events }: Attention) {
  const { silentEndpoints, failingStreams, disabledWebhookEndpoints } = events;
  const someEvents = parkedEvents + silentEndpoints + failingStreams + disabledWebhookEndpoints;
  const isCalm = halt === null && failedSettlements.length === 0 && disputesToAnswer.length === 0 && someEvents === 0;
  if (isCalm)
    return (
      <Text role="status">
        Nothing needs you. Last looked at <When at={checkedAt} />.
      </Text>
    );
  return (
    <Stack>
      {halt && <Halted halt={halt} />}
      {failedSettlements.map(({ code, count, total, oldestDueAt, waits, remedy, whoCanAct }) => (
        <Need
          key={`${code} ${total.currency}`}
          what={wordsOfFailure[code]}
          how={`${plural(count, 'settlement')}, ${total.formatted}`}
          since={
            <>
              Due since <When at={oldestDueAt} />
            </>
          }
          to={`/settlements?view=${waits ? 'coming' : 'failed'}&cause=${code}`}
          action={count === 1 ? 'Look at it' : `Look at all ${count}`}
        >
          {remedy} {wordsOfActor[whoCanAct]} {waits && 'They are tried again by themselves.'}
        </Need>
      ))}
      {disputesToAnswer.map(({ count, total, firstDueBy }) => (
        <Need
          key={total.currency}
          what={count === 1 ? 'A dispute waits for evidence' : 'Disputes wait for evidence'}
          how={`${plural(count, 'dispute')}, ${total.formatted}`}
          since={
            firstDueBy && (
              <>
                First due <When at={firstDueBy} />
              </>
            )
          }
          to="/disputes?view=answer"
          action={count === 1 ? 'Look at it' : 'Look at them'}
        >
          Send the evidence at Stripe before then, or the bank decides without it.
        </Need>
      ))}
      {parkedEvents > 0 && (
        <Need what="Events could not be applied" how={plural(parkedEvents, 'event')} since={null} to="/events?view=parked" action="Look at them">
          Read what went wrong, then replay them or put them aside.
        </Need>
      )}
      {silentEndpoints > 0 && (
        <Need what="Stripe’s webhooks do not arrive" how={plural(silentEndpoints, 'endpoint')} since={null} to="/streams" action="Look at them">
          What they miss is found all the same, later. See that the endpoint at Stripe is enabled and has the signing secret that is set here.
        </Need>
      )}
      {failingStreams > 0 && (
        <Need what="Stripe’s events cannot be read" how={plural(failingStreams, 'stream')} since={null} to="/streams" action="Look at them">
          They are tried again by themselves; read what went wrong.
        </Need>
      )}
      {disabledWebhookEndpoints > 0 && (
        <Need what="Partners are told nothing" how={plural(disabledWebhookEndpoints, 'endpoint')} since={null} to="/webhooks" action="Look at them">
          Their programs took nothing for three days, or want no more. Tell them; once they are mended, switch the endpoint on and tell it what it
          missed.
        </Need>
      )}
    </Stack>
  );
}

interface NeedOf {
  what: string;
  how: string;
  since: ReactNode;
  to: string;
  action: string;
  children: ReactNode;
}

function Need({ what, how, since, to, action, children }: NeedOf) {
  return (
    <Card withBorder padding="md">
      <Group justify="space-between" align="flex-start">
        <div>
          <Title order={2} size="h4">
            {what}: {how}
          </Title>
          <Text size="sm" c="dimmed">
            {since}
          </Text>
        </div>
        <Anchor component={Link} href={to} fw={600}>
          {action}
        </Anchor>
      </Group>
      <Text mt="xs">{children}</Text>
    </Card>
  );
}

function Halted({ halt }: { halt: NonNullable<Attention['halt']> }) {
  const clear = useAct(clearHaltDocument);
  const refusal = useRefusalTo('clearHalt');
  return (
    <Problem title="Outgoing money is halted">
      <Stack align="flex-start">
        <Text>
          Since <When at={halt.raisedAt} />: {halt.detail}
        </Text>
        <ActButton
          label="Clear the halt"
          consequences="The books are checked once more; where they hold, money leaves again, beginning with what is due."
          refusal={refusal}
          asksReason
          danger
          done="Money may leave again."
          run={async ({ reason }) => (await clear({ reason })).refused}
        />
      </Stack>
    </Problem>
  );
}
