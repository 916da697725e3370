import type { Stripe } from 'stripe';
import { page } from '../../protocol/sublists.js';
import { none } from '../../protocol/unset.js';
import { inside, type Part, type Stored, type World } from '../../world.js';
import { itemOf, type SimSubscription } from './billing.js';
import { discountOn } from './discounts.js';
import { linesOf } from './prorations.js';

export type SimInvoice = Stored & Part<Stripe.Invoice>;

/** What an invoice asks for: a period at a price, and whatever changes have cost since the last one. */
export interface AskedInvoice {
  /** Null for what changes cost, and no period. */
  amount: number | null;
  reason: Stripe.Invoice.BillingReason;
}

/** An invoice that is open, with all that is to be asked for by now. */
export function openInvoice(world: World, owner: string, subscription: SimSubscription, { amount, reason }: AskedInvoice): SimInvoice {
  const id = world.id('in');
  const off = amount === null ? [] : discountOn(world, subscription, amount);
  const { current_period_start: start, current_period_end: end, quantity } = itemOf(subscription);
  const periods = amount === null ? [] : [periodLine(world, subscription, { invoice: id, amount, off, quantity, period: { start, end } })];
  const lines = [...linesOf(world, subscription, id), ...periods];
  const invoice = world.add(owner, invoiceOf(world, subscription, { id, lines, off, reason }));
  subscription.latest_invoice = invoice.id;
  return invoice;
}

type Line = Part<Stripe.InvoiceLineItem> & { amount: number };
type Off = { amount: number; discount: string }[];

/** An invoice as Stripe answers it, before anything is paid. */
export function invoiceOf(
  world: World,
  subscription: SimSubscription,
  { id, lines, off, reason }: { id: string; lines: Line[]; off: Off; reason: Stripe.Invoice.BillingReason },
): SimInvoice {
  const { currency, email } = subscription[inside];
  const item = itemOf(subscription);
  const subtotal = lines.reduce((sum, { amount }) => sum + amount, 0);
  const total = off.reduce((left, taken) => left - taken.amount, subtotal);
  const due = Math.max(0, total);
  return {
    id,
    object: 'invoice',
    created: world.now,
    status: 'open',
    amount_due: due,
    amount_paid: 0,
    amount_remaining: due,
    subtotal,
    total,
    discounts: off.map(({ discount }) => discount),
    total_discount_amounts: off,
    attempt_count: 0,
    attempted: false,
    currency,
    customer: subscription.customer as string,
    customer_email: email,
    billing_reason: reason,
    next_payment_attempt: null,
    parent: { type: 'subscription_details', quote_details: null, subscription_details: { subscription: subscription.id, metadata: {} } },
    payments: page(`/v1/invoice_payments?invoice=${id}`),
    period_start: item.current_period_start,
    period_end: item.current_period_end,
    status_transitions: { ...none('marked_uncollectible_at', 'paid_at', 'voided_at'), finalized_at: world.now },
    lines: page(`/v1/invoices/${id}/lines`, lines),
    livemode: false,
  };
}

interface Period {
  invoice: string;
  amount: number;
  off: Off;
  quantity: number;
  period: { start: number; end: number };
}

/** One period of the subscription. */
export function periodLine(world: World, subscription: SimSubscription, { invoice, amount, off, quantity, period }: Period) {
  const { currency } = subscription[inside];
  return {
    ...none('description', 'pretax_credit_amounts', 'pricing', 'quantity_decimal', 'taxes'),
    discount_amounts: off,
    id: world.id('il'),
    object: 'line_item' as const,
    amount,
    subtotal: amount,
    currency,
    discountable: true,
    discounts: off.map(({ discount }) => discount),
    invoice,
    livemode: false,
    metadata: {},
    parent: {
      type: 'subscription_item_details' as const,
      invoice_item_details: null,
      subscription_item_details: {
        ...none('invoice_item', 'proration_details'),
        proration: false,
        subscription: subscription.id,
        subscription_item: itemOf(subscription).id,
      },
    },
    period,
    quantity,
    subscription: subscription.id,
  } satisfies Part<Stripe.InvoiceLineItem>;
}

/** The customer's credit pays first; what an invoice gives back is credit for the next one. Source: docs.stripe.com/billing/customer/balance */
export function applyBalance(world: World, owner: string, invoice: SimInvoice): void {
  const customer = world.get<Stored & Part<Stripe.Customer>>(owner, 'customer', invoice.customer as string);
  const before = customer.balance ?? 0; // credit is negative
  const sum = (invoice.total as number) + before;
  const due = Math.max(0, sum);
  Object.assign(invoice, { starting_balance: before, ending_balance: Math.min(0, sum), amount_due: due, amount_remaining: due });
  if (invoice.ending_balance === before) return;
  customer.balance = invoice.ending_balance as number;
  world.emit(owner, 'customer.updated', customer, { balance: before });
}
