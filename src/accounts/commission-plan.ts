import { defineEntity, p } from '@mikro-orm/postgresql';
import type { ColumnsOf } from '../db/database.js';

/**
 * An account's own commission for a time, in place of the platform's default. Its terms never change; it ends where the next begins,
 * and the database lets no two of one currency hold at once. One that was replaced before it began ends as it begins.
 */
export const CommissionPlanEntity = defineEntity({
  name: 'CommissionPlan',
  tableName: 'commission_plan',
  properties: {
    id: p.string().primary(),
    tenantId: p.string(),
    accountId: p.string(),
    /** The currency it is for; null for all that have no plan of their own. */
    currency: p.string().nullable(),
    percentageBps: p.integer(),
    /** In minor units of the currency of the purchase. */
    fixedFeeMinor: p.bigint('number'),
    feeFloorMinor: p.bigint('number').nullable(),
    feeCapMinor: p.bigint('number').nullable(),
    vatBps: p.integer(),
    feeMode: p.string().$type<'INCLUDED' | 'ADDED'>(),
    validFrom: p.datetime(),
    /** The far sentinel where no end is set. */
    validUntil: p.datetime(),
    createdBy: p.string(),
  },
});
export type CommissionPlanRow = ColumnsOf<typeof CommissionPlanEntity>;

declare module '../db/database.js' {
  interface Tables {
    commissionPlan: CommissionPlanRow;
  }
}
