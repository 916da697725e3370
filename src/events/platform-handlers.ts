import { decimalText } from '../base/money.js';
import type { Work } from '../db/work.js';
import { recordFeeRefund } from '../payments/fee-refunds.js';
import { foreignReversals } from '../reconciliation/foreign-reversals.js';
import { ingestBalanceOnTime } from '../reconciliation/ingesting.js';
import { haltOnUnknownTransfers } from '../reconciliation/unknown-transfers.js';
import { wakeWaitingForFunds } from '../settlements/lifecycle.js';
import type { InboxEventRow } from './inbox-event.js';
import { pollSoon } from './streams/hastening.js';
import { Unappliable } from './unappliable.js';

/** What an event on the platform's own account makes us do, beside what may happen anywhere. */
export type PlatformHandler = (work: Work, event: InboxEventRow) => Promise<unknown>;

const takeInBalance: PlatformHandler = (work) => ingestBalanceOnTime(work);
const moneyCame: PlatformHandler = async (work) => {
  await ingestBalanceOnTime(work);
  await wakeWaitingForFunds(work);
};

/** A seller's charge brought a fee. Where we do not know the charge, the seller's own events may be lost. */
const feeTaken: PlatformHandler = async (work, { objectId, payload }) => {
  const payment = await work.read.selectFrom('payment').select('id').where('applicationFeeId', '=', objectId).executeTakeFirst();
  const stripeAccountId = accountIn(payload);
  if (!payment && stripeAccountId) await pollSoon(work, stripeAccountId);
};

const feeReturned: PlatformHandler = async (work, { objectId }) => {
  if (objectId !== null) await recordFeeRefund(work, objectId);
};

/** Where no operation has made a transfer that names one, the database was restored, or two installations share a key. */
const transferMade: PlatformHandler = async (work, { objectId }) => {
  const known = await work.read.selectFrom('operation').select('id').where('stripeId', '=', objectId).executeTakeFirst();
  if (!known) await haltOnUnknownTransfers(work);
};

const transferReversed: PlatformHandler = async (work, { objectId }) => {
  if (objectId === null) return;
  await ingestBalanceOnTime(work);
  const foreign = await foreignReversals(work, objectId);
  if (foreign.length > 0)
    throw new Unappliable(
      `Somebody took back a part of ${objectId} at Stripe (${foreign.map(({ id }) => id).join(', ')}): the books do not know, and the seller has less than they say. Pay it to the seller at Stripe again, or agree with the seller, then ignore this event.`,
    );
};

/** Event type → what it asks for on the platform's own account. */
export const platformHandlers: Record<string, PlatformHandler> = {
  'balance.available': (work) => wakeWaitingForFunds(work),
  'payout.created': takeInBalance,
  'payout.updated': takeInBalance,
  'payout.paid': takeInBalance,
  'payout.canceled': moneyCame,
  'payout.failed': moneyCame,
  'topup.created': takeInBalance,
  'topup.succeeded': moneyCame,
  'topup.failed': takeInBalance,
  'topup.canceled': takeInBalance,
  'topup.reversed': takeInBalance,
  'application_fee.created': feeTaken,
  'application_fee.refunded': feeReturned,
  'transfer.created': transferMade,
  'transfer.updated': transferMade,
  'transfer.reversed': transferReversed,
};

/** The connected account that an event's object names. No more than a hint: all it does is to have that account's events read sooner. */
function accountIn(payload: string): string | null {
  const told = JSON.parse(payload) as { data?: { object?: { account?: unknown } } };
  const account = told.data?.object?.account;
  return typeof account === 'string' && account.startsWith('acct_') ? account : null;
}

/** What a person is told of a refund that failed after it was booked. */
export function toldOfFailedRefund(id: string, refund: { paymentId: string; amountMinor: number; currency: string; because: string | null }): string {
  const amount = `${decimalText(refund.amountMinor, refund.currency)} ${refund.currency}`;
  return `Refund ${id} of ${amount} of payment ${refund.paymentId} failed after it was booked (${refund.because ?? 'no reason given'}): the money is back in the balance, and the buyer has none of it. Give it to the buyer another way, then ignore this event.`;
}
