import { type ConnectedAccountRow, stillActive } from '../accounts/connected-account.js';
import { known } from '../base/assert.js';
import { newId } from '../base/ids.js';
import { atomically, type Tx, type Work } from '../db/work.js';
import { intend } from '../operations/lifecycle.js';
import { chargeOfPaymentIntent } from '../stripe/charges.js';
import { listPaidInvoices, retrieveInvoice } from '../stripe/invoices.js';
import { refusalOf } from '../stripe/refusal.js';
import { retrieveSubscription, type SubscriptionFacts } from '../stripe/subscriptions.js';
import { quoteFromChargedFee } from './commission.js';
import { scopeOf } from './home.js';
import type { MembershipRow, MembershipStatus } from './membership.js';
import type { PaymentRow, SyncSource } from './payment.js';
import type { PurchaseSessionRow } from './purchase-session.js';
import { claimPurchase, insertPayment } from './recording.js';

/** Records the subscription a buyer has just begun, and its first payment where Stripe has taken it. */
export async function recordMembershipPurchase(
  work: Work,
  connected: ConnectedAccountRow,
  subscriptionId: string,
  purchase: PurchaseSessionRow,
  source: SyncSource,
): Promise<{ membership: MembershipRow | null; payment: PaymentRow | null }> {
  const membership = await recordSubscription(work, connected, subscriptionId);
  await atomically(work, (tx) => claimPurchase(tx, purchase, null));
  const invoices = await listPaidInvoices(work, scopeOf(connected), subscriptionId);
  if (!invoices.ok) throw refusalOf(invoices.failure, 'Stripe did not show the invoices');
  let payment: PaymentRow | null = null;
  for (const invoiceId of invoices.value) payment = await recordInvoice(work, connected, invoiceId, source);
  return { membership, payment };
}

/**
 * Reads a subscription again and records it. Null for one that did not come from a purchase here.
 * Safe to repeat, in any order: an older answer never overwrites a newer one, what has ended stays ended,
 * and one that appears after the seller left is canceled at Stripe.
 */
export async function recordSubscription(work: Work, connected: ConnectedAccountRow, subscriptionId: string): Promise<MembershipRow | null> {
  const startedAt = work.clock.now();
  const read = await retrieveSubscription(work, scopeOf(connected), subscriptionId);
  if (!read.ok) throw refusalOf(read.failure, 'Stripe did not show the subscription');
  const facts = read.value;
  const purchase = await work.read
    .selectFrom('purchaseSession')
    .selectAll()
    .where('id', '=', facts.metadata['purchase'] ?? '')
    .where('connectedAccountId', '=', connected.id)
    .executeTakeFirst();
  if (!purchase) return null;

  await atomically(work, async (tx) => {
    await insertMembership(tx, purchase, facts, startedAt);
    await updateMembership(tx, facts, startedAt);
  });
  return work.read.selectFrom('membership').selectAll().where('stripeSubscriptionId', '=', subscriptionId).executeTakeFirstOrThrow();
}

/** Reads an invoice again and, once it is paid, records it as a payment whose fee is the one Stripe took. */
export async function recordInvoice(work: Work, connected: ConnectedAccountRow, invoiceId: string, source: SyncSource): Promise<PaymentRow | null> {
  const scope = scopeOf(connected);
  const read = await retrieveInvoice(work, scope, invoiceId);
  if (!read.ok) throw refusalOf(read.failure, 'Stripe did not show the invoice');
  const { status, amountPaidMinor, subscriptionId, paymentIntentId } = read.value;
  if (status !== 'paid' || amountPaidMinor === 0 || !subscriptionId || !paymentIntentId) return null;
  const membership = (await findMembership(work, subscriptionId)) ?? (await recordSubscription(work, connected, subscriptionId));
  if (!membership) return null;

  const charged = await chargeOfPaymentIntent(work, scope, paymentIntentId);
  if (!charged.ok) throw refusalOf(charged.failure, 'Stripe did not show the charge');
  const charge = known(charged.value, 'the charge of a paid invoice');
  const { percentageBps, vatBps, currency } = membership;
  const quote = quoteFromChargedFee({
    amountMinor: charge.amountMinor,
    applicationFeeMinor: charge.applicationFeeMinor,
    currency,
    terms: { percentageBps, vatBps },
  });
  await atomically(work, (tx) =>
    insertPayment(tx, membership, {
      kind: 'MEMBERSHIP_INVOICE',
      email: membership.email,
      purchaseSessionId: null,
      membershipId: membership.id,
      offering: null,
      checkoutSessionId: null,
      invoiceId,
      quote,
      charge,
      source,
    }),
  );
  return work.read.selectFrom('payment').selectAll().where('invoiceId', '=', invoiceId).executeTakeFirstOrThrow();
}

/** Reads the subscription behind an invoice again: one that could not be collected tells of a membership that is past due. */
export async function recordSubscriptionOfInvoice(work: Work, connected: ConnectedAccountRow, invoiceId: string): Promise<MembershipRow | null> {
  const read = await retrieveInvoice(work, scopeOf(connected), invoiceId);
  if (!read.ok) throw refusalOf(read.failure, 'Stripe did not show the invoice');
  const { subscriptionId } = read.value;
  return subscriptionId === null ? null : recordSubscription(work, connected, subscriptionId);
}

function findMembership(work: Work, subscriptionId: string): Promise<MembershipRow | undefined> {
  return work.read.selectFrom('membership').selectAll().where('stripeSubscriptionId', '=', subscriptionId).executeTakeFirst();
}

async function insertMembership(tx: Tx, purchase: PurchaseSessionRow, facts: SubscriptionFacts, startedAt: Date): Promise<void> {
  const { id: purchaseSessionId, tenantId, accountId, email, currency, percentageBps, vatBps, totalChargedMinor } = purchase;
  const connectedAccountId = known(purchase.connectedAccountId, 'the connected account of a membership');
  const connected = await tx.sql
    .selectFrom('connectedAccount')
    .select(['activeUntil'])
    .where('id', '=', connectedAccountId)
    .forShare()
    .executeTakeFirstOrThrow();
  const sellerLeft = connected.activeUntil.getTime() !== stillActive.getTime();
  const ended = sellerLeft ? ({ status: 'CANCELED', canceledAt: startedAt, endedBecause: 'DISCONNECTED' } as const) : { endedBecause: null };
  const inserted = await tx.sql
    .insertInto('membership')
    .values({
      ...mirrored(facts),
      ...ended,
      id: newId('membership', tx.clock),
      tenantId,
      accountId,
      connectedAccountId,
      purchaseSessionId,
      stripeSubscriptionId: facts.id,
      email,
      priceMinor: totalChargedMinor,
      currency,
      interval: known(purchase.interval, 'the interval of a membership'),
      percentageBps,
      vatBps,
      syncedAt: startedAt,
      createdAt: tx.clock.now(),
    })
    .onConflict((conflict) => conflict.constraint('one_membership_per_subscription').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (inserted && sellerLeft)
    await intend(tx, { tenantId, kind: 'SUBSCRIPTION_CANCEL', subjectId: inserted.id, parameters: { subscription: facts.id } });
}

/**
 * Mirrors Stripe's word, unless we know better: newer, ended by us, or over for good. Answers false where it is not over, and somebody else has asked
 * Stripe since `startedAt`: who may have been told before this, or after.
 */
export async function updateMembership(tx: Tx, facts: SubscriptionFacts, startedAt: Date): Promise<boolean> {
  const updated = await tx.sql
    .updateTable('membership')
    .set({ ...mirrored(facts), syncedAt: startedAt })
    .where('stripeSubscriptionId', '=', facts.id)
    .where('syncedAt', '<=', startedAt)
    .where('endedBecause', 'is', null)
    .where('status', 'not in', ['CANCELED', 'INCOMPLETE_EXPIRED'])
    .executeTakeFirst();
  if (updated.numUpdatedRows > 0n) return true;
  const newer = await tx.sql
    .selectFrom('membership')
    .select('id')
    .where('stripeSubscriptionId', '=', facts.id)
    .where('endedBecause', 'is', null)
    .where('status', 'not in', ['CANCELED', 'INCOMPLETE_EXPIRED'])
    .where('syncedAt', '>', startedAt)
    .executeTakeFirst();
  return !newer;
}

function mirrored(facts: SubscriptionFacts) {
  return {
    status: facts.status.toUpperCase() as MembershipStatus,
    currentPeriodEnd: facts.currentPeriodEnd,
    cancelAtPeriodEnd: facts.cancelAtPeriodEnd,
    canceledAt: facts.canceledAt,
  };
}
