import { authorize, isAllowed } from '../access/permissions.js';
import { ownAccountOf, type Viewer } from '../access/viewer.js';
import { Denied, notFound } from '../base/errors.js';
import { anyOf, follows, type Order, orderKey, type Page, type PageRequest, pageOf, timeOrders } from '../db/paging.js';
import type { Work } from '../db/work.js';
import type { DisputeRow, DisputeStatus } from './dispute.js';

export interface DisputeFilter {
  accountId: string | null;
  status: DisputeStatus[] | null;
  /** A whole id of ours or Stripe's: the dispute's, or our payment's. */
  search?: string | null;
  currency?: string | null;
  /** Opened then or later, and before then. */
  from?: Date | null;
  until?: Date | null;
  order?: DisputeOrder | null;
}

export const disputeOrders = {
  ...timeOrders,
  DUE_FIRST: { column: 'evidenceDueBy', direction: 'asc', absent: 'infinity' },
  LARGEST: { column: 'amountMinor', direction: 'desc' },
  SMALLEST: { column: 'amountMinor', direction: 'asc' },
} as const satisfies Record<string, Order>;
export type DisputeOrder = keyof typeof disputeOrders;

/** Disputes, newest first where nothing else is asked for: a seller's own, or for staff those of any or one account. By amount only within a currency. */
export async function listDisputes(work: Work, viewer: Viewer, filter: DisputeFilter, page: PageRequest): Promise<Page<DisputeRow>> {
  const own = ownAccountOf(viewer)?.accountId ?? null;
  const accountId = filter.accountId ?? own;
  authorize(viewer, 'disputes', accountId === null ? null : { accountId });
  const { status, search, currency, from, until } = filter;
  const order: Order = disputeOrders[filter.order ?? 'NEWEST'];
  if (order.column === 'amountMinor' && !currency) throw new Denied('BAD_USER_INPUT', 'Amounts are compared within one currency: say which.');
  let query = work.read
    .selectFrom('dispute')
    .selectAll()
    .where(follows('dispute', order, page.after))
    .orderBy(orderKey('dispute', order), order.direction)
    .orderBy('id', order.direction)
    .limit(page.first + 1);
  if (accountId !== null) query = query.where('accountId', '=', accountId);
  if (status) query = query.where(anyOf('dispute.status', status));
  if (search) query = query.where((row) => row.or((['id', 'stripeDisputeId', 'paymentId'] as const).map((column) => row(column, '=', search))));
  if (currency) query = query.where('currency', '=', currency);
  if (from) query = query.where('openedAt', '>=', from);
  if (until) query = query.where('openedAt', '<', until);
  return pageOf(await query.execute(), page);
}

/** One dispute, for its seller and for staff. */
export async function readDispute(work: Work, viewer: Viewer, id: string): Promise<DisputeRow> {
  authorize(viewer, 'disputes', ownAccountOf(viewer));
  const dispute = await work.read.selectFrom('dispute').selectAll().where('id', '=', id).executeTakeFirst();
  if (!dispute || !isAllowed(viewer, 'disputes', dispute)) throw notFound('dispute', id);
  return dispute;
}

/** The disputes of several payments, newest first, in one statement, for loaders; in the order asked. */
export async function disputesByPayment(work: Work, paymentIds: readonly string[]): Promise<DisputeRow[][]> {
  const rows = await work.read.selectFrom('dispute').selectAll().where('paymentId', 'in', paymentIds).orderBy('id', 'desc').execute();
  const byPayment = Map.groupBy(rows, ({ paymentId }) => paymentId);
  return paymentIds.map((id) => byPayment.get(id) ?? []);
}

/** What was taken back from the seller for several disputes and not given back, for loaders; in the order asked. */
export async function reversedForDisputes(work: Work, disputeIds: readonly string[]): Promise<number[]> {
  const rows = await work.read
    .selectFrom('transferReversal')
    .select(['causeId', 'reversedMinor', 'returnedMinor'])
    .where('causeKind', '=', 'DISPUTE')
    .where('causeId', 'in', disputeIds)
    .execute();
  const byDispute = new Map(rows.map((row) => [row.causeId, Math.max(0, row.reversedMinor - row.returnedMinor)]));
  return disputeIds.map((id) => byDispute.get(id) ?? 0);
}
