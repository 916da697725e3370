import { useSearchParams } from 'wouter';
import { useAsked } from '../../api';
import { graphql } from '../../generated/gql';
import type { DisputeStatus } from '../../generated/graphql';
import { Asked } from '../../ui/asked';
import { Download } from '../../ui/download';
import { Heading } from '../../ui/heading';
import { KeptViews } from '../../ui/kept-views';
import { Pages, useView } from '../../ui/resource-table';
import { DisputeTable } from './dispute-table';

const disputesDocument = graphql(`
  query Disputes($after: String, $status: [DisputeStatus!], $accountId: ID) {
    disputes(after: $after, status: $status, accountId: $accountId) {
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

/** What buyers’ banks ask back, newest first. */
export function Disputes() {
  const { view, tabs } = useView(views);
  const [params] = useSearchParams();
  const asked = useAsked(disputesDocument, { after: params.get('after'), accountId: params.get('account'), status: statusesOf[view] });
  return (
    <>
      <Heading>Disputes</Heading>
      {tabs}
      <KeptViews />
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
