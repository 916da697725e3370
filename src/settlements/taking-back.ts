import { newId } from '../base/ids.js';
import { addMinor, subtractMinor } from '../base/money.js';
import type { Tx } from '../db/work.js';
import { leftOf, lockLine } from './lines.js';
import type { ReversalCause, SettlementLineRow, SettlementRow } from './settlement.js';

/** Why money is taken back from a seller: the dispute, or what was refunded of a payment so far. */
export interface TakeBackCause {
  kind: ReversalCause;
  id: string;
}

/**
 * A buyer got a part of a payment back, of which `sellerMinor` was the seller's. While the purchase waits, its line shrinks;
 * once it is settled or on its way, the same is to be taken back from the seller. In the transaction that records the refund. Once per cause.
 */
export async function takeBackForRefund(tx: Tx, paymentId: string, cause: TakeBackCause, sellerMinor: number): Promise<void> {
  const found = await lockLine(tx, paymentId);
  if (!found || sellerMinor === 0) return;
  const { settlement, line } = found;
  if (line.paidMinor !== null) return request(tx, settlement, line, cause, sellerMinor);

  await tx.sql
    .updateTable('settlementLine')
    .set({ refundedMinor: Math.min(addMinor(line.refundedMinor, sellerMinor), subtractMinor(line.grossMinor, line.lostMinor)) })
    .where('paymentId', '=', paymentId)
    .execute();
}

/**
 * A bank took a payment back. While the purchase waits, its line is held; once it is settled or on its way, what of it the seller has
 * is to be taken back, at most `sellerMinor`. In the transaction that records the dispute. Once per dispute.
 */
export async function takeBackForDispute(tx: Tx, paymentId: string, disputeId: string, sellerMinor: number): Promise<void> {
  const found = await lockLine(tx, paymentId);
  if (!found) return;
  const { settlement, line } = found;
  if (line.paidMinor !== null) return request(tx, settlement, line, { kind: 'DISPUTE', id: disputeId }, sellerMinor);

  await tx.sql
    .updateTable('settlementLine')
    .set({ heldSince: tx.clock.now() })
    .where('paymentId', '=', paymentId)
    .where('heldSince', 'is', null)
    .execute();
}

/** A dispute is over: `lostMinor` of the purchase is gone. Unless another one still holds it, the rest may be settled, at once where it is due. */
export async function releaseHeld(tx: Tx, paymentId: string, lostMinor: number, isStillHeld: boolean): Promise<void> {
  const found = await lockLine(tx, paymentId);
  if (!found || found.line.heldSince === null) return;
  const { settlement, line } = found;
  await tx.sql
    .updateTable('settlementLine')
    .set({ heldSince: isStillHeld ? line.heldSince : null, lostMinor: addMinor(line.lostMinor, Math.min(lostMinor, leftOf(line))) })
    .where('paymentId', '=', paymentId)
    .execute();
  await tx.sql
    .updateTable('settlement')
    .set((row) => ({ nextAttemptAt: row.fn<Date>('greatest', ['dueAt', row.val(tx.clock.now())]) }))
    .where('id', '=', settlement.id)
    .where('status', '=', 'PENDING')
    .execute();
}

async function request(tx: Tx, settlement: SettlementRow, line: SettlementLineRow, cause: TakeBackCause, wantedMinor: number): Promise<void> {
  const under = await tx.sql
    .selectFrom('transferReversal')
    .select((row) => row.fn.coalesce(row.fn.sum<string>(row('askedMinor', '-', row.ref('returnedMinor'))), row.lit(0)).as('minor'))
    .where('paymentId', '=', line.paymentId)
    .where('status', '!=', 'WITHDRAWN')
    .where('returnWantedAt', 'is', null) // what was taken back for a dispute that was won is the seller's again, or about to be
    .executeTakeFirstOrThrow();
  const askedMinor = Math.min(wantedMinor, subtractMinor(line.paidMinor ?? 0, Number(under.minor)));
  if (askedMinor <= 0) return;
  await tx.sql
    .insertInto('transferReversal')
    .values({
      id: newId('transferReversal', tx.clock),
      tenantId: line.tenantId,
      settlementId: settlement.id,
      paymentId: line.paymentId,
      causeKind: cause.kind,
      causeId: cause.id,
      currency: settlement.currency,
      askedMinor,
      reversedMinor: 0,
      returnedMinor: 0,
      status: 'REQUESTED',
      stripeReversalId: null,
      returnWantedAt: null,
      nextAttemptAt: tx.clock.now(),
      retransferId: null,
      createdAt: tx.clock.now(),
      concludedAt: null,
    })
    .onConflict((conflict) => conflict.columns(['causeKind', 'causeId']).doNothing())
    .execute();
}
