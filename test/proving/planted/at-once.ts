import { type Defect, type Edit, edit } from './defects.js';

const between = (pair: string, does: string, ...edits: Edit[]): Defect => ({ does, edits, pair });

/** Decides who completes a purchase; what is written then refuses a second one as well. */
const claimOfPurchase = edit('payments/recording', ".where('status', '!=', 'COMPLETED')", '');
/** Decides who settles what is not due yet. */
const claimOfOne = edit(
  'settlements/lifecycle',
  ".where('id', '=', id)\n        .where('status', '=', 'PENDING')\n        .where(isNotHalted)",
  ".where('id', '=', id)\n        .where(isNotHalted)",
); /** A purchase is shrunk, held and taken back under its settlement's lock, and under its own. */
const locksOfPurchase = [
  edit('settlements/lines', ".where('id', '=', found.settlementId).forUpdate()", ".where('id', '=', found.settlementId)"),
  edit('settlements/lines', ".where('paymentId', '=', paymentId).forUpdate()", ".where('paymentId', '=', paymentId)"),
];

/**
 * What somebody could leave out that matters only where two act at once: a lock, the condition of a claim, what is there already. For each pair
 * at least one. Where two things stand in the way, as they mostly do, both are left out.
 */
export const defectsAtOnce: Defect[] = [
  between(
    'complete-and-complete',
    'has no answer to a payment that somebody else is recording',
    claimOfPurchase,
    edit('payments/recording', '.onConflict((conflict) => conflict.doNothing())', ''),
  ),
  between(
    'complete-and-webhook',
    'takes a payment that is there already for a defect',
    claimOfPurchase,
    edit('payments/recording', 'if (!inserted)\n        return false;', "if (!inserted)\n        throw new Error('it is there');"),
  ),
  between(
    'onboard-and-onboard',
    'has no answer to an account that somebody else is connecting',
    edit('accounts/onboarding', ".onConflict((conflict) => conflict.constraint('one_active_connected_account_per_account').doNothing())", ''),
  ),
  between(
    'refund-and-refund-of-parts',
    'books what another is booking',
    edit('payments/charge-recording', ".where('chargeId', '=', charge.id).forUpdate()", ".where('chargeId', '=', charge.id)"),
  ),
  between(
    'retry-and-retry',
    'opens again what another has opened',
    edit('settlements/lifecycle', "'in', ids)\n        .where('status', '=', 'FAILED')", "'in', ids)"),
  ),
  between(
    'retry-and-settle',
    'opens a settlement again, and then claims what a worker has claimed',
    claimOfOne,
    edit('settlements/retrying', 'import { onceByKey }', "import { atomically } from '../db/work.js';\nimport { onceByKey }"),
    edit(
      'settlements/retrying',
      'settleOne(work, async (tx) => ((await reopen(tx, id)) ? claimOne(tx, id) : null))',
      '((await atomically(work, (tx) => reopen(tx, id))) && settleOne(work, (tx) => claimOne(tx, id)))',
    ),
  ),
  between('retry-and-refund', 'shrinks a purchase that a retry is freezing', ...locksOfPurchase),
  between('settle-and-refund', 'shrinks a purchase that is being frozen', ...locksOfPurchase),
  between('settle-and-dispute', 'holds a purchase that is being frozen', ...locksOfPurchase),
  between('settle-and-settle-early', 'claims what a worker has claimed', claimOfOne),
  between(
    'take-back-and-take-back',
    'records what another has recorded',
    edit(
      'operations/lifecycle',
      ".set({ state: 'SUCCEEDED', stripeId, concludedAt: now })\n        .where('id', '=', operation.id)\n        .where('state', '=', 'INTENDED')",
      ".set({ state: 'SUCCEEDED', stripeId, concludedAt: now })\n        .where('id', '=', operation.id)",
    ),
  ),
];
