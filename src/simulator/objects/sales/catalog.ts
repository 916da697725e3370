import type { Stripe } from 'stripe';
import { invalid } from '../../protocol/errors.js';
import { flag, natural, object, oneOf, required, type Spec, text, texts, type Values } from '../../protocol/parameters.js';
import type { Route } from '../../route.js';
import type { Part, Stored, World } from '../../world.js';
import { cancel, type SimSubscription } from './billing.js';

export type SimPrice = Stored & Part<Stripe.Price> & { currency: string; product: string };

const customerSpec = { email: text, name: text, description: text, phone: text, metadata: texts } satisfies Spec<Stripe.CustomerCreateParams>;
const productSpec = { name: required(text), description: text, active: flag, metadata: texts } satisfies Spec<Stripe.ProductCreateParams>;
const priceSpec = {
  currency: required(text),
  unit_amount: natural,
  product: text,
  product_data: object({ name: required(text) }),
  recurring: object({ interval: required(oneOf('day', 'week', 'month', 'year')) }),
  nickname: text,
  metadata: texts,
} satisfies Spec<Stripe.PriceCreateParams>;

export const catalogRoutes: Route[] = [
  { method: 'POST', path: '/v1/customers', spec: customerSpec, run: ({ world, owner, values }) => createCustomer(world, owner, values) },
  { method: 'POST', path: '/v1/customers/:id', spec: customerSpec, run: ({ world, owner, id, values }) => updateCustomer(world, owner, id, values) },
  { method: 'DELETE', path: '/v1/customers/:id', spec: {}, run: ({ world, owner, id }) => deleteCustomer(world, owner, id) },
  {
    method: 'POST',
    path: '/v1/products',
    spec: productSpec,
    run: ({ world, owner, values }) => createProduct(world, owner, values as Values<typeof productSpec>),
  },
  { method: 'GET', path: '/v1/products/:id', spec: {}, run: ({ world, owner, id }) => world.get(owner, 'product', id) },
  { method: 'GET', path: '/v1/products', listOf: 'product' },
  {
    method: 'POST',
    path: '/v1/prices',
    spec: priceSpec,
    run: ({ world, owner, values }) => createPrice(world, owner, values as Values<typeof priceSpec>),
  },
  { method: 'GET', path: '/v1/prices/:id', spec: {}, run: ({ world, owner, id }) => world.get(owner, 'price', id) },
  { method: 'GET', path: '/v1/prices', listOf: 'price', filters: ['product', 'currency'] },
];

function createCustomer(world: World, owner: string, values: Values<typeof customerSpec>): object {
  const { email = null, name = null, description = null, phone = null, metadata = {} } = values;
  const customer = world.add(owner, {
    id: world.id('cus'),
    object: 'customer',
    created: world.now,
    email,
    name,
    description,
    phone,
    livemode: false,
    metadata,
  } satisfies Stored & Part<Stripe.Customer>);
  world.emit(owner, 'customer.created', customer);
  return customer;
}

function updateCustomer(world: World, owner: string, id: string, values: Values<typeof customerSpec>): object {
  const customer = Object.assign(world.get(owner, 'customer', id), values);
  world.emit(owner, 'customer.updated', customer);
  return customer;
}

/** With a customer go their subscriptions, at once. Source: docs.stripe.com/api/customers/delete */
function deleteCustomer(world: World, owner: string, id: string): object {
  const customer = world.get(owner, 'customer', id);
  for (const subscription of world.all<SimSubscription>('subscription', owner))
    if (subscription.customer === id && subscription.status !== 'canceled') cancel(world, owner, subscription);
  world.emit(owner, 'customer.deleted', customer);
  world.remove(id);
  return { id, object: 'customer', deleted: true };
}

function createProduct(world: World, owner: string, values: Values<typeof productSpec>): Stored {
  const { name, description = null, active = true, metadata = {} } = values;
  const product = addProduct(world, owner, { name: name as string, description, active, metadata });
  world.emit(owner, 'product.created', product);
  return product;
}

interface NewProduct {
  name: string;
  description?: string | null;
  active?: boolean;
  metadata?: Record<string, string>;
}

/** A product, also one that a checkout makes for itself, of which no event tells. */
export function addProduct(world: World, owner: string, { name, description = null, active = true, metadata = {} }: NewProduct): Stored {
  return world.add(owner, {
    id: world.id('prod'),
    object: 'product',
    created: world.now,
    name,
    description,
    active,
    livemode: false,
    metadata,
    updated: world.now,
  } satisfies Stored & Part<Stripe.Product>);
}

function createPrice(world: World, owner: string, values: Values<typeof priceSpec>): object {
  const product = values.product_data
    ? createProduct(world, owner, { name: values.product_data.name as string }).id
    : world.get(owner, 'product', values.product ?? '', 'product').id;
  const price = addPrice(world, owner, {
    product,
    currency: (values.currency as string).toLowerCase(),
    unitAmount: values.unit_amount ?? null,
    interval: (values.recurring?.interval as Stripe.Price.Recurring.Interval | undefined) ?? null,
    nickname: values.nickname ?? null,
    metadata: values.metadata ?? {},
  });
  world.emit(owner, 'price.created', price);
  return price;
}

interface NewPrice {
  product: string;
  currency: string;
  unitAmount: number | null;
  interval: Stripe.Price.Recurring.Interval | null;
  nickname?: string | null;
  metadata?: Record<string, string>;
}

/** A price, also one that a checkout makes for itself, of which no event tells. */
export function addPrice(world: World, owner: string, { product, currency, unitAmount, interval, nickname = null, metadata = {} }: NewPrice) {
  return world.add(owner, {
    id: world.id('price'),
    object: 'price' as const,
    created: world.now,
    product,
    currency,
    unit_amount: unitAmount,
    unit_amount_decimal: unitAmount === null ? null : String(unitAmount),
    recurring: interval && { interval, interval_count: 1, meter: null, trial_period_days: null, usage_type: 'licensed' as const },
    type: interval ? ('recurring' as const) : ('one_time' as const),
    active: true,
    nickname,
    livemode: false,
    metadata,
  });
}

const amountMax = 99_999_999; // Source: docs.stripe.com/currencies, on the most that can be charged

/** What so many of a price cost. */
export function costOf({ unit_amount }: SimPrice, quantity: number, param: string): number {
  const amount = (unit_amount ?? 0) * quantity;
  if (amount > amountMax) throw invalid('amount_too_large', 'The amount has more than eight digits.', param);
  return amount;
}

/** The older form of a price, which items still carry. */
export function planOf({ id, created, unit_amount, currency, product }: SimPrice, interval: Stripe.Price.Recurring.Interval) {
  return { id, object: 'plan' as const, created, amount: unit_amount ?? null, currency, interval, product };
}
