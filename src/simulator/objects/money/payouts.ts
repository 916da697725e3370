import type { Stripe } from 'stripe';
import { invalid } from '../../protocol/errors.js';
import { integer, oneOf, required, type Spec, text, texts, type Values } from '../../protocol/parameters.js';
import type { Route } from '../../route.js';
import { type Part, platformOwner, type Stored, type World } from '../../world.js';
import { bankRefused, hasBank, type SimAccount } from '../platform/accounts.js';

const payoutSpec = {
  amount: required(integer),
  currency: required(text),
  method: oneOf('standard', 'instant'),
  metadata: texts,
} satisfies Spec<Stripe.PayoutCreateParams>;

export const payoutRoutes: Route[] = [
  {
    method: 'POST',
    path: '/v1/payouts',
    spec: payoutSpec,
    run: ({ world, owner, values }) => create(world, owner, values as Values<typeof payoutSpec>),
  },
  { method: 'GET', path: '/v1/payouts/:id', spec: {}, run: ({ world, owner, id }) => world.get(owner, 'payout', id) },
  { method: 'GET', path: '/v1/payouts', listOf: 'payout', filters: ['status'] },
];

function create(world: World, owner: string, { amount, currency, metadata }: Values<typeof payoutSpec>): object {
  return payOut(world, owner, { amount: amount as number, currency: currency as string, metadata: metadata ?? {} });
}

interface Asked {
  amount: number;
  currency: string;
  metadata?: Record<string, string>;
  automatic?: boolean;
  outcome?: 'paid' | 'failed';
}

/** Moves available money to the owner's bank; where the bank refuses it, it is back at once, and the bank account is out of use. */
export function payOut(world: World, owner: string, { amount, currency: asked, metadata = {}, automatic = false, outcome = 'paid' }: Asked): object {
  const currency = asked.toLowerCase();
  if (amount <= 0) throw invalid('parameter_invalid_integer', 'Invalid positive integer', 'amount');
  if (world.ledger.balance(currency, `${owner}:available`) < amount)
    throw invalid('balance_insufficient', 'You have insufficient funds in your Stripe account.', 'amount');
  const payout: Stored & Part<Stripe.Payout> = world.add(owner, {
    id: world.id('po'),
    object: 'payout',
    created: world.now,
    amount,
    arrival_date: world.now,
    automatic,
    balance_transaction: null,
    currency,
    description: automatic ? 'STRIPE PAYOUT' : null,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    livemode: false,
    metadata,
    method: 'standard',
    source_type: 'card',
    status: 'paid',
    type: 'bank_account',
  });
  payout.balance_transaction = move(world, owner, payout, -amount);
  world.emit(owner, 'payout.created', payout);
  if (outcome === 'failed') fail(world, owner, payout, amount);
  else world.emit(owner, 'payout.paid', payout);
  return payout;
}

/** Source: docs.stripe.com/payouts, on failed payouts */
function fail(world: World, owner: string, payout: Stored & Part<Stripe.Payout>, amount: number): void {
  payout.status = 'failed';
  payout.failure_code = 'account_closed';
  payout.failure_message = 'The bank account has been closed.';
  payout.failure_balance_transaction = move(world, owner, payout, amount);
  world.emit(owner, 'payout.failed', payout);
  if (owner !== platformOwner) bankRefused(world, world.get<SimAccount>(platformOwner, 'account', owner));
}

/** Out to the bank, or back from it. */
function move(world: World, owner: string, { id, currency }: Stored & Part<Stripe.Payout>, amount: number): string {
  world.ledger.post(currency as string, [
    { book: `${owner}:available`, minor: amount },
    { book: 'banks', minor: -amount },
  ]);
  return world.addTransaction(owner, { type: amount < 0 ? 'payout' : 'payout_failure', amount, fee: 0, currency: currency as string, source: id });
}

/** Pays out by itself what is available, less what is to stay; nothing while the bank account is out of use. */
export function payOutBySchedule(world: World, owner: string, stays: Record<string, number>): void {
  if (owner !== platformOwner && !hasBank(world.get<SimAccount>(platformOwner, 'account', owner))) return;
  for (const currency of world.ledger.currenciesOf(owner)) {
    const amount = world.ledger.balance(currency, `${owner}:available`) - (stays[currency] ?? 0);
    if (amount > 0) payOut(world, owner, { amount, currency, automatic: true });
  }
}
