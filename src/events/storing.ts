import { sql } from 'kysely';
import { newId } from '../base/ids.js';
import type { Tx } from '../db/work.js';
import type { ListedEvent } from '../stripe/events.js';
import type { EventHint } from '../stripe/signature.js';
import { asksForNothing } from './handlers.js';
import type { InboxEventRow, InboxState } from './inbox-event.js';

/** The name of the stream an event belongs to: the platform's own, or one connected account's. */
export function streamOf(event: Pick<EventHint, 'stripeAccountId'>): string {
  return event.stripeAccountId ? `connect:${event.stripeAccountId}` : 'platform';
}

/**
 * Puts events into the inbox with one statement, each once per stream and id, whatever brings it and however often. Answers those that are new.
 * What asks for nothing here is ignored at once, the rest waits to be applied. One that was polled before it was delivered is noted as delivered too. Rows are written in the order of their keys, so that no two callers wait for each other.
 */
export async function storeEvents(tx: Tx, events: ListedEvent[], source: InboxEventRow['source']): Promise<ListedEvent[]> {
  const byKey = new Map(events.map((told) => [`${streamOf(told.event)} ${told.event.id}`, told]));
  if (byKey.size === 0) return [];
  const rows = [...byKey.keys()].sort().map((key) => rowOf(tx, byKey.get(key) as ListedEvent));
  const now = tx.clock.now();
  const whereItIs =
    source === 'WEBHOOK' ? sql`do update set delivered_at = excluded.delivered_at where inbox_event.delivered_at is null` : sql`do nothing`;
  const stored = await sql<{ key: string }>`
    with stored as (
      insert into inbox_event (id, stream, stripe_event_id, type, object_id, livemode, payload, happened_at, source, received_at, delivered_at, state, next_attempt_at, concluded_at)
      select id, stream, stripe_event_id, type, object_id, livemode, payload, happened_at,
        ${source}, ${now}::timestamptz, ${source === 'WEBHOOK' ? now : null}::timestamptz,
        state, ${now}::timestamptz, case state when 'IGNORED' then ${now}::timestamptz end
      from json_to_recordset(${JSON.stringify(rows)}::json) as told
        (id text, stream text, stripe_event_id text, type text, object_id text, livemode boolean, payload text, happened_at timestamptz, state text)
      on conflict (stream, stripe_event_id) ${whereItIs}
      returning stream || ' ' || stripe_event_id as key, xmax = 0 as is_new -- of a row that was there, it is the transaction that changes it now
    )
    select key from stored where is_new`.execute(tx.sql);
  return stored.rows.map(({ key }) => byKey.get(key) as ListedEvent);
}

function rowOf({ clock }: Tx, { event, payload }: ListedEvent) {
  const { id, type, objectId, livemode, happenedAt } = event;
  const state: InboxState = asksForNothing(event) ? 'IGNORED' : 'RECEIVED';
  return {
    id: newId('inboxEvent', clock),
    stream: streamOf(event),
    stripe_event_id: id,
    type,
    object_id: objectId,
    livemode,
    payload,
    happened_at: happenedAt,
    state,
  };
}
