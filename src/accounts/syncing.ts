import { authorize } from '../access/permissions.js';
import type { Viewer } from '../access/viewer.js';
import { Refusal } from '../base/errors.js';
import { atomically, type Work } from '../db/work.js';
import { type ConnectedAccountFacts, retrieveAccount } from '../stripe/accounts.js';
import { refusalOf } from '../stripe/refusal.js';
import type { AccountRow } from './account.js';
import type { ConnectedAccountRow } from './connected-account.js';
import { loadAccount, loadAccountWithConnection } from './finding.js';
import { retireConnectedAccount } from './retiring.js';

/**
 * Re-reads from Stripe what the account may do and what is asked of it.
 * Refuses with NOT_CONNECTED, STRIPE_UNAVAILABLE. Safe to repeat: an older answer never overwrites a newer one.
 */
export async function syncOnboarding(work: Work, viewer: Viewer, accountId: string): Promise<AccountRow> {
  authorize(viewer, 'refreshOnboardingStatus', { accountId });
  const { account, connected } = await loadAccountWithConnection(work, accountId);
  if (connected?.stripeAccountId == null) {
    throw new Refusal('NOT_CONNECTED', 'The account is not connected to Stripe.', ['accountId'], 'Start onboarding first.');
  }

  await syncConnectedAccount(work, connected);
  return loadAccount(work, account.id);
}

/** Re-reads one connected account and records it. One that Stripe no longer lets us see is retired as deauthorized. */
export async function syncConnectedAccount(work: Work, connected: ConnectedAccountRow): Promise<void> {
  if (connected.stripeAccountId === null) return;
  const startedAt = work.clock.now();
  const read = await retrieveAccount(work, connected.stripeAccountId);
  if (!read.ok) {
    if (read.failure.code !== 'ACCOUNT_DISCONNECTED') throw refusalOf(read.failure, 'Stripe did not tell the account’s status');
    await retireConnectedAccount(work, connected, 'DEAUTHORIZED');
    return;
  }

  await atomically(work, (tx) =>
    tx.sql
      .updateTable('connectedAccount')
      .set({ ...factColumns(read.value), syncedAt: startedAt })
      .where('id', '=', connected.id)
      .where((row) => row.or([row('syncedAt', 'is', null), row('syncedAt', '<=', startedAt)]))
      .execute(),
  );
}

/** The columns that mirror Stripe's account. */
export function factColumns(facts: ConnectedAccountFacts) {
  const { currentlyDue, pastDue, eventuallyDue, disabledReason, currentDeadline } = facts.requirements;
  return {
    detailsSubmitted: facts.detailsSubmitted,
    chargesEnabled: facts.chargesEnabled,
    payoutsEnabled: facts.payoutsEnabled,
    cardPaymentsCapability: facts.cardPaymentsCapability,
    transfersCapability: facts.transfersCapability,
    requirements: { currentlyDue, pastDue, eventuallyDue },
    disabledReason,
    currentDeadline,
    defaultCurrency: facts.defaultCurrency,
  };
}
