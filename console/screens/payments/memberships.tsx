import { Anchor } from '@mantine/core';
import { Link } from 'wouter';
import { useAct, useAsked } from '../../api';
import { graphql } from '../../generated/gql';
import type { MembershipStatus } from '../../generated/graphql';
import { ActButton } from '../../ui/act';
import { Asked } from '../../ui/asked';
import { Download } from '../../ui/download';
import { useFilters } from '../../ui/filters';
import { Heading } from '../../ui/heading';
import { KeptViews } from '../../ui/kept-views';
import { Pages, ResourceTable, useView } from '../../ui/resource-table';
import { Status } from '../../ui/status';
import { When } from '../../ui/when';
import { useRefusalTo } from '../../viewer';
import { timeOrders } from '../../words';

const membershipsDocument = graphql(`
  query Memberships(
    $after: String, $status: [MembershipStatus!], $search: String, $accountId: ID, $currency: CurrencyCode, $from: DateTime, $until: DateTime, $order: TimeOrder
  ) {
    memberships(
      after: $after, status: $status, search: $search, accountId: $accountId, currency: $currency, from: $from, until: $until, order: $order
    ) {
      nodes { id status active buyerEmail interval cancelAtPeriodEnd currentPeriodEnd createdAt price { formatted } account { id displayName } }
      pageInfo { hasNextPage hasPreviousPage endCursor }
    }
  }
`);

const cancelDocument = graphql(`
  mutation CancelMembership($id: ID!) {
    cancelMembership(input: { membershipId: $id, atPeriodEnd: true }) { userErrors { message remedy } }
  }
`);

const views = { all: 'All', active: 'Active', late: 'Past due', over: 'Canceled' };
const statusesOf: Record<keyof typeof views, MembershipStatus[] | null> = {
  all: null,
  active: ['ACTIVE', 'TRIALING'],
  late: ['PAST_DUE', 'UNPAID'],
  over: ['CANCELED'],
};

/** Who pays regularly, newest first where nothing else is chosen. */
export function Memberships() {
  const { view, tabs } = useView(views);
  const { narrowed, bar } = useFilters({ search: 'Any whole id, or the member’s whole e-mail', when: 'Begun', money: true, orders: timeOrders });
  const asked = useAsked(membershipsDocument, { ...narrowed, status: statusesOf[view] });
  return (
    <>
      <Heading>Memberships</Heading>
      {tabs}
      <KeptViews />
      {bar}
      <Asked asked={asked}>
        {({ memberships }) => (
          <>
            <ResourceTable
              label={views[view]}
              rows={memberships.nodes}
              keyOf={({ id }) => id}
              empty="No membership is like that."
              columns={[
                { name: 'Price', numeric: true, cell: ({ price, interval }) => `${price.formatted} a ${interval.toLowerCase()}` },
                { name: 'Member', cell: ({ buyerEmail }) => buyerEmail },
                {
                  name: 'Seller',
                  cell: ({ account }) => (
                    <Anchor component={Link} href={`/sellers/${account.id}`}>
                      {account.displayName}
                    </Anchor>
                  ),
                },
                { name: 'Status', cell: ({ status }) => <Status of={status} /> },
                {
                  name: 'Paid until',
                  cell: ({ currentPeriodEnd, cancelAtPeriodEnd }) => (
                    <>
                      <When at={currentPeriodEnd} /> {cancelAtPeriodEnd && '(ends then)'}
                    </>
                  ),
                },
                { name: 'Since', cell: ({ createdAt }) => <When at={createdAt} /> },
                {
                  name: 'End it',
                  cell: ({ id, active, cancelAtPeriodEnd, currentPeriodEnd }) =>
                    active && !cancelAtPeriodEnd && <Cancel id={id} until={currentPeriodEnd} />,
                },
              ]}
            />
            <Pages info={memberships.pageInfo} />
            <Download list="memberships" status={statusesOf[view]} />
          </>
        )}
      </Asked>
    </>
  );
}

function Cancel({ id, until }: { id: string; until: string | null }) {
  const cancel = useAct(cancelDocument);
  const refusal = useRefusalTo('cancelMembership');
  return (
    <ActButton
      label="End"
      danger
      small
      consequences={
        <>
          It is not renewed. The member keeps access until <When at={until} />; nothing is given back.
        </>
      }
      refusal={refusal}
      done="It ends with its period."
      run={async () => (await cancel({ id })).refused}
    />
  );
}
