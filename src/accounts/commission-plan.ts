import { defineEntity, p } from '@mikro-orm/postgresql';
import type { ColumnsOf } from '../db/database.js';

/** An account's own commission, in place of the platform's default. Never changed: a new one ends the last one's validity. */
export const CommissionPlanEntity = defineEntity({
  name: 'CommissionPlan',
  tableName: 'commission_plan',
  properties: {
    id: p.string().primary(),
    tenantId: p.string(),
    accountId: p.string(),
    percentageBps: p.integer(),
    /** In minor units of the currency of the purchase. */
    fixedFeeMinor: p.bigint('number'),
    vatBps: p.integer(),
    feeMode: p.string().$type<'INCLUDED' | 'ADDED'>(),
    validFrom: p.datetime(),
    /** The far sentinel for the plan in force. */
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
