import { Anchor, Card, Code, Grid, Group, Stack, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import { useAsked } from '../../api';
import { graphql } from '../../generated/gql';
import type { SettlementQuery } from '../../generated/graphql';
import { Asked } from '../../ui/asked';
import { Heading } from '../../ui/heading';
import { ResourceTable } from '../../ui/resource-table';
import { Status } from '../../ui/status';
import { When } from '../../ui/when';
import { wordsOfActor } from '../../words';
import { ChangesOf } from '../people/changes';
import { SettlementActs } from './settlement-acts';
import { AtStripe, Equation, Life } from './settlement-life';

const settlementDocument = graphql(`
  query Settlement($id: ID!) {
    settlement(id: $id) {
      id status dueAt startedAt settledAt stripeTransferId
      amount { formatted amount }
      reversedAmount { formatted amount }
      account { id displayName stripeAccount { stripeId } }
      offering { id title }
      failure { code message remedy retriesAutomatically stripeCode stripeMessage stripeRequestId }
      attempts { number startedAt endedAt outcome error stripeRequestId idempotencyKey }
      availableActions { action enabled disabledReason consequences }
      explanation {
        amount { code because amount { formatted amount } }
        timing { code because at }
        blocker { code because whoCanAct at }
      }
      payments(first: 25) { nodes { id buyerEmail amount { formatted } status paidAt } pageInfo { hasNextPage } }
    }
  }
`);

export type SettlementOf = NonNullable<SettlementQuery['settlement']>;

/** One settlement: what it is, why it is not paid, what may be done about it, and what was done so far. */
export function Settlement({ id }: { id: string }) {
  const asked = useAsked(settlementDocument, { id });
  return <Asked asked={asked}>{({ settlement }) => settlement && <Shown settlement={settlement} />}</Asked>;
}

function Shown({ settlement }: { settlement: SettlementOf }) {
  const { amount, account, status, offering, attempts, payments } = settlement;
  return (
    <Stack>
      <div>
        <Anchor component={Link} href="/settlements">
          Settlements
        </Anchor>
        <Group gap="sm" wrap="nowrap">
          <Heading>{`${amount.formatted} to ${account.displayName}`}</Heading>
          <Status of={status} />
        </Group>
        <Text c="dimmed">
          For {offering?.title} ·{' '}
          <Anchor component={Link} href={`/sellers/${account.id}`}>
            {account.displayName}
          </Anchor>{' '}
          · <Code>{settlement.id}</Code>
        </Text>
      </div>
      <What settlement={settlement} />
      <Grid>
        <Grid.Col span={{ base: 12, md: 6 }}>
          <Equation settlement={settlement} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 6 }}>
          <Life settlement={settlement} />
        </Grid.Col>
      </Grid>
      {attempts.length > 0 && <Attempts attempts={attempts} />}
      <Title order={2} size="h4">
        Purchases in it
      </Title>
      <ResourceTable
        label="Purchases in it"
        rows={payments.nodes}
        keyOf={(payment) => payment.id}
        empty="None."
        columns={[
          {
            name: 'Amount',
            numeric: true,
            cell: (payment) => (
              <Anchor component={Link} href={`/payments/${payment.id}`}>
                {payment.amount.formatted}
              </Anchor>
            ),
          },
          { name: 'Buyer', cell: ({ buyerEmail }) => buyerEmail },
          { name: 'Status', cell: (payment) => <Status of={payment.status} /> },
          { name: 'Paid', cell: ({ paidAt }) => <When at={paidAt} /> },
        ]}
      />
      {payments.pageInfo.hasNextPage && <Text c="dimmed">The newest 25 are shown.</Text>}
      <ChangesOf id={settlement.id} />
    </Stack>
  );
}

/** The one sentence, who can act, and the buttons. */
function What({ settlement }: { settlement: SettlementOf }) {
  const { explanation, failure, settledAt } = settlement;
  const { blocker } = explanation;
  return (
    <Card withBorder>
      <Stack align="flex-start">
        <div>
          {blocker && (
            <Text fw={600}>
              {blocker.because} {blocker.at && <When at={blocker.at} />}
            </Text>
          )}
          {blocker && blocker.whoCanAct !== 'NOBODY' && <Text>{wordsOfActor[blocker.whoCanAct]}</Text>}
          {!blocker && (
            <Text fw={600}>
              {settledAt ? (
                <>
                  Paid <When at={settledAt} />.
                </>
              ) : (
                'Nothing is in the way.'
              )}
            </Text>
          )}
          {failure?.retriesAutomatically && <Text>It is tried again by itself.</Text>}
        </div>
        <AtStripe settlement={settlement} />
        <SettlementActs settlement={settlement} />
      </Stack>
    </Card>
  );
}

function Attempts({ attempts }: Pick<SettlementOf, 'attempts'>) {
  return (
    <div>
      <Title order={2} size="h4">
        Attempts
      </Title>
      <ResourceTable
        label="Attempts"
        rows={attempts}
        keyOf={({ idempotencyKey, number }) => `${idempotencyKey} ${number}`}
        empty="None."
        columns={[
          { name: 'Sent', cell: ({ startedAt }) => <When at={startedAt} /> },
          { name: 'Outcome', cell: ({ outcome }) => outcome.toLowerCase().replaceAll('_', ' ') },
          { name: 'What went wrong', cell: ({ error }) => error },
          { name: 'Stripe’s request', cell: ({ stripeRequestId }) => stripeRequestId && <Code>{stripeRequestId}</Code> },
          { name: 'Key', cell: ({ idempotencyKey }) => <Code>{idempotencyKey}</Code> },
        ]}
      />
    </div>
  );
}
