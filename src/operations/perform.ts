import { hourMs, later, minuteMs, secondMs } from '../base/clock.js';
import { crashPoint } from '../base/crash-points.js';
import { newId } from '../base/ids.js';
import { atomically, type Tx, type Work } from '../db/work.js';
import { type IdempotencyKey, storedKey } from '../stripe/idempotency-key.js';
import type { StripeFailure, StripeResult } from '../stripe/result.js';
import { findHalt, moneylessKinds } from './halt.js';
import { reject } from './lifecycle.js';
import type { AttemptOutcome, OperationRow } from './operation.js';

/** Stripe forgets a key after 24 hours; an hour is left for clocks and queues. From then on only a look-up tells what happened. */
export const keyLifeMs = 23 * hourMs;
const triesMax = 6; // of one call here; afterwards the operation waits for the next tick
const waitBaseMs = 100;
const resumeAfterMs = 1 * minuteMs;
const sendMaxMs = 90 * secondMs; // the SDK's timeout and retries, with room: no other process resumes before

/** SUCCEEDED is for the caller to record and conclude. REFUSED is over. UNDECIDED stays intended, and is sent again under its key later. */
export type Performed<T> =
  | { outcome: 'SUCCEEDED'; value: T }
  | { outcome: 'REFUSED'; failure: StripeFailure }
  | { outcome: 'UNDECIDED'; failure: StripeFailure };

type OnRefusal = (tx: Tx, failure: StripeFailure) => Promise<unknown>;

/**
 * Sends an intended operation to Stripe under its key, as often as waiting a moment can help, with a row for every attempt.
 * Safe to repeat, and to run at once in several processes: the key lets Stripe do it once and tell all of them.
 * Never sends a key of 23 hours or more. `onRefusal` records what a definite no means, in the transaction that ends the operation.
 */
export async function perform<T>(
  work: Work,
  operation: OperationRow,
  send: (key: IdempotencyKey) => Promise<StripeResult<T>>,
  onRefusal: OnRefusal = async () => undefined,
): Promise<Performed<T>> {
  for (let tries = 1; ; tries++) {
    const attemptId = await atomically(work, (tx) => beginAttempt(tx, operation));
    if (attemptId === null) return { outcome: 'UNDECIDED', failure: (await isStopped(work, operation)) ? halted : expiredKey };
    crashPoint('operation.intended');
    const result = await send(storedKey(operation.idempotencyKey));
    crashPoint('operation.answered');
    await atomically(work, (tx) => endAttempt(tx, operation, attemptId, result, onRefusal));

    if (result.ok) return { outcome: 'SUCCEEDED', value: result.value };
    if (isFinal(result.failure)) return { outcome: 'REFUSED', failure: result.failure };
    if (!canWaitFor(result.failure) || tries >= triesMax) return { outcome: 'UNDECIDED', failure: result.failure };
    await new Promise((resolve) => setTimeout(resolve, Math.random() * waitBaseMs * 2 ** tries));
  }
}

async function beginAttempt(tx: Tx, operation: OperationRow): Promise<string | null> {
  const now = tx.clock.now();
  const sent = await tx.sql
    .updateTable('operation')
    .set((row) => ({
      firstSentAt: row.fn.coalesce('firstSentAt', row.val(now)),
      lastSentAt: now,
      sendCount: row('sendCount', '+', 1),
      nextAttemptAt: later(now, sendMaxMs),
    }))
    .where('id', '=', operation.id)
    .where((row) => row.or([row('firstSentAt', 'is', null), row('firstSentAt', '>', later(now, -keyLifeMs))]))
    .where(({ or, not, exists, selectFrom, eb }) =>
      or([eb('kind', 'in', moneylessKinds), not(exists(selectFrom('halt').select('halt.id').where('halt.clearedAt', 'is', null)))]),
    )
    .returning('sendCount')
    .executeTakeFirst();
  if (!sent) return null;
  const id = newId('operationAttempt', tx.clock);
  await tx.sql
    .insertInto('operationAttempt')
    .values({
      id,
      operationId: operation.id,
      number: sent.sendCount,
      startedAt: now,
      endedAt: null,
      outcome: null,
      httpStatus: null,
      stripeCode: null,
      stripeRequestId: null,
      error: null,
    })
    .execute();
  return id;
}

async function isStopped(work: Work, { kind }: OperationRow): Promise<boolean> {
  return !moneylessKinds.includes(kind) && (await findHalt(work.read)) !== null;
}

async function endAttempt(tx: Tx, operation: OperationRow, attemptId: string, result: StripeResult<unknown>, onRefusal: OnRefusal): Promise<void> {
  const failure = result.ok ? null : result.failure;
  await tx.sql
    .updateTable('operationAttempt')
    .set({
      endedAt: tx.clock.now(),
      outcome: outcomeOf(failure),
      httpStatus: failure?.httpStatus ?? null,
      stripeCode: failure?.stripeCode ?? null,
      stripeRequestId: result.ok ? result.stripeRequestId : result.failure.stripeRequestId,
      error: failure?.message ?? null,
    })
    .where('id', '=', attemptId)
    .execute();
  if (failure && isFinal(failure)) {
    if (await reject(tx, operation, failure)) await onRefusal(tx, failure);
  } else if (failure) {
    await tx.sql
      .updateTable('operation')
      .set({ failure: { ...failure }, nextAttemptAt: later(tx.clock.now(), resumeAfterMs) })
      .where('id', '=', operation.id)
      .where('state', '=', 'INTENDED')
      .execute();
  }
}

function outcomeOf(failure: StripeFailure | null): AttemptOutcome {
  if (!failure) return 'SUCCEEDED';
  switch (failure.kind) {
    case 'REFUSED':
      return 'REFUSED';
    case 'NOT_RUN':
    case 'PLATFORM':
    case 'IN_FLIGHT':
    case 'DEFECT':
      return 'NOT_RUN';
    case 'UNKNOWN':
      return 'UNKNOWN';
  }
}

/** A definite no of Stripe's: the next try is a new generation. */
function isFinal(failure: StripeFailure): boolean {
  return failure.kind === 'REFUSED';
}

function canWaitFor(failure: StripeFailure): boolean {
  return failure.kind === 'IN_FLIGHT' || failure.kind === 'NOT_RUN' || (failure.kind === 'UNKNOWN' && !failure.replayed);
}

const halted: StripeFailure = {
  kind: 'NOT_RUN',
  code: 'UNCLASSIFIED',
  message: 'Outgoing money is halted until an administrator has looked at the books.',
  stripeCode: null,
  httpStatus: null,
  stripeRequestId: null,
  replayed: false,
};

const expiredKey: StripeFailure = {
  kind: 'UNKNOWN',
  code: 'VERIFICATION_REQUIRED',
  message: 'It was first sent more than 23 hours ago and its outcome is unknown; Stripe may no longer recognise the request.',
  stripeCode: null,
  httpStatus: null,
  stripeRequestId: null,
  replayed: false,
};
