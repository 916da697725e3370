import type { Viewer } from '../access/viewer.js';
import { addMinor } from '../base/money.js';
import type { Work } from '../db/work.js';
import { leftOf } from './lines.js';
import { readSettlement } from './reading.js';
import type { SettlementRow } from './settlement.js';

const kinds = ['SOLD', 'REFUNDED', 'LOST', 'HELD', 'KEPT_BACK', 'TAKEN_BACK', 'GIVEN_AGAIN'] as const;
/** What a row of a statement is: bought; given back, lost or held before it was sent; kept back for a debt; taken back or given again after. */
export type StatementKind = (typeof kinds)[number];

/** One cause of a settlement's amount, by the purchase it is about. */
export interface StatementRow {
  kind: StatementKind;
  paymentId: string;
  /** When the purchase was paid. */
  paidAt: Date;
  email: string;
  quantity: number;
  /** What it adds; negative for what it takes off. */
  amountMinor: number;
}

/** Why a settlement is what it is: rows that sum to what is sent, and rows of what came after, which sum with it to what the seller has of it. */
export interface Statement {
  settlement: SettlementRow;
  rows: StatementRow[];
  sentMinor: number;
  afterwards: StatementRow[];
  leftMinor: number;
}

/** The statement of a settlement, for its seller and for staff. NOT_FOUND for any other. Two statements, however many purchases. */
export async function readStatement(work: Work, viewer: Viewer, settlementId: string): Promise<Statement> {
  const settlement = await readSettlement(work, viewer, settlementId);
  const [lines, deductions] = await Promise.all([linesOf(work, settlementId), deductionsOf(work, settlementId)]);
  const rows = [
    ...lines.flatMap((line) => [
      rowOf('SOLD', line, line.grossMinor),
      rowOf('REFUNDED', line, -line.refundedMinor),
      rowOf('LOST', line, -line.lostMinor),
      rowOf('HELD', line, line.heldSince !== null && line.paidMinor === null ? -leftOf(line) : 0),
    ]),
    ...deductions.map((debt) => rowOf('KEPT_BACK', debt, -debt.amountMinor)),
  ].filter(({ amountMinor }) => amountMinor !== 0);
  const afterwards = lines
    .flatMap((line) => [rowOf('TAKEN_BACK', line, -line.reversedMinor), rowOf('GIVEN_AGAIN', line, line.retransferredMinor)])
    .filter(({ amountMinor }) => amountMinor !== 0);
  const sentMinor = addMinor(...rows.map(({ amountMinor }) => amountMinor));
  return { settlement, rows, sentMinor, afterwards, leftMinor: addMinor(sentMinor, ...afterwards.map(({ amountMinor }) => amountMinor)) };
}

type Purchase = Pick<StatementRow, 'paymentId' | 'paidAt' | 'email' | 'quantity'>;

function rowOf(kind: StatementKind, { paymentId, paidAt, email, quantity }: Purchase, amountMinor: number): StatementRow {
  return { kind, paymentId, paidAt, email, quantity, amountMinor: amountMinor === 0 ? 0 : amountMinor };
}

function linesOf({ read }: Work, settlementId: string) {
  return read
    .selectFrom('settlementLine')
    .innerJoin('payment', 'payment.id', 'settlementLine.paymentId')
    .selectAll('settlementLine')
    .select(['payment.paidAt', 'payment.email', 'payment.quantity'])
    .where('settlementLine.settlementId', '=', settlementId)
    .orderBy('payment.id')
    .execute();
}

function deductionsOf({ read }: Work, settlementId: string) {
  return read
    .selectFrom('debtDeduction')
    .innerJoin('sellerDebt', 'sellerDebt.id', 'debtDeduction.debtId')
    .innerJoin('payment', 'payment.id', 'sellerDebt.paymentId')
    .select(['debtDeduction.amountMinor', 'sellerDebt.paymentId', 'payment.paidAt', 'payment.email', 'payment.quantity'])
    .where('debtDeduction.settlementId', '=', settlementId)
    .orderBy('sellerDebt.id')
    .execute();
}
