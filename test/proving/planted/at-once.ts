import { type Defect, type Edit, edit } from './defects.js';

const between = (pair: string, does: string, ...edits: Edit[]): Defect => ({ does, edits, pair });

/** Decides who completes a purchase; without it, what was read of it before does. What is written then refuses a second one as well. */
const claimOfPurchase = edit(
  'payments/recording',
  ".where('status', '!=', 'COMPLETED')\n        .executeTakeFirst();\n    return numUpdatedRows === 1n",
  ".executeTakeFirst();\n    return numUpdatedRows === 1n && purchase.status !== 'COMPLETED'",
);
/** Decides who settles what is not due yet. */
const claimOfOne = edit(
  'settlements/lifecycle',
  ".where('id', '=', id)\n        .where('status', '=', 'PENDING')\n        .where(isNotHalted)",
  ".where('id', '=', id)\n        .where(isNotHalted)",
);
/** Decide together which worker settles what is due; whoever settles it as well finds the transfer under way and sends the same. */
const claimsOfDue = [
  edit(
    'settlements/lifecycle',
    ".forUpdate()\n        .skipLocked())\n        .updateTable('settlement')\n        .set(claimed(now))",
    ").updateTable('settlement').set(claimed(now))",
  ),
  edit(
    'settlements/lifecycle',
    "query.selectFrom('due').select('due.id'))\n        .where('status', '=', 'PENDING')",
    "query.selectFrom('due').select('due.id'))",
  ),
];
/** Says to whoever records a transfer that another has. */
const answerToRecorded = edit(
  'settlements/settling',
  'if (!settlement)\n            return assertSettledBy(tx, operation, transfer);',
  "assert(settlement, 'nobody else has recorded it');",
);
/** Decides who records what Stripe has done. */
const conclusion = edit(
  'operations/lifecycle',
  ".set({ state: 'SUCCEEDED', stripeId, concludedAt: now })\n        .where('id', '=', operation.id)\n        .where('state', '=', 'INTENDED')",
  ".set({ state: 'SUCCEEDED', stripeId, concludedAt: now })\n        .where('id', '=', operation.id)",
);
/** The same for what was given back. */
const conclusionOfReturn = edit(
  'settlements/returning',
  'if (!(await conclude(tx, operation, { stripeId: made.id, attempt })))\n        return;',
  'await conclude(tx, operation, { stripeId: made.id, attempt });',
);
/** What a charge has given back is booked under its payment's lock. */
const lockOfRefunds = edit('payments/charge-recording', ".where('chargeId', '=', charge.id).forUpdate()", ".where('chargeId', '=', charge.id)");
/** A purchase is shrunk, held and taken back under its settlement's lock, and under its own. */
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
    'looks whether an account is connected, and has no answer to one that somebody else is connecting',
    edit(
      'accounts/onboarding',
      "await tx.sql\n        .insertInto('connectedAccount')",
      "if (!(await findActiveConnection(tx.sql, account.id))) await tx.sql\n        .insertInto('connectedAccount')",
    ),
    edit('accounts/onboarding', ".onConflict((conflict) => conflict.constraint('one_active_connected_account_per_account').doNothing())", ''),
  ),
  between(
    'onboard-and-disconnect',
    'has no answer to an account that is disconnected at the same moment',
    edit('accounts/onboarding', 'if (!connected)\n        throw', 'if (false)\n        throw'),
  ),
  between(
    'onboard-anew-and-disconnect',
    'forgets an account that Stripe makes while its seller disconnects',
    edit('accounts/creation', "made?.retiredCause === 'DISCONNECTED'", 'false'),
  ),
  between(
    'refund-and-refund.',
    'asks for what another is asking for',
    edit('payments/refunding', ".where('id', '=', input.paymentId).forUpdate()", ".where('id', '=', input.paymentId)"),
  ),
  between('refund-and-refund-of-parts', 'books what another is booking', lockOfRefunds),
  between('refund-and-dispute.', 'books a refund that is being booked with a dispute', lockOfRefunds),
  between('refunded-and-disputed', 'books a refund of Stripe’s own that is being booked with a dispute', lockOfRefunds),
  between(
    'refund-and-dispute-after-payment',
    'books a refund that is being booked with a dispute, and as another one',
    lockOfRefunds,
    edit('payments/charge-recording', 'upToMinor}`;', 'upToMinor}:` + Math.random();'),
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
  between(
    'settle-and-disconnect',
    'sends to the account of the moment, and not to the one that was frozen with the key',
    edit('settlements/settling', 'import { failureOf,', "import { findActiveConnection } from '../accounts/finding.js';\nimport { failureOf,"),
    edit(
      'settlements/settling',
      'createTransfer(work, key, transferOf(operation))',
      'findActiveConnection(work.read, settlement.accountId).then((now) => createTransfer(work, key, { ...transferOf(operation), destination: now.stripeAccountId }))',
    ),
  ),
  between('settle-and-settle.', 'claims what another worker is claiming, and takes its transfer for a defect', ...claimsOfDue, answerToRecorded),
  between(
    'unanswered-and-unanswered',
    'takes up what another worker is taking up, and takes its transfer for a defect',
    ...claimsOfDue,
    answerToRecorded,
  ),
  between('verified-and-looked-up', 'takes a transfer for a defect that another has recorded', answerToRecorded),
  between('settle-and-settle-early', 'claims what a worker has claimed', claimOfOne),
  between('take-back-and-take-back', 'records what another has recorded', conclusion),
  between(
    'take-back-and-won',
    'takes back what is no longer to be taken back',
    edit('settlements/reversing', ".where('id', '=', id)\n        .forUpdate()", ".where('id', '=', id)"),
  ),
  between(
    'give-back-and-give-back',
    'gives back what another is giving back, and records it as well',
    edit('settlements/returning', 'if (row.retransferId !== null || row.nextAttemptAt > tx.clock.now())', 'if (row.retransferId !== null)'),
    conclusionOfReturn,
  ),
  between(
    'adopt-and-adopt.',
    'adopts for a settlement what another has adopted for it',
    edit(
      'settlements/lifecycle',
      ".where('status', '=', 'PENDING')\n        .returningAll()\n        .executeTakeFirst();",
      '.returningAll()\n        .executeTakeFirst();',
    ),
  ),
  between(
    'adopt-and-adopt-a-return',
    'adopts what gave back what another has adopted as that',
    edit('settlements/returning', ".where('retransferId', 'is', null)\n        .forUpdate()", ''),
    conclusionOfReturn,
  ),
  between('find-and-find-what-was-forgotten', 'records again what another has found to be taken back', conclusion),
];
