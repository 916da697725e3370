import { hourMs, later, secondMs } from '../base/clock.js';
import { newId } from '../base/ids.js';
import type { Tx } from '../db/work.js';
import type { StripeFailure } from '../stripe/result.js';
import { isNotHalted, moneylessKinds } from './halt.js';
import type { AttemptOutcome, OperationRow } from './operation.js';

/** Stripe forgets a key after 24 hours; an hour is left for clocks and queues. From then on only a look-up tells what happened. */
export const keyLifeMs = 23 * hourMs;
export const sendMaxMs = 90 * secondMs; // the SDK's timeout and retries, with room: no other process resumes before

/** A request that Stripe has answered with what was asked; its row says so once what was done is recorded. */
export interface AnsweredAttempt {
  id: string;
  stripeRequestId: string | null;
}

/** Writes down that a request is about to leave. Null where it must not: its key is too old, or money is halted. */
export async function beginAttempt(tx: Tx, operation: OperationRow): Promise<string | null> {
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
    .where((row) => row.or([row('kind', 'in', moneylessKinds), isNotHalted]))
    .returning('sendCount')
    .executeTakeFirst();
  if (!sent) return null;
  const id = newId('operationAttempt', tx.clock);
  await tx.sql
    .insertInto('operationAttempt')
    .values({ ...unanswered, id, operationId: operation.id, number: sent.sendCount, startedAt: now })
    .execute();
  return id;
}

const unanswered = { endedAt: null, outcome: null, httpStatus: null, stripeCode: null, stripeRequestId: null, error: null } as const;

/** The same for operations that were just intended, to be sent at once: their first requests, in the order given. */
export async function beginFirstAttempts(tx: Tx, operations: OperationRow[]): Promise<string[]> {
  const startedAt = tx.clock.now();
  const rows = operations.map(({ id: operationId }) => ({
    ...unanswered,
    id: newId('operationAttempt', tx.clock),
    operationId,
    number: 1,
    startedAt,
  }));
  if (rows.length > 0) await tx.sql.insertInto('operationAttempt').values(rows).execute();
  return rows.map(({ id }) => id);
}

/** What came back instead of an answer. */
export async function noteFailure(tx: Tx, attemptId: string, failure: StripeFailure): Promise<void> {
  const { httpStatus, stripeCode, stripeRequestId, message: error } = failure;
  await tx.sql
    .updateTable('operationAttempt')
    .set({ endedAt: tx.clock.now(), outcome: outcomeOf(failure), httpStatus, stripeCode, stripeRequestId, error })
    .where('id', '=', attemptId)
    .execute();
}

function outcomeOf(failure: StripeFailure): AttemptOutcome {
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
