import { later, minuteMs, secondMs } from '../base/clock.js';
import { crashPoint } from '../base/crash-points.js';
import { NotYet, Refusal } from '../base/errors.js';
import { eachInLanes } from '../base/lanes.js';
import { isDatabaseAway } from '../db/database.js';
import { atomically, type Work } from '../db/work.js';
import { handle } from './handlers.js';
import type { InboxEventRow, InboxState } from './inbox-event.js';
import { Unappliable } from './unappliable.js';

const leaseMs = 2 * minuteMs; // more than the reads of one event may take
const triesMax = 10; // with the waits between them, about an hour
const objectsMax = 8; // at once: fewer than the connections, so that requests find one
const waitBaseMs = 2 * secondMs;
const waitMaxMs = 15 * minuteMs;

/**
 * Applies events that are due, up to `limit`, several objects at once and each object in the order its events came. Answers how many it took up.
 * Any number of processes may run it: each event is leased. One that fails is tried again later and in the end parked; it holds up no other.
 */
export async function applyDueEvents(work: Work, limit: number): Promise<number> {
  const claimed = await claim(work, limit);
  await eachInLanes([...byObject(claimed).values()], objectsMax, (events) => applyInOrder(work, events));
  return claimed.length;
}

async function claim(work: Work, limit: number): Promise<InboxEventRow[]> {
  const rows = await atomically(work, async (tx) => {
    const now = tx.clock.now();
    return tx.sql
      .with('due', (query) =>
        query
          .selectFrom('inboxEvent')
          .select(['stream', 'stripeEventId'])
          .where('state', '=', 'RECEIVED')
          .where('nextAttemptAt', '<=', now)
          .where((row) => row.or([row('lockedUntil', 'is', null), row('lockedUntil', '<=', now)]))
          .orderBy('nextAttemptAt')
          .limit(limit)
          .forUpdate()
          .skipLocked(),
      )
      .updateTable('inboxEvent')
      .from('due')
      .set((row) => ({ lockedUntil: later(now, leaseMs), attemptCount: row('inboxEvent.attemptCount', '+', 1) }))
      .whereRef('inboxEvent.stream', '=', 'due.stream')
      .whereRef('inboxEvent.stripeEventId', '=', 'due.stripeEventId')
      .returningAll('inboxEvent')
      .execute();
  });
  return rows.sort((a, b) => a.happenedAt.getTime() - b.happenedAt.getTime() || a.receivedAt.getTime() - b.receivedAt.getTime());
}

function byObject(events: InboxEventRow[]): Map<string, InboxEventRow[]> {
  return Map.groupBy(events, (event) => `${event.stream} ${event.objectId}`);
}

async function applyInOrder(work: Work, events: InboxEventRow[]): Promise<void> {
  for (const event of events) await apply(work, event);
}

async function apply(work: Work, event: InboxEventRow): Promise<void> {
  try {
    const state = (await handle(work, event)) ? 'APPLIED' : 'IGNORED';
    crashPoint('event.applied');
    await conclude(work, event, state, null);
  } catch (error) {
    const isLast = error instanceof Unappliable || (event.attemptCount >= triesMax && !(error instanceof NotYet));
    work.log.warn(
      { stream: event.stream, event: event.stripeEventId, type: event.type, attempt: event.attemptCount, err: error },
      isLast ? 'an event is parked' : 'an event is tried again later',
    );
    await conclude(work, event, isLast ? 'PARKED' : 'RECEIVED', reasonOf(error).slice(0, 500));
  }
}

/** Why an event is not applied, for whoever reads the list of parked ones: in our own words, or that it is for whoever mends the program. */
function reasonOf(error: unknown): string {
  if (isDatabaseAway(error)) return 'The database did not answer.';
  const isTold =
    error instanceof Refusal || error instanceof Unappliable || error instanceof NotYet || (error instanceof Error && error.constructor === Error);
  if (isTold) return error.message;
  return `Something is wrong in the program, not with the event: ${String(error)}. The log tells more. Replay it once that is mended.`;
}

async function conclude(work: Work, event: InboxEventRow, state: InboxState, error: string | null): Promise<void> {
  await atomically(work, (tx) => {
    const now = tx.clock.now();
    const waitMs = Math.min(waitMaxMs, Math.random() * waitBaseMs * 2 ** event.attemptCount);
    return tx.sql
      .updateTable('inboxEvent')
      .set({
        state,
        error,
        lockedUntil: null,
        nextAttemptAt: state === 'RECEIVED' ? later(now, waitMs) : now,
        concludedAt: state === 'RECEIVED' ? null : now,
      })
      .where('stream', '=', event.stream)
      .where('stripeEventId', '=', event.stripeEventId)
      .where('state', '=', 'RECEIVED')
      .where('attemptCount', '=', event.attemptCount)
      .execute();
  });
}
