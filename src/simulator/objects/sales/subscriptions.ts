import type { Stripe } from 'stripe';
import { at as instantAt } from '../../../base/clock.js';
import { shareByBps } from '../../../base/money.js';
import { invalid } from '../../protocol/errors.js';
import { decimal, flag, integer, list, object, required, type Spec, text, texts, type Values } from '../../protocol/parameters.js';
import type { Route } from '../../route.js';
import type { Part, Stored, World } from '../../world.js';
import { takePayment } from '../money/charges.js';

export type Interval = 'day' | 'week' | 'month' | 'year';
/** A subscription as kept: Stripe's shape, with the price it renews at. */
export type SimSubscription = Stored &
  Part<Stripe.Subscription> & {
    status: Stripe.Subscription.Status;
    price: { amount: number; currency: string; interval: Interval; email: string | null };
  };

const createSpec = {
  customer: required(text),
  items: required(list(object({ price: required(text), quantity: integer }))),
  application_fee_percent: decimal,
  metadata: texts,
} satisfies Spec<Stripe.SubscriptionCreateParams>;
const updateSpec = { cancel_at_period_end: flag, metadata: texts } satisfies Spec<Stripe.SubscriptionUpdateParams>;

export const subscriptionRoutes: Route[] = [
  {
    method: 'POST',
    path: '/v1/subscriptions',
    spec: createSpec,
    run: ({ world, owner, values }) => create(world, owner, values as Values<typeof createSpec>),
  },
  {
    method: 'GET',
    path: '/v1/subscriptions/:id',
    spec: {},
    run: ({ world, owner, id }) => answer(world.get<SimSubscription>(owner, 'subscription', id)),
  },
  { method: 'GET', path: '/v1/subscriptions', listOf: 'subscription', filters: ['customer', 'status'] },
  { method: 'POST', path: '/v1/subscriptions/:id', spec: updateSpec, run: ({ world, owner, id, values }) => update(world, owner, id, values) },
  {
    method: 'DELETE',
    path: '/v1/subscriptions/:id',
    spec: {},
    run: ({ world, owner, id }) => answer(cancel(world, owner, world.get(owner, 'subscription', id))),
  },
  { method: 'GET', path: '/v1/invoices/:id', spec: {}, run: ({ world, owner, id }) => world.get(owner, 'invoice', id) },
  { method: 'GET', path: '/v1/invoices', listOf: 'invoice', filters: ['customer', 'subscription', 'status'] },
  { method: 'GET', path: '/v1/invoice_payments', listOf: 'invoice_payment', filters: ['invoice', 'status'] },
  { method: 'GET', path: '/v1/customers/:id', spec: {}, run: ({ world, owner, id }) => world.get(owner, 'customer', id) },
  { method: 'GET', path: '/v1/customers', listOf: 'customer', filters: ['email'] },
];

/** Stripe's shape of a subscription, without what the simulator keeps beside it. */
export function answer({ price: _, ...subscription }: SimSubscription): object {
  return subscription;
}

function create(world: World, owner: string, values: Values<typeof createSpec>): object {
  const customer = world.get<Stored & Part<Stripe.Customer>>(owner, 'customer', values.customer as string, 'customer');
  const price = world.get<Stored & Part<Stripe.Price>>(owner, 'price', values.items?.[0]?.price ?? '', 'items[0][price]');
  if (!price.recurring) throw invalid('parameter_invalid', 'The price is not recurring.', 'items[0][price]');
  const asked = {
    amount: (price.unit_amount ?? 0) * (values.items?.[0]?.quantity ?? 1),
    currency: price.currency ?? 'usd',
    interval: price.recurring.interval as Interval,
    email: customer.email ?? null,
    applicationFeePercent: values.application_fee_percent ?? 0,
    metadata: values.metadata ?? {},
  };
  return answer(startSubscription(world, owner, asked, customer).subscription);
}

export interface NewSubscription {
  amount: number;
  currency: string;
  interval: Interval;
  email: string | null;
  applicationFeePercent: number;
  metadata: Record<string, string>;
}

/** A customer, an active subscription and its first paid invoice. */
export function startSubscription(
  world: World,
  owner: string,
  asked: NewSubscription,
  known?: Stored,
): { subscription: SimSubscription; customer: string; invoice: string } {
  const { amount, currency, interval, email } = asked;
  const customer = known ?? newCustomer(world, owner, email);
  const subscription: SimSubscription = world.add(owner, {
    id: world.id('sub'),
    object: 'subscription',
    created: world.now,
    start_date: world.now,
    status: 'active',
    customer: customer.id,
    currency,
    application_fee_percent: asked.applicationFeePercent || null,
    cancel_at_period_end: false,
    cancel_at: null,
    canceled_at: null,
    ended_at: null,
    latest_invoice: null,
    livemode: false,
    metadata: asked.metadata,
    items: {
      object: 'list',
      has_more: false,
      data: [
        {
          id: world.id('si'),
          object: 'subscription_item',
          current_period_start: world.now,
          current_period_end: after(world.now, interval),
          quantity: 1,
          price: { id: world.id('price'), unit_amount: amount, currency, recurring: { interval, interval_count: 1 } },
        },
      ],
    },
    price: { amount, currency, interval, email },
  });
  world.emit(owner, 'customer.subscription.created', answer(subscription));
  return { subscription, customer: customer.id, invoice: bill(world, owner, subscription, 'paid') };
}

function newCustomer(world: World, owner: string, email: string | null): Stored {
  const customer = world.add(owner, {
    id: world.id('cus'),
    object: 'customer',
    created: world.now,
    email,
    livemode: false,
    metadata: {},
  } satisfies Stored & Part<Stripe.Customer>);
  world.emit(owner, 'customer.created', customer);
  return customer;
}

function after(seconds: number, interval: Interval): number {
  const end = instantAt(seconds * 1_000);
  if (interval === 'month') end.setUTCMonth(end.getUTCMonth() + 1);
  else if (interval === 'year') end.setUTCFullYear(end.getUTCFullYear() + 1);
  else end.setUTCDate(end.getUTCDate() + (interval === 'week' ? 7 : 1));
  return Math.floor(end.getTime() / 1_000);
}

/** One invoice of a subscription, paid by card or left open by a card that failed. */
function bill(world: World, owner: string, subscription: SimSubscription, outcome: 'paid' | 'failed'): string {
  const { amount, currency, email } = subscription.price;
  const paid = outcome === 'paid';
  const fee = shareByBps(amount, Math.round((subscription.application_fee_percent ?? 0) * 100));
  const customer = subscription.customer as string;
  const charge = paid
    ? takePayment(world, owner, { amount, currency, email, applicationFee: fee, customer, transferGroup: null, metadata: {} })
    : null;
  const id = world.id('in');
  const payment = charge && {
    id: world.id('inpay'),
    object: 'invoice_payment' as const,
    status: 'paid' as const,
    amount_paid: amount,
    amount_requested: amount,
    created: world.now,
    currency,
    invoice: id,
    is_default: true,
    livemode: false,
    payment: { type: 'payment_intent' as const, payment_intent: charge.payment_intent },
  };
  if (payment) world.add(owner, payment);
  const invoice = world.add(owner, {
    id,
    object: 'invoice',
    created: world.now,
    status: paid ? 'paid' : 'open',
    amount_due: amount,
    amount_paid: paid ? amount : 0,
    amount_remaining: paid ? 0 : amount,
    currency,
    customer,
    customer_email: email,
    billing_reason: subscription.latest_invoice ? 'subscription_cycle' : 'subscription_create',
    parent: { type: 'subscription_details', quote_details: null, subscription_details: { subscription: subscription.id, metadata: {} } },
    payments: { object: 'list', has_more: false, data: payment ? [payment] : [] },
    livemode: false,
  } satisfies Stored & Part<Stripe.Invoice>);
  subscription.latest_invoice = id;
  world.emit(owner, paid ? 'invoice.paid' : 'invoice.payment_failed', invoice);
  return id;
}

/** The next period: paid, or failed and past due until a later one is paid. */
export function renew(world: World, owner: string, subscription: SimSubscription, outcome: 'paid' | 'failed'): void {
  if (subscription.status === 'canceled') throw invalid('subscription_canceled', 'The subscription has ended.');
  const before = { status: subscription.status };
  const item = subscription.items?.data?.[0] as { current_period_start: number; current_period_end: number };
  if (outcome === 'paid') {
    item.current_period_start = item.current_period_end;
    item.current_period_end = after(item.current_period_end, subscription.price.interval);
  }
  subscription.status = outcome === 'paid' ? 'active' : 'past_due';
  bill(world, owner, subscription, outcome);
  world.emit(owner, 'customer.subscription.updated', answer(subscription), before);
}

function update(world: World, owner: string, id: string, values: Values<typeof updateSpec>): object {
  const subscription = world.get<SimSubscription>(owner, 'subscription', id);
  if (subscription.status === 'canceled') throw invalid('subscription_canceled', 'A canceled subscription can only update its metadata.');
  const before = { cancel_at_period_end: subscription.cancel_at_period_end };
  if (values.cancel_at_period_end !== undefined) subscription.cancel_at_period_end = values.cancel_at_period_end;
  if (values.metadata) subscription.metadata = { ...subscription.metadata, ...values.metadata };
  world.emit(owner, 'customer.subscription.updated', answer(subscription), before);
  return answer(subscription);
}

export function cancel(world: World, owner: string, subscription: SimSubscription): SimSubscription {
  if (subscription.status === 'canceled') throw invalid('resource_missing', `No such subscription: '${subscription.id}'`, 'id');
  subscription.status = 'canceled';
  subscription.canceled_at = world.now;
  subscription.ended_at = world.now;
  world.emit(owner, 'customer.subscription.deleted', answer(subscription));
  return subscription;
}

/** What time does to subscriptions: periods end, and renew or run out. */
export function renewDue(world: World): void {
  const renewalsMax = 1_000; // a clock turned by years renews daily subscriptions this often at most
  let renewals = 0;
  for (const { owner, value } of [...world.objects.values()]) {
    if (value.object !== 'subscription') continue;
    const subscription = value as SimSubscription;
    while (subscription.status !== 'canceled' && (subscription.items?.data?.[0]?.current_period_end ?? 0) <= world.now && renewals++ < renewalsMax) {
      if (subscription.cancel_at_period_end) cancel(world, owner, subscription);
      else renew(world, owner, subscription, 'paid');
    }
  }
}
