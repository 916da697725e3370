import { sql } from 'kysely';
import { authorize } from '../access/permissions.js';
import type { Viewer } from '../access/viewer.js';
import { at } from '../base/clock.js';
import { subtractMinor } from '../base/money.js';
import type { Work } from '../db/work.js';
import { feesKept } from './reading.js';

/** What an account took in one month, in one currency. */
export interface MonthOfRevenue {
  /** As `2026-11`, in UTC. */
  month: string;
  grossMinor: number;
  /** What is the seller's of it: without the platform's fees and what was refunded since. */
  netMinor: number;
}

const monthsShown = 6;

/** The revenue of the last six months in one currency, the present month last. Months without any are there, with nothing. */
export async function revenueByMonth(
  work: Work,
  viewer: Viewer,
  { accountId, currency }: { accountId: string; currency: string },
): Promise<MonthOfRevenue[]> {
  authorize(viewer, 'payments', { accountId });
  const now = work.clock.now();
  const begins = Array.from({ length: monthsShown }, (_, back) => at(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - monthsShown + 1 + back)));
  const rows = await work.read
    .selectFrom('payment')
    .innerJoin('commissionSnapshot as split', 'split.paymentId', 'payment.id')
    .select((row) => [
      sql<string>`to_char(payment.paid_at at time zone 'UTC', 'YYYY-MM')`.as('month'),
      row.fn.sum<string>('payment.amountMinor').as('grossMinor'),
      row.fn.sum<string>('payment.refundedMinor').as('refundedMinor'),
      feesKept.as('feesMinor'),
    ])
    .where('payment.accountId', '=', accountId)
    .where('payment.currency', '=', currency)
    .where('payment.paidAt', '>=', begins[0] as Date)
    .groupBy('month')
    .execute();
  const found = new Map(rows.map((row) => [row.month, row]));
  return begins.map((begin) => {
    const month = begin.toISOString().slice(0, 7);
    const [grossMinor, refundedMinor, feesMinor] = (['grossMinor', 'refundedMinor', 'feesMinor'] as const).map((sum) =>
      Number(found.get(month)?.[sum] ?? 0),
    );
    return { month, grossMinor: grossMinor ?? 0, netMinor: subtractMinor(subtractMinor(grossMinor ?? 0, feesMinor ?? 0), refundedMinor ?? 0) };
  });
}
