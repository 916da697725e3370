import type { Stripe } from 'stripe';
import { fractionHalfUp, shareByBps } from '../../../base/money.js';
import { ApiError, invalid } from '../../protocol/errors.js';
import { flag, integer, oneOf, type Spec, text, texts, type Values } from '../../protocol/parameters.js';
import { pageKinds, sublist } from '../../protocol/sublists.js';
import type { Route } from '../../route.js';
import { type Part, platformOwner, type Stored, type World } from '../../world.js';
import type { SimAccount } from '../platform/accounts.js';

export type SimCharge = Stored & Part<Stripe.Charge> & { amount: number; amount_refunded: number; currency: string; payment_intent: string };
export type SimIntent = Stored & Part<Stripe.PaymentIntent> & { amount: number; currency: string };
export type SimFee = Stored & Part<Stripe.ApplicationFee> & { amount: number; amount_refunded: number };

const refundSpec = {
  charge: text,
  payment_intent: text,
  amount: integer,
  reason: oneOf('duplicate', 'fraudulent', 'requested_by_customer'),
  refund_application_fee: flag,
  metadata: texts,
} satisfies Spec<Stripe.RefundCreateParams>;

const feeRefundSpec = { amount: integer, metadata: texts } satisfies Spec<Stripe.ApplicationFeeCreateRefundParams>;

export const chargeRoutes: Route[] = [
  { method: 'GET', path: '/v1/charges/:id', spec: {}, run: ({ world, owner, id }) => world.get(owner, 'charge', id) },
  { method: 'GET', path: '/v1/charges', listOf: 'charge', filters: ['customer', 'payment_intent', 'transfer_group'] },
  { method: 'GET', path: '/v1/payment_intents/:id', spec: {}, run: ({ world, owner, id }) => world.get(owner, 'payment_intent', id) },
  { method: 'GET', path: '/v1/payment_intents', listOf: 'payment_intent', filters: ['customer'] },
  { method: 'POST', path: '/v1/refunds', spec: refundSpec, run: ({ world, owner, values }) => refund(world, owner, values) },
  { method: 'GET', path: '/v1/refunds/:id', spec: {}, run: ({ world, owner, id }) => world.get(owner, 'refund', id) },
  { method: 'GET', path: '/v1/refunds', listOf: 'refund', filters: ['charge', 'payment_intent'] },
  {
    method: 'GET',
    path: '/v1/application_fees/:id',
    spec: {},
    platformOnly: true,
    run: ({ world, id }) => world.get(platformOwner, 'application_fee', id),
  },
  {
    method: 'POST',
    path: '/v1/application_fees/:id/refunds',
    spec: feeRefundSpec,
    platformOnly: true,
    run: ({ world, id, values }) => refundFee(world, id, values),
  },
  {
    method: 'GET',
    path: '/v1/application_fees/:id/refunds',
    spec: pageKinds,
    platformOnly: true,
    run: (call) => sublist(call, 'fee_refund', { fee: call.id }),
  },
  { method: 'GET', path: '/v1/application_fees', listOf: 'application_fee', filters: ['charge'], platformOnly: true },
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
  const { amount, currency, applicationFee } = payment;
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
  for (const [account, minor] of shares) world.hold(account, currency, minor);

  const intentId = payment.intentId ?? world.id('pi');
  const charge = chargeObject(world, payment, intentId);
  charge.balance_transaction = world.addTransaction(owner, {
    type: 'charge',
    amount,
    fee: applicationFee + (paysStripe === owner ? fee : 0),
    currency,
    source: charge.id,
  });
  if (applicationFee > 0) charge.application_fee = takeFee(world, owner, charge, applicationFee).id;
  if (paysStripe !== owner) world.addTransaction(platformOwner, { type: 'stripe_fee', amount: -fee, fee: 0, currency, source: charge.id });
  world.add(owner, charge);
  world.add(owner, { ...(world.find(owner, 'payment_intent', intentId) ?? {}), ...intentObject(world, payment, intentId), latest_charge: charge.id });
  world.emit(owner, 'charge.succeeded', charge);
  world.emit(owner, 'payment_intent.succeeded', world.get(owner, 'payment_intent', intentId));
  return charge;
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
    billing_details: { email: payment.email },
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

function takeFee(world: World, owner: string, charge: SimCharge, amount: number): SimFee {
  const fee: SimFee = world.add(platformOwner, {
    id: world.id('fee'),
    object: 'application_fee',
    created: world.now,
    account: owner,
    amount,
    amount_refunded: 0,
    charge: charge.id,
    currency: charge.currency,
    refunded: false,
  });
  world.addTransaction(platformOwner, { type: 'application_fee', amount, fee: 0, currency: charge.currency, source: fee.id });
  world.emit(platformOwner, 'application_fee.created', fee);
  return fee;
}

function refund(world: World, owner: string, values: Values<typeof refundSpec>): object {
  const charge = chargeOf(world, owner, values);
  const left = charge.amount - charge.amount_refunded;
  const amount = values.amount ?? left;
  if (charge.disputed)
    throw new ApiError(400, {
      type: 'invalid_request_error',
      code: 'charge_disputed',
      message: `Charge ${charge.id} has been charged back; cannot issue a refund.`,
    });
  if (left === 0) throw invalid('charge_already_refunded', `Charge ${charge.id} has already been refunded.`);
  if (amount <= 0) throw invalid('parameter_invalid_integer', 'Invalid positive integer', 'amount');
  if (amount > left) throw invalid('amount_too_large', `Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`, 'amount');
  if (values.refund_application_fee && !charge.application_fee)
    throw invalid('parameter_invalid', 'This charge has no application fee to refund.', 'refund_application_fee');

  world.ledger.post(charge.currency, [
    { book: `${owner}:available`, minor: -amount },
    { book: 'cards', minor: amount },
  ]);
  charge.amount_refunded += amount;
  charge.refunded = charge.amount_refunded === charge.amount;
  const made = world.add(owner, {
    id: world.id('re'),
    object: 'refund',
    created: world.now,
    amount,
    currency: charge.currency,
    charge: charge.id,
    payment_intent: charge.payment_intent,
    status: 'succeeded',
    reason: values.reason ?? null,
    metadata: values.metadata ?? {},
  } satisfies Stored & Part<Stripe.Refund>);
  const returned = values.refund_application_fee ? feeToReturn(world, charge) : 0;
  const line = { type: 'refund', amount: -amount, fee: returned === 0 ? 0 : -returned, currency: charge.currency, source: made.id } as const;
  world.addTransaction(owner, line);
  if (returned > 0) returnFee(world, world.get<SimFee>(platformOwner, 'application_fee', charge.application_fee as string), returned);
  world.emit(owner, 'charge.refunded', charge);
  world.emit(owner, 'refund.created', made);
  return made;
}

function chargeOf(world: World, owner: string, values: Values<typeof refundSpec>): SimCharge {
  if (values.charge) return world.get<SimCharge>(owner, 'charge', values.charge, 'charge');
  if (!values.payment_intent)
    throw invalid('parameter_missing', 'One of the following params should be provided for this request: payment_intent or charge.');
  const intent = world.get<SimIntent>(owner, 'payment_intent', values.payment_intent, 'payment_intent');
  return world.get<SimCharge>(owner, 'charge', intent.latest_charge as string);
}

/** What of the application fee goes back, in proportion to what of the charge is refunded so far. */
function feeToReturn(world: World, charge: SimCharge): number {
  const fee = world.get<SimFee>(platformOwner, 'application_fee', charge.application_fee as string);
  return Math.max(0, fractionHalfUp(fee.amount, charge.amount_refunded, charge.amount) - fee.amount_refunded);
}

/** Gives a part of an application fee back to the seller. */
function returnFee(world: World, fee: SimFee, amount: number, metadata: Record<string, string> = {}): object {
  const { currency } = fee;
  const seller = fee.account as string;
  world.ledger.post(currency as string, [
    { book: `${platformOwner}:available`, minor: -amount },
    { book: `${seller}:available`, minor: amount },
  ]);
  fee.amount_refunded += amount;
  fee.refunded = fee.amount_refunded === fee.amount;
  const made = world.add(platformOwner, {
    id: world.id('fr'),
    object: 'fee_refund',
    created: world.now,
    amount,
    currency: currency as string,
    fee: fee.id,
    metadata,
  } satisfies Stored & Part<Stripe.FeeRefund>);
  const line = { type: 'application_fee_refund', amount: -amount, fee: 0, currency: currency as string, source: fee.id } as const;
  world.addTransaction(platformOwner, line);
  world.emit(platformOwner, 'application_fee.refunded', fee);
  return made;
}

function refundFee(world: World, id: string, values: Values<typeof feeRefundSpec>): object {
  const fee = world.get<SimFee>(platformOwner, 'application_fee', id);
  const left = fee.amount - fee.amount_refunded;
  const amount = values.amount ?? left;
  if (left === 0) throw invalid('application_fee_already_refunded', `Application fee ${id} has already been refunded.`);
  if (amount <= 0) throw invalid('parameter_invalid_integer', 'Invalid positive integer', 'amount');
  if (amount > left) throw invalid('amount_too_large', `Refund amount (${amount}) is greater than unrefunded amount on fee (${left})`, 'amount');
  world.addTransaction(fee.account as string, { type: 'adjustment', amount, fee: 0, currency: fee.currency as string, source: fee.charge as string });
  return returnFee(world, fee, amount, values.metadata);
}
