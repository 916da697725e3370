import { authorize } from '../access/permissions.js';
import type { Viewer } from '../access/viewer.js';
import type { AccountRow } from '../accounts/account.js';
import type { ConnectedAccountRow } from '../accounts/connected-account.js';
import { loadAccount, loadAccountWithConnection } from '../accounts/finding.js';
import { retire } from '../accounts/retiring.js';
import { Refusal } from '../base/errors.js';
import { atomically, type Tx, type Work } from '../db/work.js';
import { carryOutInTheEnd } from '../operations/carrying-out.js';
import { conclude, intend } from '../operations/lifecycle.js';
import type { OperationRow } from '../operations/operation.js';
import { deleteAccount, retrieveAccount } from '../stripe/accounts.js';
import { refusalOf } from '../stripe/refusal.js';
import type { StripeResult } from '../stripe/result.js';
import { listLiveSubscriptions } from '../stripe/subscriptions.js';
import { carryOutCancel } from './canceling.js';
import { scopeOf } from './home.js';
import { recordSubscription } from './membership-recording.js';

/**
 * Parts an account from its Stripe account: every membership ends here and at Stripe, the connection becomes history, the Stripe account
 * is deleted where Stripe allows it (else it is noted why it was kept), and the account can onboard again. Payments stay.
 * Refuses with NOT_CONNECTED; with STRIPE_UNAVAILABLE before anything has changed. What an outage interrupts later goes on by itself.
 */
export async function disconnectAccount(work: Work, viewer: Viewer, accountId: string): Promise<AccountRow> {
  authorize(viewer, 'disconnectAccount', { accountId });
  const { connected } = await loadAccountWithConnection(work, accountId);
  if (!connected) throw new Refusal('NOT_CONNECTED', 'The account is not connected to Stripe.', ['accountId']);
  if (connected.stripeAccountId !== null) await recordAllSubscriptions(work, connected);

  const operations = await atomically(work, (tx) => part(tx, connected));
  for (const operation of operations) await tryNow(work, operation);
  return loadAccount(work, accountId);
}

/** No buyer goes on paying because we never heard of their subscription. */
async function recordAllSubscriptions(work: Work, connected: ConnectedAccountRow): Promise<void> {
  const live = await listLiveSubscriptions(work, scopeOf(connected));
  if (!live.ok) {
    if (live.failure.code === 'ACCOUNT_DISCONNECTED') return;
    throw refusalOf(live.failure, 'Nothing was disconnected', ['accountId']);
  }
  const recorded = await work.read.selectFrom('membership').select('stripeSubscriptionId').where('connectedAccountId', '=', connected.id).execute();
  const have = new Set(recorded.map((row) => row.stripeSubscriptionId));
  for (const id of live.value) if (!have.has(id)) await recordSubscription(work, connected, id);
}

/** Ends everything here at once, and intends the rest: the cancellations at Stripe, then the deletion. */
async function part(tx: Tx, connected: ConnectedAccountRow): Promise<OperationRow[]> {
  const retired = await retire(tx, connected, 'DISCONNECTED');
  if (!retired) return [];
  const { tenantId, stripeAccountId } = retired;
  const ended = await tx.sql
    .updateTable('membership')
    .set({ status: 'CANCELED', canceledAt: tx.clock.now(), endedBecause: 'DISCONNECTED' })
    .where('connectedAccountId', '=', connected.id)
    .where('endedBecause', 'is', null)
    .where('status', 'not in', ['CANCELED', 'INCOMPLETE_EXPIRED'])
    .returning(['id', 'stripeSubscriptionId'])
    .execute();
  const operations: OperationRow[] = [];
  for (const { id, stripeSubscriptionId } of ended) {
    operations.push(await intend(tx, { tenantId, kind: 'SUBSCRIPTION_CANCEL', subjectId: id, parameters: { subscription: stripeSubscriptionId } }));
  }
  if (stripeAccountId !== null)
    operations.push(await intend(tx, { tenantId, kind: 'ACCOUNT_DELETE', subjectId: connected.id, parameters: { account: stripeAccountId } }));
  return operations;
}

async function tryNow(work: Work, operation: OperationRow): Promise<void> {
  try {
    await (operation.kind === 'ACCOUNT_DELETE' ? carryOutDelete(work, operation) : carryOutCancel(work, operation));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    work.log.warn({ operation: operation.id, kind: operation.kind, reason: error.message }, 'left to the worker');
  }
}

/** Deletes a retired Stripe account, once all its subscriptions have ended. Also finishes what a crash left open. */
export async function carryOutDelete(work: Work, operation: OperationRow): Promise<void> {
  const connected = await work.read.selectFrom('connectedAccount').selectAll().where('id', '=', operation.subjectId).executeTakeFirstOrThrow();
  const open = await work.read
    .selectFrom('operation')
    .innerJoin('membership', 'membership.id', 'operation.subjectId')
    .select('operation.id')
    .where('membership.connectedAccountId', '=', connected.id)
    .where('operation.kind', '=', 'SUBSCRIPTION_CANCEL')
    .where('operation.state', '=', 'INTENDED')
    .executeTakeFirst();
  if (open) throw new Refusal('ALREADY_IN_PROGRESS', 'Subscriptions of the account are still being canceled.');

  const note = (tx: Tx, told: Pick<Partial<ConnectedAccountRow>, 'deletedAtStripeAt' | 'keptAtStripeBecause'>) =>
    tx.sql.updateTable('connectedAccount').set(told).where('id', '=', connected.id).execute();
  const carried = await carryOutInTheEnd<{ id: string }>(work, operation, {
    send: (key) => deleteAccount(work, key, scopeOf(connected)),
    find: () => findDeleted(work, scopeOf(connected)),
    record: (deleted, attempt) =>
      atomically(work, async (tx) => {
        await conclude(tx, operation, { stripeId: deleted.id, attempt });
        await note(tx, { deletedAtStripeAt: tx.clock.now() });
      }),
    refused: (tx, failure) => note(tx, { keptAtStripeBecause: failure.message }),
  });
  if (carried.outcome === 'UNDECIDED') throw refusalOf(carried.failure, 'The account is not deleted at Stripe yet');
}

/** An account that Stripe shows us no more is gone, or no longer ours. */
async function findDeleted(work: Work, id: string): Promise<StripeResult<{ id: string } | null>> {
  const read = await retrieveAccount(work, id);
  if (read.ok) return { ...read, value: null };
  return read.failure.code === 'ACCOUNT_DISCONNECTED' ? { ok: true, value: { id }, stripeRequestId: read.failure.stripeRequestId } : read;
}
