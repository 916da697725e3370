import { defineEntity, p } from '@mikro-orm/postgresql';
import type { ColumnsOf } from '../db/database.js';

/** How one payment was split, frozen in the transaction that recorded it. The database refuses to change or delete one. */
export const CommissionSnapshotEntity = defineEntity({
  name: 'CommissionSnapshot',
  tableName: 'commission_snapshot',
  properties: {
    id: p.string().primary(),
    tenantId: p.string(),
    paymentId: p.string(),
    percentageBps: p.integer(),
    fixedFeeMinor: p.bigint('number'),
    feeFloorMinor: p.bigint('number').nullable(),
    feeCapMinor: p.bigint('number').nullable(),
    vatBps: p.integer(),
    feeMode: p.string().$type<'INCLUDED' | 'ADDED'>(),
    quantity: p.integer(),
    currency: p.string(),
    subtotalMinor: p.bigint('number'),
    platformFeeMinor: p.bigint('number'),
    vatMinor: p.bigint('number'),
    sellerTransferMinor: p.bigint('number'),
    totalChargedMinor: p.bigint('number'),
    createdAt: p.datetime(),
  },
});
export type CommissionSnapshotRow = ColumnsOf<typeof CommissionSnapshotEntity>;

declare module '../db/database.js' {
  interface Tables {
    commissionSnapshot: CommissionSnapshotRow;
  }
}
