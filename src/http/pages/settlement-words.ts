import { decimalText } from '../../base/money.js';
import type { Explained } from '../../settlements/explaining.js';
import type { SettlementSum } from '../../settlements/reading.js';
import type { SettlementRow } from '../../settlements/settlement.js';
import type { FailureCode } from '../../stripe/result.js';

/** A settlement with what it stands at and why. */
export interface ToldSettlement {
  settlement: SettlementRow;
  title: string;
  sum: SettlementSum;
  explained: Explained;
}

const day = (date: Date) => date.toISOString().slice(0, 10);

/** What is transferred; while it collects, what its purchases hold now. */
export function amountOf({ settlement, sum }: Pick<ToldSettlement, 'settlement' | 'sum'>): number {
  return settlement.amountMinor ?? sum.amountMinor;
}

/** Where a settlement stands, in the words that every page uses. */
export function stateOf({ status, failureCode, dueAt }: SettlementRow, now: Date): string {
  if (status === 'FAILED') return failureCode === 'VERIFICATION_REQUIRED' ? 'outcome unknown' : 'failed';
  if (status === 'PENDING' && failureCode === null) return dueAt > now ? 'scheduled' : 'due';
  return status === 'PENDING' ? 'waiting' : status.toLowerCase();
}

/** What a seller is told of a failure: what to do where they can do something, and that nothing is lost. */
const forSeller: Record<FailureCode, string> = {
  ACCOUNT_DISCONNECTED: 'Connect Stripe again to receive it. Nothing is lost.',
  ACCOUNT_RESTRICTED: 'Stripe asks you for something before you can receive it: look at your account there. Nothing is lost.',
  INVALID_ACCOUNT: 'Stripe no longer knows your account: connect again to receive it. Nothing is lost.',
  INSUFFICIENT_BALANCE: 'Delayed a little; it is tried again by itself.',
  PLATFORM_NOT_ALLOWED: 'Delayed; the marketplace has been told. Nothing is lost.',
  VERIFICATION_REQUIRED: 'Being checked by the marketplace. Nothing is lost.',
  ATTEMPTS_EXHAUSTED: 'Delayed; the marketplace has been told. Nothing is lost.',
  UNCLASSIFIED: 'Delayed; the marketplace has been told. Nothing is lost.',
};

const waitsFor: Record<string, string> = {
  DELIVERED: 'once it is delivered',
  REFUND_WINDOW: 'once refunds are over',
  AVAILABLE: 'once the buyers’ money is available at Stripe',
};

/** The one sentence that tells a seller when they get this money, or what is in the way. */
export function sentenceFor({ settlement, explained: { timing, blocker } }: ToldSettlement): string {
  const { status, failureCode, settledAt, amountMinor, deductedMinor, currency } = settlement;
  if (failureCode) return forSeller[failureCode];
  const kept = deductedMinor > 0 ? ` ${decimalText(deductedMinor, currency)} ${currency} was kept back for what you owed.` : '';
  switch (status) {
    case 'SETTLED':
      return amountMinor === 0 ? `Nothing was sent.${kept}` : `Sent to your Stripe account${settledAt ? ` on ${day(settledAt)}` : ''}.${kept}`;
    case 'SETTLING':
      return 'On its way to your Stripe account.';
    case 'REVERSED':
      return 'All of it was taken back, for buyers who were refunded or whose banks took it back.';
    case 'CANCELED':
      return 'Everything in it was given back to buyers.';
    case 'FAILED':
      return forSeller.UNCLASSIFIED;
    case 'PENDING': {
      if (blocker?.code !== 'NOT_DUE') return blocker?.because ?? 'It is due, and paid with the next run.';
      return `Sent after ${day(settlement.dueAt)}, ${waitsFor[timing.at(-1)?.code ?? ''] ?? 'when it is due'}.`;
    }
  }
}
