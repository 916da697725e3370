import { authorize } from '../../access/permissions.js';
import type { Viewer } from '../../access/viewer.js';
import type { Work } from '../../db/work.js';
import type { EventStreamRow } from './event-stream.js';

/** A stream and how many of its events are parked. */
export interface StreamStanding extends EventStreamRow {
  parkedCount: number;
}

/** Streams for staff, those that need somebody first: with parked events, then failing, then those read longest ago. One by its name, or up to `first`. */
export async function listStreams(
  work: Work,
  viewer: Viewer,
  { source, first }: { source: string | null; first: number },
): Promise<StreamStanding[]> {
  authorize(viewer, 'eventStreams', null);
  const rows = await work.read
    .with('parked', (query) =>
      query
        .selectFrom('inboxEvent')
        .select((row) => ['stream', row.fn.countAll<string>().as('count')])
        .where('state', '=', 'PARKED')
        .groupBy('stream'),
    )
    .selectFrom('eventStream')
    .leftJoin('parked', 'parked.stream', 'eventStream.name')
    .selectAll('eventStream')
    .select('parked.count')
    .$if(source !== null, (query) => query.where('name', '=', source as string))
    .orderBy('parked.count', (order) => order.desc().nullsLast())
    .orderBy('failureCount', 'desc')
    .orderBy('closedAt', (order) => order.desc().nullsFirst())
    .orderBy('lastPolledAt', (order) => order.asc().nullsFirst())
    .limit(first)
    .execute();
  return rows.map(({ count, ...row }) => ({ ...row, parkedCount: Number(count ?? 0) }));
}
