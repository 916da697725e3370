import type { Entered } from '../db/database.js';
import { admit, entering, seenBy, type Work } from '../db/work.js';

/**
 * A buyer comes into a seller's shop, by the public id of the account or of what it offers: from here on, this unit of work sees that
 * tenant's rows too. What of them is shown is left to the permissions. Where there is no such shop, nothing changes.
 */
export async function enterShop(work: Work, shop: { accountId: string } | { offeringId: string }): Promise<void> {
  const seen = seenBy(work);
  if (seen === '*') return;
  const shopId = 'accountId' in shop ? shop.accountId : shop.offeringId;
  const { tenantId } = await entering<Entered & { tenantId: string | null }>(work, 'enter_shop', [shopId, seen]);
  if (tenantId !== null) admit(work, tenantId);
}
