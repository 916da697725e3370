import type { Stripe } from 'stripe';
import type { Work } from '../db/work.js';
import { instant, read, write } from './client.js';
import type { IdempotencyKey } from './idempotency-key.js';
import type { StripeResult } from './result.js';
import type { Connected } from './scope.js';
import { readWhole } from './whole-lists.js';

/** What Stripe says of a subscription. */
export interface SubscriptionFacts {
  id: string;
  status: Stripe.Subscription.Status;
  currentPeriodEnd: Date | null;
  cancelAtPeriodEnd: boolean;
  canceledAt: Date | null;
  createdAt: Date;
  metadata: Record<string, string>;
}

export function retrieveSubscription(work: Work, scope: Connected, id: string): Promise<StripeResult<SubscriptionFacts>> {
  return read(work, 'subscriptions.retrieve', scope, (sdk, options) => sdk.subscriptions.retrieve(id, {}, options), factsOf);
}

/** The ids of all subscriptions of an account that have not ended; refused rather than cut short. */
export function listLiveSubscriptions(work: Work, scope: Connected): Promise<StripeResult<string[]>> {
  return readWhole(
    work,
    'subscriptions.list',
    scope,
    (sdk, page, options) => sdk.subscriptions.list({ ...page }, options),
    ({ id }) => id,
  );
}

/** Ends a subscription now. */
export function cancelSubscription(work: Work, scope: Connected, key: IdempotencyKey, id: string): Promise<StripeResult<SubscriptionFacts>> {
  return write(work, 'subscriptions.cancel', scope, key, (sdk, options) => sdk.subscriptions.cancel(id, {}, options), factsOf);
}

/** Lets a subscription run out: paid for until the end of its period, then over. */
export function endSubscriptionAtPeriodEnd(work: Work, scope: Connected, key: IdempotencyKey, id: string): Promise<StripeResult<SubscriptionFacts>> {
  return write(
    work,
    'subscriptions.update',
    scope,
    key,
    (sdk, options) => sdk.subscriptions.update(id, { cancel_at_period_end: true }, options),
    factsOf,
  );
}

function factsOf(subscription: Stripe.Subscription): SubscriptionFacts {
  const ends = subscription.items.data.map((item) => item.current_period_end);
  return {
    id: subscription.id,
    status: subscription.status,
    currentPeriodEnd: ends.length > 0 ? instant(Math.max(...ends)) : null,
    cancelAtPeriodEnd: subscription.cancel_at_period_end,
    canceledAt: subscription.canceled_at ? instant(subscription.canceled_at) : null,
    createdAt: instant(subscription.created),
    metadata: subscription.metadata,
  };
}
