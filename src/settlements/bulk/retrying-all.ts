import { sql } from 'kysely';
import { onceByKey, type Remember } from '../../access/idempotency.js';
import { authorize } from '../../access/permissions.js';
import { actorOf, callerOf, type Viewer } from '../../access/viewer.js';
import { known } from '../../base/assert.js';
import { Refusal } from '../../base/errors.js';
import { newId } from '../../base/ids.js';
import { checkNote, reasonLength } from '../../base/text.js';
import { atomically, type Tx, type Work } from '../../db/work.js';
import { isNotHalted } from '../../operations/halt.js';
import type { FailureCode } from '../../stripe/result.js';
import { reopenAll } from '../lifecycle.js';
import { settleDue } from '../settling.js';
import { type BulkRetry, readBulkRetry } from './reading.js';

const itemsMax = 10_000; // one statement's work; what is left is the next one's
const batch = 50; // as many as a worker pays at a time
const batchesMax = 20; // a tick: so that other jobs' settlements are looked after in between

export interface BulkRetryInput {
  cause: FailureCode;
  reason: string;
  idempotencyKey: string | null;
}

/**
 * Begins to retry every settlement that has failed for one cause, as they stand now; workers carry it on, whatever happens to this process.
 * Refuses with VERIFICATION_REQUIRED outcomes that are unknown, NOT_RETRIABLE where nothing has failed so, ALREADY_IN_PROGRESS while one
 * for the same cause goes on, INVALID without a reason.
 */
export async function startBulkRetry(work: Work, viewer: Viewer, input: BulkRetryInput): Promise<BulkRetry> {
  authorize(viewer, 'startBulkRetry', null);
  const { cause, idempotencyKey: key } = input;
  const reason = checkNote(input.reason, reasonLength, ['reason']);
  if (cause === 'VERIFICATION_REQUIRED') {
    throw new Refusal(
      'VERIFICATION_REQUIRED',
      'What became of their last transfers is unknown; a retry could pay twice.',
      ['cause'],
      'Look each of them up at Stripe.',
    );
  }
  const begin = (remember?: Remember) =>
    atomically(work, async (tx) => {
      const id = await insert(tx, cause, reason, actorOf(viewer));
      await remember?.(tx, id);
      return id;
    });
  if (key === null) return readBulkRetry(work, viewer, await begin());
  const asked = { caller: callerOf(viewer, ''), key, operation: 'startBulkRetry', request: { cause, reason } };
  return readBulkRetry(work, viewer, (await onceByKey(work, asked, begin)).subjectId);
}

async function insert(tx: Tx, cause: FailureCode, reason: string, startedBy: string): Promise<string> {
  const id = newId('bulkRetry', tx.clock);
  const begun = await tx.sql
    .insertInto('bulkRetry')
    .values({ id, cause, reason, startedBy, startedAt: tx.clock.now(), endedAt: null, stoppedBy: null })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (begun.numInsertedOrUpdatedRows === 0n)
    throw new Refusal('ALREADY_IN_PROGRESS', `The settlements that failed with ${cause} are being retried already.`, ['cause']);
  const { numInsertedOrUpdatedRows } = await tx.sql
    .insertInto('bulkRetryItem')
    .columns(['bulkRetryId', 'settlementId', 'tenantId'])
    .expression((from) =>
      from
        .selectFrom('settlement')
        .select([sql.lit(id).as('bulkRetryId'), 'id', 'tenantId'])
        .where('status', '=', sql.lit('FAILED')) // spelt out, it has an index
        .where('failureCode', '=', cause)
        .orderBy('id')
        .limit(itemsMax),
    )
    .executeTakeFirst();
  if (numInsertedOrUpdatedRows === 0n) throw new Refusal('NOT_RETRIABLE', `No settlement has failed with ${cause}.`, ['cause']);
  return id;
}

/** Ends a bulk retry early: what waits is left as it is; what was taken up is paid all the same. Refuses with CONFLICT one that has ended. */
export async function stopBulkRetry(work: Work, viewer: Viewer, id: string): Promise<BulkRetry> {
  authorize(viewer, 'stopBulkRetry', null);
  const stopped = await atomically(work, (tx) =>
    tx.sql
      .updateTable('bulkRetry')
      .set({ endedAt: tx.clock.now(), stoppedBy: actorOf(viewer) })
      .where('id', '=', id)
      .where('endedAt', 'is', null)
      .returning('id')
      .executeTakeFirst(),
  );
  const there = await readBulkRetry(work, viewer, id);
  if (!stopped) throw new Refusal('CONFLICT', `${id} has ended.`, ['id']);
  return there;
}

/**
 * Carries on what was begun: puts settlements back to be paid and pays what is due, a batch at a time. Any number of workers may run it, and any
 * may die: a settlement is put back once, in the transaction that says so, and is paid from there on like every other. Answers how many it took up.
 */
export async function carryOnBulkRetries(work: Work): Promise<number> {
  let count = 0;
  for (let batches = 0; batches < batchesMax; batches++) {
    const taken = await atomically(work, takeUp);
    if (taken === 0) break;
    count += taken;
    await settleDue(work, batch);
  }
  await atomically(work, endWhatIsDone);
  return count;
}

async function takeUp(tx: Tx): Promise<number> {
  const taken = await tx.sql
    .with('waiting', (query) =>
      query
        .selectFrom('bulkRetryItem as item')
        .innerJoin('bulkRetry', 'bulkRetry.id', 'item.bulkRetryId')
        .select(['item.bulkRetryId', 'item.settlementId', 'bulkRetry.cause'])
        .where('bulkRetry.endedAt', 'is', null)
        .where('item.takenAt', 'is', null)
        .where(isNotHalted)
        .orderBy('item.settlementId')
        .limit(batch)
        .forUpdate('item')
        .skipLocked(),
    )
    .updateTable('bulkRetryItem as item')
    .from('waiting')
    .set({ takenAt: tx.clock.now() })
    .whereRef('item.bulkRetryId', '=', 'waiting.bulkRetryId')
    .whereRef('item.settlementId', '=', 'waiting.settlementId')
    .where('item.takenAt', 'is', null)
    .returning(['item.bulkRetryId', 'item.settlementId', 'waiting.cause'])
    .execute();
  for (const [bulkRetryId, items] of Map.groupBy(taken, (item) => item.bulkRetryId)) {
    const ids = items.map(({ settlementId }) => settlementId);
    const reopened = await reopenAll(tx, ids, known(items[0], 'an item').cause);
    if (reopened.length === 0) continue;
    await tx.sql
      .updateTable('bulkRetryItem')
      .set({ reopened: true })
      .where('bulkRetryId', '=', bulkRetryId)
      .where('settlementId', 'in', reopened)
      .execute();
  }
  return taken.length;
}

async function endWhatIsDone(tx: Tx): Promise<void> {
  await tx.sql
    .updateTable('bulkRetry')
    .set({ endedAt: tx.clock.now() })
    .where('endedAt', 'is', null)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('bulkRetryItem').select('settlementId').whereRef('bulkRetryId', '=', 'bulkRetry.id').where('takenAt', 'is', null))),
    )
    .execute();
}
