import type { Stripe } from 'stripe';
import { fractionHalfUp } from '../../../base/money.js';
import { invalid } from '../../protocol/errors.js';
import { none } from '../../protocol/unset.js';
import { inside, type Part, type Stored, type World } from '../../world.js';
import { itemOf, type SimSubscription } from './billing.js';
import { costOf, type SimPrice } from './catalog.js';

export type SimInvoiceItem = Stored & Part<Omit<Stripe.InvoiceItem, 'quantity_decimal'>> & { amount: number; quantity: number };

/** What a subscription is changed to, within its period. */
export interface ItemChange {
  price: SimPrice;
  quantity: number;
  /** The second it is reckoned from. */
  at: number;
}

/**
 * What a change costs for what is left of the period, by the second: the old price is given back, the new one asked for.
 * Nothing in a trial, and where period and price are the same. Source: docs.stripe.com/billing/subscriptions/prorations
 */
export function prorationsOf(world: World, subscription: SimSubscription, { price, quantity, at }: ItemChange): SimInvoiceItem[] {
  if (subscription.status === 'trialing') return [];
  if (subscription[inside].discount) throw invalid(null, 'The simulator prorates no subscription that has a discount.', 'proration_behavior');
  const item = itemOf(subscription);
  const { current_period_start: start, current_period_end: end } = item;
  if (at < start || at > end) throw invalid(null, 'The proration_date is not in the current period.', 'proration_date');
  const leftOf = (amount: number) => fractionHalfUp(amount, end - at, end - start);
  const before = subscription[inside].amount;
  const after = costOf(price, quantity, 'items[0][quantity]');
  if (before === after) return [];
  const entry = (amount: number, count: number, description: string) =>
    invoiceItem(world, subscription, { amount, count, description, start: at, end });
  return [
    entry(-leftOf(before), item.quantity, `Unused time on ${item.quantity} × ${item.price.id}`),
    entry(leftOf(after), quantity, `Remaining time on ${quantity} × ${price.id}`),
  ];
}

interface Entry {
  amount: number;
  count: number;
  description: string;
  start: number;
  end: number;
}

function invoiceItem(world: World, subscription: SimSubscription, { amount, count, description, start, end }: Entry): SimInvoiceItem {
  const item: Omit<SimInvoiceItem, 'created'> = {
    ...none('customer_account', 'invoice', 'pricing', 'test_clock'),
    id: world.id('ii'),
    object: 'invoiceitem',
    date: world.now,
    amount,
    currency: subscription[inside].currency,
    customer: subscription.customer as string,
    description,
    discountable: false,
    discounts: [],
    livemode: false,
    metadata: {},
    parent: { type: 'subscription_details', subscription_details: { subscription: subscription.id, subscription_item: itemOf(subscription).id } },
    period: { start, end },
    proration: true,
    quantity: count,
    quantity_decimal: String(count),
    tax_rates: [],
  };
  return Object.defineProperty(item as SimInvoiceItem, 'created', { value: world.now }); // what lists are sorted by; Stripe calls it `date` here
}

/** Keeps what a change costs for the next invoice. */
export function keepProrations(world: World, owner: string, subscription: SimSubscription, items: SimInvoiceItem[]): void {
  for (const item of items) {
    subscription[inside].prorations.push(world.add(owner, item));
    world.emit(owner, 'invoiceitem.created', item);
  }
}

/** What waited for the next invoice, which this one is: its lines. */
export function linesOf(world: World, subscription: SimSubscription, invoice: string) {
  return subscription[inside].prorations.splice(0).map((item) => {
    item.invoice = invoice;
    return lineOf(world, subscription, invoice, item);
  });
}

/** A proration as a line of an invoice. */
export function lineOf(world: World, subscription: SimSubscription, invoice: string, item: SimInvoiceItem) {
  const { amount, currency, description, period, quantity } = item;
  return {
    ...none('pretax_credit_amounts', 'pricing', 'quantity_decimal', 'taxes'),
    discount_amounts: [],
    id: world.id('il'),
    object: 'line_item' as const,
    amount,
    subtotal: amount,
    currency: currency as string,
    description: description as string,
    discountable: false,
    discounts: [],
    invoice,
    livemode: false,
    metadata: {},
    parent: {
      type: 'subscription_item_details' as const,
      invoice_item_details: null,
      subscription_item_details: {
        proration: true,
        proration_details: { credited_items: null },
        invoice_item: item.id,
        subscription: subscription.id,
        subscription_item: itemOf(subscription).id,
      },
    },
    period: period as { start: number; end: number },
    quantity,
    subscription: subscription.id,
  } satisfies Part<Stripe.InvoiceLineItem>;
}
