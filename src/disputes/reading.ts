import { authorize, isAllowed } from '../access/permissions.js';
import { ownAccountOf, type Viewer } from '../access/viewer.js';
import { notFound } from '../base/errors.js';
import { anyOf, type Page, type PageRequest, pageOf } from '../db/paging.js';
import type { Work } from '../db/work.js';
import type { DisputeRow, DisputeStatus } from './dispute.js';

export interface DisputeFilter {
  accountId: string | null;
  status: DisputeStatus[] | null;
}

/** Disputes, newest first: a seller's own, or for staff those of any or one account. */
export async function listDisputes(work: Work, viewer: Viewer, filter: DisputeFilter, page: PageRequest): Promise<Page<DisputeRow>> {
  const own = ownAccountOf(viewer)?.accountId ?? null;
  const accountId = filter.accountId ?? own;
  authorize(viewer, 'disputes', accountId === null ? null : { accountId });
  const rows = await work.read
    .selectFrom('dispute')
    .selectAll()
    .$if(accountId !== null, (query) => query.where('accountId', '=', accountId as string))
    .$if(Boolean(filter.status), (query) => query.where(anyOf('dispute.status', filter.status ?? [])))
    .$if(page.after !== null, (query) => query.where('id', '<', page.after as string))
    .orderBy('id', 'desc')
    .limit(page.first + 1)
    .execute();
  return pageOf(rows, page);
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
