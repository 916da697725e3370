import { known } from '../base/assert.js';
import { later } from '../base/clock.js';
import { newId } from '../base/ids.js';
import type { Tx } from '../db/work.js';
import { recordKey } from '../stripe/idempotency-key.js';
import type { StripeFailure } from '../stripe/result.js';
import { type AnsweredAttempt, beginFirstAttempts, sendMaxMs } from './attempts.js';
import type { OperationKind, OperationRow } from './operation.js';

/**
 * The only writer of an operation's state.
 *
 * | from     | what happens                      | to        |
 * |----------|-----------------------------------|-----------|
 * | (none)   | intended, with frozen parameters  | INTENDED  |
 * | INTENDED | Stripe did it and we recorded it  | SUCCEEDED |
 * | INTENDED | Stripe refused for good           | REJECTED  |
 *
 * After REJECTED the same thing may be intended anew, as the next generation with a new key: Stripe repeats a stored refusal
 * under the old one for a day. While the outcome is unknown the operation stays INTENDED, and only the same key is ever sent.
 * Source: docs.stripe.com/api/idempotent_requests
 */
export interface Intention {
  tenantId: string;
  kind: OperationKind;
  subjectId: string;
  parameters: Record<string, unknown>;
}

/** The live operation of this kind for this subject: the one there is, or a new one. One per subject, however many ask at once. */
export async function intend(tx: Tx, { tenantId, kind, subjectId, parameters }: Intention): Promise<OperationRow> {
  const live = await liveOperation(tx, kind, subjectId);
  if (live) return live;

  const earlier = await tx.sql
    .selectFrom('operation')
    .select('generation')
    .where('kind', '=', kind)
    .where('subjectId', '=', subjectId)
    .orderBy('generation', 'desc')
    .executeTakeFirst();
  await tx.sql
    .insertInto('operation')
    .values(fresh(tx, { tenantId, kind, subjectId, parameters }, (earlier?.generation ?? 0) + 1))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return known(await liveOperation(tx, kind, subjectId), 'the operation just intended');
}

/**
 * Intends several that the caller holds alone, each as the generation after its last one, with its first request written down: it is sent at once.
 * In the order given.
 */
export async function intendSending(tx: Tx, intentions: Intention[]): Promise<{ operation: OperationRow; attemptId: string }[]> {
  const [first] = intentions;
  if (!first) return [];
  const last = await tx.sql
    .selectFrom('operation')
    .select((row) => ['subjectId', row.fn.max('generation').as('generation')])
    .where('kind', '=', first.kind)
    .where(
      'subjectId',
      'in',
      intentions.map(({ subjectId }) => subjectId),
    )
    .groupBy('subjectId')
    .execute();
  const generations = new Map(last.map(({ subjectId, generation }) => [subjectId, generation]));
  const now = tx.clock.now();
  const operations = intentions.map((intention) => ({
    ...fresh(tx, intention, (generations.get(intention.subjectId) ?? 0) + 1),
    firstSentAt: now,
    lastSentAt: now,
    sendCount: 1,
    nextAttemptAt: later(now, sendMaxMs),
  }));
  await tx.sql.insertInto('operation').values(operations).execute();
  const attempts = await beginFirstAttempts(tx, operations);
  return operations.map((operation, index) => ({ operation, attemptId: known(attempts[index], 'the first attempt') }));
}

function fresh(tx: Tx, intention: Intention, generation: number): OperationRow {
  const now = tx.clock.now();
  return {
    ...intention,
    id: newId('operation', tx.clock),
    generation,
    idempotencyKey: recordKey(intention.kind.toLowerCase(), intention.subjectId, generation),
    state: 'INTENDED',
    stripeId: null,
    firstSentAt: null,
    lastSentAt: null,
    sendCount: 0,
    failure: null,
    nextAttemptAt: now,
    createdAt: now,
    concludedAt: null,
  };
}

/** The operation of this kind for this subject that is intended or has succeeded, if any. */
export async function liveOperation(tx: Tx, kind: OperationKind, subjectId: string): Promise<OperationRow | undefined> {
  return tx.sql
    .selectFrom('operation')
    .selectAll()
    .where('kind', '=', kind)
    .where('subjectId', '=', subjectId)
    .where('state', '!=', 'REJECTED')
    .executeTakeFirst();
}

/** What Stripe has done for an operation: the object's id, and the request that told so; null where it was found by looking it up. */
export interface Made {
  stripeId: string | null;
  attempt?: AnsweredAttempt | null;
}

/** INTENDED to SUCCEEDED, in the transaction that records what Stripe did. One caller wins; false means that another has recorded it. */
export async function conclude(tx: Tx, operation: OperationRow, made: Made): Promise<boolean> {
  return (await concluding(tx, operation, made).selectFrom('concluded').select('id').executeTakeFirst()) !== undefined;
}

/** The same as the beginning of a statement, with a row in `concluded` for the one caller who wins: what follows from that is done in the same statement. */
export function concluding(tx: Tx, operation: OperationRow, { stripeId, attempt }: Made) {
  const now = tx.clock.now();
  return tx.sql
    .with('attempt', (query) =>
      query
        .updateTable('operationAttempt')
        .set({ endedAt: now, outcome: 'SUCCEEDED', stripeRequestId: attempt?.stripeRequestId ?? null })
        .where('id', '=', attempt?.id ?? '')
        .returning('id'),
    )
    .with('concluded', (query) =>
      query
        .updateTable('operation')
        .set({ state: 'SUCCEEDED', stripeId, concludedAt: now })
        .where('id', '=', operation.id)
        .where('state', '=', 'INTENDED')
        .returning('id'),
    );
}

/** The next generation of an operation that was never done, and whose key Stripe has forgotten: it still has to happen. */
export async function intendAnew(tx: Tx, operation: OperationRow, failure: StripeFailure): Promise<OperationRow> {
  await reject(tx, operation, failure);
  return intend(tx, operation);
}

/** INTENDED to REJECTED: it did not happen and will not under this key. */
export async function reject(tx: Tx, operation: OperationRow, failure: StripeFailure): Promise<boolean> {
  const { numUpdatedRows } = await tx.sql
    .updateTable('operation')
    .set({ state: 'REJECTED', failure: { ...failure }, concludedAt: tx.clock.now() })
    .where('id', '=', operation.id)
    .where('state', '=', 'INTENDED')
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
