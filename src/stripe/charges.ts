import type { Stripe } from 'stripe';
import type { Work } from '../db/work.js';
import { idOf, instant, read } from './client.js';
import type { StripeResult } from './result.js';
import type { Scope } from './scope.js';

/** What Stripe says of a charge. */
export interface ChargeFacts {
  id: string;
  paymentIntentId: string | null;
  paid: boolean;
  amountMinor: number;
  currency: string;
  amountRefundedMinor: number;
  applicationFeeMinor: number;
  applicationFeeId: string | null;
  /** What Stripe took of it for processing, and when the rest is available; null while Stripe has not said. */
  processingFeeMinor: number | null;
  availableOn: Date | null;
  chargedAt: Date;
}

export function retrieveCharge(work: Work, scope: Scope, id: string): Promise<StripeResult<ChargeFacts>> {
  return read(work, 'charges.retrieve', scope, (sdk, options) => sdk.charges.retrieve(id, { expand: ['balance_transaction'] }, options), factsOf);
}

/** The charge that paid a PaymentIntent, or null while none did. */
export function chargeOfPaymentIntent(work: Work, scope: Scope, paymentIntentId: string): Promise<StripeResult<ChargeFacts | null>> {
  return read(
    work,
    'payment_intents.retrieve',
    scope,
    (sdk, options) => sdk.paymentIntents.retrieve(paymentIntentId, { expand: ['latest_charge.balance_transaction'] }, options),
    ({ latest_charge: charge }) => (charge && typeof charge === 'object' && charge.paid ? factsOf(charge) : null),
  );
}

function factsOf(charge: Stripe.Charge): ChargeFacts {
  const entry = charge.balance_transaction !== null && typeof charge.balance_transaction === 'object' ? charge.balance_transaction : null;
  return {
    id: charge.id,
    paymentIntentId: idOf(charge.payment_intent),
    paid: charge.paid,
    amountMinor: charge.amount,
    currency: charge.currency.toUpperCase(),
    amountRefundedMinor: charge.amount_refunded,
    applicationFeeMinor: charge.application_fee_amount ?? 0,
    applicationFeeId: idOf(charge.application_fee),
    processingFeeMinor: entry?.fee ?? null,
    availableOn: entry ? instant(entry.available_on) : null,
    chargedAt: instant(charge.created),
  };
}
