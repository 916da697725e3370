import { useSearchParams } from 'wouter';
import { useAsked } from '../api';
import { graphql } from '../generated/gql';
import type { SettlementStatus } from '../generated/graphql';
import { Asked } from '../ui/asked';
import { Heading } from '../ui/heading';
import { Pages, useView } from '../ui/resource-table';
import { SettlementTable } from './settlement-table';

const settlementsDocument = graphql(`
  query Settlements($after: String, $status: [SettlementStatus!]) {
    settlements(after: $after, status: $status) {
      nodes { id status dueAt amount { formatted } failure { code } account { id displayName } offering { title } }
      pageInfo { hasNextPage hasPreviousPage endCursor }
    }
  }
`);

const views = { failed: 'Needs attention', coming: 'To come', settled: 'Settled', undone: 'Reversed and canceled', all: 'All' };
const statusesOf: Record<keyof typeof views, SettlementStatus[] | null> = {
  failed: ['FAILED'],
  coming: ['PENDING', 'SETTLING'],
  settled: ['SETTLED'],
  undone: ['REVERSED', 'CANCELED'],
  all: null,
};

/** All promises to pay sellers, newest first, by where they stand. */
export function Settlements() {
  const { view, tabs } = useView(views);
  const [params] = useSearchParams();
  const asked = useAsked(settlementsDocument, { after: params.get('after'), status: statusesOf[view] });
  return (
    <>
      <Heading>Settlements</Heading>
      {tabs}
      <Asked asked={asked}>
        {({ settlements }) => (
          <>
            <SettlementTable
              settlements={settlements.nodes}
              label={views[view]}
              empty={view === 'failed' ? 'No settlement needs anybody.' : 'No settlement is like that.'}
            />
            <Pages info={settlements.pageInfo} />
          </>
        )}
      </Asked>
    </>
  );
}
