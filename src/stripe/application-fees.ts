import type { Stripe } from 'stripe';
import type { Work } from '../db/work.js';
import { idOf, instant, read, write } from './client.js';
import type { IdempotencyKey } from './idempotency-key.js';
import type { StripeResult } from './result.js';
import { platform } from './scope.js';
import { readWhole } from './whole-lists.js';

/** What Stripe says of the platform's fee on a direct charge. It is an object of the platform's, whoever's account the charge is on. */
export interface ApplicationFeeFacts {
  id: string;
  chargeId: string;
  /** The connected account that was charged it. */
  stripeAccountId: string;
  amountMinor: number;
  refundedMinor: number;
  currency: string;
  takenAt: Date;
}

/** What was given back of a fee at one time. */
export interface FeeRefundFacts {
  id: string;
  feeId: string;
  amountMinor: number;
  currency: string;
  metadata: Record<string, string>;
}

export function retrieveApplicationFee(work: Work, id: string): Promise<StripeResult<ApplicationFeeFacts>> {
  return read(work, 'application_fees.retrieve', platform, (sdk, options) => sdk.applicationFees.retrieve(id, {}, options), factsOf);
}

/** The fee of a charge, or null where none was taken. A charge has one fee at most. */
export function applicationFeeOfCharge(work: Work, chargeId: string): Promise<StripeResult<ApplicationFeeFacts | null>> {
  return read(
    work,
    'application_fees.list',
    platform,
    (sdk, options) => sdk.applicationFees.list({ charge: chargeId, limit: 1 }, options),
    ({ data: [fee] }) => (fee ? factsOf(fee) : null),
  );
}

/** Gives a part of a fee back to the seller, without any refund of the buyer's. Refused where it is more than is left of the fee. */
export function createFeeRefund(
  work: Work,
  key: IdempotencyKey,
  refund: { feeId: string; amountMinor: number; metadata: Record<string, string> },
): Promise<StripeResult<FeeRefundFacts>> {
  const { feeId, amountMinor, metadata } = refund;
  return write(
    work,
    'application_fees.createRefund',
    platform,
    key,
    (sdk, options) => sdk.applicationFees.createRefund(feeId, { amount: amountMinor, metadata }, options),
    refundFacts,
  );
}

/** Everything that was given back of a fee, newest first, also what refunds of its charge gave back. */
export function listFeeRefunds(work: Work, feeId: string): Promise<StripeResult<FeeRefundFacts[]>> {
  return readWhole(
    work,
    'application_fees.listRefunds',
    platform,
    (sdk, page, options) => sdk.applicationFees.listRefunds(feeId, { ...page }, options),
    refundFacts,
  );
}

function factsOf(fee: Stripe.ApplicationFee): ApplicationFeeFacts {
  return {
    id: fee.id,
    chargeId: idOf(fee.charge) ?? '',
    stripeAccountId: idOf(fee.account) ?? '',
    amountMinor: fee.amount,
    refundedMinor: fee.amount_refunded,
    currency: fee.currency.toUpperCase(),
    takenAt: instant(fee.created),
  };
}

function refundFacts({ id, fee, amount, currency, metadata }: Stripe.FeeRefund): FeeRefundFacts {
  return { id, feeId: idOf(fee) ?? '', amountMinor: amount, currency: currency.toUpperCase(), metadata: metadata ?? {} };
}
