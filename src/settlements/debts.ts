import { sql } from 'kysely';
import { subtractMinor } from '../base/money.js';
import type { Tx } from '../db/work.js';
import type { SettlementRow } from './settlement.js';

/** Which of these sellers owe anything. */
export async function debtorsAmong(tx: Tx, accountIds: string[]): Promise<Set<string>> {
  const debtors = await tx.sql
    .selectFrom('sellerDebt')
    .select('accountId')
    .distinct()
    .where('accountId', 'in', accountIds)
    .where(sql<boolean>`recovered_minor + forgiven_minor < amount_minor`)
    .execute();
  return new Set(debtors.map(({ accountId }) => accountId));
}

/** Keeps back of a settlement what its seller owes in that currency, oldest debts first. Answers how much. Debts are locked, so each cent is kept back once. */
export async function reserveDebts(tx: Tx, settlement: SettlementRow, grossMinor: number): Promise<number> {
  const debts = await tx.sql
    .selectFrom('sellerDebt')
    .select((row) => [
      'id',
      sql<number>`amount_minor - reserved_minor - recovered_minor - forgiven_minor`.as('openMinor'),
      row.ref('createdAt').as('since'),
    ])
    .where('accountId', '=', settlement.accountId)
    .where('currency', '=', settlement.currency)
    .where(sql<boolean>`recovered_minor + forgiven_minor < amount_minor`)
    .orderBy('createdAt')
    .orderBy('id')
    .forUpdate()
    .execute();
  let leftMinor = grossMinor;
  for (const { id, openMinor } of debts) {
    const takenMinor = Math.min(Number(openMinor), leftMinor);
    if (takenMinor <= 0) continue;
    leftMinor = subtractMinor(leftMinor, takenMinor);
    await tx.sql
      .updateTable('sellerDebt')
      .set((row) => ({ reservedMinor: row('reservedMinor', '+', takenMinor) }))
      .where('id', '=', id)
      .execute();
    await tx.sql
      .insertInto('debtDeduction')
      .values({ debtId: id, settlementId: settlement.id, tenantId: settlement.tenantId, amountMinor: takenMinor })
      .execute();
  }
  return subtractMinor(grossMinor, leftMinor);
}

/** The settlement was paid: what it kept back is recovered. */
export async function recoverDebts(tx: Tx, settlementId: string): Promise<void> {
  await tx.sql
    .updateTable('sellerDebt')
    .from('debtDeduction')
    .set((row) => ({
      reservedMinor: row('sellerDebt.reservedMinor', '-', row.ref('debtDeduction.amountMinor')),
      recoveredMinor: row('sellerDebt.recoveredMinor', '+', row.ref('debtDeduction.amountMinor')),
    }))
    .whereRef('debtDeduction.debtId', '=', 'sellerDebt.id')
    .where('debtDeduction.settlementId', '=', settlementId)
    .execute();
}

/** The settlement was not paid: what it would have kept back is owed as before. */
export async function releaseDebts(tx: Tx, settlementId: string): Promise<void> {
  const released = await tx.sql.deleteFrom('debtDeduction').where('settlementId', '=', settlementId).returning(['debtId', 'amountMinor']).execute();
  for (const { debtId, amountMinor } of released) {
    await tx.sql
      .updateTable('sellerDebt')
      .set((row) => ({ reservedMinor: row('reservedMinor', '-', amountMinor) }))
      .where('id', '=', debtId)
      .execute();
  }
}
