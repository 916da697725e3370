import { authorize, isAllowed } from '../access/permissions.js';
import { ownAccountOf, type Viewer } from '../access/viewer.js';
import type { ConnectedAccountRow } from '../accounts/connected-account.js';
import { notFound, Refusal } from '../base/errors.js';
import { atomically, type Work } from '../db/work.js';
import { carryOutInTheEnd } from '../operations/carrying-out.js';
import { conclude, intend } from '../operations/lifecycle.js';
import type { OperationRow } from '../operations/operation.js';
import { refusalOf } from '../stripe/refusal.js';
import type { StripeResult } from '../stripe/result.js';
import { cancelSubscription, endSubscriptionAtPeriodEnd, retrieveSubscription, type SubscriptionFacts } from '../stripe/subscriptions.js';
import { scopeOf } from './home.js';
import { isActive, type MembershipRow } from './membership.js';
import { recordSubscription, updateMembership } from './membership-recording.js';

/**
 * Ends a membership: at once, or when the period that is paid for is over.
 * Refuses with STRIPE_UNAVAILABLE, STRIPE_REFUSED. Safe to repeat: one that has ended stays as it is.
 */
export async function cancelMembership(work: Work, viewer: Viewer, input: { membershipId: string; atPeriodEnd: boolean }): Promise<MembershipRow> {
  authorize(viewer, 'cancelMembership', ownAccountOf(viewer));
  const membership = await load(work, input.membershipId);
  if (!isAllowed(viewer, 'cancelMembership', membership)) throw notFound('membership', membership.id);
  return endMembership(work, membership, input.atPeriodEnd);
}

/** The same, for somebody who has shown otherwise that they may. */
export async function endMembership(work: Work, membership: MembershipRow, atPeriodEnd: boolean): Promise<MembershipRow> {
  if (!isActive(membership) || (atPeriodEnd && membership.cancelAtPeriodEnd)) return membership;

  const { tenantId, id: subjectId, stripeSubscriptionId } = membership;
  const kind = atPeriodEnd ? 'SUBSCRIPTION_END' : 'SUBSCRIPTION_CANCEL';
  const operation = await atomically(work, (tx) => intend(tx, { tenantId, kind, subjectId, parameters: { subscription: stripeSubscriptionId } }));
  await carryOutCancel(work, operation);
  return load(work, membership.id);
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
  const asOf = operation.createdAt; // asked again, Stripe repeats what it answered then
  let isTold = true;
  const carried = await carryOutInTheEnd<SubscriptionFacts>(work, operation, {
    send: (key) => end(work, scopeOf(connected), key, membership.stripeSubscriptionId),
    find: () => findEnded(work, operation, connected, membership),
    record: (ended, attempt) =>
      atomically(work, async (tx) => {
        await conclude(tx, operation, { stripeId: ended.id, attempt });
        isTold = await updateMembership(tx, ended, asOf);
      }),
  });
  if (carried.outcome === 'REFUSED' && carried.failure.stripeCode === 'resource_missing') return; // over at Stripe already: its event tells the rest
  if (carried.outcome !== 'DONE') throw refusalOf(carried.failure, 'The membership is not canceled yet', ['membershipId']);
  if (!isTold) await readAgain(work, connected, membership);
}

/** Shows who ended it that it ends. Where Stripe does not answer just now, its event tells it. */
async function readAgain(work: Work, connected: ConnectedAccountRow, { stripeSubscriptionId }: MembershipRow): Promise<void> {
  try {
    await recordSubscription(work, connected, stripeSubscriptionId);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
}

/** The subscription, where it stands as the operation was to leave it, whoever did it. */
async function findEnded(
  work: Work,
  { kind }: OperationRow,
  connected: ConnectedAccountRow,
  { stripeSubscriptionId }: MembershipRow,
): Promise<StripeResult<SubscriptionFacts | null>> {
  const read = await retrieveSubscription(work, scopeOf(connected), stripeSubscriptionId);
  if (!read.ok) return read;
  const { status, cancelAtPeriodEnd } = read.value;
  const isOver = status === 'canceled' || status === 'incomplete_expired' || (kind === 'SUBSCRIPTION_END' && cancelAtPeriodEnd);
  return { ...read, value: isOver ? read.value : null };
}
