import { anonymous, type Seller } from '../access/viewer.js';
import { loadAccountWithConnection } from '../accounts/finding.js';
import { startOnboarding } from '../accounts/onboarding.js';
import { setMembershipPrice, setOneTimePrice } from '../accounts/pricing.js';
import { signUp } from '../accounts/sign-up.js';
import { syncOnboarding } from '../accounts/syncing.js';
import { assert, known } from '../base/assert.js';
import { dayMs, later } from '../base/clock.js';
import { createOffering } from '../offerings/creation.js';
import type { OfferingRow } from '../offerings/offering.js';
import { type CheckoutStarted, createMembershipCheckout, createOfferingCheckout, createPaymentCheckout } from '../payments/checkout.js';
import type { MembershipRow } from '../payments/membership.js';
import type { PaymentRow } from '../payments/payment.js';
import { syncCheckoutSession } from '../payments/syncing.js';
import { addressOf, demoPassword, type Part } from './cast.js';
import type { Stage } from './stage.js';

/** A seller on the stage, with what buyers have bought of them so far. */
export interface Playing {
  part: Part;
  viewer: Seller;
  stripeAccountId: string | null;
  payments: PaymentRow[];
  memberships: MembershipRow[];
}

/** Signs a seller up, connects them as far as their part says, and sets their prices. */
export async function enter(stage: Stage, part: Part): Promise<Playing> {
  const { viewer } = await signUp(stage.openWork(), { name: part.name, email: addressOf(part), password: demoPassword });
  assert(viewer.kind === 'PERSON' && viewer.role === 'SELLER', 'who signs up is a seller');
  const playing: Playing = { part, viewer, stripeAccountId: null, payments: [], memberships: [] };
  if (part.comesTo === 'nothing') return playing;

  const { accountId } = viewer;
  await startOnboarding(stage.as(viewer), viewer, { accountId, country: part.country });
  const { connected } = await loadAccountWithConnection(stage.as(viewer), accountId);
  playing.stripeAccountId = known(connected?.stripeAccountId ?? null, 'the Stripe account of who has begun at Stripe');
  await onboard(stage, playing, part.comesTo === 'ready' ? 'complete' : 'pending');
  const { membership, oneTime, currency } = part;
  if (membership)
    await setMembershipPrice(stage.as(viewer), viewer, { accountId, amountMinor: membership.minor, currency, interval: membership.interval });
  if (oneTime) await setOneTimePrice(stage.as(viewer), viewer, { accountId, amountMinor: oneTime.minor, currency });
  return playing;
}

/** The seller comes so far at Stripe, and back to us. */
export async function onboard(stage: Stage, { viewer, stripeAccountId }: Playing, outcome: 'complete' | 'pending' | 'restricted'): Promise<void> {
  await stage.control(`accounts/${stripeAccountId}/onboard`, { outcome });
  await syncOnboarding(stage.as(viewer), viewer, viewer.accountId);
}

/** The seller puts something on sale. */
export function offer(
  stage: Stage,
  { part, viewer }: Playing,
  event: { title: string; minor: number; deliversAt: Date; refundableForDays: number },
): Promise<OfferingRow> {
  return createOffering(stage.as(viewer), viewer, {
    accountId: viewer.accountId,
    title: event.title,
    unitPriceMinor: event.minor,
    currency: part.currency,
    deliversAt: event.deliversAt,
    refundableUntil: later(event.deliversAt, event.refundableForDays * dayMs),
  });
}

/** What somebody may buy of a seller. */
export type Ware = { kind: 'MEMBERSHIP' | 'ONE_TIME' } | { kind: 'OFFERING'; offeringId: string; quantity: number };

/** A buyer goes to Stripe, pays there, and comes back. */
export async function buy(stage: Stage, seller: Playing, ware: Ware, email: string): Promise<void> {
  const { accountId } = seller.viewer;
  const { checkoutSessionId } = await checkout(stage, accountId, ware, email);
  await stage.control(`checkout/sessions/${checkoutSessionId}/pay`, { card: 'ok' });
  const { payment, membership } = await syncCheckoutSession(stage.asBuyer(), anonymous, { accountId, checkoutSessionId }, 'RETURN');
  if (payment) seller.payments.push(payment);
  if (membership) seller.memberships.push(membership);
}

/** A buyer goes to Stripe, and leaves without paying. */
export async function giveUp(stage: Stage, seller: Playing, ware: Ware, email: string): Promise<void> {
  const { checkoutSessionId } = await checkout(stage, seller.viewer.accountId, ware, email);
  await stage.control(`checkout/sessions/${checkoutSessionId}/pay`, { card: 'declined' });
}

function checkout(stage: Stage, accountId: string, ware: Ware, email: string): Promise<CheckoutStarted> {
  const work = stage.asBuyer();
  const asked = { accountId, email, idempotencyKey: null };
  if (ware.kind === 'OFFERING') {
    const { offeringId, quantity } = ware;
    return createOfferingCheckout(work, anonymous, { offeringId, quantity, email, idempotencyKey: null });
  }
  return ware.kind === 'MEMBERSHIP' ? createMembershipCheckout(work, anonymous, asked) : createPaymentCheckout(work, anonymous, asked);
}
