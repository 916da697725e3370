import { defineEntity, p } from '@mikro-orm/postgresql';
import type { ColumnsOf } from '../db/database.js';
import type { ChargeModel } from './purchase-session.js';

export type PaymentKind = 'ONE_TIME' | 'MEMBERSHIP_INVOICE' | 'OFFERING';
export type DisputeState = 'NONE' | 'OPEN' | 'WON' | 'LOST';
/** What told us of a Stripe object first or last. */
export type SyncSource = 'RETURN' | 'WEBHOOK' | 'POLL' | 'STAFF';

/** Money a buyer has paid. One per Checkout Session, per invoice and per charge, however often and from wherever we hear of it. */
export const PaymentEntity = defineEntity({
  name: 'Payment',
  tableName: 'payment',
  properties: {
    id: p.string().primary(),
    tenantId: p.string(),
    accountId: p.string(),
    /** Null for a charge on the platform's own account. */
    connectedAccountId: p.string().nullable(),
    purchaseSessionId: p.string().nullable(),
    membershipId: p.string().nullable(),
    offeringId: p.string().nullable(),
    kind: p.string().$type<PaymentKind>(),
    chargeModel: p.string().$type<ChargeModel>(),
    email: p.string(),
    quantity: p.integer(),
    amountMinor: p.bigint('number'),
    currency: p.string(),
    /** As Stripe's charge says; only ever grows. */
    refundedMinor: p.bigint('number'),
    /** The seller's part of that, where the platform was charged and gives it back; 0 for a seller's own charge. */
    refundedSellerMinor: p.bigint('number'),
    /** What Stripe took of a charge on the platform's account; null where it is the seller's, or while Stripe has not said. */
    processingFeeMinor: p.bigint('number').nullable(),
    availableOn: p.datetime().nullable(),
    /** Where it stands between its disputes that moved money. */
    disputeState: p.string().$type<DisputeState>(),
    checkoutSessionId: p.string().nullable(),
    invoiceId: p.string().nullable(),
    paymentIntentId: p.string().nullable(),
    chargeId: p.string().nullable(),
    recordedFrom: p.string().$type<SyncSource>(),
    paidAt: p.datetime(),
    createdAt: p.datetime(),
  },
});
export type PaymentRow = ColumnsOf<typeof PaymentEntity>;

declare module '../db/database.js' {
  interface Tables {
    payment: PaymentRow;
  }
}
