import { authorize } from '../access/permissions.js';
import type { Viewer } from '../access/viewer.js';
import { notFound } from '../base/errors.js';
import { atomically, type Work } from '../db/work.js';
import { conclude, intend } from '../operations/lifecycle.js';
import type { OperationRow } from '../operations/operation.js';
import { perform } from '../operations/perform.js';
import { refusalOf } from '../stripe/refusal.js';
import { cancelSubscription, endSubscriptionAtPeriodEnd } from '../stripe/subscriptions.js';
import { scopeOf } from './home.js';
import { isActive, type MembershipRow } from './membership.js';
import { updateMembership } from './membership-recording.js';

/**
 * Ends a membership: at once, or when the period that is paid for is over.
 * Refuses with STRIPE_UNAVAILABLE, STRIPE_REFUSED. Safe to repeat: one that has ended stays as it is.
 */
export async function cancelMembership(work: Work, viewer: Viewer, input: { membershipId: string; atPeriodEnd: boolean }): Promise<MembershipRow> {
  const membership = await load(work, input.membershipId);
  if (viewer.kind === 'PERSON' && viewer.role === 'SELLER' && viewer.accountId !== membership.accountId) throw notFound('membership', membership.id);
  authorize(viewer, 'cancelMembership', membership);
  if (!isActive(membership) || (input.atPeriodEnd && membership.cancelAtPeriodEnd)) return membership;

  const { tenantId, id: subjectId, stripeSubscriptionId } = membership;
  const kind = input.atPeriodEnd ? 'SUBSCRIPTION_END' : 'SUBSCRIPTION_CANCEL';
  const operation = await atomically(work, (tx) => intend(tx, { tenantId, kind, subjectId, parameters: { subscription: stripeSubscriptionId } }));
  await carryOutCancel(work, operation);
  return load(work, input.membershipId);
}

async function load(work: Work, id: string): Promise<MembershipRow> {
  const membership = await work.read.selectFrom('membership').selectAll().where('id', '=', id).executeTakeFirst();
  if (!membership) throw notFound('membership', id);
  return membership;
}

/** Tells Stripe to end the subscription of an operation, and records that it did. Also finishes what a crash left open. */
export async function carryOutCancel(work: Work, operation: OperationRow): Promise<void> {
  const membership = await load(work, operation.subjectId);
  const connected = await work.read
    .selectFrom('connectedAccount')
    .selectAll()
    .where('id', '=', membership.connectedAccountId)
    .executeTakeFirstOrThrow();
  const end = operation.kind === 'SUBSCRIPTION_CANCEL' ? cancelSubscription : endSubscriptionAtPeriodEnd;
  const startedAt = work.clock.now();
  const sent = await perform(work, operation, (key) => end(work, scopeOf(connected), key, membership.stripeSubscriptionId));
  if (sent.outcome === 'REFUSED' && sent.failure.stripeCode === 'resource_missing') return; // over at Stripe already: its event tells the rest
  if (sent.outcome !== 'SUCCEEDED') throw refusalOf(sent.failure, 'The membership is not canceled yet', ['membershipId']);

  await atomically(work, async (tx) => {
    await conclude(tx, operation, { stripeId: membership.stripeSubscriptionId, attempt: sent.attempt });
    await updateMembership(tx, sent.value, startedAt);
  });
}
