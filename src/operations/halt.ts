import { defineEntity, p } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { newId } from '../base/ids.js';
import type { ColumnsOf } from '../db/database.js';
import type { Reader, Tx } from '../db/work.js';
import type { OperationKind } from './operation.js';

/** The brake: while one is not cleared, no money leaves. */
export const HaltEntity = defineEntity({
  name: 'Halt',
  tableName: 'halt',
  properties: {
    id: p.string().primary(),
    /** In one word, for programs. */
    reason: p.string(),
    detail: p.string(),
    raisedAt: p.datetime(),
    clearedAt: p.datetime().nullable(),
    clearedBy: p.string().nullable(),
    clearedBecause: p.string().nullable(),
  },
});
export type HaltRow = ColumnsOf<typeof HaltEntity>;

/** The writes to Stripe that move no money: they go on while money is halted. */
export const moneylessKinds: OperationKind[] = ['ACCOUNT_CREATE', 'ACCOUNT_DELETE', 'SUBSCRIPTION_CANCEL', 'SUBSCRIPTION_END'];

/** Stops all outgoing money until an administrator clears it. Of several reasons at once, the first is kept. False where it was halted already. */
export async function raiseHalt(tx: Tx, reason: string, detail: string): Promise<boolean> {
  const raised = await tx.sql
    .insertInto('halt')
    .values({ id: newId('halt', tx.clock), reason, detail, raisedAt: tx.clock.now(), clearedAt: null, clearedBy: null, clearedBecause: null })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  return raised !== undefined;
}

/** For statements that begin outgoing money: true while nothing is halted. */
export const isNotHalted = sql<boolean>`not exists (select from halt where cleared_at is null)`;

/** The halt that is in force, or null. */
export async function findHalt(statements: Reader | Tx['sql']): Promise<HaltRow | null> {
  return (await statements.selectFrom('halt').selectAll().where('clearedAt', 'is', null).executeTakeFirst()) ?? null;
}

declare module '../db/database.js' {
  interface Tables {
    halt: HaltRow;
  }
}
