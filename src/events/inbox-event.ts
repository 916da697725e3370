import { defineEntity, p } from '@mikro-orm/postgresql';
import type { ColumnsOf } from '../db/database.js';

export const inboxStates = ['RECEIVED', 'APPLIED', 'IGNORED', 'PARKED'] as const;
/** Received, then applied or ignored; parked when applying failed too often, until somebody replays it. */
export type InboxState = (typeof inboxStates)[number];

/** One event of Stripe's, stored before anything is done about it: once per stream and event id, whatever brought it. */
export const InboxEventEntity = defineEntity({
  name: 'InboxEvent',
  tableName: 'inbox_event',
  properties: {
    /** `platform`, or `connect:acct_…`. */
    stream: p.string().primary(),
    stripeEventId: p.string().primary(),
    /** Ours, sorted by when it came. */
    id: p.string(),
    type: p.string(),
    objectId: p.string().nullable(),
    livemode: p.boolean(),
    /** What brought it first; RESYNC is none of Stripe's own, but an object to read again after events may have been missed. */
    source: p.string().$type<'WEBHOOK' | 'POLL' | 'RESYNC'>(),
    payload: p.string(),
    happenedAt: p.datetime(),
    receivedAt: p.datetime(),
    /** When a webhook brought it, first or after a poll; null while none has. */
    deliveredAt: p.datetime().nullable(),
    state: p.string().$type<InboxState>(),
    attemptCount: p.integer(),
    nextAttemptAt: p.datetime(),
    lockedUntil: p.datetime().nullable(),
    error: p.string().nullable(),
    concludedAt: p.datetime().nullable(),
  },
});
export type InboxEventRow = ColumnsOf<typeof InboxEventEntity>;

declare module '../db/database.js' {
  interface Tables {
    inboxEvent: InboxEventRow;
  }
}
