import { sql } from 'kysely';
import { authorize } from '../access/permissions.js';
import type { Viewer } from '../access/viewer.js';
import { anyOf, type Page, type PageRequest, pageOf } from '../db/paging.js';
import type { Work } from '../db/work.js';
import type { InboxEventRow, InboxState } from './inbox-event.js';

export interface EventFilter {
  state: InboxState[] | null;
  /** `platform`, or `connect:acct_…`. */
  stream: string | null;
  type: string | null;
}

/** Events in the inbox, newest first, for staff. */
export async function listEvents(work: Work, viewer: Viewer, filter: EventFilter, page: PageRequest): Promise<Page<InboxEventRow>> {
  authorize(viewer, 'events', null);
  const { state, stream, type } = filter;
  const rows = await work.read
    .selectFrom('inboxEvent')
    .selectAll()
    .$if(Boolean(state), (query) => query.where(anyOf('state', state ?? [])))
    .$if(stream !== null, (query) => query.where('stream', '=', stream as string))
    .$if(type !== null, (query) => query.where('type', '=', type as string))
    .$if(page.after !== null, (query) => query.where('id', '<', page.after as string))
    .orderBy('id', 'desc')
    .limit(page.first + 1)
    .execute();
  return pageOf(rows, page);
}

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
