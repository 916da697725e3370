import { sql } from 'kysely';
import { authorize } from '../access/permissions.js';
import type { Viewer } from '../access/viewer.js';
import { dayMs, later } from '../base/clock.js';
import type { Work } from '../db/work.js';

/** What the platform holds for its sellers in one currency, and what of it leaves soon. */
export interface HeldMoney {
  currency: string;
  /** By the books: paid by buyers and not settled. */
  heldMinor: number;
  /** In settlements that are due by then, those that wait for something included. */
  dueSoonMinor: number;
  /** What sellers owe the platform. */
  owedMinor: number;
}

const soonMs = 7 * dayMs;

/** What is held for all sellers, for staff, by currency. Costs as much as there is held, however long the books are. */
export async function readHeldMoney(work: Work, viewer: Viewer): Promise<HeldMoney[]> {
  authorize(viewer, 'heldMoney', null);
  const [standing, due] = await Promise.all([
    work.read
      .selectFrom('ledgerStanding')
      .where('ledgerAccount', 'in', ['seller_payable', 'seller_receivable'])
      .groupBy(['currency', 'ledgerAccount'])
      .select((row) => ['currency', 'ledgerAccount', row.fn.sum<string>('amountMinor').as('minor')])
      .execute(),
    work.read
      .selectFrom('settlement')
      .innerJoin('settlementLine as line', 'line.settlementId', 'settlement.id')
      .where('settlement.status', '=', sql.lit('PENDING')) // spelt out, it has an index
      .where('settlement.dueAt', '<=', later(work.clock.now(), soonMs))
      .where('line.heldSince', 'is', null)
      .groupBy('settlement.currency')
      .select(['settlement.currency', sql<string>`sum(line.gross_minor - line.refunded_minor - line.lost_minor)`.as('minor')])
      .execute(),
  ]);
  const of = (currency: string, ledgerAccount: string) =>
    Number(standing.find((row) => row.currency === currency && row.ledgerAccount === ledgerAccount)?.minor ?? 0);
  return [...new Set(standing.map(({ currency }) => currency))].sort().map((currency) => ({
    currency,
    heldMinor: 0 - of(currency, 'seller_payable'),
    dueSoonMinor: Number(due.find((row) => row.currency === currency)?.minor ?? 0),
    owedMinor: of(currency, 'seller_receivable'),
  }));
}
