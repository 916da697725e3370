import { newId } from '../base/ids.js';
import { addMinor } from '../base/money.js';
import { atomically, type Tx, type Work } from '../db/work.js';
import { bearAnew, recordCharge } from '../payments/charge-recording.js';
import { sharesOf } from '../payments/commission.js';
import { type Home, scopeOf } from '../payments/home.js';
import { goneOf, leftOf, type PaymentRow } from '../payments/payment.js';
import { wantReturn } from '../settlements/returning.js';
import { releaseHeld, takeBackForDispute } from '../settlements/taking-back.js';
import { type DisputeFacts, retrieveDispute } from '../stripe/disputes.js';
import { refusalOf } from '../stripe/refusal.js';
import { type DisputeRow, type DisputeStatus, isDecided } from './dispute.js';
import { postDisputeLost, postReinstated, postWithdrawn } from './movements.js';

/**
 * Reads a dispute again and records where it stands, with what follows: once money is taken, the purchase is held or taken back from its seller;
 * once it comes back, the seller gets it back; once it is lost, it is gone. Safe to repeat, in any order and at once. False for a charge we do not know.
 */
export async function recordDispute(work: Work, home: Home, stripeDisputeId: string): Promise<boolean> {
  const readAt = work.clock.now();
  const read = await retrieveDispute(work, scopeOf(home), stripeDisputeId);
  if (!read.ok) throw refusalOf(read.failure, 'Stripe did not show the dispute');
  await recordWhatWasBefore(work, home, read.value);
  return atomically(work, (tx) => record(tx, read.value, readAt));
}

/**
 * What else became of the charge, where this dispute is new to us: what was refunded before is not there for it to take, and what the charge's other
 * disputes no longer hold is. Else who bears it would hang on what Stripe tells first: a refund told after it, which then found nothing left of the
 * seller's, or one that was lost again after it had been won, would cost the platform all of it.
 */
async function recordWhatWasBefore(work: Work, home: Home, { id, chargeId }: DisputeFacts): Promise<void> {
  const told = await work.read
    .selectFrom('payment')
    .leftJoin('dispute', 'dispute.paymentId', 'payment.id')
    .select(['dispute.stripeDisputeId', 'dispute.status', 'dispute.withdrawnMinor'])
    .where('payment.chargeId', '=', chargeId)
    .where('payment.chargeModel', '=', 'SEPARATE') // of others the seller's own balance bears all
    .execute();
  const holding = told.filter(({ withdrawnMinor }) => withdrawnMinor !== null && withdrawnMinor > 0);
  if (told.length === 0 || holding.some(({ stripeDisputeId }) => stripeDisputeId === id)) return;
  await recordCharge(work, home, chargeId);
  for (const { stripeDisputeId, status } of holding)
    if (stripeDisputeId !== null && status !== null && !isDecided(status)) await recordDispute(work, home, stripeDisputeId);
}

async function record(tx: Tx, facts: DisputeFacts, readAt: Date): Promise<boolean> {
  const payment = await tx.sql.selectFrom('payment').selectAll().where('chargeId', '=', facts.chargeId).forUpdate().executeTakeFirst();
  if (!payment) return false;
  const before = await findOrBegin(tx, payment, facts, readAt);
  if (before.syncedAt > readAt) return true; // somebody has read a newer state meanwhile

  const isOurs = payment.chargeModel === 'SEPARATE';
  const after = await mirror(tx, before, facts, readAt, isOurs ? await whoBears(tx, payment, before, facts) : null);
  await markPayment(tx, payment.id);
  if (!isOurs) return true; // the money moved on the seller's own balance
  if (after.withdrawnMinor > 0) await opened(tx, payment, before, after);
  if (after.reinstatedMinor > 0) await postReinstated(tx, payment, before, after);
  if (after.status === 'LOST') await lost(tx, payment, after);
  if (after.status === 'WON' || after.status === 'CLOSED') await won(tx, payment, after);
  return true;
}

async function findOrBegin(tx: Tx, { tenantId, accountId, id: paymentId }: PaymentRow, facts: DisputeFacts, readAt: Date): Promise<DisputeRow> {
  const fresh: DisputeRow = {
    id: newId('dispute', tx.clock),
    tenantId,
    accountId,
    paymentId,
    stripeDisputeId: facts.id,
    status: 'NEEDS_RESPONSE',
    inquiry: isInquiry(facts),
    reason: facts.reason,
    amountMinor: facts.amountMinor,
    currency: facts.currency,
    withdrawnMinor: 0,
    reinstatedMinor: 0,
    feeMinor: 0,
    sellerMinor: 0,
    platformFeeMinor: 0,
    vatMinor: 0,
    evidenceDueBy: facts.evidenceDueBy,
    openedAt: facts.openedAt,
    closedAt: null,
    syncedAt: readAt,
    createdAt: tx.clock.now(),
  };
  const begun = await tx.sql
    .insertInto('dispute')
    .values(fresh)
    .onConflict((conflict) => conflict.column('stripeDisputeId').doNothing())
    .returningAll()
    .executeTakeFirst();
  return begun ?? (await tx.sql.selectFrom('dispute').selectAll().where('stripeDisputeId', '=', facts.id).forUpdate().executeTakeFirstOrThrow());
}

type Bearing = Pick<DisputeRow, 'sellerMinor' | 'platformFeeMinor' | 'vatMinor'>;

/** Fixed when money is first taken: of what was not refunded before, in proportion; what is more than that, the platform bears. */
async function whoBears(tx: Tx, payment: PaymentRow, before: DisputeRow, facts: DisputeFacts): Promise<Bearing | null> {
  if (before.withdrawnMinor > 0 || facts.withdrawnMinor === 0) return null;
  const split = await tx.sql.selectFrom('commissionSnapshot').selectAll().where('paymentId', '=', payment.id).executeTakeFirstOrThrow();
  const { sellerMinor, feeMinor, vatMinor } = sharesOf(Math.min(facts.withdrawnMinor, leftOf(payment)), split, goneOf(payment));
  return { sellerMinor, platformFeeMinor: feeMinor, vatMinor };
}

async function mirror(tx: Tx, before: DisputeRow, facts: DisputeFacts, readAt: Date, bearing: Bearing | null): Promise<DisputeRow> {
  const isOver = before.status === 'WON' || before.status === 'LOST';
  const status = isOver ? before.status : statusOf(facts);
  const closes = status === 'WON' || status === 'LOST' || status === 'CLOSED';
  return tx.sql
    .updateTable('dispute')
    .set({
      status,
      inquiry: isInquiry(facts),
      reason: facts.reason,
      amountMinor: facts.amountMinor,
      withdrawnMinor: Math.max(before.withdrawnMinor, facts.withdrawnMinor),
      reinstatedMinor: Math.max(before.reinstatedMinor, facts.reinstatedMinor),
      feeMinor: facts.feeMinor,
      evidenceDueBy: facts.evidenceDueBy,
      closedAt: closes ? (before.closedAt ?? tx.clock.now()) : null,
      syncedAt: readAt,
      ...bearing,
    })
    .where('id', '=', before.id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

function isInquiry({ status, withdrawnMinor }: DisputeFacts): boolean {
  return status.startsWith('warning_') && withdrawnMinor === 0;
}

/** Stripe's words in ours. A word nobody has seen counts as open: money may still move. */
function statusOf({ status }: DisputeFacts): DisputeStatus {
  switch (status) {
    case 'won':
      return 'WON';
    case 'lost':
      return 'LOST';
    case 'warning_closed':
    case 'prevented':
      return 'CLOSED';
    case 'under_review':
    case 'warning_under_review':
      return 'UNDER_REVIEW';
    default:
      return 'NEEDS_RESPONSE';
  }
}

/**
 * Where a payment stands between its disputes: one that holds money counts before one that took it, and that before one that gave it back.
 * With it, what they keep from those who had it.
 */
async function markPayment(tx: Tx, paymentId: string): Promise<void> {
  const disputes = await tx.sql.selectFrom('dispute').selectAll().where('paymentId', '=', paymentId).where('withdrawnMinor', '>', 0).execute();
  const has = (...statuses: DisputeStatus[]) => disputes.some(({ status }) => statuses.includes(status));
  const disputeState = has('NEEDS_RESPONSE', 'UNDER_REVIEW') ? 'OPEN' : has('LOST') ? 'LOST' : has('WON', 'CLOSED') ? 'WON' : 'NONE';
  const keeping = disputes.filter((dispute) => !hasGivenBack(dispute));
  const kept = (part: 'sellerMinor' | 'platformFeeMinor' | 'vatMinor') => addMinor(...keeping.map((dispute) => dispute[part]));
  await tx.sql
    .updateTable('payment')
    .set({ disputeState, disputedSellerMinor: kept('sellerMinor'), disputedFeeMinor: kept('platformFeeMinor'), disputedVatMinor: kept('vatMinor') })
    .where('id', '=', paymentId)
    .execute();
}

async function opened(tx: Tx, payment: PaymentRow, before: DisputeRow, dispute: DisputeRow): Promise<void> {
  await postWithdrawn(tx, payment, before, dispute);
  if (before.status === 'LOST') return; // what it took is gone already; held once more, nothing would let it go
  if (dispute.status === 'NEEDS_RESPONSE' || dispute.status === 'UNDER_REVIEW' || dispute.status === 'LOST')
    await takeBackForDispute(tx, payment.id, dispute.id, dispute.sellerMinor);
}

async function lost(tx: Tx, payment: PaymentRow, dispute: DisputeRow): Promise<void> {
  if (dispute.withdrawnMinor === 0) return; // an inquiry that came to nothing costs nothing
  if (await postDisputeLost(tx, payment, dispute)) await releaseHeld(tx, payment.id, dispute.sellerMinor, await isStillHeld(tx, dispute));
}

async function won(tx: Tx, payment: PaymentRow, dispute: DisputeRow): Promise<void> {
  if (!hasGivenBack(dispute)) return;
  await releaseHeld(tx, payment.id, 0, await isStillHeld(tx, dispute));
  await wantReturn(tx, dispute.id);
  await bearAnew(tx, payment, dispute.id);
}

/** Decided for the seller, and the money is no longer on its way back. */
function hasGivenBack({ status, withdrawnMinor, reinstatedMinor }: DisputeRow): boolean {
  return (status === 'WON' || status === 'CLOSED') && withdrawnMinor <= reinstatedMinor;
}

async function isStillHeld(tx: Tx, { id, paymentId }: DisputeRow): Promise<boolean> {
  const other = await tx.sql
    .selectFrom('dispute')
    .select('id')
    .where('paymentId', '=', paymentId)
    .where('id', '!=', id)
    .where('withdrawnMinor', '>', 0)
    .where('status', 'in', ['NEEDS_RESPONSE', 'UNDER_REVIEW'])
    .limit(1)
    .executeTakeFirst();
  return other !== undefined;
}
