import { dayMs, later, secondMs } from '../base/clock.js';
import { Refusal } from '../base/errors.js';
import { sha256 } from '../base/ids.js';
import { atomically, type Work } from '../db/work.js';

/** How long a key answers the same. */
export const keyLifeMs = 1 * dayMs;
const lockMs = 90 * secondMs; // a run that is not over by then has died with its process

export interface KeyedRequest {
  caller: string;
  key: string;
  operation: string;
  request: object;
}

/**
 * Runs `run` once for a caller's key: a repeat within 24 hours answers the id the first run made.
 * Refuses with IDEMPOTENCY_KEY_REUSED where the key came with another request, IDEMPOTENCY_KEY_IN_USE while the first still runs.
 * A run that is refused frees its key. Two at once: one runs.
 */
export async function onceByKey(work: Work, asked: KeyedRequest, run: () => Promise<string>): Promise<{ subjectId: string; replayed: boolean }> {
  checkKey(asked.key);
  const earlier = await claim(work, asked);
  if (earlier !== null) return { subjectId: earlier, replayed: true };

  try {
    const subjectId = await run();
    await atomically(work, (tx) =>
      tx.sql.updateTable('idempotentRequest').set({ subjectId }).where('caller', '=', asked.caller).where('key', '=', asked.key).execute(),
    );
    return { subjectId, replayed: false };
  } catch (error) {
    await atomically(work, (tx) =>
      tx.sql.deleteFrom('idempotentRequest').where('caller', '=', asked.caller).where('key', '=', asked.key).where('subjectId', 'is', null).execute(),
    );
    throw error;
  }
}

function checkKey(key: string): void {
  if (/^[\x20-\x7e]{1,255}$/.test(key)) return;
  throw new Refusal('INVALID', 'The idempotency key is not 1 to 255 printable characters.', ['idempotencyKey'], 'Use a random UUID.');
}

/** The id an earlier run made, or null where the key is ours to run now. */
async function claim(work: Work, { caller, key, operation, request }: KeyedRequest): Promise<string | null> {
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
    if (won) return null;

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
    if (there.subjectId === null)
      throw new Refusal(
        'IDEMPOTENCY_KEY_IN_USE',
        'The first request under this idempotency key is still running.',
        ['idempotencyKey'],
        'Try again in a few seconds.',
      );
    return there.subjectId;
  });
}
