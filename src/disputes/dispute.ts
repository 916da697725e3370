import { defineEntity, p } from '@mikro-orm/postgresql';
import type { ColumnsOf } from '../db/database.js';

export const disputeStatuses = ['NEEDS_RESPONSE', 'UNDER_REVIEW', 'WON', 'LOST', 'CLOSED'] as const;
/** CLOSED ends what never took money: an inquiry, or one that was prevented. */
export type DisputeStatus = (typeof disputeStatuses)[number];

/** A buyer's bank asking for a payment back. One per dispute at Stripe, however often and in whatever order we hear of it. */
export const DisputeEntity = defineEntity({
  name: 'Dispute',
  tableName: 'dispute',
  properties: {
    id: p.string().primary(),
    tenantId: p.string(),
    accountId: p.string(),
    paymentId: p.string(),
    stripeDisputeId: p.string(),
    status: p.string().$type<DisputeStatus>(),
    /** The bank only asks; no money has moved. */
    inquiry: p.boolean(),
    reason: p.string(),
    amountMinor: p.bigint('number'),
    currency: p.string(),
    /** What was taken of the balance, fees left out, and what came back. */
    withdrawnMinor: p.bigint('number'),
    reinstatedMinor: p.bigint('number'),
    feeMinor: p.bigint('number'),
    /** Who would bear what was withdrawn, fixed when it was: the seller, the platform's fee, and the tax in it. More than the payment is the platform's. */
    sellerMinor: p.bigint('number'),
    platformFeeMinor: p.bigint('number'),
    vatMinor: p.bigint('number'),
    evidenceDueBy: p.datetime().nullable(),
    openedAt: p.datetime(),
    closedAt: p.datetime().nullable(),
    syncedAt: p.datetime(),
    createdAt: p.datetime(),
  },
});
export type DisputeRow = ColumnsOf<typeof DisputeEntity>;

/** Whether nothing more can come of it. */
export function isDecided(status: DisputeStatus): boolean {
  return status === 'WON' || status === 'LOST' || status === 'CLOSED';
}

declare module '../db/database.js' {
  interface Tables {
    dispute: DisputeRow;
  }
}
