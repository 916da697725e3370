import { sql } from 'kysely';
import { authorize } from '../access/permissions.js';
import { actorOf, type Viewer } from '../access/viewer.js';
import { Refusal } from '../base/errors.js';
import { checkLine, reasonLength } from '../base/text.js';
import { atomically, type Tx, type Work } from '../db/work.js';

const idsMax = 100; // a page of the list

/** Some parked events by their ids, or all of one type. */
export interface ParkedEvents {
  ids: string[] | null;
  type: string | null;
}

/**
 * Has parked events applied anew, with all their tries before them, once whatever stopped them is mended. Answers how many.
 * Refuses with INVALID what names neither ids nor a type, with NOT_RETRIABLE where none of them is parked. Safe to repeat: what is applied again reads its object again.
 */
export async function replayEvents(work: Work, viewer: Viewer, asked: ParkedEvents): Promise<number> {
  authorize(viewer, 'replayEvents', null);
  const which = checked(asked);
  const { numUpdatedRows } = await atomically(work, (tx) =>
    tx.sql
      .updateTable('inboxEvent')
      .set({ ...anew(tx), attemptCount: 0 })
      .where('state', '=', 'PARKED')
      .where(which.column, 'in', which.values)
      .executeTakeFirst(),
  );
  return counted(work, viewer, asked, 'replayed', Number(numUpdatedRows));
}

/**
 * Has what was told of some objects applied once more, for what it is about has become known; what is parked or ignored stays so.
 * Counts as one more try, so whoever applies one of them at this moment, on what was known before, concludes nothing. Safe to repeat.
 */
export async function applyAnew(work: Work, type: string, objectIds: string[]): Promise<void> {
  await atomically(work, (tx) =>
    tx.sql
      .updateTable('inboxEvent')
      .set((row) => ({ ...anew(tx), attemptCount: row('attemptCount', '+', 1) }))
      .where('type', '=', type)
      .where('objectId', 'in', objectIds)
      .where('state', 'in', ['RECEIVED', 'APPLIED'])
      .execute(),
  );
}

/** Whether what was told of an object waits for a person, or was put aside by one: nobody need be told again. */
export async function isToldToSomebody(work: Work, type: string, objectId: string): Promise<boolean> {
  const told = await work.read
    .selectFrom('inboxEvent')
    .select('id')
    .where('type', '=', type)
    .where('objectId', '=', objectId)
    .where((row) => row.or([row('state', '=', 'PARKED'), row.and([row('state', '=', 'IGNORED'), row('error', 'is not', null)])]))
    .limit(1)
    .executeTakeFirst();
  return told !== undefined;
}

function anew({ clock }: Tx) {
  return { state: 'RECEIVED', nextAttemptAt: clock.now(), lockedUntil: null, concludedAt: null } as const;
}

/**
 * Puts parked events aside for good, with the reason beside the error. Answers how many.
 * Refuses with INVALID without a reason, and like a replay.
 */
export async function ignoreEvents(work: Work, viewer: Viewer, asked: ParkedEvents & { reason: string }): Promise<number> {
  authorize(viewer, 'ignoreEvents', null);
  const which = checked(asked);
  const reason = checkLine(asked.reason, reasonLength, ['reason']);
  const { numUpdatedRows } = await atomically(work, (tx) =>
    tx.sql
      .updateTable('inboxEvent')
      .set({
        state: 'IGNORED',
        concludedAt: tx.clock.now(),
        error: sql<string>`${`Ignored by ${actorOf(viewer)}: ${reason} It was: `}::text || error`,
      })
      .where('state', '=', 'PARKED')
      .where(which.column, 'in', which.values)
      .executeTakeFirst(),
  );
  return counted(work, viewer, asked, 'ignored', Number(numUpdatedRows));
}

function checked({ ids, type }: ParkedEvents): { column: 'id' | 'type'; values: string[] } {
  if ((ids === null) === (type === null)) throw new Refusal('INVALID', 'Name either events or one type of them.', ['ids']);
  if (type !== null) return { column: 'type', values: [type] };
  const values = ids ?? [];
  if (values.length === 0 || values.length > idsMax)
    throw new Refusal('INVALID', `${values.length} events were named; it takes 1 to ${idsMax}.`, ['ids']);
  return { column: 'id', values };
}

function counted(work: Work, viewer: Viewer, { ids, type }: ParkedEvents, what: string, count: number): number {
  if (count === 0) throw new Refusal('NOT_RETRIABLE', 'None of these events is parked.', [ids === null ? 'type' : 'ids']);
  work.log.info({ by: actorOf(viewer), ids, type, count }, `parked events are ${what}`);
  return count;
}
