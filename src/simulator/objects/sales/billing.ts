import type { Stripe } from 'stripe';
import { at as instantAt } from '../../../base/clock.js';
import { shareByBps } from '../../../base/money.js';
import { invalid } from '../../protocol/errors.js';
import { page } from '../../protocol/sublists.js';
import { inside, type Part, type Stored, type World } from '../../world.js';
import { takePayment } from '../money/charges.js';
import type { SimPrice } from './catalog.js';
import type { KeptDiscount } from './discounts.js';
import { type AskedInvoice, applyBalance, openInvoice, type SimInvoice } from './invoices.js';
import { turnPhase } from './phases.js';
import type { SimInvoiceItem } from './prorations.js';

export type Interval = 'day' | 'week' | 'month' | 'year';
/** A subscription as kept: with the price it renews at, the card it is paid with, and how often that has failed. */
export type SimSubscription = Stored &
  Part<Stripe.Subscription> & {
    status: Stripe.Subscription.Status;
    [inside]: {
      amount: number;
      currency: string;
      interval: Interval;
      email: string | null;
      card: 'ok' | 'failing';
      failures: number;
      retryAt: number | null;
      /** When its schedule's phase ends; null without one. */
      phaseEndsAt: number | null;
      discount: KeptDiscount | null;
      /** What changes within a period cost, to be asked for with the next invoice. */
      prorations: SimInvoiceItem[];
      /** When the customer is told that the trial ends; null without one, and afterwards. */
      trialToldAt: number | null;
    };
  };

/** How long Stripe waits before each new try of an invoice that was not paid. Source: docs.stripe.com/billing/revenue-recovery/smart-retries, on a custom schedule */
const retryAfterSeconds = [3, 5, 7].map((days) => days * 86_400);
const periodsMax = 1_000; // a clock turned by years renews a daily subscription this often at most

/** The first invoice, paid with the checkout, and of nothing for a trial; from here on time does the rest. Answers its id. */
export function beginBilling(world: World, owner: string, subscription: SimSubscription): string {
  const amount = subscription.status === 'trialing' ? 0 : subscription[inside].amount;
  const invoice = openInvoice(world, owner, subscription, { amount, reason: 'subscription_create' });
  payInvoice(world, owner, subscription, invoice);
  wakeWhenDue(world, subscription);
  return invoice.id;
}

export function periodAfter(seconds: number, interval: Interval): number {
  const end = instantAt(seconds * 1_000);
  if (interval === 'month') end.setUTCMonth(end.getUTCMonth() + 1);
  else if (interval === 'year') end.setUTCFullYear(end.getUTCFullYear() + 1);
  else end.setUTCDate(end.getUTCDate() + (interval === 'week' ? 7 : 1));
  return Math.floor(end.getTime() / 1_000);
}

/** Takes the money of an open invoice by card, with the platform's percentage; where nothing is due, there is none to take. */
function payInvoice(world: World, owner: string, subscription: SimSubscription, invoice: SimInvoice): void {
  const amount = invoice.amount_due as number;
  const payments = amount === 0 ? [] : [charged(world, owner, subscription, invoice, amount)];
  Object.assign(invoice, {
    status: 'paid',
    amount_paid: amount,
    amount_remaining: 0,
    attempt_count: (invoice.attempt_count ?? 0) + 1,
    attempted: true,
    next_payment_attempt: null,
    payments: page(`/v1/invoice_payments?invoice=${invoice.id}`, payments),
    status_transitions: { ...invoice.status_transitions, paid_at: world.now },
  });
  Object.assign(subscription[inside], { failures: 0, retryAt: null });
  world.emit(owner, 'invoice.paid', invoice);
}

function charged(world: World, owner: string, subscription: SimSubscription, invoice: SimInvoice, amount: number) {
  const { currency, email } = subscription[inside];
  const applicationFee = shareByBps(amount, Math.round((subscription.application_fee_percent ?? 0) * 100));
  const customer = subscription.customer as string;
  const charge = takePayment(world, owner, { amount, currency, email, applicationFee, customer, transferGroup: null, metadata: {} });
  return world.add(owner, {
    id: world.id('inpay'),
    object: 'invoice_payment' as const,
    status: 'paid' as const,
    amount_paid: amount,
    amount_requested: amount,
    created: world.now,
    currency,
    invoice: invoice.id,
    is_default: true,
    livemode: false,
    payment: { type: 'payment_intent' as const, payment_intent: charge.payment_intent },
    status_transitions: { canceled_at: null, paid_at: world.now },
  });
}

/** The card did not pay: Stripe tries again, and in the end does what the world's setting says. */
function failInvoice(world: World, owner: string, subscription: SimSubscription, invoice: SimInvoice): void {
  const kept = subscription[inside];
  const wait = retryAfterSeconds[kept.failures++];
  kept.retryAt = wait === undefined ? null : world.now + wait;
  Object.assign(invoice, { attempt_count: (invoice.attempt_count ?? 0) + 1, attempted: true, next_payment_attempt: kept.retryAt });
  world.emit(owner, 'invoice.payment_failed', invoice);
  if (wait !== undefined) change(world, owner, subscription, 'past_due');
  else if (world.settings.afterRetries === 'cancel') cancel(world, owner, subscription);
  else change(world, owner, subscription, world.settings.afterRetries);
}

function change(world: World, owner: string, subscription: SimSubscription, status: Stripe.Subscription.Status): void {
  const before = { status: subscription.status };
  subscription.status = status;
  world.emit(owner, 'customer.subscription.updated', subscription, before);
}

/** The period ends: the next one begins, and is paid for by the card, or not. */
export function renew(world: World, owner: string, subscription: SimSubscription, outcome: 'paid' | 'failed'): void {
  if (subscription.status === 'canceled') throw invalid(null, 'The subscription has ended.');
  const item = itemOf(subscription);
  item.current_period_start = item.current_period_end;
  item.current_period_end = periodAfter(item.current_period_end, subscription[inside].interval);
  if (subscription.status === 'unpaid')
    change(world, owner, subscription, 'unpaid'); // Stripe goes on counting, and asks for nothing
  else if (subscription.pause_collection) keepUncollected(world, owner, subscription);
  else askFor(world, owner, subscription, outcome, { amount: subscription[inside].amount, reason: 'subscription_cycle' });
  wakeWhenDue(world, subscription);
}

const uncollected = { keep_as_draft: 'draft', mark_uncollectible: 'uncollectible', void: 'void' } as const;

/** While collection is paused, periods go by, and nobody pays what is asked for them. */
function keepUncollected(world: World, owner: string, subscription: SimSubscription): void {
  const { behavior } = subscription.pause_collection as { behavior: keyof typeof uncollected };
  const invoice = openInvoice(world, owner, subscription, { amount: subscription[inside].amount, reason: 'subscription_cycle' });
  invoice.status = uncollected[behavior];
  const happened = { keep_as_draft: 'invoice.created', mark_uncollectible: 'invoice.marked_uncollectible', void: 'invoice.voided' };
  world.emit(owner, happened[behavior], invoice);
  if (subscription.status === 'trialing') change(world, owner, subscription, 'active');
}

/** A new period begins now, and is paid for. */
export function billNow(world: World, owner: string, subscription: SimSubscription): void {
  const item = itemOf(subscription);
  item.current_period_start = world.now;
  item.current_period_end = periodAfter(world.now, subscription[inside].interval);
  subscription.billing_cycle_anchor = world.now;
  askFor(world, owner, subscription, outcomeOf(subscription), { amount: subscription[inside].amount, reason: 'subscription_update' });
  wakeWhenDue(world, subscription);
}

/** What the changes within this period cost is asked for now. */
export function billProrations(world: World, owner: string, subscription: SimSubscription): void {
  if (subscription[inside].prorations.length === 0) return;
  askFor(world, owner, subscription, outcomeOf(subscription), { amount: null, reason: 'subscription_update' });
}

function outcomeOf(subscription: SimSubscription): 'paid' | 'failed' {
  return subscription[inside].card === 'ok' ? 'paid' : 'failed';
}

function askFor(world: World, owner: string, subscription: SimSubscription, outcome: 'paid' | 'failed', asked: AskedInvoice): void {
  const invoice = openInvoice(world, owner, subscription, asked);
  applyBalance(world, owner, invoice);
  collect(world, owner, subscription, invoice, outcome);
}

/** The periods that are over ask for nothing; the one that lasts is the present one. */
export function skipPeriods(world: World, subscription: SimSubscription): void {
  const item = itemOf(subscription);
  for (let periods = 0; periods < periodsMax && item.current_period_end <= world.now; periods++) {
    item.current_period_start = item.current_period_end;
    item.current_period_end = periodAfter(item.current_period_end, subscription[inside].interval);
  }
  wakeWhenDue(world, subscription);
}

function collect(world: World, owner: string, subscription: SimSubscription, invoice: SimInvoice, outcome: 'paid' | 'failed'): void {
  if (outcome === 'failed' && invoice.amount_due !== 0) {
    failInvoice(world, owner, subscription, invoice);
    return;
  }
  payInvoice(world, owner, subscription, invoice);
  change(world, owner, subscription, 'active');
}

/** Gives the subscription another card. One that works pays what is open with the next try. */
export function changeCard(subscription: SimSubscription, card: 'ok' | 'failing'): void {
  subscription[inside].card = card;
}

/** What time does to a subscription: an unpaid invoice is tried again; periods end, and renew or run out. Each at its own second. */
export function billDue(world: World, owner: string, subscription: SimSubscription): void {
  const now = world.now;
  for (let periods = 0; periods < periodsMax; periods++) {
    const at = nextOf(subscription);
    if (at === null || at > now) break;
    world.now = at;
    const { retryAt, phaseEndsAt, trialToldAt } = subscription[inside];
    const outcome = outcomeOf(subscription);
    if (trialToldAt === at) tellOfTrial(world, owner, subscription);
    else if (phaseEndsAt === at) {
      if (turnPhase(world, owner, subscription) === 'ends') cancel(world, owner, subscription);
    } else if (subscription.pause_collection?.resumes_at === at) collectAgain(world, owner, subscription);
    else if (retryAt === at) collect(world, owner, subscription, world.get(owner, 'invoice', subscription.latest_invoice as string), outcome);
    else if (subscription.cancel_at_period_end) cancel(world, owner, subscription);
    else renew(world, owner, subscription, outcome);
  }
  world.now = now;
  wakeWhenDue(world, subscription);
}

function tellOfTrial(world: World, owner: string, subscription: SimSubscription): void {
  subscription[inside].trialToldAt = null;
  world.emit(owner, 'customer.subscription.trial_will_end', subscription);
}

/** The trial is over before its time: the first period begins, and is paid for. */
export function endTrial(world: World, owner: string, subscription: SimSubscription): void {
  if (subscription.status !== 'trialing') throw invalid(null, 'The subscription is in no trial.', 'trial_end');
  subscription[inside].trialToldAt = null;
  subscription.trial_end = world.now;
  billNow(world, owner, subscription);
}

function collectAgain(world: World, owner: string, subscription: SimSubscription): void {
  const before = { pause_collection: subscription.pause_collection };
  subscription.pause_collection = null;
  world.emit(owner, 'customer.subscription.updated', subscription, before);
}

function wakeWhenDue(world: World, subscription: SimSubscription): void {
  world.wake(subscription.id, nextOf(subscription));
}

/** When something happens to it next; null once it has ended. */
function nextOf(subscription: SimSubscription): number | null {
  if (subscription.status === 'canceled' || subscription.status === 'paused') return null;
  const { retryAt, phaseEndsAt, trialToldAt } = subscription[inside];
  const others = [retryAt, phaseEndsAt, trialToldAt, subscription.pause_collection?.resumes_at].map((at) => at ?? Number.POSITIVE_INFINITY);
  return Math.min(itemOf(subscription).current_period_end, ...others);
}

interface SimItem {
  id: string;
  price: SimPrice;
  quantity: number;
  current_period_start: number;
  current_period_end: number;
}

/** The one item that every subscription has here. */
export function itemOf({ items }: SimSubscription): SimItem {
  return items?.data?.[0] as SimItem;
}

export function cancel(world: World, owner: string, subscription: SimSubscription): SimSubscription {
  if (subscription.status === 'canceled') throw invalid('resource_missing', `No such subscription: '${subscription.id}'`, 'id');
  world.wake(subscription.id, null);
  subscription.status = 'canceled';
  subscription.canceled_at = world.now;
  subscription.ended_at = world.now;
  world.emit(owner, 'customer.subscription.deleted', subscription);
  return subscription;
}
