import type { Stripe } from 'stripe';
import type { Work } from '../db/work.js';
import { idOf, instant, read } from './client.js';
import type { StripeResult } from './result.js';
import { platform } from './scope.js';

/** One line of the platform's balance at Stripe. */
export interface BalanceTransactionFacts {
  id: string;
  /** Stripe's own word; new ones may come. */
  type: string;
  amountMinor: number;
  feeMinor: number;
  /** What the balance changed by: the amount less the fee. */
  netMinor: number;
  currency: string;
  /** What moved it: a charge, a transfer, a refund, a fee and so on; null where Stripe names nothing. */
  sourceId: string | null;
  /** The connected account whose charge a fee of the platform's was taken of; null for all else. */
  stripeAccountId: string | null;
  availableOn: Date;
  happenedAt: Date;
}

export interface BalanceTransactionPage {
  /** Newest first. */
  rows: BalanceTransactionFacts[];
  hasMore: boolean;
}

const pageMax = 100;

/** A page of the platform's balance: the newest, the next older ones after a line, or the next newer ones before a line. */
export function listBalanceTransactions(
  work: Work,
  from: { olderThan: string } | { newerThan: string } | null,
): Promise<StripeResult<BalanceTransactionPage>> {
  const cursor = from === null ? {} : 'olderThan' in from ? { starting_after: from.olderThan } : { ending_before: from.newerThan };
  return read(
    work,
    'balance_transactions.list',
    platform,
    (sdk, options) => sdk.balanceTransactions.list({ limit: pageMax, expand: ['data.source'], ...cursor }, options),
    ({ data, has_more }) => ({ rows: data.map(factsOf), hasMore: has_more }),
  );
}

function factsOf(line: Stripe.BalanceTransaction): BalanceTransactionFacts {
  const source = line.source !== null && typeof line.source === 'object' ? line.source : null;
  return {
    id: line.id,
    type: line.type,
    amountMinor: line.amount,
    feeMinor: line.fee,
    netMinor: line.net,
    currency: line.currency.toUpperCase(),
    sourceId: source?.object === 'fee_refund' ? idOf(source.fee) : idOf(line.source), // what is given back of a fee is the fee's
    stripeAccountId: source?.object === 'application_fee' ? idOf(source.account) : null,
    availableOn: instant(line.available_on),
    happenedAt: instant(line.created),
  };
}
