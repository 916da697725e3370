import { known } from '../base/assert.js';
import { newId } from '../base/ids.js';
import type { Tx } from '../db/work.js';
import { recordKey } from '../stripe/idempotency-key.js';
import type { StripeFailure } from '../stripe/result.js';
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
export async function intend(tx: Tx, intention: Intention): Promise<OperationRow> {
  const { kind, subjectId } = intention;
  const live = await liveOperation(tx, kind, subjectId);
  if (live) return live;

  const earlier = await tx.sql
    .selectFrom('operation')
    .select('generation')
    .where('kind', '=', kind)
    .where('subjectId', '=', subjectId)
    .orderBy('generation', 'desc')
    .executeTakeFirst();
  const generation = (earlier?.generation ?? 0) + 1;
  const now = tx.clock.now();
  await tx.sql
    .insertInto('operation')
    .values({
      ...intention,
      id: newId('operation', tx.clock),
      generation,
      idempotencyKey: recordKey(kind.toLowerCase(), subjectId, generation),
      state: 'INTENDED',
      stripeId: null,
      firstSentAt: null,
      lastSentAt: null,
      sendCount: 0,
      failure: null,
      nextAttemptAt: now,
      createdAt: now,
      concludedAt: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return known(await liveOperation(tx, kind, subjectId), 'the operation just intended');
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

/** INTENDED to SUCCEEDED, in the transaction that records what Stripe did. One caller wins; false means that another has recorded it. */
export async function conclude(tx: Tx, operation: OperationRow, made: { stripeId: string | null }): Promise<boolean> {
  const { numUpdatedRows } = await tx.sql
    .updateTable('operation')
    .set({ state: 'SUCCEEDED', stripeId: made.stripeId, concludedAt: tx.clock.now() })
    .where('id', '=', operation.id)
    .where('state', '=', 'INTENDED')
    .executeTakeFirst();
  return numUpdatedRows === 1n;
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
