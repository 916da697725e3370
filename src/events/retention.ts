import { sql } from 'kysely';
import { dayMs, later } from '../base/clock.js';
import { firstIdFrom } from '../base/ids.js';
import { atomically, type Work } from '../db/work.js';

const batchMax = 5_000; // rows of one statement: well within its time

/**
 * Takes away events and deliveries that are concluded and older than the settings say, and changes in the outbox that later ones followed as long ago.
 * What is parked, waits, or is still to be told is kept however old. Answers how many rows went; what is more than a batch of each goes with the next call.
 */
export async function sweepEvents(work: Work): Promise<number> {
  const { inboxDays, outboxDays } = work.config.kept;
  const inboxBefore = firstIdFrom('inboxEvent', later(work.clock.now(), -inboxDays * dayMs));
  const toldBefore = later(work.wallClock.now(), -outboxDays * dayMs); // the outbox has the time of the world outside
  let count = 0;
  for (const statement of [
    sql<{ count: number }>`select app.sweep_inbox(${inboxBefore}, ${batchMax}) as count`,
    sql<{ count: number }>`select app.sweep_deliveries(${toldBefore}, ${batchMax}) as count`, // before the changes they tell of
    sql<{ count: number }>`select app.sweep_outbox(${toldBefore}, ${batchMax}) as count`,
  ]) {
    const { rows } = await atomically(work, (tx) => statement.execute(tx.sql));
    count += rows[0]?.count ?? 0;
  }
  return count;
}
