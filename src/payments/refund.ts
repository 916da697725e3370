import { defineEntity, p } from '@mikro-orm/postgresql';
import type { ColumnsOf } from '../db/database.js';

export type RefundStatus = 'REQUESTED' | 'SUCCEEDED' | 'FAILED';

/** Money on its way back to a buyer. The row is there before Stripe is asked. */
export const RefundEntity = defineEntity({
  name: 'Refund',
  tableName: 'refund',
  properties: {
    id: p.string().primary(),
    tenantId: p.string(),
    paymentId: p.string(),
    amountMinor: p.bigint('number'),
    currency: p.string(),
    reason: p.string().nullable(),
    /** Whether the platform gives its share of the fee back with it. */
    feeReturned: p.boolean(),
    status: p.string().$type<RefundStatus>(),
    stripeRefundId: p.string().nullable(),
    requestedBy: p.string(),
    failureMessage: p.string().nullable(),
    createdAt: p.datetime(),
    concludedAt: p.datetime().nullable(),
  },
});
export type RefundRow = ColumnsOf<typeof RefundEntity>;

declare module '../db/database.js' {
  interface Tables {
    refund: RefundRow;
  }
}
