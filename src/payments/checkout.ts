import { countCheckout } from '../access/counting.js';
import { onceByKey } from '../access/idempotency.js';
import { authorize, isAllowed } from '../access/permissions.js';
import { enterShop } from '../access/shops.js';
import { assertSolved } from '../access/strangers/captcha.js';
import { callerOf, ownAccountOf, type Viewer } from '../access/viewer.js';
import { loadAccountWithConnection } from '../accounts/finding.js';
import { known } from '../base/assert.js';
import { hourMs, later } from '../base/clock.js';
import { checkEmail } from '../base/email.js';
import { notFound, Refusal } from '../base/errors.js';
import { newId } from '../base/ids.js';
import { atomically, type Work } from '../db/work.js';
import type { OfferingRow } from '../offerings/offering.js';
import { findPublicOffering } from '../offerings/reading.js';
import {
  type CheckoutSessionFacts,
  createMembershipCheckout as createMembershipAtStripe,
  createPaymentCheckout as createPaymentAtStripe,
  createSeparateCheckout as createSeparateAtStripe,
  retrieveCheckoutSession,
} from '../stripe/checkout-sessions.js';
import { recordKey } from '../stripe/idempotency-key.js';
import { refusalOf } from '../stripe/refusal.js';
import type { StripeResult } from '../stripe/result.js';
import type { Quote } from './commission.js';
import { homeOf, scopeOf } from './home.js';
import type { PurchaseKind, PurchaseSessionRow } from './purchase-session.js';
import { quoteFor, quoteOffering } from './quoting.js';
import { keptOf } from './recalling.js';

/** How long a buyer may take. Stripe allows 30 minutes to 24 hours. Source: docs.stripe.com/api/checkout/sessions/create, expires_at. */
const checkoutLifeMs = 1 * hourMs;

export interface CheckoutInput {
  accountId: string;
  email: string;
  idempotencyKey: string | null;
}

export interface OfferingCheckoutInput {
  offeringId: string;
  email: string;
  quantity: number;
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
 * Refuses with EMAIL_INVALID, INVALID (captcha, idempotency key), ACCOUNT_NOT_READY, PRICE_NOT_SET, STRIPE_UNAVAILABLE, STRIPE_REFUSED, IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_KEY_IN_USE.
 * With an idempotency key, a repeat within 24 hours answers the same session.
 */
export function createPaymentCheckout(work: Work, viewer: Viewer, input: CheckoutInput): Promise<CheckoutStarted> {
  authorize(viewer, 'createPaymentCheckout', input);
  return createOnce(work, viewer, 'ONE_TIME', input.accountId, input, () => prepareDirect(work, 'ONE_TIME', input));
}

/** The same for joining a seller as a member; renews until canceled. */
export function createMembershipCheckout(work: Work, viewer: Viewer, input: CheckoutInput): Promise<CheckoutStarted> {
  authorize(viewer, 'createMembershipCheckout', input);
  return createOnce(work, viewer, 'MEMBERSHIP', input.accountId, input, () => prepareDirect(work, 'MEMBERSHIP', input));
}

/**
 * The same for buying something that is delivered later: the platform is charged and holds the money for the seller.
 * Refuses with EMAIL_INVALID, INVALID, OFFERING_CLOSED, QUANTITY_INVALID, AMOUNT_TOO_SMALL, AMOUNT_TOO_LARGE, STRIPE_UNAVAILABLE, STRIPE_REFUSED,
 * IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_KEY_IN_USE.
 */
export async function createOfferingCheckout(work: Work, viewer: Viewer, input: OfferingCheckoutInput): Promise<CheckoutStarted> {
  authorize(viewer, 'createOfferingCheckout', ownAccountOf(viewer));
  const offering = await findPublicOffering(work, input.offeringId);
  if (!offering || !isAllowed(viewer, 'createOfferingCheckout', offering)) throw notFound('offering', input.offeringId);
  return createOnce(work, viewer, 'OFFERING', offering.accountId, input, () => prepareOffering(work, offering, input));
}

/** A purchase about to begin: its row, and how Stripe's page is opened for it. */
interface Prepared {
  purchase: PurchaseSessionRow;
  open(purchase: PurchaseSessionRow): Promise<StripeResult<CheckoutSessionFacts>>;
}

async function createOnce(
  work: Work,
  viewer: Viewer,
  kind: PurchaseKind,
  accountId: string,
  input: { email: string; idempotencyKey: string | null },
  prepare: () => Promise<Prepared>,
): Promise<CheckoutStarted> {
  checkEmail(input.email, ['email']);
  await enterShop(work, { accountId });
  const beginCounted = async () => {
    const prepared = await prepare();
    await countCheckout(work, viewer, input.email);
    await assertSolved(work, viewer);
    return begin(work, prepared);
  };
  if (input.idempotencyKey === null) return beginCounted();

  const { idempotencyKey, ...request } = input;
  let begun: CheckoutStarted | null = null;
  const { subjectId } = await onceByKey(
    work,
    { caller: callerOf(viewer, accountId), key: idempotencyKey, operation: `checkout:${kind}`, request },
    async () => {
      begun = await beginCounted();
      return begun.purchaseSessionId;
    },
  );
  return begun ?? answerAgain(work, subjectId);
}

async function prepareDirect(work: Work, kind: 'ONE_TIME' | 'MEMBERSHIP', input: CheckoutInput): Promise<Prepared> {
  const found = await loadAccountWithConnection(work, input.accountId);
  const split = await quoteFor(work, kind, found);
  const { account } = found;
  const connected = known(found.connected, 'the connection of a ready account');
  const interval = kind === 'MEMBERSHIP' ? account.membershipInterval : null;
  const purchase = newPurchase(work, account, input.email, split, {
    kind,
    chargeModel: 'DIRECT',
    connectedAccountId: connected.id,
    offeringId: null,
    interval,
  });
  return {
    purchase,
    open({ id }) {
      const checkout = { ...sending(work, purchase, `/c/${account.id}`), productName: account.displayName };
      const key = recordKey('checkout', id);
      const scope = scopeOf(connected);
      return interval === null
        ? createPaymentAtStripe(work, scope, key, { ...checkout, applicationFeeMinor: split.platformFeeMinor })
        : createMembershipAtStripe(work, scope, key, { ...checkout, interval, applicationFeeBps: split.percentageBps });
    },
  };
}

async function prepareOffering(work: Work, offering: OfferingRow, input: OfferingCheckoutInput): Promise<Prepared> {
  const split = await quoteOffering(work, offering, input.quantity);
  const owner = { id: offering.accountId, tenantId: offering.tenantId };
  const purchase = newPurchase(work, owner, input.email, split, {
    kind: 'OFFERING',
    chargeModel: 'SEPARATE',
    connectedAccountId: null,
    offeringId: offering.id,
    interval: null,
  });
  const productName = input.quantity === 1 ? offering.title : `${input.quantity} × ${offering.title}`;
  return {
    purchase,
    open: ({ id }) =>
      createSeparateAtStripe(work, recordKey('checkout', id), {
        ...sending(work, purchase, `/o/${offering.id}`),
        productName,
        transferGroup: offering.id,
      }),
  };
}

function newPurchase(
  work: Work,
  account: { id: string; tenantId: string },
  email: string,
  split: Quote,
  sold: Pick<PurchaseSessionRow, 'kind' | 'chargeModel' | 'connectedAccountId' | 'offeringId' | 'interval'>,
): PurchaseSessionRow {
  const now = work.clock.now();
  return {
    ...split,
    ...sold,
    id: newId('purchaseSession', work.clock),
    tenantId: account.tenantId,
    accountId: account.id,
    status: 'CREATING',
    email,
    stripeSessionId: null,
    expiresAt: later(now, checkoutLifeMs),
    completedAt: null,
    createdAt: now,
  };
}

/** What Stripe is told of every purchase. */
function sending(work: Work, purchase: PurchaseSessionRow, path: string) {
  const page = `${work.config.publicUrl}${path}`;
  return {
    currency: purchase.currency,
    amountMinor: purchase.totalChargedMinor,
    email: purchase.email,
    successUrl: `${page}/return?session_id={CHECKOUT_SESSION_ID}`,
    cancelUrl: `${page}?canceled=1`,
    expiresAt: purchase.expiresAt,
    reference: purchase.id,
    metadata: { purchase: purchase.id, account: purchase.accountId, ...keptOf(purchase) },
  };
}

async function begin(work: Work, { purchase, open }: Prepared): Promise<CheckoutStarted> {
  await atomically(work, (tx) => tx.sql.insertInto('purchaseSession').values(purchase).execute());
  const made = await open(purchase);
  const conclude = (told: Partial<PurchaseSessionRow>) =>
    atomically(work, (tx) =>
      tx.sql.updateTable('purchaseSession').set(told).where('id', '=', purchase.id).where('status', '=', 'CREATING').execute(),
    );
  if (!made.ok) {
    await conclude({ status: 'FAILED' });
    throw refusalOf(made.failure, 'Stripe opened no checkout, and nothing was charged');
  }

  await conclude({ status: 'OPEN', stripeSessionId: made.value.id });
  return started(purchase, made.value.id, known(made.value.url, 'the address of a new checkout'));
}

async function answerAgain(work: Work, purchaseSessionId: string): Promise<CheckoutStarted> {
  const purchase = known(
    await work.read.selectFrom('purchaseSession').selectAll().where('id', '=', purchaseSessionId).executeTakeFirst(),
    'the purchase of an idempotency key',
  );
  const stripeSessionId = known(purchase.stripeSessionId, 'the checkout of a purchase that began');
  const read = await retrieveCheckoutSession(work, scopeOf(await homeOf(work, purchase)), stripeSessionId);
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
