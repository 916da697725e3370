import type { Stripe } from 'stripe';
import { invalid } from '../../protocol/errors.js';
import { flag, integer, type Kind, list, natural, object, oneOf, required, type Spec, text, texts, type Values } from '../../protocol/parameters.js';
import { complete } from '../../protocol/unset.js';
import type { Route } from '../../route.js';
import { inside, type World } from '../../world.js';
import { testCardOf } from '../cards/payment-methods.js';
import { billDue, billNow, billProrations, cancel, endTrial, itemOf, periodAfter, type SimSubscription, skipPeriods } from './billing.js';
import { costOf, type SimPrice } from './catalog.js';
import { dropDiscount, takeCoupon } from './discounts.js';
import { invoiceOf, periodLine, type SimInvoice } from './invoices.js';
import { assertSameRhythm, setPrice } from './phases.js';
import { type ItemChange, keepProrations, lineOf, prorationsOf } from './prorations.js';

const pause = object({ behavior: required(oneOf('keep_as_draft', 'mark_uncollectible', 'void')), resumes_at: integer });
/** Nothing takes the pause away. */
const pauseOrNone: Kind<Values<{ pause: typeof pause }>['pause'] | null> = { read: (raw, path) => (raw === '' ? null : pause.read(raw, path)) };
/** Nothing takes the discount away. */
const discounts: Kind<{ coupon?: string }[]> = { read: (raw, path) => (raw === '' ? [] : list(object({ coupon: required(text) })).read(raw, path)) };
const items = list(object({ id: text, price: text, quantity: natural }));
type AskedItem = { id?: string; price?: string; quantity?: number };
const updateSpec = {
  discounts,
  items,
  cancel_at_period_end: flag,
  default_payment_method: text,
  description: text,
  pause_collection: pauseOrNone,
  proration_behavior: oneOf('none', 'create_prorations', 'always_invoice'),
  proration_date: integer,
  trial_end: oneOf('now'),
  metadata: texts,
} satisfies Spec<Stripe.SubscriptionUpdateParams>;
const previewSpec = {
  customer: text,
  subscription: required(text),
  subscription_details: object({ items, proration_behavior: oneOf('none', 'create_prorations', 'always_invoice'), proration_date: integer }),
} satisfies Spec<Stripe.InvoiceCreatePreviewParams>;
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
    path: '/v1/invoices/create_preview',
    spec: previewSpec,
    run: ({ world, owner, values }) => preview(world, owner, values as Values<typeof previewSpec>),
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
  if (values.trial_end !== undefined) endTrial(world, owner, subscription);
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

/** Another price or number: from the next period on, and for what is left of this one, unless it asks for no proration. */
function changeItem(world: World, owner: string, subscription: SimSubscription, values: Values<typeof updateSpec>): void {
  const { price, quantity, at } = changeOf(world, owner, subscription, values.items ?? [], values.proration_date);
  const prorations = values.proration_behavior === 'none' ? [] : prorationsOf(world, subscription, { price, quantity, at });
  setPrice(subscription, price, quantity);
  keepProrations(world, owner, subscription, prorations);
  if (values.proration_behavior === 'always_invoice') billProrations(world, owner, subscription);
}

/** The next invoice as it would be after a change, of which nothing is kept: what the change costs, and, unless that is asked for at once, the next period. */
function preview(world: World, owner: string, values: Values<typeof previewSpec>): object {
  const subscription = unended(world, owner, values.subscription as string);
  const { items: asked, proration_behavior: behavior, proration_date: date } = values.subscription_details ?? {};
  const { discount, interval, prorations: waiting } = subscription[inside];
  if (discount) throw invalid(null, 'The simulator previews no invoice of a subscription that has a discount.', 'subscription');
  const item = itemOf(subscription);
  const change = changeOf(world, owner, subscription, asked ?? [{ id: item.id }], date);
  const { price, quantity } = change;
  assertSameRhythm(subscription, price);
  const prorations = behavior === 'none' ? waiting : [...waiting, ...prorationsOf(world, subscription, change)];
  const invoice = world.id('upcoming_in');
  const lines = prorations.map((one) => lineOf(world, subscription, invoice, one));
  const amount = costOf(price, quantity, 'items[0][quantity]');
  const period = { start: item.current_period_end, end: periodAfter(item.current_period_end, interval) };
  const next = behavior === 'always_invoice' ? [] : [periodLine(world, subscription, { invoice, amount, off: [], quantity, period })];
  const upcoming: SimInvoice = invoiceOf(world, subscription, { id: invoice, lines: [...lines, ...next], off: [], reason: 'upcoming' });
  upcoming.status = 'draft';
  complete(upcoming);
  return upcoming;
}

/** What the one item of a subscription is to become. */
function changeOf(world: World, owner: string, subscription: SimSubscription, items: AskedItem[], at = world.now): ItemChange {
  const [asked] = items;
  const item = itemOf(subscription);
  if (!asked || items.length !== 1 || asked.id !== item.id)
    throw invalid(null, `The simulator changes the one item there is: give its id, ${item.id}.`, 'items[0][id]');
  const price = asked.price === undefined ? item.price : world.get<SimPrice>(owner, 'price', asked.price, 'items[0][price]');
  return { price, quantity: asked.quantity ?? item.quantity, at };
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
