import { authorize } from '../access/permissions.js';
import { enterShop } from '../access/shops.js';
import type { Viewer } from '../access/viewer.js';
import { notFound } from '../base/errors.js';
import type { Work } from '../db/work.js';
import { homeOf } from './home.js';
import type { MembershipRow } from './membership.js';
import type { PaymentRow, SyncSource } from './payment.js';
import { recordCheckoutSession } from './recording.js';

/** What a Checkout Session has come to. */
export interface SyncedCheckout {
  state: 'PAID' | 'PROCESSING' | 'UNPAID' | 'EXPIRED';
  payment: PaymentRow | null;
  membership: MembershipRow | null;
}

/**
 * Re-reads a Checkout Session from Stripe on the buyer's return and records what was paid: a payment, or a membership with its first one.
 * Only sessions of this account that we opened are known here. Safe to repeat and to race with webhooks: one record results.
 */
export async function syncCheckoutSession(
  work: Work,
  viewer: Viewer,
  input: { accountId: string; checkoutSessionId: string },
  source: SyncSource,
): Promise<SyncedCheckout> {
  authorize(viewer, 'syncCheckoutSession', input);
  await enterShop(work, input);
  const purchase = await work.read
    .selectFrom('purchaseSession')
    .select('connectedAccountId')
    .where('stripeSessionId', '=', input.checkoutSessionId)
    .where('accountId', '=', input.accountId)
    .executeTakeFirst();
  if (!purchase) throw notFound('checkout session', input.checkoutSessionId);

  return recordCheckoutSession(work, await homeOf(work, purchase), input.checkoutSessionId, source);
}
