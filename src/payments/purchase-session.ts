import { defineEntity, p } from '@mikro-orm/postgresql';
import type { BillingInterval } from '../accounts/account.js';
import type { ColumnsOf } from '../db/database.js';

export type ChargeModel = 'DIRECT' | 'SEPARATE';
export type PurchaseKind = 'ONE_TIME' | 'MEMBERSHIP' | 'OFFERING';
export type PurchaseStatus = 'CREATING' | 'OPEN' | 'PROCESSING' | 'COMPLETED' | 'FAILED' | 'EXPIRED';

/** A buyer on the way to paying: what they were quoted, frozen, and the Checkout Session they were sent to. */
export const PurchaseSessionEntity = defineEntity({
  name: 'PurchaseSession',
  tableName: 'purchase_session',
  properties: {
    id: p.string().primary(),
    tenantId: p.string(),
    accountId: p.string(),
    /** Null for a charge on the platform's own account. */
    connectedAccountId: p.string().nullable(),
    offeringId: p.string().nullable(),
    kind: p.string().$type<PurchaseKind>(),
    chargeModel: p.string().$type<ChargeModel>(),
    status: p.string().$type<PurchaseStatus>(),
    email: p.string(),
    interval: p.string().$type<BillingInterval>().nullable(),
    currency: p.string(),
    quantity: p.integer(),
    percentageBps: p.integer(),
    fixedFeeMinor: p.bigint('number'),
    feeFloorMinor: p.bigint('number').nullable(),
    feeCapMinor: p.bigint('number').nullable(),
    vatBps: p.integer(),
    feeMode: p.string().$type<'INCLUDED' | 'ADDED'>(),
    subtotalMinor: p.bigint('number'),
    platformFeeMinor: p.bigint('number'),
    vatMinor: p.bigint('number'),
    sellerTransferMinor: p.bigint('number'),
    totalChargedMinor: p.bigint('number'),
    stripeSessionId: p.string().nullable(),
    expiresAt: p.datetime(),
    completedAt: p.datetime().nullable(),
    createdAt: p.datetime(),
  },
});
export type PurchaseSessionRow = ColumnsOf<typeof PurchaseSessionEntity>;

declare module '../db/database.js' {
  interface Tables {
    purchaseSession: PurchaseSessionRow;
  }
}
