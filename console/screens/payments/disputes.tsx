import { useAsked } from '../../api';
import { graphql } from '../../generated/gql';
import type { DisputeOrder, DisputeStatus } from '../../generated/graphql';
import { Asked } from '../../ui/asked';
import { Download } from '../../ui/download';
import { useFilters } from '../../ui/filters';
import { Heading } from '../../ui/heading';
import { KeptViews } from '../../ui/kept-views';
import { Pages, useView } from '../../ui/resource-table';
import { timeOrders } from '../../words';
import { DisputeTable } from './dispute-table';

const disputesDocument = graphql(`
  query Disputes(
    $after: String, $status: [DisputeStatus!], $search: String, $accountId: ID, $currency: CurrencyCode, $from: DateTime, $until: DateTime, $order: DisputeOrder
  ) {
    disputes(
      after: $after, status: $status, search: $search, accountId: $accountId, currency: $currency, from: $from, until: $until, order: $order
    ) {
      nodes {
        id status inquiry reason evidenceDueBy openedAt stripeDisputeId
        amount { formatted } fee { formatted }
        payment { id amountRefunded { amount formatted } }
      }
      pageInfo { hasNextPage hasPreviousPage endCursor }
    }
  }
`);

const views = { answer: 'To answer', review: 'Under review', over: 'Over', all: 'All' };
const statusesOf: Record<keyof typeof views, DisputeStatus[] | null> = {
  answer: ['NEEDS_RESPONSE'],
  review: ['UNDER_REVIEW'],
  over: ['WON', 'LOST', 'CLOSED'],
  all: null,
};

const orders = {
  ...timeOrders,
  DUE_FIRST: 'Evidence due first',
  LARGEST: 'Largest first',
  SMALLEST: 'Smallest first',
} satisfies Record<DisputeOrder, string>;

/** What buyers’ banks ask back, newest first where nothing else is chosen. */
export function Disputes() {
  const { view, tabs } = useView(views);
  const { narrowed, bar } = useFilters({ search: 'A whole id of the dispute, or of our payment', when: 'Opened', money: true, orders });
  const asked = useAsked(disputesDocument, { ...narrowed, status: statusesOf[view] });
  return (
    <>
      <Heading>Disputes</Heading>
      {tabs}
      <KeptViews />
      {bar}
      <Asked asked={asked}>
        {({ disputes }) => (
          <>
            <DisputeTable
              disputes={disputes.nodes}
              label={views[view]}
              empty={view === 'answer' ? 'No bank waits for an answer.' : 'No dispute is like that.'}
            />
            <Pages info={disputes.pageInfo} />
            <Download list="disputes" status={statusesOf[view]} />
          </>
        )}
      </Asked>
    </>
  );
}
