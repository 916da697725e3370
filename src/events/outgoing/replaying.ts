import { sql } from 'kysely';
import type { Viewer } from '../../access/viewer.js';
import { dayMs, later } from '../../base/clock.js';
import { Refusal } from '../../base/errors.js';
import { atomically, type Tx, type Work } from '../../db/work.js';
import { readWebhookEndpoint } from './registering.js';
import type { WebhookEndpointRow } from './webhook-endpoint.js';

const idsMax = 100; // a page of the list
const sinceMax = 10_000; // changes of one replay, the oldest first; the same again goes on from there

/** Some deliveries by their ids, or all that an endpoint should have been told since an instant and was not. */
export interface Replay {
  endpointId: string;
  ids: string[] | null;
  since: Date | null;
}

/**
 * Has an endpoint told again: deliveries it once took, too, where they are named; since an instant, what was given up and what changed while it was off.
 * Answers how many. Refuses with INVALID what names neither, or an instant before what is kept, with CONFLICT while the endpoint is off.
 */
export async function replayDeliveries(work: Work, viewer: Viewer, { endpointId, ids, since }: Replay): Promise<number> {
  const endpoint = await readWebhookEndpoint(work, viewer, endpointId, 'replayDeliveries');
  if ((ids === null) === (since === null)) throw new Refusal('INVALID', 'Name either deliveries or a time.', ['ids']);
  const { outboxDays } = work.config.kept;
  if (since !== null && since < later(work.wallClock.now(), -outboxDays * dayMs))
    throw new Refusal('INVALID', `What changed is kept for ${outboxDays} days.`, ['since'], 'Name a later time, and read the rest from the API.');
  if (ids && (ids.length === 0 || ids.length > idsMax))
    throw new Refusal('INVALID', `${ids.length} deliveries were named; it takes 1 to ${idsMax}.`, ['ids']);
  if (endpoint.disabledAt !== null) throw new Refusal('CONFLICT', 'The endpoint is switched off.', ['endpointId'], 'Switch it on first.');
  return atomically(work, async (tx) =>
    since === null ? again(tx, endpoint, ids ?? []) : (await givenUp(tx, endpoint, since)) + (await missed(tx, endpoint, since)),
  );
}

const anew = (tx: Tx) => ({ state: 'PENDING' as const, retryCount: 0, concludedAt: null, nextAttemptAt: tx.wallClock.now() });

async function again(tx: Tx, { id }: WebhookEndpointRow, ids: string[]): Promise<number> {
  const { numUpdatedRows } = await tx.sql
    .updateTable('webhookDelivery')
    .set(anew(tx))
    .where('endpointId', '=', id)
    .where('id', 'in', ids)
    .where('state', '!=', 'PENDING')
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

async function givenUp(tx: Tx, { id }: WebhookEndpointRow, since: Date): Promise<number> {
  const { numUpdatedRows } = await tx.sql
    .with('given_up', (query) =>
      query
        .selectFrom('webhookDelivery')
        .select('id')
        .where('endpointId', '=', id)
        .where('recordedAt', '>=', since)
        .where('state', '=', 'FAILED')
        .orderBy('id')
        .limit(sinceMax),
    )
    .updateTable('webhookDelivery')
    .from('given_up')
    .set(anew(tx))
    .whereRef('webhookDelivery.id', '=', 'given_up.id')
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

/** What changed while the endpoint was off was queued for nobody: it is read from the outbox, which keeps it for longer than anybody may ask back. */
async function missed(tx: Tx, { id, accountId, topics }: WebhookEndpointRow, since: Date): Promise<number> {
  const { numInsertedOrUpdatedRows } = await tx.sql
    .insertInto('webhookDelivery')
    .columns([
      'id',
      'endpointId',
      'subjectId',
      'sequence',
      'topic',
      'tenantId',
      'accountId',
      'recordedAt',
      'nextAttemptAt',
      'state',
      'attemptCount',
      'retryCount',
    ])
    .expression((query) =>
      query
        .selectFrom('outboxEvent')
        .select((row) => [
          sql<string>`app.new_delivery_id()`.as('id'),
          row.val(id).as('endpointId'),
          'subjectId',
          'sequence',
          'topic',
          'tenantId',
          'accountId',
          'recordedAt',
          row.val(tx.wallClock.now()).as('nextAttemptAt'),
          sql<'PENDING'>`'PENDING'`.as('state'),
          sql<number>`0`.as('attemptCount'),
          sql<number>`0`.as('retryCount'),
        ])
        .where('recordedAt', '>=', since)
        .$if(accountId !== null, (own) => own.where('accountId', '=', accountId as string))
        .where(sql<boolean>`app.wants(${topics}::text[], topic)`)
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('webhookDelivery as told')
                .select('told.id')
                .where('told.endpointId', '=', id)
                .whereRef('told.subjectId', '=', 'outboxEvent.subjectId')
                .whereRef('told.sequence', '=', 'outboxEvent.sequence'),
            ),
          ),
        )
        .orderBy('recordedAt')
        .limit(sinceMax),
    )
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return Number(numInsertedOrUpdatedRows ?? 0);
}
