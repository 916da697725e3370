import { dayMs, later, secondMs } from '../base/clock.js';
import { Refusal } from '../base/errors.js';
import { sha256 } from '../base/ids.js';
import { atomically, type Tx, type Work } from '../db/work.js';

/** How long a key answers the same. */
export const keyLifeMs = 1 * dayMs;
const lockMs = 90 * secondMs; // a run that is not over by then has died with its process

export interface KeyedRequest {
  caller: string;
  key: string;
  operation: string;
  request: object;
}

/** Writes what the first run made beside it, in its own transaction: from then on a repeat finds it, whatever happens to that run. */
export type Remember = (tx: Tx, subjectId: string) => Promise<void>;

/**
 * Runs `run` once for a caller's key: a repeat within 24 hours answers the id the first run made.
 * Refuses with IDEMPOTENCY_KEY_REUSED where the key came with another request, IDEMPOTENCY_KEY_IN_USE while the first still runs.
 * A run that fails frees its key, unless it has already remembered what it made. Two at once: one runs.
 */
export async function onceByKey(
  work: Work,
  asked: KeyedRequest,
  run: (remember: Remember) => Promise<string>,
): Promise<{ subjectId: string; replayed: boolean }> {
  checkKey(asked.key);
  const claimed = await claim(work, asked);
  if (claimed.subjectId !== null) return { subjectId: claimed.subjectId, replayed: true };

  const remember: Remember = (tx, subjectId) => record(tx, asked, claimed.lockedUntil, subjectId);
  try {
    const subjectId = await run(remember);
    await atomically(work, (tx) => remember(tx, subjectId));
    return { subjectId, replayed: false };
  } catch (error) {
    await atomically(work, (tx) => free(tx, asked, claimed.lockedUntil));
    throw error;
  }
}

/** Only for the run that holds the key: one that took longer than its lock may have been followed by another. */
async function record(tx: Tx, { caller, key }: KeyedRequest, lockedUntil: Date, subjectId: string): Promise<void> {
  const { numUpdatedRows } = await tx.sql
    .updateTable('idempotentRequest')
    .set({ subjectId })
    .where('caller', '=', caller)
    .where('key', '=', key)
    .where('lockedUntil', '=', lockedUntil)
    .where((row) => row.or([row('subjectId', 'is', null), row('subjectId', '=', subjectId)]))
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw inUse();
}

async function free(tx: Tx, { caller, key }: KeyedRequest, lockedUntil: Date): Promise<void> {
  await tx.sql
    .deleteFrom('idempotentRequest')
    .where('caller', '=', caller)
    .where('key', '=', key)
    .where('lockedUntil', '=', lockedUntil)
    .where('subjectId', 'is', null)
    .execute();
}

function inUse(): Refusal {
  return new Refusal(
    'IDEMPOTENCY_KEY_IN_USE',
    'Another request under this idempotency key is still running.',
    ['idempotencyKey'],
    'Try again in a few seconds.',
  );
}

function checkKey(key: string): void {
  if (/^[\x20-\x7e]{1,255}$/.test(key)) return;
  throw new Refusal('INVALID', 'The idempotency key is not 1 to 255 printable characters.', ['idempotencyKey'], 'Use a random UUID.');
}

/** The id an earlier run made, or null where the key is ours to run until `lockedUntil`. */
async function claim(work: Work, { caller, key, operation, request }: KeyedRequest): Promise<{ subjectId: string | null; lockedUntil: Date }> {
  const requestSha256 = sha256(JSON.stringify(request, Object.keys(request).sort()));
  return atomically(work, async (tx) => {
    const now = tx.clock.now();
    const fresh = { operation, requestSha256, subjectId: null, lockedUntil: later(now, lockMs), createdAt: now };
    const won = await tx.sql
      .insertInto('idempotentRequest')
      .values({ caller, key, ...fresh })
      .onConflict((conflict) =>
        conflict
          .columns(['caller', 'key'])
          .doUpdateSet(fresh)
          .where((row) =>
            row.or([
              row('idempotentRequest.createdAt', '<=', later(now, -keyLifeMs)),
              row.and([row('idempotentRequest.subjectId', 'is', null), row('idempotentRequest.lockedUntil', '<=', now)]),
            ]),
          ),
      )
      .returning('caller')
      .executeTakeFirst();
    if (won) return { subjectId: null, lockedUntil: fresh.lockedUntil };

    const there = await tx.sql
      .selectFrom('idempotentRequest')
      .selectAll()
      .where('caller', '=', caller)
      .where('key', '=', key)
      .executeTakeFirstOrThrow();
    if (there.operation !== operation || there.requestSha256 !== requestSha256) {
      throw new Refusal(
        'IDEMPOTENCY_KEY_REUSED',
        'This idempotency key came with another request before.',
        ['idempotencyKey'],
        'Use a new key for a new request.',
      );
    }
    if (there.subjectId === null) throw inUse();
    return there;
  });
}
