import { randomUUID } from 'node:crypto';
import { authorize } from '../access/permissions.js';
import type { Viewer } from '../access/viewer.js';
import { checkCountry, serviceAgreementFor } from '../base/countries.js';
import { Refusal } from '../base/errors.js';
import { newId } from '../base/ids.js';
import { atomically, type Tx, type Work } from '../db/work.js';
import { intend } from '../operations/lifecycle.js';
import type { OperationRow } from '../operations/operation.js';
import { createAccountLink } from '../stripe/accounts.js';
import type { ControllerProfile } from '../stripe/controller-profiles.js';
import { recordKey } from '../stripe/idempotency-key.js';
import { refusalOf } from '../stripe/refusal.js';
import type { AccountRow } from './account.js';
import { type ConnectedAccountRow, stillActive } from './connected-account.js';
import { createAtStripe } from './creation.js';
import { findActiveConnection, loadAccount } from './finding.js';

const defaultCountry = 'US';

export interface OnboardingStarted {
  account: AccountRow;
  /** Works once and for a few minutes; never stored, never logged. */
  onboardingUrl: string;
}

/**
 * Begins or resumes a seller's onboarding at Stripe: makes their Stripe account on the first call, and a fresh link on every call.
 * Refuses with INVALID (country), CONFLICT (another country than the account began with), STRIPE_UNAVAILABLE, STRIPE_REFUSED.
 * Safe to repeat and to run at once: one active connected account per account, made under one key.
 */
export async function startOnboarding(work: Work, viewer: Viewer, input: { accountId: string; country: string | null }): Promise<OnboardingStarted> {
  authorize(viewer, 'startOnboarding', input);
  if (input.country !== null) checkCountry(input.country, ['country']);
  const account = await loadAccount(work, input.accountId);

  const { connected, creation } = await atomically(work, (tx) => reserveConnection(tx, account, input.country, work.config.accountProfile));
  const stripeAccountId = connected.stripeAccountId ?? (await createAtStripe(work, connected, creation));

  const link = await createAccountLink(work, recordKey('onboarding-link', randomUUID()), {
    stripeAccountId,
    returnUrl: `${work.config.publicUrl}/connect/return`,
    refreshUrl: `${work.config.publicUrl}/connect/refresh`,
  });
  if (!link.ok) throw refusalOf(link.failure, 'Stripe gave no onboarding link');
  return { account: await loadAccount(work, account.id), onboardingUrl: link.value.url };
}

async function reserveConnection(
  tx: Tx,
  account: AccountRow,
  country: string | null,
  profile: ControllerProfile,
): Promise<{ connected: ConnectedAccountRow; creation: OperationRow }> {
  const chosen = country ?? defaultCountry;
  await tx.sql
    .insertInto('connectedAccount')
    .values({
      ...freshConnection,
      id: newId('connectedAccount', tx.clock),
      tenantId: account.tenantId,
      accountId: account.id,
      profile,
      country: chosen,
      serviceAgreement: serviceAgreementFor(chosen),
      createdAt: tx.clock.now(),
    })
    .onConflict((conflict) => conflict.constraint('one_active_connected_account_per_account').doNothing())
    .execute();
  await tx.sql
    .selectFrom('connectedAccount')
    .select('id')
    .where('accountId', '=', account.id)
    .where('activeUntil', '=', stillActive)
    .forUpdate()
    .execute();
  const connected = await findActiveConnection(tx.sql, account.id);
  if (!connected) throw new Refusal('CONFLICT', 'The account was disconnected at the same moment.', ['accountId'], 'Try again.');
  if (country !== null && country !== connected.country) {
    throw new Refusal(
      'CONFLICT',
      `Onboarding began with country ${connected.country}; Stripe cannot change it to ${country}.`,
      ['country'],
      'Finish with that country, or disconnect and start over.',
    );
  }

  await tx.sql
    .updateTable('account')
    .set({ onboardingStartedAt: tx.clock.now() })
    .where('id', '=', account.id)
    .where('onboardingStartedAt', 'is', null)
    .execute();
  const creation = await intend(tx, {
    tenantId: account.tenantId,
    kind: 'ACCOUNT_CREATE',
    subjectId: connected.id,
    parameters: { country: connected.country },
  });
  return { connected, creation };
}

const freshConnection = {
  stripeAccountId: null,
  detailsSubmitted: false,
  chargesEnabled: false,
  payoutsEnabled: false,
  cardPaymentsCapability: 'unrequested',
  transfersCapability: 'unrequested',
  requirements: { currentlyDue: [], pastDue: [], eventuallyDue: [] },
  disabledReason: null,
  currentDeadline: null,
  defaultCurrency: null,
  connectedAt: null,
  syncedAt: null,
  activeUntil: stillActive,
  retiredCause: null,
  deletedAtStripeAt: null,
  keptAtStripeBecause: null,
  payoutSentBackAt: null,
  payoutSentBackBecause: null,
};
