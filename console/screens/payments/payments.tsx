import { useSearchParams } from 'wouter';
import { useAsked } from '../../api';
import { graphql } from '../../generated/gql';
import type { PaymentStatus } from '../../generated/graphql';
import { Asked } from '../../ui/asked';
import { Download } from '../../ui/download';
import { Heading } from '../../ui/heading';
import { Pages, useView } from '../../ui/resource-table';
import { SearchBox } from '../../ui/search-box';
import { PaymentTable } from './payment-table';

const paymentsDocument = graphql(`
  query Payments($after: String, $status: [PaymentStatus!], $search: String) {
    payments(after: $after, status: $status, search: $search) {
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

/** What buyers paid, newest first. */
export function Payments() {
  const { view, tabs } = useView(views);
  const [params] = useSearchParams();
  const asked = useAsked(paymentsDocument, { after: params.get('after'), status: statusesOf[view], search: params.get('search') });
  return (
    <>
      <Heading>Payments</Heading>
      {tabs}
      <SearchBox label="A whole id of ours or Stripe’s, or the buyer’s whole e-mail address" />
      <Asked asked={asked}>
        {({ payments }) => (
          <>
            <PaymentTable payments={payments.nodes} label={views[view]} />
            <Pages info={payments.pageInfo} />
            <Download list="payments" status={statusesOf[view]} search={params.get('search')} />
          </>
        )}
      </Asked>
    </>
  );
}
