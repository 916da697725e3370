import { useAsked } from '../../api';
import { graphql } from '../../generated/gql';
import type { PaymentOrder, PaymentStatus } from '../../generated/graphql';
import { Asked } from '../../ui/asked';
import { Download } from '../../ui/download';
import { useFilters } from '../../ui/filters';
import { Heading } from '../../ui/heading';
import { KeptViews } from '../../ui/kept-views';
import { Pages, useView } from '../../ui/resource-table';
import { timeOrders } from '../../words';
import { PaymentTable } from './payment-table';

const paymentsDocument = graphql(`
  query Payments(
    $after: String, $status: [PaymentStatus!], $search: String, $accountId: ID, $currency: CurrencyCode, $from: DateTime, $until: DateTime, $order: PaymentOrder
  ) {
    payments(
      after: $after, status: $status, search: $search, accountId: $accountId, currency: $currency, from: $from, until: $until, order: $order
    ) {
      nodes { id status kind buyerEmail paidAt amount { formatted } account { id displayName } }
      pageInfo { hasNextPage hasPreviousPage endCursor }
    }
  }
`);

const views = { all: 'All', paid: 'Paid', refunded: 'Refunded', disputed: 'Disputed' };
const statusesOf: Record<keyof typeof views, PaymentStatus[] | null> = {
  all: null,
  paid: ['PAID'],
  refunded: ['PARTIALLY_REFUNDED', 'REFUNDED'],
  disputed: ['DISPUTED', 'CHARGED_BACK'],
};

const orders = { ...timeOrders, LARGEST: 'Largest first', SMALLEST: 'Smallest first' } satisfies Record<PaymentOrder, string>;

/** What buyers paid, newest first where nothing else is chosen. */
export function Payments() {
  const { view, tabs } = useView(views);
  const { narrowed, bar } = useFilters({ search: 'Any whole id, or the buyer’s whole e-mail', when: 'Paid', money: true, orders });
  const asked = useAsked(paymentsDocument, { ...narrowed, status: statusesOf[view] });
  return (
    <>
      <Heading>Payments</Heading>
      {tabs}
      <KeptViews />
      {bar}
      <Asked asked={asked}>
        {({ payments }) => (
          <>
            <PaymentTable payments={payments.nodes} label={views[view]} />
            <Pages info={payments.pageInfo} />
            <Download list="payments" status={statusesOf[view]} />
          </>
        )}
      </Asked>
    </>
  );
}
