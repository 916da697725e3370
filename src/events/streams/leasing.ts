import { sql } from 'kysely';
import { later, minuteMs } from '../../base/clock.js';
import { atomically, type Tx, type Work } from '../../db/work.js';
import type { EventStreamRow } from './event-stream.js';
import { nextPollAfter } from './pace.js';

const leaseMs = 2 * minuteMs; // more than twice what one page may take; each page stored begins it anew

/** Somebody else holds the stream by now: this poll was too slow, and writes nothing more. */
export class LeaseLost extends Error {}

/** Leases streams that are due, the platform's first, then those that wait longest. Each to one caller, whatever the number of workers. */
export async function leaseStreams(work: Work, limit: number): Promise<EventStreamRow[]> {
  return atomically(work, async (tx) => {
    const now = tx.clock.now();
    return tx.sql
      .with('due', (query) =>
        query
          .selectFrom('eventStream')
          .select('name')
          .where('closedAt', 'is', null)
          .where('nextPollAt', '<=', now)
          .where((row) => row.or([row('lockedUntil', 'is', null), row('lockedUntil', '<=', now)]))
          .orderBy((row) => row('name', '!=', 'platform'))
          .orderBy('nextPollAt')
          .limit(limit)
          .forUpdate()
          .skipLocked(),
      )
      .updateTable('eventStream')
      .from('due')
      .set((row) => ({ lockedUntil: later(now, leaseMs), lockToken: row('eventStream.lockToken', '+', 1) }))
      .whereRef('eventStream.name', '=', 'due.name')
      .returningAll('eventStream')
      .execute();
  });
}

/** What a poll may change of its stream. */
type Progress = Partial<Omit<EventStreamRow, 'name' | 'lockToken' | 'lockedUntil' | 'openedAt'>>;

/** Writes down how far a poll has come, and goes on holding the stream. Throws LeaseLost, so that the transaction rolls back, where another holds it. */
export function holdOn(tx: Tx, stream: EventStreamRow, progress: Progress = {}): Promise<void> {
  return write(tx, stream, { ...progress, lockedUntil: later(tx.clock.now(), leaseMs) });
}

/** The same, and gives the stream back. */
export function giveBack(tx: Tx, stream: EventStreamRow, progress: Progress): Promise<void> {
  return write(tx, stream, { ...progress, lockedUntil: null });
}

/** Gives back several streams on which nothing had happened when they were polled. What another holds by now is left alone: that one polls it. */
export async function giveBackQuiet(tx: Tx, polled: { stream: EventStreamRow; polledAt: Date }[]): Promise<void> {
  const rows = polled.map(({ stream: { name, lockToken, lastEventAt, openedAt }, polledAt }) => ({
    name,
    lock_token: lockToken,
    polled_at: polledAt,
    next_poll_at: nextPollAfter(tx.clock.now(), lastEventAt ?? openedAt),
  }));
  await sql`
    update event_stream stream
    set seen_until = greatest(stream.seen_until, told.polled_at), last_polled_at = told.polled_at, next_poll_at = told.next_poll_at,
      failure_count = 0, error = null, locked_until = null
    from json_to_recordset(${JSON.stringify(rows)}::json) as told (name text, lock_token integer, polled_at timestamptz, next_poll_at timestamptz)
    where stream.name = told.name and stream.lock_token = told.lock_token`.execute(tx.sql);
}

async function write(tx: Tx, { name, lockToken }: EventStreamRow, columns: Partial<EventStreamRow>): Promise<void> {
  const { numUpdatedRows } = await tx.sql
    .updateTable('eventStream')
    .set(columns)
    .where('name', '=', name)
    .where('lockToken', '=', lockToken)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) throw new LeaseLost(`the lease of ${name} is over`);
}
