import type { Stripe } from 'stripe';
import type { Work } from '../db/work.js';
import { epochSecondsOf, instant, read, write } from './client.js';
import { type ControllerProfile, controllerProfiles } from './controller-profiles.js';
import type { IdempotencyKey } from './idempotency-key.js';
import type { StripeResult } from './result.js';
import { platform } from './scope.js';
import { readWhole } from './whole-lists.js';

/** What Stripe says of a connected account. */
export interface ConnectedAccountFacts {
  stripeAccountId: string;
  detailsSubmitted: boolean;
  chargesEnabled: boolean;
  payoutsEnabled: boolean;
  cardPaymentsCapability: string;
  transfersCapability: string;
  defaultCurrency: string | null;
  metadata: Record<string, string>;
  requirements: { currentlyDue: string[]; pastDue: string[]; eventuallyDue: string[]; disabledReason: string | null; currentDeadline: Date | null };
}

export interface NewAccount {
  country: string;
  serviceAgreement: 'full' | 'recipient';
  profile: ControllerProfile;
  metadata: Record<string, string>;
}

/** Makes a connected account by its controller properties, asking for card payments and transfers. */
export function createAccount(work: Work, key: IdempotencyKey, account: NewAccount): Promise<StripeResult<ConnectedAccountFacts>> {
  const { fees, losses, requirementCollection, dashboard } = controllerProfiles[account.profile];
  const onlyReceives = account.serviceAgreement === 'recipient';
  return write(
    work,
    'accounts.create',
    platform,
    key,
    (sdk, options) =>
      sdk.accounts.create(
        {
          country: account.country,
          controller: {
            fees: { payer: fees },
            losses: { payments: losses },
            requirement_collection: requirementCollection,
            stripe_dashboard: { type: dashboard },
          },
          capabilities: { transfers: { requested: true }, ...(onlyReceives ? {} : { card_payments: { requested: true } }) },
          ...(onlyReceives ? { tos_acceptance: { service_agreement: 'recipient' } } : {}),
          metadata: account.metadata,
        },
        options,
      ),
    factsOf,
  );
}

export function retrieveAccount(work: Work, stripeAccountId: string): Promise<StripeResult<ConnectedAccountFacts>> {
  return read(work, 'accounts.retrieve', platform, (sdk, options) => sdk.accounts.retrieve(stripeAccountId, {}, options), factsOf);
}

/** The connected accounts made since an instant, newest first. */
export function listAccountsCreatedSince(work: Work, since: Date): Promise<StripeResult<ConnectedAccountFacts[]>> {
  return readWhole(
    work,
    'accounts.list',
    platform,
    (sdk, page, options) => sdk.accounts.list({ created: { gte: epochSecondsOf(since) }, ...page }, options),
    factsOf,
  );
}

/** Deletes a connected account. Stripe refuses while it has a balance, and in live mode for accounts with a full dashboard. */
export function deleteAccount(work: Work, key: IdempotencyKey, stripeAccountId: string): Promise<StripeResult<{ id: string }>> {
  return write(
    work,
    'accounts.delete',
    platform,
    key,
    (sdk, options) => sdk.accounts.del(stripeAccountId, {}, options),
    ({ id }) => ({ id }),
  );
}

/** A link to Stripe's onboarding: works once, for minutes. Never stored and never logged. */
export function createAccountLink(
  work: Work,
  key: IdempotencyKey,
  link: { stripeAccountId: string; returnUrl: string; refreshUrl: string },
): Promise<StripeResult<{ url: string; expiresAt: Date }>> {
  return write(
    work,
    'account_links.create',
    platform,
    key,
    (sdk, options) =>
      sdk.accountLinks.create(
        { account: link.stripeAccountId, type: 'account_onboarding', return_url: link.returnUrl, refresh_url: link.refreshUrl },
        options,
      ),
    ({ url, expires_at }) => ({ url, expiresAt: instant(expires_at) }),
  );
}

function factsOf(account: Stripe.Account): ConnectedAccountFacts {
  const { requirements } = account;
  return {
    stripeAccountId: account.id,
    detailsSubmitted: account.details_submitted,
    chargesEnabled: account.charges_enabled,
    payoutsEnabled: account.payouts_enabled,
    cardPaymentsCapability: account.capabilities?.card_payments ?? 'unrequested',
    transfersCapability: account.capabilities?.transfers ?? 'unrequested',
    defaultCurrency: account.default_currency?.toUpperCase() ?? null,
    metadata: account.metadata ?? {},
    requirements: {
      currentlyDue: requirements?.currently_due ?? [],
      pastDue: requirements?.past_due ?? [],
      eventuallyDue: requirements?.eventually_due ?? [],
      disabledReason: requirements?.disabled_reason ?? null,
      currentDeadline: requirements?.current_deadline ? instant(requirements.current_deadline) : null,
    },
  };
}
