import { sql } from 'kysely';
import { authorize } from '../access/permissions.js';
import type { Viewer } from '../access/viewer.js';
import { at, dayMs, later } from '../base/clock.js';
import { findCurrency } from '../base/currencies.js';
import { Denied } from '../base/errors.js';
import { firstIdFrom } from '../base/ids.js';
import type { Work } from '../db/work.js';
import { type BookCheck, lastBookCheck } from '../reconciliation/book-check.js';
import type { SettlementStatus } from '../settlements/settlement.js';

/** What one day brought in one currency, by the day it was recorded here, in UTC. */
export interface Day {
  day: Date;
  /** Paid to sellers' own accounts, and paid to the platform which holds it for them. */
  directMinor: number;
  heldMinor: number;
  feesMinor: number;
  /** Given back so far of what was paid that day. */
  refundedMinor: number;
  paymentCount: number;
  disputeCount: number;
}

/** Settlements of one outcome, of those that fell due in the period. */
export interface Outcome {
  status: SettlementStatus;
  count: number;
}

/** Requests to Stripe that did not do what they were sent for, by what Stripe called it. */
export interface FailedRequests {
  code: string;
  count: number;
}

/** What sellers wait for longer than it was due, by how long. */
export interface Overdue {
  fromDays: number;
  count: number;
  amountMinor: number;
}

export interface Statistics {
  currency: string;
  /** All currencies in which anything was paid in the period. */
  currencies: string[];
  /** Every day of the period, oldest first, those of which nothing was heard included. */
  days: Day[];
  /** As many days before them. */
  before: Day[];
  outcomes: Outcome[];
  failures: FailedRequests[];
  overdue: Overdue[];
  lagSeconds: number;
  books: BookCheck | null;
}

const daysMax = 90;
export const overdueFromDays = [0, 8, 31, 91] as const;
const nothing = { directMinor: 0, heldMinor: 0, feesMinor: 0, refundedMinor: 0, paymentCount: 0, disputeCount: 0 };

/**
 * How the marketplace went over the last days in one currency (absent: the one with the most payments), for staff. Ids tell when a row was made, so
 * each statement reads the rows of the period alone. Refuses with BAD_USER_INPUT other than 1 to 90 days, and a currency that nobody can be paid in.
 */
export async function readStatistics(work: Work, viewer: Viewer, asked: { days: number; currency: string | null }): Promise<Statistics> {
  authorize(viewer, 'statistics', null);
  const { days } = asked;
  if (!Number.isInteger(days) || days < 1 || days > daysMax)
    throw new Denied('BAD_USER_INPUT', `days ${days} is not a whole number from 1 to ${daysMax}.`);
  if (asked.currency !== null && !findCurrency(asked.currency)) throw new Denied('BAD_USER_INPUT', `Nobody is paid in ${asked.currency} here.`);
  const today = at(Math.floor(work.clock.now().getTime() / dayMs) * dayMs);
  const since = later(today, (1 - days) * dayMs);
  const rows = await daily(work, later(since, -days * dayMs));
  const currencies = [...Map.groupBy(rows, ({ currency }) => currency)]
    .sort(([, one], [, other]) => paymentsIn(other) - paymentsIn(one))
    .map(([currency]) => currency);
  const currency = asked.currency ?? currencies[0] ?? 'USD';
  const byDay = new Map(rows.filter((row) => row.currency === currency).map((row) => [row.day.getTime(), row]));
  const daysFrom = (first: Date) =>
    Array.from({ length: days }, (_, n) => later(first, n * dayMs)).map((day) => ({ ...nothing, ...byDay.get(day.getTime()), day }));
  const [outcomes, failures, overdue, lagSeconds, books] = await Promise.all([
    outcomesOf(work, currency, since),
    failedRequests(work, since),
    overdueOf(work, currency),
    lagOf(work),
    lastBookCheck(work),
  ]);
  return {
    currency,
    currencies,
    days: daysFrom(since),
    before: daysFrom(later(since, -days * dayMs)),
    outcomes,
    failures,
    overdue,
    lagSeconds,
    books,
  };
}

function paymentsIn(rows: { paymentCount: number }[]): number {
  return rows.reduce((sum, { paymentCount }) => sum + paymentCount, 0);
}

/** Payments with their fees, and disputes, by day and currency. */
async function daily({ read }: Work, since: Date): Promise<(Day & { currency: string })[]> {
  const day = sql<Date>`date_trunc('day', happened.created_at, 'UTC')`;
  const rows = await read
    .selectFrom(
      sql<{ currency: string }>`(
        select payment.created_at, payment.currency, case charge_model when 'DIRECT' then amount_minor else 0 end as direct,
          case charge_model when 'DIRECT' then 0 else amount_minor end as held, platform_fee_minor as fee, refunded_minor as refunded, 1 as payment, 0 as dispute
        from payment join commission_snapshot snapshot on snapshot.payment_id = payment.id where payment.id >= ${firstIdFrom('payment', since)}
        union all select created_at, currency, 0, 0, 0, 0, 0, 1 from dispute where id >= ${firstIdFrom('dispute', since)})`.as('happened'),
    )
    .groupBy(['currency', day])
    .select([
      'currency',
      day.as('day'),
      ...(['direct', 'held', 'fee', 'refunded', 'payment', 'dispute'] as const).map((name) => sql<string>`sum(${sql.ref(name)})`.as(name)),
    ])
    .execute();
  return rows.map(({ direct, held, fee, refunded, payment, dispute, ...row }) => {
    const counts = { paymentCount: Number(payment), disputeCount: Number(dispute) };
    return { ...row, directMinor: Number(direct), heldMinor: Number(held), feesMinor: Number(fee), refundedMinor: Number(refunded), ...counts };
  });
}

async function outcomesOf({ read, clock }: Work, currency: string, since: Date): Promise<Outcome[]> {
  const rows = await read
    .selectFrom('settlement')
    .where('currency', '=', currency)
    .where('dueAt', '>=', since)
    .where('dueAt', '<=', clock.now())
    .groupBy('status')
    .select((row) => ['status', row.fn.countAll<string>().as('count')])
    .execute();
  return rows.map(({ status, count }) => ({ status, count: Number(count) })).sort((one, other) => other.count - one.count);
}

const failuresMax = 8;

async function failedRequests({ read }: Work, since: Date): Promise<FailedRequests[]> {
  const code = sql<string>`coalesce(stripe_code, outcome)`;
  const rows = await read
    .selectFrom('operationAttempt')
    .where('id', '>=', firstIdFrom('operationAttempt', since))
    .where('outcome', '<>', 'SUCCEEDED')
    .groupBy(code)
    .select((row) => [code.as('code'), row.fn.countAll<string>().as('count')])
    .orderBy('count', 'desc')
    .limit(failuresMax)
    .execute();
  return rows.map((row) => ({ code: row.code, count: Number(row.count) }));
}

/** Costs as much as there is overdue, however long the books are. */
async function overdueOf({ read, clock }: Work, currency: string): Promise<Overdue[]> {
  const now = clock.now();
  const since = (days: number) => later(now, -days * dayMs);
  const [, week, month, quarter] = overdueFromDays;
  const bucket = sql<number>`case when due_at > ${since(week)} then 0 when due_at > ${since(month)} then ${week} when due_at > ${since(quarter)} then ${month} else ${quarter} end`;
  const rows = await read
    .selectFrom(
      read
        .selectFrom('settlement')
        .leftJoin('settlementLine as line', (join) => join.onRef('line.settlementId', '=', 'settlement.id').on('line.heldSince', 'is', null))
        .where(sql<boolean>`(settlement.status = 'PENDING' or settlement.status = 'FAILED')`) // spelt out, each has an index
        .where('settlement.currency', '=', currency)
        .where('settlement.dueAt', '<=', now)
        .groupBy('settlement.id')
        .select([
          bucket.as('fromDays'),
          sql<string>`coalesce(settlement.amount_minor, sum(line.gross_minor - line.refunded_minor - line.lost_minor), 0)`.as('minor'),
        ])
        .as('due'),
    )
    .groupBy('fromDays')
    .select((row) => ['fromDays', row.fn.countAll<string>().as('count'), row.fn.sum<string>('minor').as('minor')])
    .execute();
  return overdueFromDays.map((fromDays) => {
    const found = rows.find((row) => Number(row.fromDays) === fromDays);
    return { fromDays, count: Number(found?.count ?? 0), amountMinor: Number(found?.minor ?? 0) };
  });
}

/** How far back the stream of events is that was read longest ago: until then, all is seen. */
async function lagOf({ read, clock }: Work): Promise<number> {
  const row = await read
    .selectFrom('eventStream')
    .select((stream) => stream.fn.min('seenUntil').as('seenUntil'))
    .where('closedAt', 'is', null)
    .executeTakeFirst();
  return row?.seenUntil ? Math.max(0, Math.round((clock.now().getTime() - row.seenUntil.getTime()) / 1_000)) : 0;
}
