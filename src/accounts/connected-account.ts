import { defineEntity, p } from '@mikro-orm/postgresql';
import { at } from '../base/clock.js';
import type { ColumnsOf } from '../db/database.js';
import type { ControllerProfile } from '../stripe/controller-profiles.js';

/** `activeUntil` of the one connected account that is in use; a retired one carries the time it ended. */
export const stillActive = at(Date.UTC(9999, 11, 31, 23, 59, 59));

/** Why a connected account is no longer in use. */
export type RetiredCause = 'DISCONNECTED' | 'DEAUTHORIZED' | 'REJECTED' | 'REPLACED';

/** What Stripe asks of the seller, in Stripe's own field names. */
export interface Requirements {
  currentlyDue: string[];
  pastDue: string[];
  eventuallyDue: string[];
}

/** An account's Stripe account, past or present. The row is there before Stripe's is: `stripeAccountId` is null until Stripe answered. */
export const ConnectedAccountEntity = defineEntity({
  name: 'ConnectedAccount',
  tableName: 'connected_account',
  properties: {
    id: p.string().primary(),
    tenantId: p.string(),
    accountId: p.string(),
    stripeAccountId: p.string().nullable(),
    profile: p.string().$type<ControllerProfile>(),
    country: p.string(),
    serviceAgreement: p.string().$type<'full' | 'recipient'>(),
    detailsSubmitted: p.boolean(),
    chargesEnabled: p.boolean(),
    payoutsEnabled: p.boolean(),
    cardPaymentsCapability: p.string(),
    transfersCapability: p.string(),
    requirements: p.json().$type<Requirements>(),
    disabledReason: p.string().nullable(),
    currentDeadline: p.datetime().nullable(),
    defaultCurrency: p.string().nullable(),
    connectedAt: p.datetime().nullable(),
    /** When the read of Stripe began whose answer this row holds; an older answer never overwrites a newer one. */
    syncedAt: p.datetime().nullable(),
    activeUntil: p.datetime(),
    retiredCause: p.string().$type<RetiredCause>().nullable(),
    deletedAtStripeAt: p.datetime().nullable(),
    /** Why the account still exists at Stripe after a disconnection. */
    keptAtStripeBecause: p.string().nullable(),
    /** When the last payout was made that the seller's bank sent back, and Stripe's word for why; null where the last one arrived. */
    payoutSentBackAt: p.datetime().nullable(),
    payoutSentBackBecause: p.string().nullable(),
    createdAt: p.datetime(),
  },
});
export type ConnectedAccountRow = ColumnsOf<typeof ConnectedAccountEntity>;

/** Stripe no longer shows us anything of an account that left by itself or was deleted. */
export function isUnreachable(connected: ConnectedAccountRow): boolean {
  return connected.retiredCause === 'DEAUTHORIZED' || connected.deletedAtStripeAt !== null;
}

declare module '../db/database.js' {
  interface Tables {
    connectedAccount: ConnectedAccountRow;
  }
}
