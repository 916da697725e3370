import { defineEntity, p } from '@mikro-orm/postgresql';
import { addMinor, subtractMinor } from '../base/money.js';
import type { ColumnsOf } from '../db/database.js';
import type { Shares } from './commission.js';
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
    /** The tax in the rest of it, which was the platform's fee. */
    refundedVatMinor: p.bigint('number'),
    /** What its disputes hold or took, as far as they were not decided for the seller: who bears it, and the tax in the fee. */
    disputedSellerMinor: p.bigint('number'),
    disputedFeeMinor: p.bigint('number'),
    disputedVatMinor: p.bigint('number'),
    /** What Stripe took of a charge on the platform's account; null where it is the seller's, or while Stripe has not said. */
    processingFeeMinor: p.bigint('number').nullable(),
    availableOn: p.datetime().nullable(),
    /** Where it stands between its disputes that moved money. */
    disputeState: p.string().$type<DisputeState>(),
    /** When the buyer's bank said that it suspects fraud, and of what kind in Stripe's word; null while it has not. No money moves with it. */
    fraudWarnedAt: p.datetime().nullable(),
    fraudType: p.string().nullable(),
    checkoutSessionId: p.string().nullable(),
    invoiceId: p.string().nullable(),
    paymentIntentId: p.string().nullable(),
    chargeId: p.string().nullable(),
    /** Stripe's id of the platform's fee of a seller's own charge. */
    applicationFeeId: p.string().nullable(),
    recordedFrom: p.string().$type<SyncSource>(),
    paidAt: p.datetime(),
    createdAt: p.datetime(),
  },
});
export type PaymentRow = ColumnsOf<typeof PaymentEntity>;

/** What has left a payment on the platform's account so far, and who bore it. */
export function goneOf(payment: PaymentRow): Shares {
  const { refundedMinor, refundedSellerMinor, refundedVatMinor, disputedSellerMinor, disputedFeeMinor, disputedVatMinor } = payment;
  return {
    sellerMinor: addMinor(refundedSellerMinor, disputedSellerMinor),
    feeMinor: addMinor(subtractMinor(refundedMinor, refundedSellerMinor), disputedFeeMinor),
    vatMinor: addMinor(refundedVatMinor, disputedVatMinor),
  };
}

/** What of a payment has not left it. */
export function leftOf(payment: PaymentRow): number {
  const { sellerMinor, feeMinor } = goneOf(payment);
  return Math.max(0, subtractMinor(payment.amountMinor, addMinor(sellerMinor, feeMinor)));
}

declare module '../db/database.js' {
  interface Tables {
    payment: PaymentRow;
  }
}
