import type { AccountRow } from './account.js';
import type { ConnectedAccountRow } from './connected-account.js';

/** What the predicates look at of a connected account; null before Stripe's account exists and after a disconnection. */
export type Connection = Pick<
  ConnectedAccountRow,
  'stripeAccountId' | 'detailsSubmitted' | 'chargesEnabled' | 'payoutsEnabled' | 'transfersCapability' | 'disabledReason'
> | null;
type Prices = Pick<AccountRow, 'membershipPriceMinor' | 'oneTimePriceMinor'>;

export const accountStatuses = ['NOT_CONNECTED', 'ONBOARDING', 'RESTRICTED', 'READY'] as const;
/** Exactly one holds at any time. */
export type AccountStatus = (typeof accountStatuses)[number];

/** Onboarding is complete and Stripe accepts charges. */
export function isReady(connected: Connection): boolean {
  return canCharge(connected);
}

/** Stripe lets the seller take direct charges. */
export function canCharge(connected: Connection): boolean {
  return (connected?.detailsSubmitted && connected.chargesEnabled) ?? false;
}

/** Stripe lets the platform send the seller transfers: what a later settlement needs. */
export function canReceiveTransfers(connected: Connection): boolean {
  return connected !== null && connected.transfersCapability === 'active';
}

/** Stripe pays the seller's balance out to a bank. */
export function canBePaidOut(connected: Connection): boolean {
  return connected?.payoutsEnabled ?? false;
}

/** Started and not finished: the dashboard offers to resume. */
export function isOnboardingInProgress(connected: Connection): boolean {
  return statusOf(connected) === 'ONBOARDING';
}

export function isMembershipEnabled(account: Prices, connected: Connection): boolean {
  return isReady(connected) && account.membershipPriceMinor !== null;
}

export function isOneTimeEnabled(account: Prices, connected: Connection): boolean {
  return isReady(connected) && account.oneTimePriceMinor !== null;
}

/** Never connected or disconnected; still answering Stripe's questions; finished but refused or switched off by Stripe; ready. */
export function statusOf(connected: Connection): AccountStatus {
  if (connected === null) return 'NOT_CONNECTED';
  if (!connected.detailsSubmitted) return 'ONBOARDING';
  return connected.chargesEnabled ? 'READY' : 'RESTRICTED';
}
