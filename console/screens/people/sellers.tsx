import { Anchor, Code } from '@mantine/core';
import { Link } from 'wouter';
import { useAsked } from '../../api';
import { graphql } from '../../generated/gql';
import type { AccountOrder, AccountStatus } from '../../generated/graphql';
import { Asked } from '../../ui/asked';
import { Download } from '../../ui/download';
import { useFilters } from '../../ui/filters';
import { Heading } from '../../ui/heading';
import { KeptViews } from '../../ui/kept-views';
import { Pages, ResourceTable, useView } from '../../ui/resource-table';
import { Status } from '../../ui/status';
import { When } from '../../ui/when';
import { timeOrders } from '../../words';

const sellersDocument = graphql(`
  query Sellers($after: String, $status: [AccountStatus!], $search: String, $from: DateTime, $until: DateTime, $order: AccountOrder) {
    accounts(after: $after, status: $status, search: $search, from: $from, until: $until, order: $order) {
      nodes { id displayName status createdAt stripeAccount { stripeId } balance { held { formatted } owedByAccount { amount formatted } } }
      pageInfo { hasNextPage hasPreviousPage endCursor }
    }
  }
`);

const views = { all: 'All', ready: 'Ready', onboarding: 'Onboarding', restricted: 'Restricted', gone: 'Not connected' };
const statusesOf: Record<keyof typeof views, AccountStatus[] | null> = {
  all: null,
  ready: ['READY'],
  onboarding: ['ONBOARDING'],
  restricted: ['RESTRICTED'],
  gone: ['NOT_CONNECTED'],
};

const orders = { ...timeOrders, NAME: 'By name' } satisfies Record<AccountOrder, string>;

/** Everybody who sells, newest first where nothing else is chosen. */
export function Sellers() {
  const { view, tabs } = useView(views);
  const { narrowed, bar } = useFilters({ search: 'A part of the name, or a whole id', when: 'Begun', money: false, orders });
  const asked = useAsked(sellersDocument, { ...narrowed, status: statusesOf[view] });
  return (
    <>
      <Heading>Sellers</Heading>
      {tabs}
      <KeptViews />
      {bar}
      <Asked asked={asked}>
        {({ accounts }) => (
          <>
            <ResourceTable
              label={views[view]}
              rows={accounts.nodes}
              keyOf={({ id }) => id}
              empty="No seller is like that."
              columns={[
                {
                  name: 'Name',
                  cell: ({ id, displayName }) => (
                    <Anchor component={Link} href={`/sellers/${id}`} fw={600}>
                      {displayName}
                    </Anchor>
                  ),
                },
                { name: 'Status', cell: ({ status }) => <Status of={status} /> },
                { name: 'Held', numeric: true, cell: ({ balance }) => balance.held.formatted },
                {
                  name: 'Owes',
                  numeric: true,
                  cell: ({ balance }) => (balance.owedByAccount.amount > 0 ? balance.owedByAccount.formatted : ''),
                },
                { name: 'Since', cell: ({ createdAt }) => <When at={createdAt} /> },
                { name: 'At Stripe', cell: ({ stripeAccount }) => stripeAccount && <Code>{stripeAccount.stripeId}</Code> },
              ]}
            />
            <Pages info={accounts.pageInfo} />
            <Download list="sellers" status={statusesOf[view]} />
          </>
        )}
      </Asked>
    </>
  );
}
