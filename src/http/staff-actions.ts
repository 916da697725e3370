import type { Staff } from '../access/viewer.js';
import type { Work } from '../db/work.js';
import { retrySettlement, settleNow } from '../settlements/retrying.js';
import { adoptTransfer, sendAgain, type Verification, verifySettlement } from '../settlements/verification.js';
import { settlementActions } from './pages/settlement-forms.js';
import type { Fields } from './seller-actions.js';

/** What a form on a settlement's page does: what Stripe showed, where it looked something up, else null. */
type Run = (work: Work, viewer: Staff, settlementId: string, fields: Fields) => Promise<Verification | null>;

/** The actions on a settlement by the last part of their address: the same functions as the API's. */
export const staffActions: Record<string, Run> = {
  [settlementActions.settleNow.path]: (work, viewer, settlementId) => done(settleNow(work, viewer, { settlementId, idempotencyKey: null })),
  [settlementActions.retrySettlement.path]: (work, viewer, settlementId) =>
    done(retrySettlement(work, viewer, { settlementId, idempotencyKey: null })),
  [settlementActions.verifySettlement.path]: (work, viewer, settlementId) => verifySettlement(work, viewer, settlementId),
  [settlementActions.adoptTransfer.path]: (work, viewer, settlementId, { stripeTransferId = '' }) =>
    done(adoptTransfer(work, viewer, { settlementId, stripeTransferId: stripeTransferId.trim() })),
  [settlementActions.sendAgain.path]: (work, viewer, settlementId, { reason = '' }) => done(sendAgain(work, viewer, { settlementId, reason })),
};

async function done(run: Promise<unknown>): Promise<null> {
  await run;
  return null;
}

/** What the settlement's page says after each. */
export const staffNotices = new Map<string, string>([
  [settlementActions.settleNow.path, 'Done. What became of it stands below.'],
  [settlementActions.retrySettlement.path, 'Tried again. What became of it stands below.'],
  [settlementActions.adoptTransfer.path, 'The transfer is taken for the one that pays this settlement.'],
  [settlementActions.sendAgain.path, 'The lost transfer is given up. The settlement is paid by a new one.'],
]);
