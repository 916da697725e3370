import type { Stripe } from 'stripe';
import { invalid } from '../../protocol/errors.js';
import { flag, integer, type Kind, list, natural, object, oneOf, required, type Spec, text, texts, type Values } from '../../protocol/parameters.js';
import type { Route } from '../../route.js';
import { inside, type World } from '../../world.js';
import { testCardOf } from '../cards/payment-methods.js';
import { billDue, billNow, cancel, type SimSubscription, skipPeriods } from './billing.js';
import type { SimPrice } from './catalog.js';
import { dropDiscount, takeCoupon } from './discounts.js';
import { setPrice } from './phases.js';

const pause = object({ behavior: required(oneOf('keep_as_draft', 'mark_uncollectible', 'void')), resumes_at: integer });
/** Nothing takes the pause away. */
const pauseOrNone: Kind<Values<{ pause: typeof pause }>['pause'] | null> = { read: (raw, path) => (raw === '' ? null : pause.read(raw, path)) };
/** Nothing takes the discount away. */
const discounts: Kind<{ coupon?: string }[]> = { read: (raw, path) => (raw === '' ? [] : list(object({ coupon: required(text) })).read(raw, path)) };
const updateSpec = {
  discounts,
  items: list(object({ id: text, price: text, quantity: natural })),
  cancel_at_period_end: flag,
  default_payment_method: text,
  description: text,
  pause_collection: pauseOrNone,
  proration_behavior: oneOf('none', 'create_prorations', 'always_invoice'),
  metadata: texts,
} satisfies Spec<Stripe.SubscriptionUpdateParams>;
const pauseSpec = { type: oneOf('subscription') } satisfies Spec<Stripe.SubscriptionPauseParams>;
const resumeSpec = {
  billing_cycle_anchor: object({ type: required(oneOf('now', 'unchanged')) }),
  payment_behavior: oneOf('resume_on_payment_attempt', 'resume_on_payment_success'),
  proration_behavior: oneOf('none'),
} satisfies Spec<Stripe.SubscriptionResumeParams>;

export const subscriptionChangeRoutes: Route[] = [
  {
    method: 'POST',
    path: '/v1/subscriptions/:id',
    spec: updateSpec,
    run: ({ world, owner, id, values }) => update(world, owner, unended(world, owner, id), values),
  },
  {
    method: 'POST',
    path: '/v1/subscriptions/:id/pause',
    spec: pauseSpec,
    run: ({ world, owner, id }) => pauseWhole(world, owner, unended(world, owner, id)),
  },
  {
    method: 'POST',
    path: '/v1/subscriptions/:id/resume',
    spec: resumeSpec,
    run: ({ world, owner, id, values }) => resume(world, owner, unended(world, owner, id), values),
  },
  {
    method: 'DELETE',
    path: '/v1/subscriptions/:id',
    spec: {},
    run: ({ world, owner, id }) => cancel(world, owner, world.get(owner, 'subscription', id)),
  },
];

function unended(world: World, owner: string, id: string): SimSubscription {
  const subscription = world.get<SimSubscription>(owner, 'subscription', id);
  if (subscription.status === 'canceled') throw invalid(null, 'A canceled subscription can only update its metadata.');
  return subscription;
}

function update(world: World, owner: string, subscription: SimSubscription, values: Values<typeof updateSpec>): SimSubscription {
  const { cancel_at_period_end, pause_collection, description, default_payment_method: card } = subscription;
  const before = { cancel_at_period_end, pause_collection, description, default_payment_method: card };
  if (values.items) changeItem(world, owner, subscription, values);
  if (values.cancel_at_period_end !== undefined) subscription.cancel_at_period_end = values.cancel_at_period_end;
  if (values.default_payment_method !== undefined) payWith(world, owner, subscription, values.default_payment_method);
  if (values.description !== undefined) subscription.description = values.description;
  if (values.discounts) dropDiscount(subscription);
  if (values.discounts?.[0]?.coupon !== undefined) takeCoupon(world, owner, subscription, values.discounts[0].coupon);
  if (values.metadata) subscription.metadata = { ...subscription.metadata, ...values.metadata };
  if (values.pause_collection !== undefined)
    subscription.pause_collection = values.pause_collection && {
      behavior: values.pause_collection.behavior as Stripe.Subscription.PauseCollection.Behavior,
      resumes_at: values.pause_collection.resumes_at ?? null,
    };
  world.emit(owner, 'customer.subscription.updated', subscription, before);
  billDue(world, owner, subscription);
  return subscription;
}

/** Another price or number from the next period on: what a mid-period change costs is not simulated, so the caller must not expect it. */
function changeItem(world: World, owner: string, subscription: SimSubscription, values: Values<typeof updateSpec>): void {
  const [asked] = values.items ?? [];
  const item = subscription.items?.data?.[0] as { id: string; price: SimPrice; quantity: number };
  if (!asked || values.items?.length !== 1 || asked.id !== item.id)
    throw invalid(null, `The simulator changes the one item there is: give its id, ${item.id}.`, 'items[0][id]');
  if (values.proration_behavior !== 'none')
    throw invalid(null, 'The simulator makes no prorations: change items with proration_behavior none.', 'proration_behavior');
  const price = asked.price === undefined ? item.price : world.get<SimPrice>(owner, 'price', asked.price, 'items[0][price]');
  setPrice(subscription, price, asked.quantity ?? item.quantity);
}

/** The card that renewals are paid with. */
export function payWith(world: World, owner: string, subscription: SimSubscription, card: string): void {
  const testCard = testCardOf(world, owner, card, subscription.customer as string);
  if (testCard === card) throw invalid('resource_missing', `No such PaymentMethod: '${card}'`, 'default_payment_method');
  subscription.default_payment_method = card;
  subscription[inside].card = testCard === 'pm_card_chargeDeclined' ? 'failing' : 'ok';
}

/** Nothing is invoiced until it is resumed. */
function pauseWhole(world: World, owner: string, subscription: SimSubscription): SimSubscription {
  if (subscription.status !== 'active') throw invalid(null, `A subscription that is ${subscription.status} cannot be paused.`);
  subscription.status = 'paused';
  world.wake(subscription.id, null);
  world.emit(owner, 'customer.subscription.paused', subscription, { status: 'active' });
  return subscription;
}

function resume(world: World, owner: string, subscription: SimSubscription, values: Values<typeof resumeSpec>): SimSubscription {
  if (subscription.status !== 'paused') throw invalid(null, `Only a paused subscription can be resumed; this one is ${subscription.status}.`);
  const fromNow = values.billing_cycle_anchor?.type !== 'unchanged';
  subscription.status = 'active';
  if (fromNow) billNow(world, owner, subscription);
  else skipPeriods(world, subscription);
  world.emit(owner, 'customer.subscription.resumed', subscription, { status: 'paused' });
  return subscription;
}
