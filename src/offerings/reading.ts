import { sql } from 'kysely';
import { authorize, isAllowed } from '../access/permissions.js';
import { enterShop } from '../access/shops.js';
import { ownAccountOf, type Viewer } from '../access/viewer.js';
import { notFound } from '../base/errors.js';
import { isId } from '../base/ids.js';
import { type Page, type PageRequest, pagesOf } from '../db/paging.js';
import type { Work } from '../db/work.js';
import type { OfferingRow } from './offering.js';

/** An offering for anybody who has its address, or null. Whoever asks comes into its seller's shop. */
export async function findPublicOffering(work: Work, id: string): Promise<OfferingRow | null> {
  if (isId('offering', id)) await enterShop(work, { offeringId: id });
  return findOffering(work, id);
}

async function findOffering(work: Work, id: string): Promise<OfferingRow | null> {
  if (!isId('offering', id)) return null;
  return (await work.read.selectFrom('offering').selectAll().where('id', '=', id).executeTakeFirst()) ?? null;
}

/** One offering, for its seller and for staff. NOT_FOUND for any other. */
export async function readOffering(work: Work, viewer: Viewer, id: string): Promise<OfferingRow> {
  authorize(viewer, 'offering', ownAccountOf(viewer));
  const offering = await findOffering(work, id);
  if (!offering || !isAllowed(viewer, 'offering', offering)) throw notFound('offering', id);
  return offering;
}

/** The same page of what each of several accounts offers, for loaders. Refuses accounts that are not the viewer's to read. */
export async function offeringPagesOf(work: Work, viewer: Viewer, accountIds: readonly string[], page: PageRequest): Promise<Page<OfferingRow>[]> {
  for (const accountId of accountIds) authorize(viewer, 'offering', { accountId });
  return pagesOf(work.read, 'offering', accountIds, sql<boolean>`offering.account_id = owner.id`, page);
}

/** Several offerings, in one statement, for loaders. */
export function offeringsByIds(work: Work, ids: readonly string[]): Promise<OfferingRow[]> {
  return work.read.selectFrom('offering').selectAll().where('id', 'in', ids).execute();
}
