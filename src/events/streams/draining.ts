import { at, dayMs, later, minuteMs } from '../../base/clock.js';
import { crashPoint } from '../../base/crash-points.js';
import { atomically, type Tx, type Work } from '../../db/work.js';
import { type EventPage, type ListedEvent, listEvents } from '../../stripe/events.js';
import type { StripeFailure } from '../../stripe/result.js';
import type { Scope } from '../../stripe/scope.js';
import { storeEvents } from '../storing.js';
import type { EventStreamRow } from './event-stream.js';
import { giveBack, holdOn } from './leasing.js';
import { nextPollAfter } from './pace.js';
import type { QuietStreams } from './quiet.js';

/** How far before the end of the last poll the next one begins: what Stripe shows late, and clocks that differ, are in it. */
export const overlapMs = 10 * minuteMs;
/** How long Stripe keeps events, less a day. Source: docs.stripe.com/api/events */
export const keptMs = 29 * dayMs;
const pagesMax = 50; // of one poll: five thousand events; the rest follows at once, and others get their turn between

/** Stripe did not show a page of a stream. */
export class PollFailed extends Error {
  constructor(readonly failure: StripeFailure) {
    super(failure.message);
  }
}

/**
 * Takes in what has happened on a leased stream since it was last read, and gives the stream back, a quiet one with others. Answers how many events are new.
 * Each page is stored together with the checkpoint behind it, so that whoever goes on after a crash goes on from there.
 */
export async function drain(work: Work, scope: Scope, stream: EventStreamRow, quiet: QuietStreams): Promise<number> {
  const startedAt = work.clock.now();
  const since = later(stream.seenUntil, -overlapMs);
  const first = await page(work, scope, null, since);
  if (first.rows.length === 0) {
    await quiet.add(stream, startedAt);
    return 0;
  }
  if (!first.hasMore) return atomically(work, (tx) => takeLast(tx, stream, first.rows, startedAt));
  if (stream.checkpointEventId === null) return backwards(work, scope, stream, first, since, startedAt);
  try {
    return await forwards(work, scope, stream, stream.checkpointEventId, since, startedAt);
  } catch (error) {
    if (!(error instanceof PollFailed) || error.failure.stripeCode !== 'resource_missing') throw error;
    work.log.warn({ stream: stream.name, checkpoint: stream.checkpointEventId }, 'Stripe no longer knows the checkpoint; all that is left is read');
    return backwards(work, scope, stream, first, since, startedAt, true);
  }
}

/** Oldest first, page after page, each with its checkpoint. */
async function forwards(work: Work, scope: Scope, stream: EventStreamRow, from: string, since: Date, startedAt: Date): Promise<number> {
  const isWithin = stream.lastEventAt !== null && stream.lastEventAt >= since; // where the checkpoint is older, all of the overlap is newer than it
  let count = isWithin ? await older(work, scope, stream, from, since) : 0;
  let cursor = from;
  for (let pages = 0; pages < pagesMax; pages++) {
    const { rows, hasMore } = await page(work, scope, { newerThan: cursor }, null);
    const [newest] = rows;
    if (!newest || !hasMore) return count + (await atomically(work, (tx) => takeLast(tx, stream, rows, startedAt)));
    count += await atomically(work, async (tx) => {
      await holdOn(tx, stream, upTo(stream, newest, newest.event.happenedAt));
      return (await storeEvents(tx, rows, 'POLL')).length;
    });
    crashPoint('stream.page_taken');
    cursor = newest.event.id;
  }
  await atomically(work, (tx) => giveBack(tx, stream, { nextPollAt: tx.clock.now(), lastPolledAt: startedAt }));
  return count;
}

/** Newest first, for want of a place to begin; only the end of it moves the checkpoint. */
async function backwards(work: Work, scope: Scope, stream: EventStreamRow, first: EventPage, since: Date, startedAt: Date, wasLost = false) {
  let count = await take(work, stream, first.rows);
  const oldest = first.rows.at(-1);
  if (oldest) count += await older(work, scope, stream, oldest.event.id, since);
  const lost = wasLost ? { resyncWanted: true } : {};
  return count + (await atomically(work, (tx) => takeLast(tx, stream, first.rows.slice(0, 1), startedAt, lost)));
}

/** What happened before an event, back to an instant, without any checkpoint. */
async function older(work: Work, scope: Scope, stream: EventStreamRow, than: string, since: Date): Promise<number> {
  let [count, cursor] = [0, than];
  for (;;) {
    const { rows, hasMore } = await page(work, scope, { olderThan: cursor }, since);
    if (rows.length > 0) count += await take(work, stream, rows);
    const oldest = rows.at(-1);
    if (!hasMore || !oldest) return count;
    cursor = oldest.event.id;
  }
}

function take(work: Work, stream: EventStreamRow, rows: ListedEvent[]): Promise<number> {
  return atomically(work, async (tx) => {
    await holdOn(tx, stream);
    return (await storeEvents(tx, rows, 'POLL')).length;
  });
}

/** The end of a poll: everything up to when it began is in the inbox. */
async function takeLast(tx: Tx, stream: EventStreamRow, rows: ListedEvent[], startedAt: Date, more: Partial<EventStreamRow> = {}): Promise<number> {
  const progress = upTo(stream, rows[0], startedAt);
  const lastEventAt = progress.lastEventAt ?? stream.lastEventAt;
  await giveBack(tx, stream, {
    ...progress,
    ...more,
    lastPolledAt: startedAt,
    nextPollAt: nextPollAfter(tx.clock.now(), lastEventAt ?? stream.openedAt),
    failureCount: 0,
    error: null,
  });
  return (await storeEvents(tx, rows, 'POLL')).length;
}

function upTo(stream: EventStreamRow, newest: ListedEvent | undefined, seenUntil: Date): Partial<EventStreamRow> & { lastEventAt?: Date } {
  const latest = (one: Date | null, other: Date) => at(Math.max(one?.getTime() ?? 0, other.getTime()));
  const seen = { seenUntil: latest(stream.seenUntil, seenUntil) };
  return newest ? { ...seen, checkpointEventId: newest.event.id, lastEventAt: latest(stream.lastEventAt, newest.event.happenedAt) } : seen;
}

async function page(work: Work, scope: Scope, from: { olderThan: string } | { newerThan: string } | null, since: Date | null): Promise<EventPage> {
  const listed = await listEvents(work, scope, from, since);
  if (!listed.ok) throw new PollFailed(listed.failure);
  return listed.value;
}
