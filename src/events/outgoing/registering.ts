import { sql } from 'kysely';
import { type Action, authorize, isAllowed } from '../../access/permissions.js';
import { actorOf, ownAccountOf, type Viewer } from '../../access/viewer.js';
import { hourMs, later } from '../../base/clock.js';
import { notFound, Refusal } from '../../base/errors.js';
import { isId, newId } from '../../base/ids.js';
import { checkLine, nameLength } from '../../base/text.js';
import { atomically, type Tx, type Work } from '../../db/work.js';
import { checkUrl, reachableFrom } from './addresses.js';
import { keepSecret, postSigned } from './secrets.js';
import type { Answer } from './sending.js';
import { newSigningSecret } from './signing.js';
import { isTopic } from './topics.js';
import type { DisabledBecause, WebhookEndpointRow } from './webhook-endpoint.js';

const endpointsMax = 10; // of one account, or of the platform: each costs a request per change
const overlapMs = 24 * hourMs; // for which a replaced secret signs too

/** An endpoint with its secret, which is shown here and never again. */
export interface Registered {
  endpoint: WebhookEndpointRow;
  secret: string;
}

/**
 * Makes an endpoint, of a seller's own account, or by an administrator of any account or of the platform; it is told of what changes from now on.
 * Refuses with INVALID: an address that is not https on the open Internet, a topic that is none, too many endpoints.
 */
export async function createWebhookEndpoint(
  work: Work,
  viewer: Viewer,
  input: { accountId: string | null; url: string; name: string; topics: string[] },
): Promise<Registered> {
  const accountId = input.accountId ?? ownAccountOf(viewer)?.accountId ?? null;
  authorize(viewer, 'createWebhookEndpoint', accountId === null ? null : { accountId });
  const asked = {
    name: checkLine(input.name, nameLength, ['name']),
    topics: checkTopics(input.topics),
    url: await checkUrl(input.url, reachableFrom(work)),
  };

  const secret = newSigningSecret();
  const endpoint = await atomically(work, async (tx) => {
    const tenantId = accountId === null ? null : await tenantOf(tx, accountId);
    await checkCount(tx, accountId);
    const created = await tx.sql
      .insertInto('webhookEndpoint')
      .values({
        ...asked,
        id: newId('webhookEndpoint', tx.wallClock),
        tenantId,
        accountId,
        createdBy: actorOf(viewer),
        createdAt: tx.wallClock.now(),
        rotatedAt: null,
        disabledAt: null,
        disabledBecause: null,
        removedAt: null,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    await keepSecret(tx, work.config.sealingKeys, { endpointId: created.id, number: 1, secret });
    return created;
  });
  return { endpoint, secret };
}

/** What of an endpoint is to be another from now on; what is absent stays. */
export interface EndpointChange {
  id: string;
  url?: string | null | undefined;
  name?: string | null | undefined;
  topics?: string[] | null | undefined;
  enabled?: boolean | null | undefined;
}

/**
 * Changes where and of what an endpoint is told, switches it off, or on again. What it missed while it was off is told by a replay.
 * Refuses with INVALID like making one.
 */
export async function updateWebhookEndpoint(work: Work, viewer: Viewer, change: EndpointChange): Promise<WebhookEndpointRow> {
  const endpoint = await readWebhookEndpoint(work, viewer, change.id, 'updateWebhookEndpoint');
  const { url, name, topics, enabled } = change;
  const columns = {
    ...(url == null ? {} : { url: await checkUrl(url, reachableFrom(work)) }),
    ...(name == null ? {} : { name: checkLine(name, nameLength, ['name']) }),
    ...(topics == null ? {} : { topics: checkTopics(topics) }),
    ...(enabled === true ? { disabledAt: null, disabledBecause: null } : {}),
  };
  await atomically(work, async (tx) => {
    if (Object.keys(columns).length > 0) await tx.sql.updateTable('webhookEndpoint').set(columns).where('id', '=', endpoint.id).execute();
    if (enabled === false) await disable(tx, endpoint.id, 'ASKED');
  });
  return readWebhookEndpoint(work, viewer, change.id);
}

/** Switches an endpoint off; what it was still to be told is given up by and by, until somebody replays it. False where it was off already. */
export async function disable(tx: Tx, endpointId: string, because: DisabledBecause): Promise<boolean> {
  const { numUpdatedRows } = await tx.sql
    .updateTable('webhookEndpoint')
    .set({ disabledAt: tx.wallClock.now(), disabledBecause: because })
    .where('id', '=', endpointId)
    .where('disabledAt', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Gives up what endpoints that are off were still to be told, so many at a time: there may be very much of it. Answers how many. */
export async function giveUpOnDisabled(work: Work, limit: number): Promise<number> {
  const { numUpdatedRows } = await atomically(work, (tx) =>
    tx.sql
      .with('over', (query) =>
        query
          .selectFrom('webhookDelivery')
          .innerJoin('webhookEndpoint', 'webhookEndpoint.id', 'webhookDelivery.endpointId')
          .select('webhookDelivery.id')
          .where('webhookEndpoint.disabledAt', 'is not', null)
          .where('webhookDelivery.state', '=', sql.lit('PENDING'))
          .limit(limit)
          .forUpdate('webhookDelivery')
          .skipLocked(),
      )
      .updateTable('webhookDelivery')
      .from('over')
      .set({ state: 'FAILED', concludedAt: tx.wallClock.now(), lockedUntil: null })
      .whereRef('webhookDelivery.id', '=', 'over.id')
      .executeTakeFirst(),
  );
  return Number(numUpdatedRows);
}

/** Gives an endpoint a new secret; the present one signs too for 24 hours more, so that its receiver can change over. */
export async function rotateWebhookSecret(work: Work, viewer: Viewer, id: string): Promise<Registered> {
  await readWebhookEndpoint(work, viewer, id, 'rotateWebhookSecret');
  const secret = newSigningSecret();
  const endpoint = await atomically(work, async (tx) => {
    const now = tx.wallClock.now();
    const rotated = await tx.sql.updateTable('webhookEndpoint').set({ rotatedAt: now }).where('id', '=', id).returningAll().executeTakeFirstOrThrow();
    const newest = await tx.sql
      .updateTable('webhookSecret')
      .set({ validUntil: later(now, overlapMs) })
      .where('endpointId', '=', id)
      .where('validUntil', 'is', null)
      .returning('number')
      .executeTakeFirstOrThrow();
    await keepSecret(tx, work.config.sealingKeys, { endpointId: id, number: newest.number + 1, secret });
    return rotated;
  });
  return { endpoint, secret };
}

/** Removes an endpoint: it is told nothing more and is listed no longer. Safe to repeat. */
export async function removeWebhookEndpoint(work: Work, viewer: Viewer, id: string): Promise<void> {
  const endpoint = await readWebhookEndpoint(work, viewer, id, 'removeWebhookEndpoint');
  await atomically(work, async (tx) => {
    await disable(tx, endpoint.id, 'ASKED');
    await tx.sql.updateTable('webhookEndpoint').set({ removedAt: tx.wallClock.now() }).where('id', '=', endpoint.id).execute();
  });
}

/** Sends a signed test to an endpoint, now and once, and tells what came of it. Nothing is kept. */
export async function testWebhookEndpoint(work: Work, viewer: Viewer, id: string): Promise<Answer> {
  const endpoint = await readWebhookEndpoint(work, viewer, id, 'testWebhookEndpoint');
  const sentAt = work.wallClock.now();
  const body = JSON.stringify({ type: 'test', timestamp: sentAt.toISOString(), data: { id: endpoint.id, accountId: endpoint.accountId } });
  return postSigned(work, endpoint, { id: `${endpoint.id}-test-${sentAt.getTime()}`, body }, sentAt);
}

/** One endpoint, for those who may do `action` with it. NOT_FOUND for anybody else's, and for one that was removed. */
export async function readWebhookEndpoint(work: Work, viewer: Viewer, id: string, action: Action = 'webhookEndpoints'): Promise<WebhookEndpointRow> {
  authorize(viewer, action, ownAccountOf(viewer));
  const endpoint = isId('webhookEndpoint', id)
    ? await work.read.selectFrom('webhookEndpoint').selectAll().where('id', '=', id).where('removedAt', 'is', null).executeTakeFirst()
    : undefined;
  if (!endpoint || !isAllowed(viewer, action, endpoint.accountId === null ? null : { accountId: endpoint.accountId }))
    throw notFound('webhook endpoint', id);
  return endpoint;
}

async function tenantOf(tx: Tx, accountId: string): Promise<string> {
  const account = await tx.sql.selectFrom('account').select('tenantId').where('id', '=', accountId).forUpdate().executeTakeFirst();
  if (!account) throw notFound('account', accountId);
  return account.tenantId;
}

async function checkCount(tx: Tx, accountId: string | null): Promise<void> {
  const { count } = await tx.sql
    .selectFrom('webhookEndpoint')
    .select((row) => row.fn.countAll<string>().as('count'))
    .where('accountId', 'is not distinct from', accountId)
    .where('removedAt', 'is', null)
    .executeTakeFirstOrThrow();
  if (Number(count) >= endpointsMax) throw new Refusal('INVALID', `There are ${count} endpoints already.`, null, 'Remove one that nobody needs.');
}

function checkTopics(asked: string[]): string[] {
  const topics = [...new Set(asked)];
  for (const topic of topics)
    if (!isTopic(topic))
      throw new Refusal(
        'INVALID',
        `${JSON.stringify(topic.slice(0, 40))} is not a topic.`,
        ['topics'],
        'See webhookTopics, or leave topics out for all.',
      );
  return topics;
}
