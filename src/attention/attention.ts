import { sql } from 'kysely';
import { authorize } from '../access/permissions.js';
import type { Viewer } from '../access/viewer.js';
import type { Work } from '../db/work.js';
import { type EventsStanding, eventsStanding } from '../events/standing.js';
import { findHalt, type HaltRow } from '../operations/halt.js';
import type { FailureCode } from '../stripe/result.js';

/** Settlements of one cause and one currency that could not be paid. */
export interface FailedGroup {
  /** Whether they are tried again by themselves, and still somebody may have to mend the cause. */
  waits: boolean;
  code: FailureCode;
  currency: string;
  count: number;
  /** What their sellers wait for. */
  amountMinor: number;
  /** Since when the oldest of them is due. */
  oldestDueAt: Date;
}

/** Disputes of one currency that wait for evidence. */
export interface DisputesToAnswer {
  currency: string;
  count: number;
  amountMinor: number;
  /** Until when the first of them takes evidence; null where the bank names no time. */
  firstDueBy: Date | null;
}

/** What needs a person now, worst first. */
export interface Attention {
  checkedAt: Date;
  halt: HaltRow | null;
  failed: FailedGroup[];
  disputes: DisputesToAnswer[];
  events: EventsStanding;
}

/** What needs a person now, for staff. Cheap however long the books are: it reads only what is in the way. */
export async function readAttention(work: Work, viewer: Viewer): Promise<Attention> {
  authorize(viewer, 'attention', null);
  const [halt, failed, waiting, disputes, events] = await Promise.all([
    findHalt(work.read),
    failedGroups(work, false),
    failedGroups(work, true),
    disputesToAnswer(work),
    eventsStanding(work),
  ]);
  return { checkedAt: work.clock.now(), halt, failed: [...failed, ...waiting].sort(byUrgency), disputes, events };
}

const mostUrgentFirst: readonly FailureCode[] = ['VERIFICATION_REQUIRED', 'PLATFORM_NOT_ALLOWED', 'ATTEMPTS_EXHAUSTED', 'UNCLASSIFIED'];

function urgency({ code }: FailedGroup): number {
  const place = mostUrgentFirst.indexOf(code);
  return place < 0 ? mostUrgentFirst.length : place;
}

function byUrgency(one: FailedGroup, other: FailedGroup): number {
  return urgency(one) - urgency(other) || one.oldestDueAt.getTime() - other.oldestDueAt.getTime();
}

async function failedGroups({ read }: Work, waits: boolean): Promise<FailedGroup[]> {
  const rows = await read
    .selectFrom('settlement')
    .leftJoinLateral(
      ({ selectFrom }) =>
        selectFrom('settlementLine as line')
          .whereRef('line.settlementId', '=', 'settlement.id')
          .where('line.heldSince', 'is', null)
          .select(sql<string>`coalesce(sum(line.gross_minor - line.refunded_minor - line.lost_minor), 0)`.as('minor'))
          .as('collected'),
      (join) => join.onTrue(),
    )
    .where(sql<boolean>`${waits ? sql`status = 'PENDING' and failure_code is not null` : sql`status = 'FAILED'`}`) // spelt out, each has an index
    .groupBy(['failureCode', 'currency'])
    .select((row) => [
      sql<FailureCode>`failure_code`.as('code'),
      'currency',
      row.fn.countAll<string>().as('count'),
      sql<string>`sum(coalesce(settlement.amount_minor, collected.minor))`.as('minor'),
      row.fn.min('settlement.dueAt').as('oldestDueAt'),
    ])
    .execute();
  return rows.map(({ count, minor, ...group }) => ({ ...group, waits, count: Number(count), amountMinor: Number(minor) }));
}

async function disputesToAnswer({ read }: Work): Promise<DisputesToAnswer[]> {
  const rows = await read
    .selectFrom('dispute')
    .where('status', '=', sql.lit('NEEDS_RESPONSE'))
    .groupBy('currency')
    .select((row) => [
      'currency',
      row.fn.countAll<string>().as('count'),
      row.fn.sum<string>('amountMinor').as('minor'),
      row.fn.min('evidenceDueBy').as('firstDueBy'),
    ])
    .orderBy('firstDueBy', (order) => order.asc().nullsLast())
    .execute();
  return rows.map(({ currency, count, minor, firstDueBy }) => ({ currency, count: Number(count), amountMinor: Number(minor), firstDueBy }));
}
