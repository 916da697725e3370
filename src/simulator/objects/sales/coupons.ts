import type { Stripe } from 'stripe';
import { invalid } from '../../protocol/errors.js';
import { decimal, integer, list, object, oneOf, type Spec, text, texts, type Values } from '../../protocol/parameters.js';
import type { Route } from '../../route.js';
import type { Part, Stored, World } from '../../world.js';

const createSpec = {
  id: text,
  name: text,
  percent_off: decimal,
  amount_off: integer,
  currency: text,
  duration: oneOf('forever', 'once', 'repeating'),
  duration_in_months: integer,
  max_redemptions: integer,
  redeem_by: integer,
  applies_to: object({ products: list(text) }),
  metadata: texts,
} satisfies Spec<Stripe.CouponCreateParams>;
const updateSpec = { name: text, metadata: texts } satisfies Spec<Stripe.CouponUpdateParams>;

/** What subscriptions take off their invoices. */
export const couponRoutes: Route[] = [
  {
    method: 'POST',
    path: '/v1/coupons',
    spec: createSpec,
    run: ({ world, owner, values }) => create(world, owner, values as Values<typeof createSpec>),
  },
  { method: 'GET', path: '/v1/coupons/:id', spec: {}, run: ({ world, owner, id }) => world.get(owner, 'coupon', id) },
  { method: 'GET', path: '/v1/coupons', listOf: 'coupon' },
  { method: 'POST', path: '/v1/coupons/:id', spec: updateSpec, run: ({ world, owner, id, values }) => update(world, owner, id, values) },
  { method: 'DELETE', path: '/v1/coupons/:id', spec: {}, run: ({ world, owner, id }) => remove(world, owner, id) },
];

function create(world: World, owner: string, values: Values<typeof createSpec>): object {
  const { percent_off: percent = null, amount_off: amount = null, duration = 'once' } = values;
  const id = values.id ?? world.id('coupon').slice('coupon_'.length, 'coupon_'.length + 8);
  if ((percent === null) === (amount === null)) throw invalid('parameter_missing', 'A coupon takes either percent_off or amount_off.', 'percent_off');
  if (percent !== null && (percent <= 0 || percent > 100)) throw invalid(null, 'percent_off is above 0 and at most 100.', 'percent_off');
  if (amount !== null && amount < 1) throw invalid('parameter_invalid_integer', 'Invalid positive integer', 'amount_off');
  if (amount !== null && values.currency === undefined) throw invalid('parameter_missing', 'amount_off takes a currency.', 'currency');
  if ((duration === 'repeating') !== (values.duration_in_months !== undefined))
    throw invalid(null, 'duration_in_months goes with the duration repeating, and with no other.', 'duration_in_months');
  if (world.objects.has(id)) throw invalid('resource_already_exists', `There is a coupon ${id} already.`, 'id');

  const coupon = world.add(owner, {
    id,
    object: 'coupon',
    created: world.now,
    amount_off: amount,
    percent_off: percent,
    currency: values.currency?.toLowerCase() ?? null,
    duration,
    duration_in_months: values.duration_in_months ?? null,
    livemode: false,
    max_redemptions: values.max_redemptions ?? null,
    metadata: values.metadata ?? {},
    name: values.name ?? null,
    redeem_by: values.redeem_by ?? null,
    times_redeemed: 0,
    valid: true,
    ...(values.applies_to ? { applies_to: { products: values.applies_to.products ?? [] } } : {}),
  } satisfies Stored & Part<Stripe.Coupon>);
  world.emit(owner, 'coupon.created', coupon);
  return coupon;
}

function update(world: World, owner: string, id: string, values: Values<typeof updateSpec>): object {
  const coupon = world.get<Stored & Part<Stripe.Coupon>>(owner, 'coupon', id);
  if (values.name !== undefined) coupon.name = values.name;
  if (values.metadata) coupon.metadata = { ...coupon.metadata, ...values.metadata };
  world.emit(owner, 'coupon.updated', coupon);
  return coupon;
}

function remove(world: World, owner: string, id: string): object {
  world.emit(owner, 'coupon.deleted', world.get(owner, 'coupon', id));
  world.remove(id);
  return { id, object: 'coupon', deleted: true };
}
