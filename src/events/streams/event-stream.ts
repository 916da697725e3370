import { defineEntity, p } from '@mikro-orm/postgresql';
import type { ColumnsOf } from '../../db/database.js';

/**
 * How far one account's list of events at Stripe has been read, and when it is read next. The row is the queue: whoever leases it polls it.
 * The database opens one with every Stripe account that is connected.
 */
export const EventStreamEntity = defineEntity({
  name: 'EventStream',
  tableName: 'event_stream',
  properties: {
    /** `platform`, or `connect:acct_…`. */
    name: p.string().primary(),
    /** The newest event stored with all before it; null before the first. */
    checkpointEventId: p.string().nullable(),
    /** All that happened before it is in the inbox; what Stripe shows late, within the overlap of the next poll. */
    seenUntil: p.datetime(),
    /** Whether events may have been missed for good, so that the objects themselves are read again with the next poll. */
    resyncWanted: p.boolean(),
    lastEventAt: p.datetime().nullable(),
    lastPolledAt: p.datetime().nullable(),
    nextPollAt: p.datetime(),
    lockedUntil: p.datetime().nullable(),
    /** Grows with each lease: who holds an older one can write nothing more. */
    lockToken: p.integer(),
    /** Polls that failed since the last that did not. */
    failureCount: p.integer(),
    error: p.string().nullable(),
    openedAt: p.datetime(),
    /** When Stripe no longer let us read it: its account has left. */
    closedAt: p.datetime().nullable(),
  },
});
export type EventStreamRow = ColumnsOf<typeof EventStreamEntity>;

declare module '../../db/database.js' {
  interface Tables {
    eventStream: EventStreamRow;
  }
}
