import { Anchor, Code } from '@mantine/core';
import { Link, useSearchParams } from 'wouter';
import { useAsked } from '../../api';
import { graphql } from '../../generated/gql';
import type { AccountStatus } from '../../generated/graphql';
import { Asked } from '../../ui/asked';
import { Download } from '../../ui/download';
import { Heading } from '../../ui/heading';
import { KeptViews } from '../../ui/kept-views';
import { Pages, ResourceTable, useView } from '../../ui/resource-table';
import { SearchBox } from '../../ui/search-box';
import { Status } from '../../ui/status';
import { When } from '../../ui/when';

const sellersDocument = graphql(`
  query Sellers($after: String, $status: [AccountStatus!], $search: String) {
    accounts(after: $after, status: $status, search: $search) {
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

/** Everybody who sells, newest first. */
export function Sellers() {
  const { view, tabs } = useView(views);
  const [params] = useSearchParams();
  const asked = useAsked(sellersDocument, { after: params.get('after'), status: statusesOf[view], search: params.get('search') });
  return (
    <>
      <Heading>Sellers</Heading>
      {tabs}
      <KeptViews />
      <SearchBox label="A part of the name, or a whole id of ours or Stripe’s" />
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
