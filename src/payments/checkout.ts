import { onceByKey } from '../access/idempotency.js';
import { authorize } from '../access/permissions.js';
import { callerOf, type Viewer } from '../access/viewer.js';
import { type AccountWithConnection, loadAccountWithConnection } from '../accounts/finding.js';
import { known } from '../base/assert.js';
import { hourMs, later } from '../base/clock.js';
import { checkEmail } from '../base/email.js';
import { Refusal } from '../base/errors.js';
import { newId } from '../base/ids.js';
import { atomically, type Work } from '../db/work.js';
import {
  createMembershipCheckout as createMembershipAtStripe,
  createPaymentCheckout as createPaymentAtStripe,
  retrieveCheckoutSession,
} from '../stripe/checkout-sessions.js';
import { recordKey } from '../stripe/idempotency-key.js';
import { refusalOf } from '../stripe/refusal.js';
import { onAccount } from '../stripe/scope.js';
import type { PurchaseKind, PurchaseSessionRow } from './purchase-session.js';
import { quoteFor } from './quoting.js';

/** How long a buyer may take. Stripe allows 30 minutes to 24 hours. Source: docs.stripe.com/api/checkout/sessions/create, expires_at. */
const checkoutLifeMs = 1 * hourMs;

export interface CheckoutInput {
  accountId: string;
  email: string;
  idempotencyKey: string | null;
}

export interface CheckoutStarted {
  purchaseSessionId: string;
  checkoutSessionId: string;
  /** Stripe's page for this buyer; never stored, never logged. */
  checkoutUrl: string;
  totalMinor: number;
  currency: string;
}

/**
 * Sends a buyer to Stripe to pay a seller once. The quote is frozen before Stripe is asked.
 * Refuses with EMAIL_INVALID, ACCOUNT_NOT_READY, PRICE_NOT_SET, STRIPE_UNAVAILABLE, STRIPE_REFUSED, IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_KEY_IN_USE.
 * With an idempotency key, a repeat within 24 hours answers the same session.
 */
export function createPaymentCheckout(work: Work, viewer: Viewer, input: CheckoutInput): Promise<CheckoutStarted> {
  authorize(viewer, 'createPaymentCheckout', null);
  return createCheckout(work, viewer, 'ONE_TIME', input);
}

/** The same for joining a seller as a member; renews until canceled. */
export function createMembershipCheckout(work: Work, viewer: Viewer, input: CheckoutInput): Promise<CheckoutStarted> {
  authorize(viewer, 'createMembershipCheckout', null);
  return createCheckout(work, viewer, 'MEMBERSHIP', input);
}

async function createCheckout(work: Work, viewer: Viewer, kind: PurchaseKind, input: CheckoutInput): Promise<CheckoutStarted> {
  checkEmail(input.email, ['email']);
  if (input.idempotencyKey === null) return begin(work, kind, input);

  const { idempotencyKey, ...request } = input;
  let begun: CheckoutStarted | null = null;
  const { subjectId } = await onceByKey(
    work,
    { caller: callerOf(viewer, input.accountId), key: idempotencyKey, operation: `checkout:${kind}`, request },
    async () => {
      begun = await begin(work, kind, input);
      return begun.purchaseSessionId;
    },
  );
  return begun ?? answerAgain(work, subjectId);
}

async function begin(work: Work, kind: PurchaseKind, input: CheckoutInput): Promise<CheckoutStarted> {
  const found = await loadAccountWithConnection(work, input.accountId);
  const split = await quoteFor(work, kind, found);

  const { account, connected } = found;
  const now = work.clock.now();
  const purchase: PurchaseSessionRow = {
    ...split,
    id: newId('purchaseSession', work.clock),
    tenantId: account.tenantId,
    accountId: account.id,
    connectedAccountId: known(connected, 'the connection of a ready account').id,
    kind,
    chargeModel: 'DIRECT',
    status: 'CREATING',
    email: input.email,
    interval: kind === 'MEMBERSHIP' ? account.membershipInterval : null,
    stripeSessionId: null,
    expiresAt: later(now, checkoutLifeMs),
    completedAt: null,
    createdAt: now,
  };
  await atomically(work, (tx) => tx.sql.insertInto('purchaseSession').values(purchase).execute());

  return open(work, purchase, found);
}

async function open(work: Work, purchase: PurchaseSessionRow, { account, connected }: AccountWithConnection): Promise<CheckoutStarted> {
  const scope = onAccount(known(connected?.stripeAccountId, 'the Stripe account of a ready account'));
  const page = `${work.config.publicUrl}/c/${account.id}`;
  const common = {
    productName: account.displayName,
    currency: purchase.currency,
    amountMinor: purchase.totalChargedMinor,
    email: purchase.email,
    successUrl: `${page}/return?session_id={CHECKOUT_SESSION_ID}`,
    cancelUrl: `${page}?canceled=1`,
    expiresAt: purchase.expiresAt,
    reference: purchase.id,
    metadata: { purchase: purchase.id, account: account.id },
  };
  const key = recordKey('checkout', purchase.id);
  const made =
    purchase.kind === 'MEMBERSHIP'
      ? await createMembershipAtStripe(work, scope, key, {
          ...common,
          interval: known(purchase.interval, 'the interval of a membership'),
          applicationFeeBps: purchase.percentageBps,
        })
      : await createPaymentAtStripe(work, scope, key, { ...common, applicationFeeMinor: purchase.platformFeeMinor });
  if (!made.ok) {
    await atomically(work, (tx) =>
      tx.sql.updateTable('purchaseSession').set({ status: 'FAILED' }).where('id', '=', purchase.id).where('status', '=', 'CREATING').execute(),
    );
    throw refusalOf(made.failure, 'Stripe opened no checkout, and nothing was charged');
  }

  await atomically(work, (tx) =>
    tx.sql
      .updateTable('purchaseSession')
      .set({ status: 'OPEN', stripeSessionId: made.value.id })
      .where('id', '=', purchase.id)
      .where('status', '=', 'CREATING')
      .execute(),
  );
  return started(purchase, made.value.id, known(made.value.url, 'the address of a new checkout'));
}

async function answerAgain(work: Work, purchaseSessionId: string): Promise<CheckoutStarted> {
  const purchase = known(
    await work.read.selectFrom('purchaseSession').selectAll().where('id', '=', purchaseSessionId).executeTakeFirst(),
    'the purchase of an idempotency key',
  );
  const connected = await work.read
    .selectFrom('connectedAccount')
    .select('stripeAccountId')
    .where('id', '=', purchase.connectedAccountId)
    .executeTakeFirstOrThrow();
  const stripeSessionId = known(purchase.stripeSessionId, 'the checkout of a purchase that began');
  const read = await retrieveCheckoutSession(work, onAccount(known(connected.stripeAccountId, 'the Stripe account of a purchase')), stripeSessionId);
  if (!read.ok) throw refusalOf(read.failure, 'Stripe did not show the checkout');
  if (read.value.url === null) {
    throw new Refusal(
      'CONFLICT',
      'The checkout made under this idempotency key is over: it was paid or it expired.',
      ['idempotencyKey'],
      'Sync it to see the payment, or use a new key.',
    );
  }
  return started(purchase, stripeSessionId, read.value.url);
}

function started(purchase: PurchaseSessionRow, checkoutSessionId: string, checkoutUrl: string): CheckoutStarted {
  return { purchaseSessionId: purchase.id, checkoutSessionId, checkoutUrl, totalMinor: purchase.totalChargedMinor, currency: purchase.currency };
}
