import { defineEntity, p } from '@mikro-orm/postgresql';
import type { ColumnsOf } from '../db/database.js';

/** The writes to Stripe whose outcome matters. Each is a row before it is a request. */
export type OperationKind =
  | 'ACCOUNT_CREATE'
  | 'ACCOUNT_DELETE'
  | 'SUBSCRIPTION_CANCEL'
  | 'SUBSCRIPTION_END'
  | 'REFUND'
  | 'TRANSFER'
  | 'REVERSAL'
  | 'RETRANSFER';
export type OperationState = 'INTENDED' | 'SUCCEEDED' | 'REJECTED';
export type AttemptOutcome = 'SUCCEEDED' | 'REFUSED' | 'NOT_RUN' | 'UNKNOWN';

/** One intended write to Stripe, its parameters frozen with its key, and what became of it. */
export const OperationEntity = defineEntity({
  name: 'Operation',
  tableName: 'operation',
  properties: {
    id: p.string().primary(),
    tenantId: p.string(),
    kind: p.string().$type<OperationKind>(),
    /** The row this is done for: a connected account, a membership, a refund. */
    subjectId: p.string(),
    generation: p.integer(),
    idempotencyKey: p.string(),
    parameters: p.json().$type<Record<string, unknown>>(),
    state: p.string().$type<OperationState>(),
    stripeId: p.string().nullable(),
    /** The age of the key counts from here: Stripe forgets a key after 24 hours. */
    firstSentAt: p.datetime().nullable(),
    lastSentAt: p.datetime().nullable(),
    sendCount: p.integer(),
    failure: p.json().$type<Record<string, unknown>>().nullable(),
    nextAttemptAt: p.datetime(),
    createdAt: p.datetime(),
    concludedAt: p.datetime().nullable(),
  },
});
export type OperationRow = ColumnsOf<typeof OperationEntity>;

/** One request of an operation: when it left, when it came back, and what Stripe said. */
export const OperationAttemptEntity = defineEntity({
  name: 'OperationAttempt',
  tableName: 'operation_attempt',
  properties: {
    id: p.string().primary(),
    operationId: p.string(),
    number: p.integer(),
    startedAt: p.datetime(),
    endedAt: p.datetime().nullable(),
    outcome: p.string().$type<AttemptOutcome>().nullable(),
    httpStatus: p.integer().nullable(),
    stripeCode: p.string().nullable(),
    stripeRequestId: p.string().nullable(),
    error: p.string().nullable(),
  },
});
export type OperationAttemptRow = ColumnsOf<typeof OperationAttemptEntity>;

declare module '../db/database.js' {
  interface Tables {
    operation: OperationRow;
    operationAttempt: OperationAttemptRow;
  }
}
