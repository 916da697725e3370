import type { Stripe } from 'stripe';
import { ApiError, invalid } from '../../protocol/errors.js';
import { flag, natural, object, oneOf, required, type Spec, text, texts, type Values } from '../../protocol/parameters.js';
import type { Route } from '../../route.js';
import { platformOwner, type World } from '../../world.js';
import { testCardOf } from '../cards/payment-methods.js';
import { authorizePayment, capturePayment, releaseAuthorization, type SimCharge, type SimIntent, takePayment } from './charges.js';
import { openDispute } from './disputes.js';
import { warnOfFraud } from './fraud-warnings.js';

const createSpec = {
  amount: required(natural),
  currency: required(text),
  customer: text,
  confirm: flag,
  capture_method: oneOf('automatic', 'automatic_async', 'manual'),
  payment_method: text,
  receipt_email: text,
  description: text,
  application_fee_amount: natural,
  transfer_group: text,
  automatic_payment_methods: object({ enabled: required(flag), allow_redirects: oneOf('always', 'never') }),
  metadata: texts,
} satisfies Spec<Stripe.PaymentIntentCreateParams>;
const confirmSpec = { payment_method: text, return_url: text, receipt_email: text } satisfies Spec<Stripe.PaymentIntentConfirmParams>;

const captureSpec = {
  amount_to_capture: natural,
  application_fee_amount: natural,
  metadata: texts,
} satisfies Spec<Stripe.PaymentIntentCaptureParams>;
const cancelSpec = {
  cancellation_reason: oneOf('abandoned', 'duplicate', 'fraudulent', 'requested_by_customer'),
} satisfies Spec<Stripe.PaymentIntentCancelParams>;
const updateSpec = { amount: natural, description: text, receipt_email: text, metadata: texts } satisfies Spec<Stripe.PaymentIntentUpdateParams>;

/** The cards that have names, and what becomes of paying with each. Source: docs.stripe.com/testing */
const cards: Record<string, 'pays' | 'pays at once' | 'is declined' | 'is disputed' | 'is asked about' | 'is suspected'> = {
  pm_card_visa: 'pays',
  pm_card_mastercard: 'pays',
  pm_card_bypassPending: 'pays at once',
  pm_card_chargeDeclined: 'is declined',
  pm_card_createDispute: 'is disputed',
  pm_card_createDisputeInquiry: 'is asked about',
  pm_card_createIssuerFraudRecord: 'is suspected',
};

export const paymentIntentRoutes: Route[] = [
  { method: 'GET', path: '/v1/payment_intents/:id', spec: {}, run: ({ world, owner, id }) => world.get(owner, 'payment_intent', id) },
  { method: 'GET', path: '/v1/payment_intents', listOf: 'payment_intent', filters: ['customer'] },
  { method: 'POST', path: '/v1/payment_intents/:id', spec: updateSpec, run: ({ world, owner, id, values }) => update(world, owner, id, values) },
  {
    method: 'POST',
    path: '/v1/payment_intents/:id/capture',
    spec: captureSpec,
    run: ({ world, owner, id, values }) => capture(world, owner, world.get(owner, 'payment_intent', id), values),
  },
  {
    method: 'POST',
    path: '/v1/payment_intents',
    spec: createSpec,
    run: ({ world, owner, values }) => create(world, owner, values as Values<typeof createSpec>),
  },
  {
    method: 'POST',
    path: '/v1/payment_intents/:id/confirm',
    spec: confirmSpec,
    run: ({ world, owner, id, values }) => confirm(world, owner, world.get(owner, 'payment_intent', id), values),
  },
  {
    method: 'POST',
    path: '/v1/payment_intents/:id/cancel',
    spec: cancelSpec,
    run: ({ world, owner, id, values }) => cancel(world, owner, world.get(owner, 'payment_intent', id), values as Values<typeof cancelSpec>),
  },
];

function create(world: World, owner: string, values: Values<typeof createSpec>): object {
  const amount = values.amount as number;
  const applicationFee = values.application_fee_amount ?? null;
  if (amount < 50) throw invalid('amount_too_small', 'Amount must convert to at least 50 cents.', 'amount');
  if (applicationFee !== null && owner === platformOwner)
    throw invalid('application_fees_not_allowed', 'Application fees need the Stripe-Account header.', 'application_fee_amount');
  if (applicationFee !== null && applicationFee > amount) throw invalid(null, 'The application fee exceeds the amount.', 'application_fee_amount');
  const intent: SimIntent = world.add(owner, {
    id: world.id('pi'),
    object: 'payment_intent',
    created: world.now,
    amount,
    amount_received: 0,
    currency: (values.currency as string).toLowerCase(),
    status: values.payment_method ? 'requires_confirmation' : 'requires_payment_method',
    customer: values.customer ?? null,
    payment_method: values.payment_method ?? null,
    receipt_email: values.receipt_email ?? null,
    description: values.description ?? null,
    application_fee_amount: applicationFee,
    capture_method: values.capture_method ?? 'automatic_async',
    transfer_group: values.transfer_group ?? null,
    latest_charge: null,
    last_payment_error: null,
    livemode: false,
    metadata: values.metadata ?? {},
  });
  world.emit(owner, 'payment_intent.created', intent);
  return values.confirm ? confirm(world, owner, intent, {}) : intent;
}

function update(world: World, owner: string, id: string, values: Values<typeof updateSpec>): object {
  const intent = world.get<SimIntent>(owner, 'payment_intent', id);
  if (values.amount !== undefined && intent.status === 'succeeded') {
    throw invalid('payment_intent_unexpected_state', 'The amount of a paid PaymentIntent cannot change.', 'amount');
  }
  return Object.assign(intent, values);
}

function capture(world: World, owner: string, intent: SimIntent, values: Values<typeof captureSpec>): object {
  if (values.application_fee_amount !== undefined && owner === platformOwner)
    throw invalid('application_fees_not_allowed', 'Application fees need the Stripe-Account header.', 'application_fee_amount');
  if (values.metadata) intent.metadata = { ...intent.metadata, ...values.metadata };
  const fee = values.application_fee_amount ?? intent.application_fee_amount ?? 0;
  return capturePayment(world, owner, intent, values.amount_to_capture ?? intent.amount, fee);
}

function confirm(world: World, owner: string, intent: SimIntent, values: Values<typeof confirmSpec>): object {
  if (isOver(intent) || intent.status === 'requires_capture')
    throw invalid('payment_intent_unexpected_state', `This PaymentIntent has a status of ${intent.status}.`);
  const method = values.payment_method ?? (intent.payment_method as string | null);
  const fate = method === null ? undefined : cards[testCardOf(world, owner, method, (intent.customer as string | null) ?? null)];
  if (method === null) throw invalid('parameter_missing', 'A payment method is needed to confirm.', 'payment_method');
  if (!fate)
    throw invalid('resource_missing', `No such PaymentMethod: '${method}'; the simulator knows ${Object.keys(cards).join(', ')}.`, 'payment_method');
  if (fate === 'is declined') {
    intent.status = 'requires_payment_method';
    world.emit(owner, 'payment_intent.payment_failed', intent);
    throw new ApiError(402, { type: 'card_error', code: 'card_declined', decline_code: 'generic_decline', message: 'Your card was declined.' });
  }
  const charge = charged(world, owner, intent);
  if (fate === 'pays at once') world.release(charge.id);
  if (fate === 'is disputed' || fate === 'is asked about')
    openDispute(world, owner, charge, { reason: 'fraudulent', inquiry: fate === 'is asked about' });
  if (fate === 'is suspected') warnOfFraud(world, owner, charge, 'misc');
  return world.get(owner, 'payment_intent', intent.id);
}

/** Takes the money, or lets the card hold it, and lets this intent tell of it. */
function charged(world: World, owner: string, intent: SimIntent): SimCharge {
  const { id, amount, currency } = intent;
  return (intent.capture_method === 'manual' ? authorizePayment : takePayment)(world, owner, {
    intentId: id,
    amount,
    currency,
    email: (intent.receipt_email as string | null) ?? null,
    applicationFee: intent.application_fee_amount ?? 0,
    customer: (intent.customer as string | null) ?? null,
    transferGroup: intent.transfer_group ?? null,
    metadata: (intent.metadata as Record<string, string> | undefined) ?? {},
  });
}

function isOver({ status }: SimIntent): boolean {
  return status === 'succeeded' || status === 'canceled';
}

function cancel(
  world: World,
  owner: string,
  intent: SimIntent,
  { cancellation_reason: reason = null }: { cancellation_reason?: Stripe.PaymentIntent.CancellationReason | null },
): object {
  if (isOver(intent)) throw invalid('payment_intent_unexpected_state', `This PaymentIntent has a status of ${intent.status}.`);
  if (intent.status === 'requires_capture') {
    releaseAuthorization(world, owner, intent, reason);
    return intent;
  }
  Object.assign(intent, { status: 'canceled', canceled_at: world.now, cancellation_reason: reason });
  world.emit(owner, 'payment_intent.canceled', intent);
  return intent;
}
