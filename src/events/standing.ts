import type { Work } from '../db/work.js';
import { inboxCounts } from './reading.js';
import { endpointStandings } from './streams/silence.js';

/** How events stand, in and out, as those who run it watch it. */
export interface EventsStanding {
  inbox: { received: number; parked: number };
  /** Of the stream that was read longest ago: how far back all is seen. */
  checkpointAgeSeconds: number;
  failingStreams: number;
  /** Webhook endpoints at Stripe that miss events: 0, 1 or 2. */
  silentEndpoints: number;
  /** What partners are still to be told, and since when the oldest of it waits. */
  pendingDeliveries: number;
  oldestDeliverySeconds: number;
  /** Partners' endpoints that were switched off by themselves. */
  disabledEndpoints: number;
}

/** Read with a few statements that indexes answer, whenever somebody asks. */
export async function eventsStanding(work: Work): Promise<EventsStanding> {
  const now = work.clock.now();
  const ageSeconds = (since: Date | null, until: Date) => (since === null ? 0 : Math.max(0, (until.getTime() - since.getTime()) / 1_000));
  const [inbox, streams, endpoints, deliveries, disabled] = await Promise.all([
    inboxCounts(work),
    work.read
      .selectFrom('eventStream')
      .select((row) => [row.fn.min('seenUntil').as('seenUntil'), row.fn.countAll<string>().filterWhere('failureCount', '>', 0).as('failing')])
      .where('closedAt', 'is', null)
      .executeTakeFirst(),
    endpointStandings(work),
    work.read
      .selectFrom('webhookDelivery')
      .select((row) => [row.fn.min('recordedAt').as('recordedAt'), row.fn.countAll<string>().as('count')])
      .where('state', '=', 'PENDING')
      .executeTakeFirst(),
    work.read
      .selectFrom('webhookEndpoint')
      .select((row) => row.fn.countAll<string>().as('count'))
      .where('removedAt', 'is', null)
      .where('disabledBecause', 'in', ['FAILING', 'GONE'])
      .executeTakeFirst(),
  ]);
  return {
    inbox,
    checkpointAgeSeconds: ageSeconds(streams?.seenUntil ?? null, now),
    failingStreams: Number(streams?.failing ?? 0),
    silentEndpoints: endpoints.filter(({ ok }) => !ok).length,
    pendingDeliveries: Number(deliveries?.count ?? 0),
    oldestDeliverySeconds: ageSeconds(deliveries?.recordedAt ?? null, work.wallClock.now()),
    disabledEndpoints: Number(disabled?.count ?? 0),
  };
}
