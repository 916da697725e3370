import { sql } from 'kysely';
import type { Work } from '../db/work.js';
import { recordDispute } from '../disputes/recording.js';
import { recordFraudWarning } from '../disputes/warning.js';
import { recordFeeRefund } from '../payments/fee-refunds.js';
import { type Home, scopeOf } from '../payments/home.js';
import type { PaymentRow } from '../payments/payment.js';
import { isFailed } from '../payments/refund-recording.js';
import { listDisputesOfCharge } from '../stripe/disputes.js';
import { listFraudWarningsOfCharge } from '../stripe/fraud-warnings.js';
import { listRefundsOfCharge } from '../stripe/refunds.js';
import { refusalOf } from '../stripe/refusal.js';
import { applyAnew } from './parked.js';

/**
 * What Stripe told before a payment was known here was left alone: with the payment, its disputes are read and what the buyer's bank suspects,
 * what came back of its refunds, and what was given back of its fee.
 */
export async function recordWhatCameBefore(work: Work, home: Home, payment: PaymentRow): Promise<void> {
  const { chargeId, refundedMinor, chargeModel } = payment;
  if (chargeId !== null) {
    await recordEarlierDisputes(work, home, chargeId);
    await recordEarlierWarnings(work, home, chargeId);
    if (refundedMinor > 0) await tellOfEarlierFailures(work, home, chargeId);
  }
  if (chargeModel === 'DIRECT') await recordEarlierFeeRefunds(work, payment);
}

async function recordEarlierDisputes(work: Work, home: Home, chargeId: string): Promise<void> {
  const disputes = await listDisputesOfCharge(work, scopeOf(home), chargeId);
  if (!disputes.ok) throw refusalOf(disputes.failure, 'Stripe did not show the disputes of a charge');
  for (const { id } of disputes.value) await recordDispute(work, home, id);
}

async function recordEarlierWarnings(work: Work, home: Home, chargeId: string): Promise<void> {
  const warnings = await listFraudWarningsOfCharge(work, scopeOf(home), chargeId);
  if (!warnings.ok) throw refusalOf(warnings.failure, 'Stripe did not show the warnings of a charge');
  for (const { id } of warnings.value) await recordFraudWarning(work, home, id);
}

/** A refund that came back is booked with what tells a person of it, so where that was told already it is taken up once more. */
async function tellOfEarlierFailures(work: Work, home: Home, chargeId: string): Promise<void> {
  const refunds = await listRefundsOfCharge(work, scopeOf(home), chargeId);
  if (!refunds.ok) throw refusalOf(refunds.failure, 'Stripe did not show the refunds of a charge');
  const failed = refunds.value.filter(isFailed).map(({ id }) => id);
  if (failed.length > 0) await applyAnew(work, 'refund.failed', failed);
}

async function recordEarlierFeeRefunds(work: Work, { id, membershipId }: PaymentRow): Promise<void> {
  const told = await work.read
    .selectFrom('payment')
    .innerJoin('inboxEvent', 'inboxEvent.objectId', 'payment.applicationFeeId')
    .select('inboxEvent.objectId')
    .distinct()
    .where('inboxEvent.type', '=', sql.lit('application_fee.refunded'))
    .where((row) => (membershipId === null ? row('payment.id', '=', id) : row('payment.membershipId', '=', membershipId))) // a purchase brings all its invoices
    .execute();
  for (const { objectId } of told) if (objectId !== null) await recordFeeRefund(work, objectId);
}
