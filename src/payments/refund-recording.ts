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
 * Reads a refund again and records what it came to, made here or at Stripe. Null, but for one that failed after it was booked:
 * what to do about the buyer is for a person to say, so nothing is given back to the seller by itself. Safe to repeat.
 */
export async function recordRefundOfStripe(work: Work, home: Home, stripeRefundId: string): Promise<FailedRefund | null> {
  const read = await retrieveRefund(work, scopeOf(home), stripeRefundId);
  if (!read.ok) throw refusalOf(read.failure, 'Stripe did not show the refund');
  const refund = read.value;
  if (refund.chargeId === null) return null;
  if (refund.status === 'failed' || refund.status === 'canceled') return recordFailure(work, refund);
  await recordCharge(work, home, refund.chargeId);
  return null;
}

async function recordFailure(work: Work, { id, chargeId, amountMinor, failureReason }: RefundFacts): Promise<FailedRefund | null> {
  return atomically(work, async (tx) => {
    const payment = await tx.sql.selectFrom('payment').selectAll().where('chargeId', '=', chargeId).forUpdate().executeTakeFirst();
    if (!payment || payment.refundedMinor === 0) return null; // it failed before anything was booked of it
    const { numUpdatedRows } = await tx.sql
      .updateTable('refund')
      .set({
        status: 'FAILED',
        failureMessage: `The buyer’s bank sent it back (${failureReason ?? 'no reason given'}).`,
        concludedAt: tx.clock.now(),
      })
      .where('stripeRefundId', '=', id)
      .where('status', '=', 'SUCCEEDED')
      .executeTakeFirst();
    if (numUpdatedRows === 1n && payment.chargeModel === 'SEPARATE')
      await postRefundReturned(tx, payment, `${payment.id}:${id}:returned`, amountMinor);
    return { paymentId: payment.id, amountMinor, currency: payment.currency, because: failureReason };
  });
}
