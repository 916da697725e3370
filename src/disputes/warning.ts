import { atomically, type Work } from '../db/work.js';
import { type Home, scopeOf } from '../payments/home.js';
import { retrieveFraudWarning } from '../stripe/fraud-warnings.js';
import { refusalOf } from '../stripe/refusal.js';

/**
 * Records that the buyer's bank suspects fraud. No money moves and nothing is held: a refund now may spare a dispute, and that is for a person to say.
 * Safe to repeat. False for a charge we do not know.
 */
export async function recordFraudWarning(work: Work, home: Home, stripeWarningId: string): Promise<boolean> {
  const read = await retrieveFraudWarning(work, scopeOf(home), stripeWarningId);
  if (!read.ok) throw refusalOf(read.failure, 'Stripe did not show the warning');
  const { chargeId, type, warnedAt } = read.value;
  const { numUpdatedRows } = await atomically(work, (tx) =>
    tx.sql.updateTable('payment').set({ fraudWarnedAt: warnedAt, fraudType: type }).where('chargeId', '=', chargeId).executeTakeFirst(),
  );
  return numUpdatedRows === 1n;
}
