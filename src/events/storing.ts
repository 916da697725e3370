import { sql } from 'kysely';
import { newId } from '../base/ids.js';
import type { Tx } from '../db/work.js';
import type { ListedEvent } from '../stripe/events.js';
import type { EventHint } from '../stripe/signature.js';
import type { InboxEventRow } from './inbox-event.js';

/** The name of the stream an event belongs to: the platform's own, or one connected account's. */
export function streamOf(event: Pick<EventHint, 'stripeAccountId'>): string {
  return event.stripeAccountId ? `connect:${event.stripeAccountId}` : 'platform';
}

/**
 * Puts events into the inbox, each once per stream and id, whatever brings it and however often. Answers how many are new.
 * One that was polled before it was delivered is noted as delivered too.
 */
export async function storeEvents(tx: Tx, events: ListedEvent[], source: InboxEventRow['source']): Promise<number> {
  if (events.length === 0) return 0;
  const now = tx.clock.now();
  const deliveredAt = source === 'WEBHOOK' ? now : null;
  const stored = await tx.sql
    .insertInto('inboxEvent')
    .values(events.map(({ event, payload }) => rowOf(tx, event, payload, source, deliveredAt)))
    .onConflict((conflict) => {
      const same = conflict.columns(['stream', 'stripeEventId']);
      return deliveredAt === null ? same.doNothing() : same.doUpdateSet({ deliveredAt }).where('inboxEvent.deliveredAt', 'is', null);
    })
    .returning(sql<boolean>`xmax = 0`.as('isNew')) // of a row that was there, it is the transaction that changes it now
    .execute();
  return stored.filter(({ isNew }) => isNew).length;
}

function rowOf(tx: Tx, event: EventHint, payload: string, source: InboxEventRow['source'], deliveredAt: Date | null): InboxEventRow {
  const { id, type, objectId, livemode, happenedAt } = event;
  const now = tx.clock.now();
  return {
    id: newId('inboxEvent', tx.clock),
    stream: streamOf(event),
    stripeEventId: id,
    type,
    objectId,
    livemode,
    source,
    payload,
    happenedAt,
    receivedAt: now,
    deliveredAt,
    state: 'RECEIVED',
    attemptCount: 0,
    nextAttemptAt: now,
    lockedUntil: null,
    error: null,
    concludedAt: null,
  };
}
