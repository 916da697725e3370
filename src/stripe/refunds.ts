import type { Stripe } from 'stripe';
import type { Work } from '../db/work.js';
import { idOf, read, write } from './client.js';
import type { IdempotencyKey } from './idempotency-key.js';
import type { StripeResult } from './result.js';
import { type Connected, platform, type Scope } from './scope.js';
import { readWhole } from './whole-lists.js';

/** What Stripe says of a refund. */
export interface RefundFacts {
  id: string;
  status: string | null;
  amountMinor: number;
  metadata: Record<string, string>;
  chargeId: string | null;
  /** Stripe's word for why it failed; null where it did not, or nobody says. */
  failureReason: string | null;
}

interface RefundOfCharge {
  chargeId: string;
  amountMinor: number;
  metadata: Record<string, string>;
}

/** Refunds a part of a direct charge from the seller's balance; `returnFee` gives the platform's share of the fee back in proportion. */
export function createDirectRefund(
  work: Work,
  scope: Connected,
  key: IdempotencyKey,
  { returnFee, ...refund }: RefundOfCharge & { returnFee: boolean },
): Promise<StripeResult<RefundFacts>> {
  return create(work, scope, key, { ...parametersOf(refund), ...(returnFee ? { refund_application_fee: true } : {}) });
}

/** Refunds a part of a charge on the platform's own account, from its balance; a transfer made of it stays as it is. */
export function createPlatformRefund(work: Work, key: IdempotencyKey, refund: RefundOfCharge): Promise<StripeResult<RefundFacts>> {
  return create(work, platform, key, parametersOf(refund));
}

function parametersOf({ chargeId, amountMinor, metadata }: RefundOfCharge): Stripe.RefundCreateParams {
  return { charge: chargeId, amount: amountMinor, metadata };
}

function create(work: Work, scope: Scope, key: IdempotencyKey, parameters: Stripe.RefundCreateParams): Promise<StripeResult<RefundFacts>> {
  return write(work, 'refunds.create', scope, key, (sdk, options) => sdk.refunds.create(parameters, options), factsOf);
}

export function retrieveRefund(work: Work, scope: Scope, id: string): Promise<StripeResult<RefundFacts>> {
  return read(work, 'refunds.retrieve', scope, (sdk, options) => sdk.refunds.retrieve(id, {}, options), factsOf);
}

/** The refunds of a charge, newest first: what Stripe knows of, whatever we have recorded. */
export function listRefundsOfCharge(work: Work, scope: Scope, chargeId: string): Promise<StripeResult<RefundFacts[]>> {
  return readWhole(work, 'refunds.list', scope, (sdk, page, options) => sdk.refunds.list({ charge: chargeId, ...page }, options), factsOf);
}

function factsOf({ id, status, amount, metadata, charge, failure_reason }: Stripe.Refund): RefundFacts {
  return { id, status, amountMinor: amount, metadata: metadata ?? {}, chargeId: idOf(charge), failureReason: failure_reason ?? null };
}
