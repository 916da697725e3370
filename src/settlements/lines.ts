import { known } from '../base/assert.js';
import { newId } from '../base/ids.js';
import { addMinor, subtractMinor } from '../base/money.js';
import type { Tx } from '../db/work.js';
import { type OfferingRow, settlesAt } from '../offerings/offering.js';
import type { SettlementLineRow, SettlementRow } from './settlement.js';

/**
 * Puts a purchase into the settlement that collects for its offering and currency, or begins one. Called in the transaction that records the payment.
 * Safe for purchases at once: one settlement collects, and the database refuses a second.
 */
export async function joinSettlement(
  tx: Tx,
  offering: OfferingRow,
  purchase: { paymentId: string; currency: string; sellerTransferMinor: number; availableOn: Date | null },
): Promise<string> {
  const dueAt = purchase.availableOn && purchase.availableOn > settlesAt(offering) ? purchase.availableOn : settlesAt(offering);
  const { tenantId, accountId, id: offeringId } = offering;
  const settlementId = await collecting(tx, { tenantId, accountId, offeringId, currency: purchase.currency, dueAt });
  await tx.sql
    .insertInto('settlementLine')
    .values({ ...blankLine, paymentId: purchase.paymentId, tenantId: offering.tenantId, settlementId, grossMinor: purchase.sellerTransferMinor })
    .execute();
  return settlementId;
}

/** The settlement that collects for an offering and currency, the one there is or a new one; due no earlier than `dueAt`. */
async function collecting(tx: Tx, asked: Pick<SettlementRow, 'tenantId' | 'accountId' | 'offeringId' | 'currency' | 'dueAt'>): Promise<string> {
  const { id } = await tx.sql
    .insertInto('settlement')
    .values({ ...blank, ...asked, id: newId('settlement', tx.clock), nextAttemptAt: asked.dueAt, createdAt: tx.clock.now() })
    .onConflict((conflict) =>
      conflict
        .columns(['offeringId', 'currency'])
        .where('closedAt', 'is', null)
        .doUpdateSet((row) => ({
          dueAt: row.fn<Date>('greatest', ['settlement.dueAt', 'excluded.dueAt']),
          nextAttemptAt: row.fn<Date>('greatest', ['settlement.nextAttemptAt', 'excluded.dueAt']),
        })),
    )
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

const blank = {
  status: 'PENDING',
  closedAt: null,
  claimToken: null,
  claimedAt: null,
  startedAt: null,
  amountMinor: null,
  deductedMinor: 0,
  reversedMinor: 0,
  connectedAccountId: null,
  operationId: null,
  stripeTransferId: null,
  settledAt: null,
  failureCode: null,
  failure: null,
  waitsForFundsCount: 0,
} as const;
const blankLine = { refundedMinor: 0, lostMinor: 0, heldSince: null, paidMinor: null, reversedMinor: 0, retransferredMinor: 0 } as const;

/** Stripe has said, later than the payment, when its money is available: its settlement waits for that, while it still collects. */
export async function waitUntilAvailable(tx: Tx, paymentId: string, availableOn: Date): Promise<void> {
  await tx.sql
    .updateTable('settlement')
    .set((row) => ({
      dueAt: row.fn<Date>('greatest', ['dueAt', row.val(availableOn)]),
      nextAttemptAt: row.fn<Date>('greatest', ['nextAttemptAt', row.val(availableOn)]),
    }))
    .where('id', 'in', (query) => query.selectFrom('settlementLine').select('settlementId').where('paymentId', '=', paymentId))
    .where('closedAt', 'is', null)
    .execute();
}

/** What a line still holds for its seller. */
export function leftOf(line: Pick<SettlementLineRow, 'grossMinor' | 'refundedMinor' | 'lostMinor'>): number {
  return subtractMinor(line.grossMinor, addMinor(line.refundedMinor, line.lostMinor));
}

/** A payment's line, locked together with its settlement in the one order that all take: settlement, then line. */
export async function lockLine(tx: Tx, paymentId: string): Promise<{ settlement: SettlementRow; line: SettlementLineRow } | null> {
  for (;;) {
    const found = await tx.sql.selectFrom('settlementLine').select('settlementId').where('paymentId', '=', paymentId).executeTakeFirst();
    if (!found) return null;
    const settlement = await tx.sql.selectFrom('settlement').selectAll().where('id', '=', found.settlementId).forUpdate().executeTakeFirst();
    const line = await tx.sql.selectFrom('settlementLine').selectAll().where('paymentId', '=', paymentId).forUpdate().executeTakeFirst();
    if (line?.settlementId === found.settlementId) return { settlement: known(settlement, 'the settlement of a line'), line };
  }
}

/** Moves what a dispute holds back out of a settlement that is about to be paid, into the one that collects next. */
export async function moveHeldLines(tx: Tx, settlement: SettlementRow): Promise<void> {
  const held = await tx.sql
    .selectFrom('settlementLine')
    .select('paymentId')
    .where('settlementId', '=', settlement.id)
    .where('heldSince', 'is not', null)
    .where('paidMinor', 'is', null)
    .execute();
  if (held.length === 0) return;
  const { tenantId, accountId, offeringId, currency, dueAt } = settlement;
  const id = await collecting(tx, { tenantId, accountId, offeringId, currency, dueAt });
  await tx.sql
    .updateTable('settlementLine')
    .set({ settlementId: id })
    .where(
      'paymentId',
      'in',
      held.map(({ paymentId }) => paymentId),
    )
    .execute();
}
