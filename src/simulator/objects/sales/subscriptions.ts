import type { Stripe } from 'stripe';
import { invalid } from '../../protocol/errors.js';
import { decimal, integer, list, natural, object, required, type Spec, text, texts, type Values } from '../../protocol/parameters.js';
import { page } from '../../protocol/sublists.js';
import { none } from '../../protocol/unset.js';
import type { Route } from '../../route.js';
import { inside, type Part, platformOwner, type Stored, type World } from '../../world.js';
import { beginBilling, billDue, type Interval, periodAfter, type SimSubscription } from './billing.js';
import { addPrice, addProduct, costOf, planOf, type SimPrice } from './catalog.js';
import { takeCoupon } from './discounts.js';
import { payWith } from './subscription-changes.js';

const createSpec = {
  customer: required(text),
  items: required(list(object({ price: required(text), quantity: natural }))),
  application_fee_percent: decimal,
  default_payment_method: text,
  discounts: list(object({ coupon: required(text) })),
  metadata: texts,
  trial_end: integer,
  trial_period_days: natural,
} satisfies Spec<Stripe.SubscriptionCreateParams>;

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
    run: ({ world, owner, id }) => world.get(owner, 'subscription', id),
  },
  { method: 'GET', path: '/v1/subscriptions', listOf: 'subscription', filters: ['customer', 'status'] },
  { method: 'GET', path: '/v1/invoices/:id', spec: {}, run: ({ world, owner, id }) => world.get(owner, 'invoice', id) },
  { method: 'GET', path: '/v1/invoiceitems/:id', spec: {}, run: ({ world, owner, id }) => world.get(owner, 'invoiceitem', id) },
  { method: 'GET', path: '/v1/invoiceitems', listOf: 'invoiceitem', filters: ['customer', 'invoice'] },
  { method: 'GET', path: '/v1/invoices', listOf: 'invoice', filters: ['customer', 'subscription', 'status'] },
  { method: 'GET', path: '/v1/invoice_payments', listOf: 'invoice_payment', filters: ['invoice', 'status'] },
  { method: 'GET', path: '/v1/customers/:id', spec: {}, run: ({ world, owner, id }) => world.get(owner, 'customer', id) },
  { method: 'GET', path: '/v1/customers', listOf: 'customer', filters: ['email'] },
];

function create(world: World, owner: string, values: Values<typeof createSpec>): object {
  const customer = world.get<Stored & Part<Stripe.Customer>>(owner, 'customer', values.customer as string, 'customer');
  const price = world.get<SimPrice>(owner, 'price', values.items?.[0]?.price ?? '', 'items[0][price]');
  if (!price.recurring) throw invalid(null, 'The price is not recurring.', 'items[0][price]');
  checkFeePercent(owner, values.application_fee_percent ?? 0);
  const asked = {
    amount: costOf(price, values.items?.[0]?.quantity ?? 1, 'items[0][quantity]'),
    quantity: values.items?.[0]?.quantity ?? 1,
    currency: price.currency ?? 'usd',
    interval: price.recurring.interval as Interval,
    email: customer.email ?? null,
    applicationFeePercent: values.application_fee_percent ?? 0,
    metadata: values.metadata ?? {},
    price,
    ...trialOf(world, values),
    ...(values.discounts?.[0]?.coupon === undefined ? {} : { coupon: values.discounts[0].coupon }),
    ...(values.default_payment_method === undefined ? {} : { card: values.default_payment_method }),
  };
  return startSubscription(world, owner, asked, customer).subscription;
}

const daySeconds = 86_400;
const toldBeforeSeconds = 3 * daySeconds; // Source: docs.stripe.com/billing/subscriptions/trials, on customer.subscription.trial_will_end
const trialMaxDays = 730; // Source: docs.stripe.com/billing/subscriptions/trials

/** When the trial ends; nothing where there is none. */
function trialOf(world: World, { trial_end: end, trial_period_days: days }: Values<typeof createSpec>): { trialEnd?: number } {
  if (end !== undefined && days !== undefined) throw invalid('parameters_exclusive', 'A trial takes an end or a number of days.', 'trial_end');
  if (days !== undefined && (days < 1 || days > trialMaxDays)) throw invalid(null, `A trial lasts 1 to ${trialMaxDays} days.`, 'trial_period_days');
  if (end !== undefined && (end <= world.now || end > world.now + trialMaxDays * daySeconds))
    throw invalid(null, `A trial ends in the future, within ${trialMaxDays} days.`, 'trial_end');
  const trialEnd = end ?? (days === undefined ? undefined : world.now + days * daySeconds);
  return trialEnd === undefined ? {} : { trialEnd };
}

function checkFeePercent(owner: string, percent: number): void {
  if (percent > 0 && owner === platformOwner)
    throw invalid('application_fees_not_allowed', 'Application fees need the Stripe-Account header.', 'application_fee_percent');
  if (percent > 100 || Math.round(percent * 100) !== percent * 100)
    throw invalid(null, 'The percentage takes at most two decimals and is at most 100.', 'application_fee_percent');
}

export interface NewSubscription {
  amount: number;
  currency: string;
  interval: Interval;
  email: string | null;
  applicationFeePercent: number;
  metadata: Record<string, string>;
  /** What it is called where it has no price yet. */
  name?: string;
  price?: SimPrice;
  quantity?: number;
  /** The payment method that pays, where one was named. */
  card?: string;
  /** What is taken off, where a coupon was given. */
  coupon?: string;
  /** The schedule it is a part of. */
  schedule?: string;
  /** Until when nothing is paid. */
  trialEnd?: number;
}

/** A customer, an active subscription and its first paid invoice. */
export function startSubscription(
  world: World,
  owner: string,
  asked: NewSubscription,
  known?: Stored,
): { subscription: SimSubscription; customer: string; invoice: string } {
  const { amount, currency, interval, email, trialEnd } = asked;
  const customer = known ?? newCustomer(world, owner, email);
  const id = world.id('sub');
  const price = asked.price ?? madeForItself(world, owner, asked);
  const subscription: SimSubscription = world.add(owner, {
    id,
    object: 'subscription',
    created: world.now,
    start_date: world.now,
    billing_cycle_anchor: trialEnd ?? world.now,
    status: trialEnd === undefined ? 'active' : 'trialing',
    trial_start: trialEnd === undefined ? null : world.now,
    trial_end: trialEnd ?? null,
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
    schedule: asked.schedule ?? null,
    items: page(`/v1/subscription_items?subscription=${id}`, [itemAt(world, id, price, asked)]),
    [inside]: {
      amount,
      currency,
      interval,
      email,
      card: 'ok',
      failures: 0,
      retryAt: null,
      phaseEndsAt: null,
      discount: null,
      prorations: [],
      trialToldAt: trialEnd === undefined ? null : Math.max(world.now, trialEnd - toldBeforeSeconds),
    },
  });
  if (asked.coupon !== undefined) takeCoupon(world, owner, subscription, asked.coupon);
  if (asked.card !== undefined) payWith(world, owner, subscription, asked.card);
  world.emit(owner, 'customer.subscription.created', subscription);
  const invoice = beginBilling(world, owner, subscription);
  billDue(world, owner, subscription); // of a trial of less than three days, the customer is told at once
  return { subscription, customer: customer.id, invoice };
}

/** The one item of a new subscription, in its first period or its trial. */
function itemAt(world: World, subscription: string, price: SimPrice, { interval, quantity, trialEnd }: NewSubscription) {
  return {
    ...none('billing_thresholds', 'current_trial'),
    id: world.id('si'),
    object: 'subscription_item' as const,
    created: world.now,
    current_period_start: world.now,
    current_period_end: trialEnd ?? periodAfter(world.now, interval),
    discounts: [],
    metadata: {},
    plan: planOf(price, interval),
    price,
    quantity: quantity ?? 1,
    subscription,
    tax_rates: [],
  };
}

function madeForItself(world: World, owner: string, { name, amount, currency, interval }: NewSubscription): SimPrice {
  const product = addProduct(world, owner, { name: name ?? 'Subscription' }).id;
  return addPrice(world, owner, { product, currency, unitAmount: amount, interval });
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
