import { type Page, type PageRequest, pageOf } from '../../db/paging.js';
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
}

/** What people and programs changed, newest first: of a seller's own account, or for staff of everything. */
export async function listAuditLog(work: Work, viewer: Viewer, filter: AuditFilter, page: PageRequest): Promise<Page<AuditEntryRow>> {
  const accountId = filter.accountId ?? ownAccountOf(viewer)?.accountId ?? null;
  authorize(viewer, 'auditLog', accountId === null ? null : { accountId });
  const rows = await work.read
    .selectFrom('auditEntry')
    .selectAll()
    .$if(accountId !== null, (query) => query.where('accountId', '=', accountId))
    .$if(filter.actor !== null, (query) => query.where('actor', '=', filter.actor as string))
    .$if(filter.subjectId !== null, (query) => query.where('subjectId', '=', filter.subjectId as string))
    .$if(page.after !== null, (query) => query.where('id', '<', page.after as string))
    .orderBy('id', 'desc')
    .limit(page.first + 1)
    .execute();
  return pageOf(rows, page);
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
