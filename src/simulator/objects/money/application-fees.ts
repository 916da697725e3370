import type { Stripe } from 'stripe';
import { fractionHalfUp } from '../../../base/money.js';
import { invalid } from '../../protocol/errors.js';
import { integer, type Spec, texts, type Values } from '../../protocol/parameters.js';
import { page, pageKinds, sublist } from '../../protocol/sublists.js';
import type { Route } from '../../route.js';
import { type Part, platformOwner, type Stored, type World } from '../../world.js';
import type { SimCharge } from './charges.js';

export type SimFee = Stored & Part<Stripe.ApplicationFee> & { amount: number; amount_refunded: number };

const feeRefundSpec = { amount: integer, metadata: texts } satisfies Spec<Stripe.ApplicationFeeCreateRefundParams>;

export const applicationFeeRoutes: Route[] = [
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

/** The platform's share of a seller's charge. */
export function takeFee(world: World, owner: string, charge: SimCharge, amount: number): SimFee {
  const id = world.id('fee');
  const fee: SimFee = world.add(platformOwner, {
    id,
    object: 'application_fee',
    created: world.now,
    account: owner,
    amount,
    amount_refunded: 0,
    charge: charge.id,
    currency: charge.currency,
    refunded: false,
    refunds: page(`/v1/application_fees/${id}/refunds`),
  });
  fee.balance_transaction = world.addTransaction(
    platformOwner,
    { type: 'application_fee', amount, fee: 0, currency: charge.currency, source: fee.id },
    charge.id,
  );
  world.emit(platformOwner, 'application_fee.created', fee);
  return fee;
}

/** What of the application fee goes back, in proportion to what of the charge is refunded so far. */
export function feeToReturn(world: World, charge: SimCharge): number {
  const fee = world.get<SimFee>(platformOwner, 'application_fee', charge.application_fee as string);
  return Math.max(0, fractionHalfUp(fee.amount, charge.amount_refunded, charge.amount_captured) - fee.amount_refunded);
}

/** Gives a part of an application fee back to the seller. */
export function returnFee(world: World, fee: SimFee, amount: number, metadata: Record<string, string> = {}): object {
  const { currency } = fee;
  const seller = fee.account as string;
  world.ledger.post(currency as string, [
    { book: `${platformOwner}:available`, minor: -amount },
    { book: `${seller}:available`, minor: amount },
  ]);
  fee.amount_refunded += amount;
  fee.refunded = fee.amount_refunded === fee.amount;
  const made: Stored & Part<Stripe.FeeRefund> = world.add(platformOwner, {
    id: world.id('fr'),
    object: 'fee_refund',
    created: world.now,
    amount,
    currency: currency as string,
    fee: fee.id,
    metadata,
  });
  fee.refunds = page(`/v1/application_fees/${fee.id}/refunds`, [made, ...(fee.refunds?.data ?? [])]);
  const line = { type: 'application_fee_refund', amount: -amount, fee: 0, currency: currency as string, source: made.id } as const;
  made.balance_transaction = world.addTransaction(platformOwner, line);
  world.emit(platformOwner, 'application_fee.refunded', fee);
  return made;
}

function refundFee(world: World, id: string, values: Values<typeof feeRefundSpec>): object {
  const fee = world.get<SimFee>(platformOwner, 'application_fee', id);
  const left = fee.amount - fee.amount_refunded;
  const amount = values.amount ?? left;
  if (left === 0) throw invalid(null, `Application fee ${id} has already been refunded.`);
  if (amount <= 0) throw invalid('parameter_invalid_integer', 'Invalid positive integer', 'amount');
  if (amount > left) throw invalid('amount_too_large', `Refund amount (${amount}) is greater than unrefunded amount on fee (${left})`, 'amount');
  world.addTransaction(fee.account as string, { type: 'adjustment', amount, fee: 0, currency: fee.currency as string, source: fee.charge as string });
  return returnFee(world, fee, amount, values.metadata);
}
