import { follows, type Page, type PageRequest, pageOf, type TimeOrder, timeOrders } from '../../db/paging.js';
import type { Work } from '../../db/work.js';
import { authorize } from '../permissions.js';
import { ownAccountOf, type Viewer } from '../viewer.js';
import type { AuditEntryRow } from './audit-entry.js';

export interface AuditFilter {
  accountId: string | null;
  /** A person's id or a key's. */
  actor: string | null;
  /** The id of what was changed. */
  subjectId: string | null;
  /** A whole id: of what was changed, or of who changed it. */
  search?: string | null;
  /** Changed then or later, and before then. */
  from?: Date | null;
  until?: Date | null;
  order?: TimeOrder | null;
}

/** What people and programs changed, newest first where nothing else is asked for: of a seller's own account, or for staff of everything. */
export async function listAuditLog(work: Work, viewer: Viewer, filter: AuditFilter, page: PageRequest): Promise<Page<AuditEntryRow>> {
  const accountId = filter.accountId ?? ownAccountOf(viewer)?.accountId ?? null;
  authorize(viewer, 'auditLog', accountId === null ? null : { accountId });
  const { actor, subjectId, search, from, until } = filter;
  const order = timeOrders[filter.order ?? 'NEWEST'];
  let query = work.read
    .selectFrom('auditEntry')
    .selectAll()
    .where(follows('auditEntry', order, page.after))
    .orderBy('id', order.direction)
    .limit(page.first + 1);
  if (accountId !== null) query = query.where('accountId', '=', accountId);
  if (actor !== null) query = query.where('actor', '=', actor);
  if (subjectId !== null) query = query.where('subjectId', '=', subjectId);
  if (search) query = query.where((row) => row.or([row('subjectId', '=', search), row('actor', '=', search)]));
  if (from) query = query.where('recordedAt', '>=', from);
  if (until) query = query.where('recordedAt', '<', until);
  return pageOf(await query.execute(), page);
}

/** Which of these entries are sealed into the chain, for loaders; in the order asked. */
export async function sealedOf(work: Work, ids: readonly string[]): Promise<boolean[]> {
  const rows = await work.read.selectFrom('auditLink').select('entryId').where('entryId', 'in', ids).execute();
  const sealed = new Set(rows.map(({ entryId }) => entryId));
  return ids.map((id) => sealed.has(id));
}

/** What people and keys are called, for loaders; in the order asked, null for whom the reader may not see. */
export async function namesOfActors(work: Work, ids: readonly string[]): Promise<(string | null)[]> {
  const [people, keys] = await Promise.all([
    work.read.selectFrom('person').select(['id', 'name']).where('id', 'in', ids).execute(),
    work.read.selectFrom('apiKey').select(['id', 'name']).where('id', 'in', ids).execute(),
  ]);
  const names = new Map([...people, ...keys].map(({ id, name }) => [id, name]));
  return ids.map((id) => names.get(id) ?? null);
}
