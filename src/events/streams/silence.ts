import { sql } from 'kysely';
import { authorize } from '../../access/permissions.js';
import type { Viewer } from '../../access/viewer.js';
import { hourMs, later, minuteMs } from '../../base/clock.js';
import type { Work } from '../../db/work.js';
import { handledTypes } from '../handlers.js';

const graceMs = 15 * minuteMs; // Stripe delivers within seconds; a first try that failed comes again within minutes
const lookBackMs = 24 * hourMs;

/** One of the two webhook endpoints at Stripe: how what it delivered compares with what was found by polling. */
export interface EndpointStanding {
  kind: 'PLATFORM' | 'CONNECT';
  /** False where events were found by polling that it never delivered. */
  ok: boolean;
  /** How many those are, of the last day. */
  undeliveredCount: number;
  /** Since when it has delivered nothing at all; null where it delivers, or nothing has happened. */
  silentSince: Date | null;
}

/** How Stripe's webhook endpoints do, for staff. */
export async function readEndpoints(work: Work, viewer: Viewer): Promise<EndpointStanding[]> {
  authorize(viewer, 'eventEndpoints', null);
  return endpointStandings(work);
}

/** Says in the log which endpoint is silent or misses events, which are still applied, later than they could be. Answers how many endpoints that are. */
export async function warnOfSilence(work: Work): Promise<number> {
  const failing = (await endpointStandings(work)).filter(({ ok }) => !ok);
  for (const endpoint of failing)
    work.log.error(endpoint, endpoint.silentSince ? 'a webhook endpoint at Stripe delivers nothing' : 'a webhook endpoint at Stripe misses events');
  return failing.length;
}

/** How both endpoints do. Of the types that are handled here alone: an endpoint at Stripe need not want the others. */
export async function endpointStandings(work: Work): Promise<EndpointStanding[]> {
  const now = work.clock.now();
  const isOfPlatform = sql<boolean>`stream = 'platform'`;
  const missed = await work.read
    .selectFrom('inboxEvent')
    .select((row) => [
      isOfPlatform.as('isPlatform'),
      row.fn.countAll<string>().as('count'),
      row.fn.min('receivedAt').as('since'),
      row.fn.min('id').as('firstId'),
    ])
    .where('source', '=', 'POLL')
    .where('deliveredAt', 'is', null)
    .where('receivedAt', '>=', later(now, -lookBackMs))
    .where('receivedAt', '<', later(now, -graceMs))
    .where('type', 'in', handledTypes)
    .groupBy(isOfPlatform)
    .execute();
  return Promise.all(
    (['PLATFORM', 'CONNECT'] as const).map(async (kind) => {
      const found = missed.find(({ isPlatform }) => isPlatform === (kind === 'PLATFORM'));
      if (!found) return { kind, ok: true, undeliveredCount: 0, silentSince: null };
      const delivered = await work.read
        .selectFrom('inboxEvent')
        .select('id')
        .where('id', '>', found.firstId)
        .where('deliveredAt', 'is not', null)
        .where(kind === 'PLATFORM' ? isOfPlatform : sql<boolean>`stream <> 'platform'`)
        .limit(1)
        .executeTakeFirst();
      return { kind, ok: false, undeliveredCount: Number(found.count), silentSince: delivered ? null : found.since };
    }),
  );
}
