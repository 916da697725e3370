import { atomically, type Work } from '../db/work.js';
import { type RefundFacts, retrieveRefund } from '../stripe/refunds.js';
import { refusalOf } from '../stripe/refusal.js';
import { recordCharge } from './charge-recording.js';
import { type Home, scopeOf } from './home.js';
import { postRefundReturned } from './movements.js';

/** A refund that came to nothing after it was booked: the money is back in the balance, and the buyer has none of it. */
export interface FailedRefund {
  paymentId: string;
  amountMinor: number;
  currency: string;
  /** Stripe's word for why; null where it gives none. */
  because: string | null;
}

/**
 * Reads a refund again and records what it came to, made here or at Stripe. Null where that is all, and where no payment has its charge.
 * Where one failed after it was booked, what to do about the buyer is for a person to say, so nothing is given back to the seller by itself.
 * Safe to repeat.
 */
export async function recordRefundOfStripe(work: Work, home: Home, stripeRefundId: string): Promise<FailedRefund | null> {
  const read = await retrieveRefund(work, scopeOf(home), stripeRefundId);
  if (!read.ok) throw refusalOf(read.failure, 'Stripe did not show the refund');
  const refund = read.value;
  if (refund.chargeId === null) return null;
  await recordCharge(work, home, refund.chargeId); // it says that a refund was made also where that came back
  return isFailed(refund) ? recordFailure(work, refund) : null;
}

/** Whether it came to nothing at Stripe. */
export function isFailed({ status }: Pick<RefundFacts, 'status'>): boolean {
  return status === 'failed' || status === 'canceled';
}

async function recordFailure(work: Work, { id, chargeId, amountMinor, failureReason, metadata }: RefundFacts): Promise<FailedRefund | null> {
  return atomically(work, async (tx) => {
    const payment = await tx.sql.selectFrom('payment').selectAll().where('chargeId', '=', chargeId).forUpdate().executeTakeFirst();
    if (!payment || payment.refundedMinor === 0) return null; // it failed before anything was booked of it
    await tx.sql
      .updateTable('refund')
      .set({
        status: 'FAILED',
        stripeRefundId: id,
        failureMessage: `The buyer’s bank sent it back (${failureReason ?? 'no reason given'}).`,
        concludedAt: tx.clock.now(),
      })
      .where('paymentId', '=', payment.id)
      .where((row) => row.or([row('stripeRefundId', '=', id), row('id', '=', metadata['refund'] ?? '')])) // one whose answer was lost has no id of Stripe's
      .where('status', 'in', ['REQUESTED', 'SUCCEEDED'])
      .execute();
    if (payment.chargeModel === 'SEPARATE') await postRefundReturned(tx, payment, `${payment.id}:${id}:returned`, amountMinor);
    return { paymentId: payment.id, amountMinor, currency: payment.currency, because: failureReason };
  });
}
