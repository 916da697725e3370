import type { Stripe } from 'stripe';
import type { Route } from '../../route.js';
import type { Part, World } from '../../world.js';

export const balanceRoutes: Route[] = [
  { method: 'GET', path: '/v1/balance', spec: {}, run: ({ world, owner }) => balance(world, owner) },
  { method: 'GET', path: '/v1/balance_transactions/:id', spec: {}, run: ({ world, owner, id }) => world.get(owner, 'balance_transaction', id) },
  { method: 'GET', path: '/v1/balance_transactions', listOf: 'balance_transaction', filters: ['type', 'source', 'currency'] },
  { method: 'GET', path: '/v1/events/:id', spec: {}, run: ({ world, owner, id }) => world.get(owner, 'event', id) },
  { method: 'GET', path: '/v1/events', listOf: 'event', filters: ['type', 'types', 'delivery_success'] },
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
