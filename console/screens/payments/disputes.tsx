import { useSearchParams } from 'wouter';
import { useAsked } from '../../api';
import { graphql } from '../../generated/gql';
import type { DisputeStatus } from '../../generated/graphql';
import { Asked } from '../../ui/asked';
import { Heading } from '../../ui/heading';
import { Pages, useView } from '../../ui/resource-table';
import { DisputeTable } from './dispute-table';

const disputesDocument = graphql(`
  query Disputes($after: String, $status: [DisputeStatus!]) {
    disputes(after: $after, status: $status) {
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
  const asked = useAsked(disputesDocument, { after: params.get('after'), status: statusesOf[view] });
  return (
    <>
      <Heading>Disputes</Heading>
      {tabs}
      <Asked asked={asked}>
        {({ disputes }) => (
          <>
            <DisputeTable
              disputes={disputes.nodes}
              label={views[view]}
              empty={view === 'answer' ? 'No bank waits for an answer.' : 'No dispute is like that.'}
            />
            <Pages info={disputes.pageInfo} />
          </>
        )}
      </Asked>
    </>
  );
}
