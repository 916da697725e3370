import { defineEntity, p } from '@mikro-orm/postgresql';
import type { ColumnsOf } from '../db/database.js';

/**
 * One change that partners are told of: a noun and what became of it, `settlement.settled`. It carries no more than whose it is: who hears of it
 * reads the subject as it stands. Triggers of the subjects' tables write it, in the transaction of the change; it never changes.
 */
export const OutboxEventEntity = defineEntity({
  name: 'OutboxEvent',
  tableName: 'outbox_event',
  properties: {
    /** The payment, membership, settlement, refund, dispute or account. */
    subjectId: p.string().primary(),
    /** Counts the subject's changes from 1, without a gap. */
    sequence: p.integer().primary(),
    topic: p.string(),
    tenantId: p.string(),
    accountId: p.string(),
    /** The database's time, which no simulated time turns. */
    recordedAt: p.datetime(),
  },
});
export type OutboxEventRow = ColumnsOf<typeof OutboxEventEntity>;

declare module '../db/database.js' {
  interface Tables {
    outboxEvent: OutboxEventRow;
  }
}
