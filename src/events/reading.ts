import { sql } from 'kysely';
import type { Work } from '../db/work.js';
import type { InboxState } from './inbox-event.js';

/** How many events wait to be applied, and how many were given up on until somebody looks. */
export async function inboxCounts(work: Work): Promise<{ received: number; parked: number }> {
  const rows = await work.read
    .selectFrom('inboxEvent')
    .select(['state', sql<number>`count(*)`.as('count')])
    .where('state', 'in', ['RECEIVED', 'PARKED'])
    .groupBy('state')
    .execute();
  const of = (state: InboxState) => Number(rows.find((row) => row.state === state)?.count ?? 0);
  return { received: of('RECEIVED'), parked: of('PARKED') };
}
