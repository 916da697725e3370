import type { Stripe } from 'stripe';
import { percentOf } from '../base/money.js';
import type { Work } from '../db/work.js';
import { epochSecondsOf, idOf, instant, read, write } from './client.js';
import type { IdempotencyKey } from './idempotency-key.js';
import type { StripeResult } from './result.js';
import { type Connected, platform, type Scope } from './scope.js';

/** What a buyer is sent to pay. */
export interface Checkout {
  productName: string;
  /** Of all units together. */
  amountMinor: number;
  currency: string;
  email: string;
  /** May hold `{CHECKOUT_SESSION_ID}`, which Stripe replaces. */
  successUrl: string;
  cancelUrl: string;
  expiresAt: Date;
  /** Our id, shown by Stripe beside the session. */
  reference: string;
  metadata: Record<string, string>;
}

/** What Stripe says of a Checkout Session. */
export interface CheckoutSessionFacts {
  id: string;
  mode: 'payment' | 'setup' | 'subscription';
  status: 'open' | 'complete' | 'expired' | null;
  paymentStatus: 'paid' | 'unpaid' | 'no_payment_required';
  /** Stripe's page, while the session is open. Never stored and never logged. */
  url: string | null;
  paymentIntentId: string | null;
  subscriptionId: string | null;
  reference: string | null;
  metadata: Record<string, string>;
  /** Whose it is, as the buyer gave it or we did; null before anybody has. */
  email: string | null;
  amountTotalMinor: number | null;
  createdAt: Date;
  expiresAt: Date;
}

const weekMonthYear = { WEEK: 'week', MONTH: 'month', YEAR: 'year' } as const;

/** A one-time direct charge; the platform's fee is an amount. */
export function createPaymentCheckout(
  work: Work,
  scope: Connected,
  key: IdempotencyKey,
  checkout: Checkout & { applicationFeeMinor: number },
): Promise<StripeResult<CheckoutSessionFacts>> {
  return create(work, scope, key, {
    ...common(checkout),
    mode: 'payment',
    line_items: [{ quantity: 1, price_data: priceOf(checkout) }],
    payment_intent_data: {
      metadata: checkout.metadata,
      ...(checkout.applicationFeeMinor > 0 ? { application_fee_amount: checkout.applicationFeeMinor } : {}),
    },
  });
}

/** A charge on the platform's own account, whose seller is paid later: no application fee is possible with it, what is not transferred is the fee. */
export function createSeparateCheckout(
  work: Work,
  key: IdempotencyKey,
  checkout: Checkout & { transferGroup: string },
): Promise<StripeResult<CheckoutSessionFacts>> {
  return create(work, platform, key, {
    ...common(checkout),
    mode: 'payment',
    line_items: [{ quantity: 1, price_data: priceOf(checkout) }],
    payment_intent_data: { metadata: checkout.metadata, transfer_group: checkout.transferGroup },
  });
}

/** A subscription by direct charges; the platform's fee is a percentage of each invoice, with at most two decimals. */
export function createMembershipCheckout(
  work: Work,
  scope: Connected,
  key: IdempotencyKey,
  checkout: Checkout & { interval: 'WEEK' | 'MONTH' | 'YEAR'; applicationFeeBps: number },
): Promise<StripeResult<CheckoutSessionFacts>> {
  return create(work, scope, key, {
    ...common(checkout),
    mode: 'subscription',
    line_items: [{ quantity: 1, price_data: { ...priceOf(checkout), recurring: { interval: weekMonthYear[checkout.interval] } } }],
    subscription_data: {
      metadata: checkout.metadata,
      ...(checkout.applicationFeeBps > 0 ? { application_fee_percent: percentOf(checkout.applicationFeeBps) } : {}),
    },
  });
}

export function retrieveCheckoutSession(work: Work, scope: Scope, id: string): Promise<StripeResult<CheckoutSessionFacts>> {
  return read(work, 'checkout.sessions.retrieve', scope, (sdk, options) => sdk.checkout.sessions.retrieve(id, {}, options), factsOf);
}

function create(
  work: Work,
  scope: Scope,
  key: IdempotencyKey,
  parameters: Stripe.Checkout.SessionCreateParams,
): Promise<StripeResult<CheckoutSessionFacts>> {
  return write(work, 'checkout.sessions.create', scope, key, (sdk, options) => sdk.checkout.sessions.create(parameters, options), factsOf);
}

function common(checkout: Checkout) {
  return {
    customer_email: checkout.email,
    success_url: checkout.successUrl,
    cancel_url: checkout.cancelUrl,
    expires_at: epochSecondsOf(checkout.expiresAt),
    client_reference_id: checkout.reference,
    metadata: checkout.metadata,
  } satisfies Stripe.Checkout.SessionCreateParams;
}

function priceOf(checkout: Checkout) {
  return { currency: checkout.currency.toLowerCase(), unit_amount: checkout.amountMinor, product_data: { name: checkout.productName } };
}

function factsOf(session: Stripe.Checkout.Session): CheckoutSessionFacts {
  return {
    id: session.id,
    mode: session.mode as CheckoutSessionFacts['mode'],
    status: session.status as CheckoutSessionFacts['status'],
    paymentStatus: session.payment_status as CheckoutSessionFacts['paymentStatus'],
    url: session.url,
    paymentIntentId: idOf(session.payment_intent),
    subscriptionId: idOf(session.subscription),
    reference: session.client_reference_id,
    metadata: session.metadata ?? {},
    email: session.customer_email ?? session.customer_details?.email ?? null,
    amountTotalMinor: session.amount_total,
    createdAt: instant(session.created),
    expiresAt: instant(session.expires_at),
  };
}
