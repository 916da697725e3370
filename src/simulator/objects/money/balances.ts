import type { Stripe } from 'stripe';
import { invalid } from '../../protocol/errors.js';
import { integer, oneOf, required, type Spec, text, texts, type Values } from '../../protocol/parameters.js';
import type { Route } from '../../route.js';
import type { Part, Stored, World } from '../../world.js';

const payoutSpec = {
  amount: required(integer),
  currency: required(text),
  method: oneOf('standard', 'instant'),
  metadata: texts,
} satisfies Spec<Stripe.PayoutCreateParams>;

export const balanceRoutes: Route[] = [
  { method: 'GET', path: '/v1/balance', spec: {}, run: ({ world, owner }) => balance(world, owner) },
  { method: 'GET', path: '/v1/balance_transactions/:id', spec: {}, run: ({ world, owner, id }) => world.get(owner, 'balance_transaction', id) },
  { method: 'GET', path: '/v1/balance_transactions', listOf: 'balance_transaction', filters: ['type', 'source', 'currency'] },
  { method: 'GET', path: '/v1/events/:id', spec: {}, run: ({ world, owner, id }) => world.get(owner, 'event', id) },
  { method: 'GET', path: '/v1/events', listOf: 'event', filters: ['type', 'types'] },
  {
    method: 'POST',
    path: '/v1/payouts',
    spec: payoutSpec,
    run: ({ world, owner, values }) => payOut(world, owner, values as Values<typeof payoutSpec>),
  },
  { method: 'GET', path: '/v1/payouts/:id', spec: {}, run: ({ world, owner, id }) => world.get(owner, 'payout', id) },
  { method: 'GET', path: '/v1/payouts', listOf: 'payout', filters: ['status'] },
];

/** What an owner has at Stripe, per currency. */
export function balance(world: World, owner: string): Part<Stripe.Balance> {
  const lines = (kind: 'pending' | 'available') => {
    const found = world.ledger
      .currenciesOf(owner)
      .map((currency) => ({ currency, amount: world.ledger.balance(currency, `${owner}:${kind}`), source_types: {} }));
    return found.length > 0 ? found : [{ currency: 'usd', amount: 0, source_types: {} }];
  };
  return { object: 'balance', livemode: false, available: lines('available'), pending: lines('pending') };
}

/** Moves available money to the owner's bank. */
export function payOut(world: World, owner: string, values: { amount?: number; currency?: string; metadata?: Record<string, string> }): object {
  const amount = values.amount as number;
  const currency = (values.currency as string).toLowerCase();
  if (amount <= 0) throw invalid('parameter_invalid_integer', 'Invalid positive integer', 'amount');
  if (world.ledger.balance(currency, `${owner}:available`) < amount)
    throw invalid('balance_insufficient', 'You have insufficient funds in your Stripe account.', 'amount');
  world.ledger.post(currency, [
    { book: `${owner}:available`, minor: -amount },
    { book: 'banks', minor: amount },
  ]);
  const payout = world.add(owner, {
    id: world.id('po'),
    object: 'payout',
    created: world.now,
    amount,
    currency,
    status: 'paid',
    arrival_date: world.now,
    automatic: false,
    method: 'standard',
    type: 'bank_account',
    metadata: values.metadata ?? {},
  } satisfies Stored & Part<Stripe.Payout>);
  world.addTransaction(owner, { type: 'payout', amount: -amount, fee: 0, currency, source: payout.id });
  world.emit(owner, 'payout.paid', payout);
  return payout;
}
