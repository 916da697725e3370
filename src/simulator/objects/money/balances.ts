import type { Route } from '../../route.js';

export const balanceRoutes: Route[] = [
  { method: 'GET', path: '/v1/balance', spec: {}, run: ({ world, owner }) => world.balanceOf(owner) },
  { method: 'GET', path: '/v1/balance_transactions/:id', spec: {}, run: ({ world, owner, id }) => world.get(owner, 'balance_transaction', id) },
  { method: 'GET', path: '/v1/balance_transactions', listOf: 'balance_transaction', filters: ['type', 'source', 'currency'] },
  { method: 'GET', path: '/v1/events/:id', spec: {}, run: ({ world, owner, id }) => world.get(owner, 'event', id) },
  { method: 'GET', path: '/v1/events', listOf: 'event', filters: ['type', 'types', 'delivery_success'] },
];
