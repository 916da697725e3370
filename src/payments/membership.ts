import { defineEntity, p } from '@mikro-orm/postgresql';
import type { BillingInterval } from '../accounts/account.js';
import type { ColumnsOf } from '../db/database.js';

export const membershipStatuses = ['INCOMPLETE', 'INCOMPLETE_EXPIRED', 'TRIALING', 'ACTIVE', 'PAST_DUE', 'UNPAID', 'PAUSED', 'CANCELED'] as const;
/** Stripe's subscription status, in our spelling. */
export type MembershipStatus = (typeof membershipStatuses)[number];

/** A buyer's subscription to a seller, mirrored from Stripe; ended here first when the seller leaves. */
export const MembershipEntity = defineEntity({
  name: 'Membership',
  tableName: 'membership',
  properties: {
    id: p.string().primary(),
    tenantId: p.string(),
    accountId: p.string(),
    connectedAccountId: p.string(),
    purchaseSessionId: p.string().nullable(),
    stripeSubscriptionId: p.string(),
    email: p.string(),
    status: p.string().$type<MembershipStatus>(),
    priceMinor: p.bigint('number'),
    currency: p.string(),
    interval: p.string().$type<BillingInterval>(),
    percentageBps: p.integer(),
    vatBps: p.integer(),
    currentPeriodEnd: p.datetime().nullable(),
    cancelAtPeriodEnd: p.boolean(),
    canceledAt: p.datetime().nullable(),
    /**
     * Set when we ended it ourselves: from then on no event brings it back to life. A seller who takes the platform's access away at Stripe ends none:
     * buyers go on paying them there, until they stop it with the seller.
     */
    endedBecause: p.string().$type<'DISCONNECTED'>().nullable(),
    /** When the read of Stripe began whose answer this row holds. */
    syncedAt: p.datetime(),
    createdAt: p.datetime(),
  },
});
export type MembershipRow = ColumnsOf<typeof MembershipEntity>;

declare module '../db/database.js' {
  interface Tables {
    membership: MembershipRow;
  }
}

/** Over for good: one that waits for its first payment, or is not paid, is not. */
export function hasEnded({ status, endedBecause }: Pick<MembershipRow, 'status' | 'endedBecause'>): boolean {
  return endedBecause !== null || status === 'CANCELED' || status === 'INCOMPLETE_EXPIRED';
}

/** A member: paying, trying, or given time to mend a failed renewal. */
export function isActive(membership: Pick<MembershipRow, 'status' | 'endedBecause'>): boolean {
  if (membership.endedBecause !== null) return false;
  return membership.status === 'ACTIVE' || membership.status === 'TRIALING' || membership.status === 'PAST_DUE';
}
