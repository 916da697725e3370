import { Anchor, Group, Stack, Text } from '@mantine/core';
import { Link, useSearchParams } from 'wouter';
import { useAsked } from '../../api';
import { graphql } from '../../generated/gql';
import type { FailureCode, SettlementOrder, SettlementStatus } from '../../generated/graphql';
import { Asked } from '../../ui/asked';
import { Download } from '../../ui/download';
import { useFilters } from '../../ui/filters';
import { Heading } from '../../ui/heading';
import { KeptViews } from '../../ui/kept-views';
import { Pages, useView } from '../../ui/resource-table';
import { timeOrders, wordsOfFailure } from '../../words';
import { attentionDocument } from '../home';
import { BulkRetry } from './bulk-retry';
import { SettlementTable } from './settlement-table';

const settlementsDocument = graphql(`
  query Settlements(
    $after: String, $status: [SettlementStatus!], $cause: [FailureCode!], $search: String, $accountId: ID, $currency: CurrencyCode,
    $from: DateTime, $until: DateTime, $order: SettlementOrder
  ) {
    settlements(
      after: $after, status: $status, cause: $cause, search: $search, accountId: $accountId, currency: $currency, dueFrom: $from, dueUntil: $until, order: $order
    ) {
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

const orders = { ...timeOrders, DUE_FIRST: 'Due first', DUE_LAST: 'Due last' } satisfies Record<SettlementOrder, string>;

/** All promises to pay sellers, by where they stand; newest first where nothing else is chosen. */
export function Settlements() {
  const { view, tabs } = useView(views);
  const [params] = useSearchParams();
  const cause = view === 'failed' || view === 'coming' ? causeIn(params) : null;
  const { narrowed, bar } = useFilters({ search: 'A whole id of ours, or of a transfer of Stripe’s', when: 'Due', money: true, orders });
  const asked = useAsked(settlementsDocument, { ...narrowed, status: statusesOf[view], cause: cause && [cause] });
  return (
    <>
      <Heading>Settlements</Heading>
      {tabs}
      <KeptViews />
      {view === 'failed' && <Causes chosen={cause} />}
      {bar}
      <Asked asked={asked}>
        {({ settlements }) => (
          <>
            <SettlementTable
              settlements={settlements.nodes}
              label={views[view]}
              empty={view === 'failed' ? 'No settlement needs anybody.' : 'No settlement is like that.'}
            />
            <Pages info={settlements.pageInfo} />
            <Download list="settlements" status={statusesOf[view]} />
          </>
        )}
      </Asked>
    </>
  );
}

function causeIn(params: URLSearchParams): FailureCode | null {
  const asked = params.get('cause') ?? '';
  return isCause(asked) ? asked : null;
}

function isCause(word: string): word is FailureCode {
  return Object.hasOwn(wordsOfFailure, word);
}

/** The failed ones by cause: one cause is looked at, and what helps it is done to all of it. */
function Causes({ chosen }: { chosen: FailureCode | null }) {
  const { data } = useAsked(attentionDocument, {});
  const groups = (data?.attention.failedSettlements ?? []).filter(({ code, waits }) => !waits && (chosen === null || code === chosen));
  return (
    <Stack mb="md" align="flex-start">
      {groups.map(({ code, count, total, remedy }) => (
        <div key={`${code} ${total.currency}`}>
          <Anchor component={Link} href={`/settlements?view=failed&cause=${code}`} fw={600}>
            {wordsOfFailure[code]}: {count}, {total.formatted}
          </Anchor>
          <Text size="sm">{remedy}</Text>
        </div>
      ))}
      {chosen && chosen !== 'VERIFICATION_REQUIRED' && (
        <BulkRetry
          key={chosen}
          cause={chosen}
          count={groups.reduce((sum, { count }) => sum + count, 0)}
          total={groups.map(({ total }) => total.formatted).join(' and ')}
        />
      )}
      <Group>
        {chosen && (
          <Anchor component={Link} href="/settlements?view=failed">
            All causes
          </Anchor>
        )}
        <Anchor component={Link} href="/settlements/retries">
          What was retried together
        </Anchor>
      </Group>
    </Stack>
  );
}
