import type { Stripe } from 'stripe';
import type { Work } from '../db/work.js';
import { idOf, read } from './client.js';
import type { StripeResult } from './result.js';
import type { Connected } from './scope.js';

/** What Stripe says of an invoice. */
export interface InvoiceFacts {
  id: string;
  status: string | null;
  amountPaidMinor: number;
  subscriptionId: string | null;
  /** What paid it, once paid by card. */
  paymentIntentId: string | null;
}

export function retrieveInvoice(work: Work, scope: Connected, id: string): Promise<StripeResult<InvoiceFacts>> {
  return read(work, 'invoices.retrieve', scope, (sdk, options) => sdk.invoices.retrieve(id, { expand: ['payments'] }, options), factsOf);
}

/** The ids of the paid invoices of a subscription, newest first; a hundred at most. */
export function listPaidInvoices(work: Work, scope: Connected, subscriptionId: string): Promise<StripeResult<string[]>> {
  return read(
    work,
    'invoices.list',
    scope,
    (sdk, options) => sdk.invoices.list({ subscription: subscriptionId, status: 'paid', limit: 100 }, options),
    (list) => list.data.map(({ id }) => id),
  );
}

function factsOf(invoice: Stripe.Invoice): InvoiceFacts {
  const paid = invoice.payments?.data.find(({ status }) => status === 'paid');
  return {
    id: invoice.id,
    status: invoice.status,
    amountPaidMinor: invoice.amount_paid,
    subscriptionId: idOf(invoice.parent?.subscription_details?.subscription),
    paymentIntentId: idOf(paid?.payment.payment_intent),
  };
}
