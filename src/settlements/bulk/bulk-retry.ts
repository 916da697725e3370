import { defineEntity, p } from '@mikro-orm/postgresql';
import type { ColumnsOf } from '../../db/database.js';
import type { FailureCode } from '../../stripe/result.js';

/** Settlements that are retried together because they failed for one cause. */
export const BulkRetryEntity = defineEntity({
  name: 'BulkRetry',
  tableName: 'bulk_retry',
  properties: {
    id: p.string().primary(),
    cause: p.string().$type<FailureCode>(),
    reason: p.string(),
    startedBy: p.string(),
    startedAt: p.datetime(),
    /** Since when nothing of it waits any more; null while something does. */
    endedAt: p.datetime().nullable(),
    stoppedBy: p.string().nullable(),
  },
});
export type BulkRetryRow = ColumnsOf<typeof BulkRetryEntity>;

/** One settlement of a bulk retry. What became of it stands on the settlement. */
export const BulkRetryItemEntity = defineEntity({
  name: 'BulkRetryItem',
  tableName: 'bulk_retry_item',
  properties: {
    bulkRetryId: p.string().primary(),
    settlementId: p.string().primary(),
    tenantId: p.string(),
    /** When a worker took it up; null while it waits. */
    takenAt: p.datetime().nullable(),
    /** Whether it went back to be paid; false where it no longer failed for the cause. */
    reopened: p.boolean(),
  },
});

declare module '../../db/database.js' {
  interface Tables {
    bulkRetry: BulkRetryRow;
    bulkRetryItem: ColumnsOf<typeof BulkRetryItemEntity>;
  }
}
