import type { ConnectedAccountRow } from '../accounts/connected-account.js';
import { atomically, type Tx, type Work } from '../db/work.js';
import { type ChargeFacts, retrieveCharge } from '../stripe/charges.js';
import { refusalOf } from '../stripe/refusal.js';
import { scopeOf } from './recording.js';

/** Reads a charge again and records how much of it was refunded, by us or at Stripe. Never less than before. */
export async function recordChargeRefunds(work: Work, connected: ConnectedAccountRow, chargeId: string): Promise<boolean> {
  const read = await retrieveCharge(work, scopeOf(connected), chargeId);
  if (!read.ok) throw refusalOf(read.failure, 'Stripe did not show the charge');
  return atomically(work, (tx) => growRefunded(tx, read.value));
}

/** Raises what a payment has given back to what its charge says. False where no payment has this charge. */
export async function growRefunded(tx: Tx, charge: ChargeFacts): Promise<boolean> {
  const { numUpdatedRows } = await tx.sql
    .updateTable('payment')
    .set((row) => ({ refundedMinor: row.fn<number>('greatest', ['refundedMinor', row.val(charge.amountRefundedMinor)]) }))
    .where('chargeId', '=', charge.id)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
