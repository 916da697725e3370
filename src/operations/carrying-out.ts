import { hourMs } from '../base/clock.js';
import { atomically, type Tx, type Work } from '../db/work.js';
import type { IdempotencyKey } from '../stripe/idempotency-key.js';
import type { StripeFailure, StripeResult } from '../stripe/result.js';
import type { AnsweredAttempt } from './attempts.js';
import { intendAnew, reject } from './lifecycle.js';
import type { OperationRow } from './operation.js';
import { perform } from './perform.js';

/** From this age of a key on, what a look-up does not find was never done and never will be: Stripe has forgotten the key an hour ago at least. */
export const provenAbsentAfterMs = 25 * hourMs;

/** One outgoing movement: how it is sent, how it is found at Stripe by our own id in it, and how it is recorded. */
export interface Movement<T> {
  send(key: IdempotencyKey): Promise<StripeResult<T>>;
  /** What Stripe has of this very operation, by the id in its metadata and never by its amount; null for nothing. */
  find(): Promise<StripeResult<T | null>>;
  /** Records it, concluding the operation in the same transaction, with the request that told; null where it was looked up. One caller wins. */
  record(made: T, attempt: AnsweredAttempt | null): Promise<void>;
  /** What a definite no means, in the transaction that rejects the operation. */
  refused?(tx: Tx, failure: StripeFailure): Promise<unknown>;
}

/**
 * What came of it. UNDECIDED stays intended. `absence` is what a look-up told: LIKELY where Stripe shows nothing,
 * PROVEN where it also can no longer be done under the key, UNKNOWN where nobody looked or Stripe did not answer,
 * HIDDEN where it can no longer be done under the key and Stripe shows nothing of the account any more: nobody here will ever know.
 */
export type CarriedOut =
  | { outcome: 'DONE' }
  | { outcome: 'REFUSED'; failure: StripeFailure }
  | { outcome: 'UNDECIDED'; failure: StripeFailure; absence: 'UNKNOWN' | 'LIKELY' | 'PROVEN' | 'HIDDEN' };

/**
 * Sends an intended operation and records what Stripe did. Where the answer does not decide, Stripe is asked what it has.
 * Safe to repeat, to run at once, and to die anywhere: the next one sends the same key, or finds what was done.
 * `begun` is the first attempt where it was written with the intention.
 */
export async function carryOut<T>(work: Work, operation: OperationRow, movement: Movement<T>, begun: string | null = null): Promise<CarriedOut> {
  const sent = await perform(work, operation, (key) => movement.send(key), movement.refused?.bind(movement), begun);
  if (sent.outcome === 'REFUSED') return sent;
  if (sent.outcome === 'SUCCEEDED') {
    await movement.record(sent.value, sent.attempt);
    return { outcome: 'DONE' };
  }
  if (sent.failure.kind !== 'UNKNOWN') return { ...sent, absence: 'UNKNOWN' };

  const looked = await movement.find();
  if (!looked.ok) {
    const isHidden = looked.failure.code === 'ACCOUNT_DISCONNECTED' && isKeyForgotten(work, operation);
    return { ...sent, absence: isHidden ? 'HIDDEN' : 'UNKNOWN' };
  }
  if (looked.value !== null) {
    await movement.record(looked.value, null);
    return { outcome: 'DONE' };
  }
  return { ...sent, absence: isKeyForgotten(work, operation) ? 'PROVEN' : 'LIKELY' };
}

/**
 * The same for what must happen in the end, whoever asks: where it was proven never done, it is intended anew, to be taken up by the worker.
 * Where nobody here will ever know, it is over: REFUSED.
 */
export async function carryOutInTheEnd<T>(work: Work, operation: OperationRow, movement: Movement<T>): Promise<CarriedOut> {
  const carried = await carryOut(work, operation, movement);
  if (carried.outcome === 'UNDECIDED' && carried.absence === 'PROVEN') await atomically(work, (tx) => intendAnew(tx, operation, carried.failure));
  if (carried.outcome !== 'UNDECIDED' || carried.absence !== 'HIDDEN') return carried;
  const { failure } = carried;
  await atomically(work, (tx) => reject(tx, operation, failure));
  return { outcome: 'REFUSED', failure };
}

/** Whether Stripe has forgotten the operation's key, so that nothing can come of it any more. */
export function isKeyForgotten(work: Work, { firstSentAt }: OperationRow): boolean {
  return firstSentAt !== null && work.clock.now().getTime() - firstSentAt.getTime() >= provenAbsentAfterMs;
}
