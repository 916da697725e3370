import { sql } from 'kysely';
import { authorize } from '../access/permissions.js';
import type { Viewer } from '../access/viewer.js';
import { notFound } from '../base/errors.js';
import { firstIdFrom } from '../base/ids.js';
import { anyOf, follows, type Page, type PageRequest, pageOf, type TimeOrder, timeOrders } from '../db/paging.js';
import type { Work } from '../db/work.js';
import type { InboxEventRow, InboxState } from './inbox-event.js';

export interface EventFilter {
  state: InboxState[] | null;
  /** `platform`, or `connect:acct_…`. */
  stream: string | null;
  type: string | null;
  /** A whole id: ours, Stripe's, or that of what it is about; or a type, which has a point in it. */
  search?: string | null;
  /** Come then or later, and before then. */
  from?: Date | null;
  until?: Date | null;
  order?: TimeOrder | null;
}

/** Events in the inbox, newest first where nothing else is asked for, for staff. */
export async function listEvents(work: Work, viewer: Viewer, filter: EventFilter, page: PageRequest): Promise<Page<InboxEventRow>> {
  authorize(viewer, 'events', null);
  const { state, stream, type, search, from, until } = filter;
  const order = timeOrders[filter.order ?? 'NEWEST'];
  let query = work.read
    .selectFrom('inboxEvent')
    .selectAll()
    .where(follows('inboxEvent', order, page.after))
    .orderBy('id', order.direction)
    .limit(page.first + 1);
  if (state) query = query.where(anyOf('state', state));
  if (stream) query = query.where('stream', '=', stream);
  if (type) query = query.where('type', '=', type);
  if (search?.includes('.')) query = query.where('type', '=', search);
  else if (search) query = query.where((row) => row.or((['id', 'stripeEventId', 'objectId'] as const).map((column) => row(column, '=', search))));
  if (from) query = query.where('id', '>=', firstIdFrom('inboxEvent', from));
  if (until) query = query.where('id', '<', firstIdFrom('inboxEvent', until));
  return pageOf(await query.execute(), page);
}

/** One event in the inbox, for staff. */
export async function readEvent(work: Work, viewer: Viewer, id: string): Promise<InboxEventRow> {
  authorize(viewer, 'event', null);
  const event = await work.read.selectFrom('inboxEvent').selectAll().where('id', '=', id).executeTakeFirst();
  if (!event) throw notFound('event', id);
  return event;
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
