import type { Stripe } from 'stripe';
import type { Work } from '../db/work.js';
import { instant, read } from './client.js';
import type { StripeResult } from './result.js';
import type { Scope } from './scope.js';

/** What Stripe says of a payout: money that went from an account's balance to its bank. */
export interface PayoutFacts {
  id: string;
  /** `pending`, `in_transit`, `paid`, `failed` or `canceled`; new words may come. One that is paid may still fail days later. */
  status: string;
  amountMinor: number;
  currency: string;
  isAutomatic: boolean;
  failureCode: string | null;
  arrivesAt: Date;
  createdAt: Date;
}

export function retrievePayout(work: Work, scope: Scope, id: string): Promise<StripeResult<PayoutFacts>> {
  return read(work, 'payouts.retrieve', scope, (sdk, options) => sdk.payouts.retrieve(id, {}, options), factsOf);
}

const pageMax = 100; // Stripe's own most

/** A page of an account's payouts, newest first, after one payout or from the newest. */
export function listPayouts(work: Work, scope: Scope, olderThan: string | null): Promise<StripeResult<{ rows: PayoutFacts[]; hasMore: boolean }>> {
  return read(
    work,
    'payouts.list',
    scope,
    (sdk, options) => sdk.payouts.list({ limit: pageMax, ...(olderThan === null ? {} : { starting_after: olderThan }) }, options),
    ({ data, has_more }) => ({ rows: data.map(factsOf), hasMore: has_more }),
  );
}

function factsOf(payout: Stripe.Payout): PayoutFacts {
  return {
    id: payout.id,
    status: payout.status,
    amountMinor: payout.amount,
    currency: payout.currency.toUpperCase(),
    isAutomatic: payout.automatic,
    failureCode: payout.failure_code ?? null,
    arrivesAt: instant(payout.arrival_date),
    createdAt: instant(payout.created),
  };
}
