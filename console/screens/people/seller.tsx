import { Anchor, Card, Code, Group, List, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import { useAct, useAsked } from '../../api';
import { graphql } from '../../generated/gql';
import type { SellerQuery } from '../../generated/graphql';
import { ActButton } from '../../ui/act';
import { Asked } from '../../ui/asked';
import { Figure } from '../../ui/figure';
import { Heading } from '../../ui/heading';
import { Status } from '../../ui/status';
import { When } from '../../ui/when';
import { useRefusalTo } from '../../viewer';
import { PaymentTable } from '../payments/payment-table';
import { SettlementTable } from '../settlements/settlement-table';
import { ChangesOf } from './changes';
import { Commission } from './commission';

const sellerDocument = graphql(`
  query Seller($id: ID!) {
    account(id: $id) {
      id displayName status createdAt payUrl
      capabilities { canCharge canReceiveTransfers canBePaidOut }
      balance { held { formatted } settled { formatted } owedByAccount { formatted } }
      revenue { gross { formatted } platformFees { formatted } net { formatted } activeMembers }
      stripeAccount { stripeId connectedAt requirements { currentlyDue pastDue disabledReason currentDeadline } }
      commissionPlan { currency percentageFee vatRate feeMode validFrom fixedFee { amount formatted } }
      commissionPlans { currency percentageFee vatRate feeMode validFrom fixedFee { amount formatted } }
      stripeAccountHistory { stripeId connectedAt activeUntil active }
      settlements(first: 10) {
        nodes { id status dueAt amount { formatted } failure { code } account { id displayName } offering { title } }
      }
      payments(first: 10) { nodes { id status kind buyerEmail paidAt amount { formatted } } }
    }
  }
`);

const refreshDocument = graphql(`
  mutation RefreshSeller($id: ID!) {
    refreshOnboardingStatus(input: { accountId: $id }) { userErrors { message remedy } }
  }
`);

type SellerOf = NonNullable<SellerQuery['account']>;

/** One seller: what Stripe lets them do, where their money stands, and what was bought of them lately. */
export function Seller({ id }: { id: string }) {
  const asked = useAsked(sellerDocument, { id });
  return <Asked asked={asked}>{({ account }) => account && <Shown account={account} />}</Asked>;
}

function Shown({ account }: { account: SellerOf }) {
  const { balance, revenue } = account;
  const sums: [string, string][] = [
    ['Held', balance.held.formatted],
    ['Settled', balance.settled.formatted],
    ['Owes', balance.owedByAccount.formatted],
    ['Taken', revenue.gross.formatted],
    ['Platform’s fees', revenue.platformFees.formatted],
    ['Members', String(revenue.activeMembers)],
  ];
  return (
    <Stack>
      <div>
        <Anchor component={Link} href="/sellers">
          Sellers
        </Anchor>
        <Group gap="sm" wrap="nowrap">
          <Heading>{account.displayName}</Heading>
          <Status of={account.status} />
        </Group>
        <Text c="dimmed">
          Since <When at={account.createdAt} /> · <Anchor href={account.payUrl}>public page</Anchor> · <Code>{account.id}</Code>
        </Text>
      </div>
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }}>
        {sums.map(([what, much]) => (
          <Figure key={what} what={what} much={much} />
        ))}
      </SimpleGrid>
      <AtStripe account={account} />
      <Commission account={account} />
      <Title order={2} size="h4">
        Newest settlements
      </Title>
      <SettlementTable settlements={account.settlements.nodes} label="Newest settlements" empty="None yet." />
      <Anchor component={Link} href={`/settlements?view=all&account=${account.id}`}>
        All settlements
      </Anchor>
      <Title order={2} size="h4">
        Newest payments
      </Title>
      <PaymentTable payments={account.payments.nodes} label="Newest payments" />
      <Group>
        <Anchor component={Link} href={`/payments?account=${account.id}`}>
          All payments
        </Anchor>
        <Anchor component={Link} href={`/memberships?account=${account.id}`}>
          Memberships
        </Anchor>
        <Anchor component={Link} href={`/disputes?view=all&account=${account.id}`}>
          Disputes
        </Anchor>
      </Group>
      <ChangesOf id={account.id} />
    </Stack>
  );
}

function AtStripe({ account }: { account: SellerOf }) {
  const { stripeAccount, capabilities, stripeAccountHistory, id } = account;
  const refresh = useAct(refreshDocument);
  const refusal = useRefusalTo('refreshOnboardingStatus');
  const former = stripeAccountHistory.filter(({ active }) => !active);
  const due = [...(stripeAccount?.requirements.pastDue ?? []), ...(stripeAccount?.requirements.currentlyDue ?? [])];
  const abilities: [string, boolean][] = [
    ['take payments', capabilities.canCharge],
    ['receive settlements', capabilities.canReceiveTransfers],
    ['be paid out to their bank', capabilities.canBePaidOut],
  ];
  return (
    <Card withBorder>
      <Stack align="flex-start" gap="xs">
        <Title order={2} size="h4">
          At Stripe
        </Title>
        {stripeAccount ? (
          <Text>
            <Code>{stripeAccount.stripeId}</Code>, connected <When at={stripeAccount.connectedAt} />. They{' '}
            {abilities.map(([what, can]) => `${can ? 'can' : 'cannot'} ${what}`).join(', ')}.
          </Text>
        ) : (
          <Text>No account is connected.</Text>
        )}
        {stripeAccount?.requirements.disabledReason && <Text>Stripe has paused them: {stripeAccount.requirements.disabledReason}.</Text>}
        {due.length > 0 && (
          <>
            <Text>
              Stripe asks for
              {stripeAccount?.requirements.currentDeadline && (
                <>
                  {' '}
                  until <When at={stripeAccount.requirements.currentDeadline} />
                </>
              )}
              :
            </Text>
            <List size="sm">
              {[...new Set(due)].map((requirement) => (
                <List.Item key={requirement}>{requirement}</List.Item>
              ))}
            </List>
          </>
        )}
        {former.length > 0 && (
          <Text size="sm" c="dimmed">
            Before: {former.map(({ stripeId }) => stripeId).join(', ')}
          </Text>
        )}
        {stripeAccount && (
          <ActButton
            label="Ask Stripe now"
            consequences="Reads from Stripe what the seller may do and what is asked of them. Moves nothing."
            refusal={refusal}
            done="Read from Stripe."
            run={async () => (await refresh({ id })).refused}
          />
        )}
      </Stack>
    </Card>
  );
}
