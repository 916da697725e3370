import type { Stripe } from 'stripe';
import { ApiError, invalid } from '../../protocol/errors.js';
import { flag, integer, oneOf, type Spec, text, texts, type Values } from '../../protocol/parameters.js';
import type { Route } from '../../route.js';
import { type Part, platformOwner, type Stored, type World } from '../../world.js';
import { feeToReturn, returnFee, type SimFee } from './application-fees.js';
import type { SimCharge, SimIntent } from './charges.js';
import { noActionLeft } from './fraud-warnings.js';

export type SimRefund = Stored & Part<Stripe.Refund>;

const refundSpec = {
  charge: text,
  payment_intent: text,
  amount: integer,
  reason: oneOf('duplicate', 'fraudulent', 'requested_by_customer'),
  refund_application_fee: flag,
  metadata: texts,
} satisfies Spec<Stripe.RefundCreateParams>;

export const refundRoutes: Route[] = [
  { method: 'POST', path: '/v1/refunds', spec: refundSpec, run: ({ world, owner, values }) => refund(world, owner, values) },
  { method: 'GET', path: '/v1/refunds/:id', spec: {}, run: ({ world, owner, id }) => world.get(owner, 'refund', id) },
  { method: 'GET', path: '/v1/refunds', listOf: 'refund', filters: ['charge', 'payment_intent'] },
];

function refund(world: World, owner: string, values: Values<typeof refundSpec>): object {
  const charge = chargeOf(world, owner, values);
  const left = charge.amount_captured - charge.amount_refunded;
  const amount = values.amount ?? left;
  if (charge.disputed)
    throw new ApiError(400, {
      type: 'invalid_request_error',
      code: 'charge_disputed',
      message: `Charge ${charge.id} has been charged back; cannot issue a refund.`,
    });
  if (!charge.captured) throw invalid('charge_not_refundable', `Charge ${charge.id} has not been captured; cancel its PaymentIntent instead.`);
  if (left === 0) throw invalid('charge_already_refunded', `Charge ${charge.id} has already been refunded.`);
  if (amount <= 0) throw invalid('parameter_invalid_integer', 'Invalid positive integer', 'amount');
  if (amount > left) throw invalid('amount_too_large', `Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`, 'amount');
  if (values.refund_application_fee && !charge.application_fee)
    throw invalid(null, 'This charge has no application fee to refund.', 'refund_application_fee');

  world.ledger.post(charge.currency, [
    { book: `${owner}:available`, minor: -amount },
    { book: 'cards', minor: amount },
  ]);
  charge.amount_refunded += amount;
  charge.refunded = charge.amount_refunded === charge.amount_captured;
  noActionLeft(world, owner, charge);
  const made: SimRefund = world.add(owner, {
    id: world.id('re'),
    object: 'refund',
    created: world.now,
    amount,
    currency: charge.currency,
    charge: charge.id,
    customer: charge.customer as string | null,
    payment_intent: charge.payment_intent,
    status: 'succeeded',
    reason: values.reason ?? null,
    metadata: values.metadata ?? {},
  });
  const returned = values.refund_application_fee ? feeToReturn(world, charge) : 0;
  const line = { type: 'refund', amount: -amount, fee: returned === 0 ? 0 : -returned, currency: charge.currency, source: made.id } as const;
  made.balance_transaction = world.addTransaction(owner, line);
  if (returned > 0) returnFee(world, world.get<SimFee>(platformOwner, 'application_fee', charge.application_fee as string), returned);
  world.emit(owner, 'charge.refunded', charge);
  world.emit(owner, 'refund.created', made);
  return made;
}

/**
 * The buyer's bank sends a refund back after it was made: the money returns to the balance. Source: docs.stripe.com/refunds, on failed refunds.
 * What the charge says was refunded stays: Stripe does not say that it changes.
 */
export function failRefund(world: World, owner: string, refund: SimRefund): object {
  if (refund.status !== 'succeeded') throw invalid(null, `The refund is ${refund.status}.`);
  const { id, amount = 0, currency = '' } = refund;
  world.ledger.post(currency, [
    { book: `${owner}:available`, minor: amount },
    { book: 'cards', minor: -amount },
  ]);
  refund.status = 'failed';
  refund.failure_reason = 'expired_or_canceled_card';
  refund.failure_balance_transaction = world.addTransaction(owner, { type: 'refund_failure', amount, fee: 0, currency, source: id });
  for (const type of ['charge.refund.updated', 'refund.updated', 'refund.failed']) world.emit(owner, type, refund);
  return refund;
}

function chargeOf(world: World, owner: string, values: Values<typeof refundSpec>): SimCharge {
  if (values.charge) return world.get<SimCharge>(owner, 'charge', values.charge, 'charge');
  if (!values.payment_intent)
    throw invalid('parameter_missing', 'One of the following params should be provided for this request: payment_intent or charge.');
  const intent = world.get<SimIntent>(owner, 'payment_intent', values.payment_intent, 'payment_intent');
  return world.get<SimCharge>(owner, 'charge', intent.latest_charge as string);
}
