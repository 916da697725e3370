import { later, minuteMs } from '../base/clock.js';
import { crashPoint } from '../base/crash-points.js';
import { atomically, type Tx, type Work } from '../db/work.js';
import { type IdempotencyKey, storedKey } from '../stripe/idempotency-key.js';
import type { StripeFailure, StripeResult } from '../stripe/result.js';
import { type AnsweredAttempt, beginAttempt, noteFailure } from './attempts.js';
import { findHalt, moneylessKinds } from './halt.js';
import { reject } from './lifecycle.js';
import type { OperationRow } from './operation.js';

const triesMax = 4; // of one call here; afterwards the operation waits for the next tick
const waitBaseMs = 100;
const resumeAfterMs = 1 * minuteMs;

/** SUCCEEDED is for the caller to record and conclude. REFUSED is over. UNDECIDED stays intended, and is sent again under its key later. */
export type Performed<T> =
  | { outcome: 'SUCCEEDED'; value: T; attempt: AnsweredAttempt }
  | { outcome: 'REFUSED'; failure: StripeFailure }
  | { outcome: 'UNDECIDED'; failure: StripeFailure };

type OnRefusal = (tx: Tx, failure: StripeFailure) => Promise<unknown>;

/**
 * Sends an intended operation to Stripe under its key, as often as waiting a moment can help, with a row for every attempt.
 * Safe to repeat, and to run at once in several processes: the key lets Stripe do it once and tell all of them.
 * Never sends a key of 23 hours or more, nor money while it is halted. `onRefusal` records what a definite no means, in the transaction that
 * ends the operation. `begun` is the first attempt where it was written with the intention.
 */
export async function perform<T>(
  work: Work,
  operation: OperationRow,
  send: (key: IdempotencyKey) => Promise<StripeResult<T>>,
  onRefusal: OnRefusal = async () => undefined,
  begun: string | null = null,
): Promise<Performed<T>> {
  for (let tries = 1; ; tries++) {
    const attemptId = tries === 1 && begun ? begun : await atomically(work, (tx) => beginAttempt(tx, operation));
    if (attemptId === null) return { outcome: 'UNDECIDED', failure: (await isStopped(work, operation)) ? halted : expiredKey };
    crashPoint('operation.intended');
    const result = await send(storedKey(operation.idempotencyKey));
    crashPoint('operation.answered');

    if (result.ok) return { outcome: 'SUCCEEDED', value: result.value, attempt: { id: attemptId, stripeRequestId: result.stripeRequestId } };
    const { failure } = result;
    await atomically(work, (tx) => endAttempt(tx, operation, attemptId, failure, onRefusal));
    if (isFinal(failure)) return { outcome: 'REFUSED', failure };
    if (!canWaitFor(failure) || tries >= triesMax) return { outcome: 'UNDECIDED', failure };
    await new Promise((resolve) => setTimeout(resolve, Math.random() * waitBaseMs * 2 ** tries));
  }
}

async function endAttempt(tx: Tx, operation: OperationRow, attemptId: string, failure: StripeFailure, onRefusal: OnRefusal): Promise<void> {
  await noteFailure(tx, attemptId, failure);
  if (isFinal(failure)) {
    if (await reject(tx, operation, failure)) await onRefusal(tx, failure);
    return;
  }
  await tx.sql
    .updateTable('operation')
    .set({ failure: { ...failure }, nextAttemptAt: later(tx.clock.now(), resumeAfterMs) })
    .where('id', '=', operation.id)
    .where('state', '=', 'INTENDED')
    .execute();
}

async function isStopped(work: Work, { kind }: OperationRow): Promise<boolean> {
  return !moneylessKinds.includes(kind) && (await findHalt(work.read)) !== null;
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
