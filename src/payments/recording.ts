import { known } from '../base/assert.js';
import { newId } from '../base/ids.js';
import { atomically, type Tx, type Work } from '../db/work.js';
import type { OfferingRow } from '../offerings/offering.js';
import { joinSettlement } from '../settlements/lines.js';
import { type ChargeFacts, chargeOfPaymentIntent } from '../stripe/charges.js';
import { type CheckoutSessionFacts, retrieveCheckoutSession } from '../stripe/checkout-sessions.js';
import { refusalOf } from '../stripe/refusal.js';
import type { Scope } from '../stripe/scope.js';
import { growRefunded } from './charge-recording.js';
import type { Quote } from './commission.js';
import { type Home, scopeOf } from './home.js';
import { recordMembershipPurchase } from './membership-recording.js';
import { postPayment } from './movements.js';
import type { PaymentRow, SyncSource } from './payment.js';
import type { PurchaseSessionRow, PurchaseStatus } from './purchase-session.js';
import { recallPurchase } from './recalling.js';
import type { SyncedCheckout } from './syncing.js';

/**
 * Reads a Checkout Session again and records what it came to. The return leg, a webhook and a poll may all bring the same one,
 * in any order and at once: whoever claims the purchase records it, and everybody answers the one record.
 * A session we never opened is nothing of ours; one that a restored database has forgotten is taken up again.
 */
export async function recordCheckoutSession(work: Work, home: Home, stripeSessionId: string, source: SyncSource): Promise<SyncedCheckout> {
  const scope: Scope = scopeOf(home);
  const read = await retrieveCheckoutSession(work, scope, stripeSessionId);
  if (!read.ok) throw refusalOf(read.failure, 'Stripe did not tell what became of the checkout');
  const session = read.value;
  const purchase = (await findPurchase(work, home, session)) ?? (home === null ? await recallPurchase(work, session) : undefined);
  if (!purchase) return nothing('UNPAID');

  if (session.status === 'expired') return over(work, purchase, 'EXPIRED');
  if (session.status === 'open') return nothing('UNPAID');
  if (session.paymentStatus === 'unpaid') return over(work, purchase, 'PROCESSING');
  if (session.mode === 'subscription') {
    const subscriptionId = known(session.subscriptionId, 'the subscription of a complete checkout');
    return {
      state: 'PAID',
      ...(await recordMembershipPurchase(work, known(home, 'the account of a subscription'), subscriptionId, purchase, source)),
    };
  }
  const charged = await chargeOfPaymentIntent(work, scope, known(session.paymentIntentId, 'the payment of a paid checkout'));
  if (!charged.ok) throw refusalOf(charged.failure, 'Stripe did not show the charge');
  const charge = known(charged.value, 'the charge of a paid checkout');
  return { state: 'PAID', payment: await recordOneTimePayment(work, purchase, session, charge, source), membership: null };
}

/**
 * A payment that takes days has failed: the purchase is over, unless it turns out to be paid. Stripe's session does not tell that from one still under way,
 * so that this is the one thing an event itself is believed about; money that came after all is recorded all the same.
 */
export async function recordFailedCheckout(work: Work, home: Home, stripeSessionId: string, source: SyncSource): Promise<SyncedCheckout> {
  const synced = await recordCheckoutSession(work, home, stripeSessionId, source);
  if (synced.state !== 'PROCESSING') return synced;
  await atomically(work, (tx) =>
    tx.sql
      .updateTable('purchaseSession')
      .set({ status: 'FAILED' })
      .where('stripeSessionId', '=', stripeSessionId)
      .where('connectedAccountId', 'is not distinct from', home?.id ?? null)
      .where('status', 'in', ['OPEN', 'PROCESSING'])
      .execute(),
  );
  return nothing('UNPAID');
}

function nothing(state: SyncedCheckout['state']): SyncedCheckout {
  return { state, payment: null, membership: null };
}

/** The purchase we opened this session for; also where we died before noting the session's id. */
async function findPurchase(work: Work, home: Home, session: CheckoutSessionFacts): Promise<PurchaseSessionRow | undefined> {
  return work.read
    .selectFrom('purchaseSession')
    .selectAll()
    .where('connectedAccountId', 'is not distinct from', home?.id ?? null)
    .where((row) =>
      row.or([row('stripeSessionId', '=', session.id), row.and([row('id', '=', session.reference ?? ''), row('stripeSessionId', 'is', null)])]),
    )
    .executeTakeFirst();
}

async function over(work: Work, purchase: PurchaseSessionRow, status: 'EXPIRED' | 'PROCESSING'): Promise<SyncedCheckout> {
  const from: PurchaseStatus[] = status === 'EXPIRED' ? ['CREATING', 'OPEN', 'PROCESSING'] : ['CREATING', 'OPEN'];
  await atomically(work, (tx) =>
    tx.sql.updateTable('purchaseSession').set({ status }).where('id', '=', purchase.id).where('status', 'in', from).execute(),
  );
  return nothing(status);
}

async function recordOneTimePayment(
  work: Work,
  purchase: PurchaseSessionRow,
  session: CheckoutSessionFacts,
  charge: ChargeFacts,
  source: SyncSource,
): Promise<PaymentRow> {
  const offering = await offeringOf(work, purchase);
  await atomically(work, async (tx) => {
    if (!(await claimPurchase(tx, purchase, session.id))) return;
    await insertPayment(tx, purchase, {
      kind: offering ? 'OFFERING' : 'ONE_TIME',
      offering,
      email: purchase.email,
      purchaseSessionId: purchase.id,
      membershipId: null,
      checkoutSessionId: session.id,
      invoiceId: null,
      quote: purchase,
      charge,
      source,
    });
  });
  return work.read.selectFrom('payment').selectAll().where('checkoutSessionId', '=', session.id).executeTakeFirstOrThrow();
}

async function offeringOf(work: Work, { offeringId }: PurchaseSessionRow): Promise<OfferingRow | null> {
  if (offeringId === null) return null;
  return work.read.selectFrom('offering').selectAll().where('id', '=', offeringId).executeTakeFirstOrThrow();
}

/** Decides who completes a purchase: one conditional update, which one caller wins. Money that was paid is recorded, however late we hear of it. */
export async function claimPurchase(tx: Tx, purchase: PurchaseSessionRow, stripeSessionId: string | null): Promise<boolean> {
  const { numUpdatedRows } = await tx.sql
    .updateTable('purchaseSession')
    .set({ status: 'COMPLETED', completedAt: tx.clock.now(), ...(stripeSessionId ? { stripeSessionId } : {}) })
    .where('id', '=', purchase.id)
    .where('status', '!=', 'COMPLETED')
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export interface NewPayment extends Pick<PaymentRow, 'kind' | 'email' | 'purchaseSessionId' | 'membershipId' | 'checkoutSessionId' | 'invoiceId'> {
  offering: OfferingRow | null;
  quote: Quote;
  charge: ChargeFacts;
  source: SyncSource;
}

const untouched = {
  refundedMinor: 0,
  refundedSellerMinor: 0,
  refundedVatMinor: 0,
  disputedSellerMinor: 0,
  disputedFeeMinor: 0,
  disputedVatMinor: 0,
  disputeState: 'NONE',
  fraudWarnedAt: null,
  fraudType: null,
} as const;

/**
 * Writes a payment, its frozen split, what it moves in the books, and for an offering its place in a settlement: together or not at all.
 * False where the payment was there already.
 */
export async function insertPayment(
  tx: Tx,
  owner: { tenantId: string; accountId: string; connectedAccountId: string | null },
  paid: NewPayment,
): Promise<boolean> {
  const { offering, quote, charge, source, ...columns } = paid;
  const { tenantId, accountId, connectedAccountId } = owner;
  const createdAt = tx.clock.now();
  const id = newId('payment', tx.clock);
  const inserted = await tx.sql
    .insertInto('payment')
    .values({
      ...columns,
      id,
      tenantId,
      accountId,
      connectedAccountId,
      offeringId: offering?.id ?? null,
      chargeModel: connectedAccountId === null ? 'SEPARATE' : 'DIRECT',
      quantity: quote.quantity,
      amountMinor: charge.amountMinor,
      currency: charge.currency,
      ...untouched,
      processingFeeMinor: connectedAccountId === null ? charge.processingFeeMinor : null,
      availableOn: charge.availableOn,
      paymentIntentId: charge.paymentIntentId,
      chargeId: charge.id,
      applicationFeeId: charge.applicationFeeId,
      recordedFrom: source,
      paidAt: charge.chargedAt,
      createdAt,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  if (!inserted) return false;
  await insertSnapshot(tx, { id, tenantId, createdAt }, quote);
  await postPayment(tx, inserted, quote);
  if (offering) {
    const { sellerTransferMinor, currency } = quote;
    await joinSettlement(tx, offering, { paymentId: id, currency, sellerTransferMinor, availableOn: charge.availableOn });
  }
  await growRefunded(tx, charge);
  return true;
}

async function insertSnapshot(tx: Tx, payment: { id: string; tenantId: string; createdAt: Date }, quote: Quote): Promise<void> {
  const {
    percentageBps,
    fixedFeeMinor,
    feeFloorMinor,
    feeCapMinor,
    vatBps,
    feeMode,
    quantity,
    currency,
    subtotalMinor,
    platformFeeMinor,
    vatMinor,
    sellerTransferMinor,
    totalChargedMinor,
  } = quote;
  await tx.sql
    .insertInto('commissionSnapshot')
    .values({
      id: newId('commissionSnapshot', tx.clock),
      tenantId: payment.tenantId,
      paymentId: payment.id,
      percentageBps,
      fixedFeeMinor,
      feeFloorMinor,
      feeCapMinor,
      vatBps,
      feeMode,
      quantity,
      currency,
      subtotalMinor,
      platformFeeMinor,
      vatMinor,
      sellerTransferMinor,
      totalChargedMinor,
      createdAt: payment.createdAt,
    })
    .execute();
}
