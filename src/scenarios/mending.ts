import { Refusal } from '../base/errors.js';
import type { Work } from '../db/work.js';
import { retrySettlement } from '../settlements/retrying.js';
import { adoptTransfer, sendAgain, verifySettlement } from '../settlements/verification.js';
import { administrator } from './marketplace.js';

/** What an administrator does about a settlement that failed, who does what the failure's remedy says and no more. */
export async function mend(work: Work, settlementId: string): Promise<unknown> {
  const settlement = await work.read.selectFrom('settlement').select(['status', 'failureCode']).where('id', '=', settlementId).executeTakeFirst();
  if (settlement?.status !== 'FAILED') return null;
  if (settlement.failureCode !== 'VERIFICATION_REQUIRED') return retrySettlement(work, administrator, { settlementId, idempotencyKey: null });
  const { verdict, transfer } = await verifySettlement(work, administrator, settlementId);
  if (verdict === 'FOUND' && transfer) return adoptTransfer(work, administrator, { settlementId, stripeTransferId: transfer.id });
  if (verdict === 'NOT_FOUND') return sendAgain(work, administrator, { settlementId, reason: 'Stripe shows none' });
  throw new Refusal('VERIFICATION_REQUIRED', 'It may still come.');
}
