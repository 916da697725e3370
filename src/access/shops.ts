import { admit, beyond, type Work } from '../db/work.js';

/**
 * A buyer comes into a seller's shop, by the public id of the account or of what it offers: from here on, this unit of work sees that
 * tenant's rows too. What of them is shown is left to the permissions. Where there is no such shop, nothing changes.
 */
export async function enterShop(work: Work, shop: { accountId: string } | { offeringId: string }): Promise<void> {
  const read = beyond(work);
  const found =
    'accountId' in shop
      ? await read.selectFrom('account').select('tenantId').where('id', '=', shop.accountId).executeTakeFirst()
      : await read.selectFrom('offering').select('tenantId').where('id', '=', shop.offeringId).executeTakeFirst();
  if (found) admit(work, found.tenantId);
}
