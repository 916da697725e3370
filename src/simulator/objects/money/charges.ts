import type { Stripe } from 'stripe';
import { shareByBps } from '../../../base/money.js';
import { invalid } from '../../protocol/errors.js';
import { none } from '../../protocol/unset.js';
import type { Route } from '../../route.js';
import { type Part, platformOwner, type Stored, type World } from '../../world.js';
import type { SimAccount } from '../platform/accounts.js';
import { takeFee } from './application-fees.js';

export type SimCharge = Stored &
  Part<Stripe.Charge> & { amount: number; amount_captured: number; amount_refunded: number; currency: string; payment_intent: string };
export type SimIntent = Stored & Part<Stripe.PaymentIntent> & { amount: number; currency: string };

/** How long a card holds an amount that is not captured. Source: docs.stripe.com/payments/place-a-hold-on-a-payment-method */
const authorizedForSeconds = 7 * 86_400;

export const chargeRoutes: Route[] = [
  { method: 'GET', path: '/v1/charges/:id', spec: {}, run: ({ world, owner, id }) => world.get(owner, 'charge', id) },
  { method: 'GET', path: '/v1/charges', listOf: 'charge', filters: ['customer', 'payment_intent', 'transfer_group'] },
];

/** Stripe's own fee on a charge: 2.9 % and 30. */
export function stripeFee(amount: number): number {
  return shareByBps(amount, 290) + 30;
}

export interface CardPayment {
  /** The intent that is paid; a new one where absent. */
  intentId?: string;
  amount: number;
  currency: string;
  email: string | null;
  applicationFee: number;
  customer: string | null;
  transferGroup: string | null;
  metadata: Record<string, string>;
}

/** Takes a card payment on an owner's account: the intent, the charge, the application fee, and who pays Stripe. */
export function takePayment(world: World, owner: string, payment: CardPayment): SimCharge {
  const intentId = payment.intentId ?? world.id('pi');
  const charge = world.add(owner, chargeObject(world, payment, intentId));
  book(world, owner, charge, payment.amount, payment.applicationFee);
  const intent = keepIntent(world, owner, intentObject(world, payment, intentId), charge);
  world.emit(owner, 'charge.succeeded', charge);
  world.emit(owner, 'payment_intent.succeeded', intent);
  return charge;
}

/** Lets the card hold the amount for a week: nothing moves until it is captured. */
export function authorizePayment(world: World, owner: string, payment: CardPayment & { intentId: string }): SimCharge {
  const held = { captured: false, amount_captured: 0, balance_transaction: null };
  const charge = world.add(owner, { ...chargeObject(world, payment, payment.intentId), ...held });
  const waits = { status: 'requires_capture', amount_received: 0, amount_capturable: payment.amount } as const;
  const intent = keepIntent(world, owner, { ...intentObject(world, payment, payment.intentId), ...waits }, charge);
  world.wake(intent.id, world.now + authorizedForSeconds);
  world.emit(owner, 'charge.succeeded', charge);
  world.emit(owner, 'payment_intent.amount_capturable_updated', intent);
  return charge;
}

/** Takes what a card holds, or a part of it; the card is free of the rest. */
export function capturePayment(world: World, owner: string, intent: SimIntent, amount: number, applicationFee: number): SimIntent {
  if (intent.status !== 'requires_capture') {
    throw invalid('payment_intent_unexpected_state', `This PaymentIntent could not be captured because it has a status of ${intent.status}.`);
  }
  if (amount < 1) throw invalid('parameter_invalid_integer', 'Invalid positive integer', 'amount_to_capture');
  if (amount > intent.amount)
    throw invalid('amount_too_large', `The amount to capture (${amount}) is greater than the ${intent.amount} that is held.`, 'amount_to_capture');
  if (applicationFee > amount) throw invalid(null, 'The application fee exceeds the amount that is captured.', 'application_fee_amount');

  const charge = world.get<SimCharge>(owner, 'charge', intent.latest_charge as string);
  Object.assign(charge, { captured: true, amount_captured: amount, application_fee_amount: applicationFee || null });
  book(world, owner, charge, amount, applicationFee);
  Object.assign(intent, {
    status: 'succeeded',
    amount_received: amount,
    amount_capturable: 0,
    application_fee_amount: applicationFee || null,
  });
  world.wake(intent.id, null);
  world.emit(owner, 'charge.captured', charge);
  world.emit(owner, 'payment_intent.succeeded', intent);
  return intent;
}

/** Frees the card of what it holds: asked to, or by itself (`automatic`) when the week is over. */
export function releaseAuthorization(world: World, owner: string, intent: SimIntent, reason: Stripe.PaymentIntent.CancellationReason | null): void {
  const charge = world.get<SimCharge>(owner, 'charge', intent.latest_charge as string);
  Object.assign(charge, { amount_refunded: charge.amount, refunded: true });
  Object.assign(intent, { status: 'canceled', amount_capturable: 0, canceled_at: world.now, cancellation_reason: reason });
  world.wake(intent.id, null);
  world.emit(owner, reason === 'automatic' ? 'charge.expired' : 'charge.refunded', charge);
  world.emit(owner, 'payment_intent.canceled', intent);
}

/** Moves the money of a charge: who has it, who pays Stripe, and the lines of their balances. */
function book(world: World, owner: string, charge: SimCharge, amount: number, applicationFee: number): void {
  const { id, currency } = charge;
  const paysStripe = owner === platformOwner || feesPayer(world, owner) === 'account' ? owner : platformOwner;
  const fee = stripeFee(amount);
  const shares = new Map<string, number>([[owner, amount - applicationFee]]);
  if (applicationFee > 0) shares.set(platformOwner, (shares.get(platformOwner) ?? 0) + applicationFee);
  shares.set(paysStripe, (shares.get(paysStripe) ?? 0) - fee);
  world.ledger.post(currency, [
    { book: 'cards', minor: -amount },
    { book: 'stripe_fees', minor: fee },
    ...[...shares].map(([account, minor]) => ({ book: `${account}:pending` as const, minor })),
  ]);
  for (const [account, minor] of shares) world.hold(account, currency, minor, id);

  const ownFee = applicationFee + (paysStripe === owner ? fee : 0);
  const details = [
    { amount: applicationFee, application: 'ca_simulator', currency, description: 'Application fee', type: 'application_fee' },
    { amount: ownFee - applicationFee, application: null, currency, description: 'Stripe processing fees', type: 'stripe_fee' },
  ].filter(({ amount: part }) => part > 0);
  const line = world.addTransaction(owner, { type: 'charge', amount, fee: ownFee, fee_details: details, currency, source: id }, id);
  if (world.settings.booksLate) world.late.set(id, line);
  charge.balance_transaction = world.settings.booksLate ? null : line;
  if (applicationFee > 0) charge.application_fee = takeFee(world, owner, charge, applicationFee).id;
  if (paysStripe !== owner) world.addTransaction(platformOwner, { type: 'stripe_fee', amount: -fee, fee: 0, currency, source: id }, id);
}

/** Says of a charge, as Stripe does some time after it, what it did to the balance. */
export function bookLate(world: World, owner: string, charge: SimCharge): SimCharge {
  const line = world.late.get(charge.id);
  if (line === undefined) throw invalid(null, `Charge ${charge.id} has its balance transaction.`);
  world.late.delete(charge.id);
  charge.balance_transaction = line;
  world.emit(owner, 'charge.updated', charge, { balance_transaction: null });
  return charge;
}

function keepIntent(world: World, owner: string, intent: SimIntent, charge: SimCharge): SimIntent {
  return world.add(owner, { ...(world.find(owner, 'payment_intent', intent.id) ?? {}), ...intent, latest_charge: charge.id });
}

function feesPayer(world: World, id: string): string {
  return world.get<SimAccount>(platformOwner, 'account', id).controller.fees?.payer ?? 'account';
}

function chargeObject(world: World, payment: CardPayment, intentId: string): SimCharge {
  return {
    id: world.id('ch'),
    object: 'charge',
    created: world.now,
    amount: payment.amount,
    amount_captured: payment.amount,
    amount_refunded: 0,
    currency: payment.currency,
    captured: true,
    paid: true,
    status: 'succeeded',
    refunded: false,
    disputed: false,
    livemode: false,
    customer: payment.customer,
    payment_intent: intentId,
    application_fee: null,
    application_fee_amount: payment.applicationFee > 0 ? payment.applicationFee : null,
    billing_details: { email: payment.email, ...none('address', 'name', 'phone', 'tax_id') },
    receipt_email: payment.email,
    transfer_group: payment.transferGroup,
    metadata: payment.metadata,
  };
}

function intentObject(world: World, payment: CardPayment, id: string): SimIntent {
  return {
    id,
    object: 'payment_intent',
    created: world.now,
    amount: payment.amount,
    amount_received: payment.amount,
    currency: payment.currency,
    status: 'succeeded',
    customer: payment.customer,
    application_fee_amount: payment.applicationFee > 0 ? payment.applicationFee : null,
    transfer_group: payment.transferGroup,
    metadata: payment.metadata,
  };
}
