import { randomUUID } from 'node:crypto';
import { hourMs, later, minuteMs } from '../base/clock.js';
import { atomically, type Tx, type Work } from '../db/work.js';
import { isNotHalted } from '../operations/halt.js';
import { concluding, type Made } from '../operations/lifecycle.js';
import type { OperationRow } from '../operations/operation.js';
import type { FailureCode } from '../stripe/result.js';
import type { SettlementFailure, SettlementRow, SettlementStatus } from './settlement.js';

/**
 * The only writer of a settlement's status. The database refuses any other way, by the trigger `a_settlement_keeps_to_its_ways`.
 *
 * | from              | what happens                                             | to        |
 * |-------------------|----------------------------------------------------------|-----------|
 * | (none)            | the first purchase of an offering joins                  | PENDING   |
 * | PENDING           | claimed: due, or an administrator's wish; one caller wins | SETTLING  |
 * | SETTLING          | nothing is left in it                                    | CANCELED  |
 * | SETTLING          | Stripe did not run it, or its outcome is not known yet   | PENDING   |
 * | SETTLING          | claimed for more than ten minutes: its process is gone   | PENDING   |
 * | SETTLING          | Stripe refused for good, or nobody can tell              | FAILED    |
 * | PENDING, FAILED,  |                                                          |           |
 * | SETTLING          | the transfer is recorded, by whoever heard of it         | SETTLED   |
 * | FAILED            | somebody retries, its outcome being known                | PENDING   |
 * | SETTLED           | all of it was taken back                                 | REVERSED  |
 */
export const claimLeaseMs = 10 * minuteMs; // several times what one send may take, so that no living process loses its claim
/** How often a settlement that met an empty balance waits for money by itself before a person is asked. */
export const waitsForFundsMax = 48;
const waitForFundsMs = 1 * hourMs;

/** PENDING to SETTLING for what is due, most overdue first: a claim that several workers at once share out without waiting for each other. */
export async function claimDue(tx: Tx, limit: number): Promise<SettlementRow[]> {
  const now = tx.clock.now();
  return tx.sql
    .with('due', (query) =>
      query
        .selectFrom('settlement')
        .select('id')
        .where('status', '=', 'PENDING')
        .where('nextAttemptAt', '<=', now)
        .where(isNotHalted)
        .orderBy('nextAttemptAt')
        .limit(limit)
        .forUpdate()
        .skipLocked(),
    )
    .updateTable('settlement')
    .set(claimed(now))
    .where('id', 'in', (query) => query.selectFrom('due').select('due.id'))
    .where('status', '=', 'PENDING')
    .returningAll()
    .execute();
}

/** PENDING to SETTLING for one settlement, also before it is due. Null where another has it, it is not pending, or money is halted. */
export async function claimOne(tx: Tx, id: string): Promise<SettlementRow | null> {
  const now = tx.clock.now();
  const row = await tx.sql
    .updateTable('settlement')
    .set(claimed(now))
    .where('id', '=', id)
    .where('status', '=', 'PENDING')
    .where(isNotHalted)
    .returningAll()
    .executeTakeFirst();
  return row ?? null;
}

/** The same to take what Stripe has paid already: also while money is halted, since none moves. */
export async function claimForAdoption(tx: Tx, id: string): Promise<SettlementRow | null> {
  const row = await tx.sql
    .updateTable('settlement')
    .set(claimed(tx.clock.now()))
    .where('id', '=', id)
    .where('status', '=', 'PENDING')
    .returningAll()
    .executeTakeFirst();
  return row ?? null;
}

function claimed(now: Date) {
  return { status: 'SETTLING', claimToken: randomUUID(), claimedAt: now, startedAt: now } as const;
}

const unclaimed = { claimToken: null, claimedAt: null } as const;

/**
 * SETTLING to PENDING: nothing was decided; tried again at `nextAttemptAt`. Only by the holder of the claim. `failure` is what people are told
 * meanwhile, and null that nothing is wrong; where it is absent, they are told what they were.
 */
export async function release(tx: Tx, settlement: SettlementRow, nextAttemptAt: Date, failure?: SettlementFailure | null): Promise<boolean> {
  return leave(tx, settlement, {
    status: 'PENDING',
    nextAttemptAt,
    ...(failure === undefined ? {} : { failureCode: failure?.code ?? null, failure }),
  });
}

/** SETTLING to PENDING for want of money at Stripe: it waits for funds by itself, and in the end asks a person. */
export async function waitForFunds(tx: Tx, settlement: SettlementRow, failure: SettlementFailure): Promise<boolean> {
  if (settlement.waitsForFundsCount >= waitsForFundsMax) return fail(tx, settlement, failure);
  return leave(tx, settlement, {
    status: 'PENDING',
    nextAttemptAt: later(tx.clock.now(), waitForFundsMs),
    waitsForFundsCount: settlement.waitsForFundsCount + 1,
    failureCode: failure.code,
    failure,
  });
}

/** Money has become available at Stripe: what waits for it is due at once. */
export async function wakeWaitingForFunds(work: Work): Promise<number> {
  const { numUpdatedRows } = await atomically(work, (tx) =>
    tx.sql
      .updateTable('settlement')
      .set({ nextAttemptAt: tx.clock.now() })
      .where('status', '=', 'PENDING')
      .where('failureCode', '=', 'INSUFFICIENT_BALANCE')
      .where('nextAttemptAt', '>', tx.clock.now())
      .executeTakeFirst(),
  );
  return Number(numUpdatedRows);
}

/** SETTLING to FAILED: a person is asked. */
export async function fail(tx: Tx, settlement: SettlementRow, failure: SettlementFailure): Promise<boolean> {
  return leave(tx, settlement, { status: 'FAILED', failureCode: failure.code, failure });
}

/** Stays PENDING, and is left alone for an hour: something about it cannot be right, and nobody else waits for it. */
export async function setAside(tx: Tx, id: string): Promise<void> {
  const nextAttemptAt = later(tx.clock.now(), waitForFundsMs);
  await tx.sql.updateTable('settlement').set({ nextAttemptAt }).where('id', '=', id).where('status', '=', 'PENDING').execute();
}

/** SETTLING to CANCELED: everything in it was given back to buyers. */
export async function cancel(tx: Tx, settlement: SettlementRow): Promise<boolean> {
  return leave(tx, settlement, { status: 'CANCELED', amountMinor: 0, closedAt: tx.clock.now() });
}

async function leave(tx: Tx, settlement: SettlementRow, columns: Partial<SettlementRow>): Promise<boolean> {
  const { numUpdatedRows } = await tx.sql
    .updateTable('settlement')
    .set({ ...unclaimed, ...columns, ...('failure' in columns ? { failure: columns.failure ?? null } : {}) })
    .where('id', '=', settlement.id)
    .where('status', '=', 'SETTLING')
    .where('claimToken', '=', settlement.claimToken)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/**
 * To SETTLED from wherever it was when its transfer became known, in the statement that concludes the transfer's operation: one caller wins both.
 * Null where another has, or where it cannot be settled any more; then neither may stay.
 */
export async function settledBy(tx: Tx, operation: OperationRow, made: Made & { stripeId: string }): Promise<SettlementRow | null> {
  const row = await concluding(tx, operation, made)
    .updateTable('settlement')
    .set({ ...settled(tx), operationId: operation.id, stripeTransferId: made.stripeId })
    .where('id', '=', operation.subjectId)
    .where('status', 'in', ['PENDING', 'SETTLING', 'FAILED'])
    .where(({ exists, selectFrom }) => exists(selectFrom('concluded').select('concluded.id')))
    .returningAll()
    .executeTakeFirst();
  return row ?? null;
}

/** SETTLING to SETTLED where nothing is to be transferred. */
export async function settledWithoutTransfer(tx: Tx, id: string): Promise<void> {
  await tx.sql.updateTable('settlement').set(settled(tx)).where('id', '=', id).where('status', '=', 'SETTLING').execute();
}

function settled(tx: Tx) {
  return { ...unclaimed, status: 'SETTLED', settledAt: tx.clock.now(), failureCode: null, failure: null } as const;
}

/** FAILED to PENDING, due at once. False where somebody else was first, or it is not failed. */
export async function reopen(tx: Tx, id: string): Promise<boolean> {
  return (await reopenAll(tx, [id])).length === 1;
}

/** The same for several, or for those of them that failed for one cause. Answers which it were. */
export async function reopenAll(tx: Tx, ids: readonly string[], cause?: FailureCode): Promise<string[]> {
  const rows = await tx.sql
    .updateTable('settlement')
    .set({ status: 'PENDING', failureCode: null, failure: null, waitsForFundsCount: 0, nextAttemptAt: tx.clock.now() })
    .where('id', 'in', ids)
    .where('status', '=', 'FAILED')
    .$if(cause !== undefined, (query) => query.where('failureCode', '=', cause as FailureCode))
    .returning('id')
    .execute();
  return rows.map(({ id }) => id);
}

/** Gives back the claims of processes that are gone. Their transfers keep their keys, so what they may have sent is not sent anew. */
export async function reapStuck(tx: Tx, limit: number): Promise<number> {
  const now = tx.clock.now();
  const { numUpdatedRows } = await tx.sql
    .with('stuck', (query) =>
      query
        .selectFrom('settlement')
        .select('id')
        .where('status', '=', 'SETTLING')
        .where('claimedAt', '<', later(now, -claimLeaseMs))
        .orderBy('claimedAt')
        .limit(limit)
        .forUpdate()
        .skipLocked(),
    )
    .updateTable('settlement')
    .set({ ...unclaimed, status: 'PENDING', nextAttemptAt: now })
    .where('id', 'in', (query) => query.selectFrom('stuck').select('stuck.id'))
    .where('status', '=', 'SETTLING')
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

/** Notes what was taken back; SETTLED to REVERSED once that is all. */
export async function noteReversed(tx: Tx, settlement: Pick<SettlementRow, 'id'>, minor: number): Promise<void> {
  await tx.sql
    .updateTable('settlement')
    .set((row) => ({ reversedMinor: row('reversedMinor', '+', minor) }))
    .where('id', '=', settlement.id)
    .execute();
  await tx.sql
    .updateTable('settlement')
    .set({ status: 'REVERSED' })
    .where('id', '=', settlement.id)
    .where('status', '=', 'SETTLED')
    .where('amountMinor', '>', 0)
    .whereRef('reversedMinor', '=', 'amountMinor')
    .execute();
  await tx.sql
    .updateTable('settlement')
    .set({ status: 'SETTLED' })
    .where('id', '=', settlement.id)
    .where('status', '=', 'REVERSED')
    .whereRef('reversedMinor', '<', 'amountMinor')
    .execute();
}

/** Whether a settlement in this status may be claimed, and if not, why; from and to in words. */
export function whyNotClaimable(status: SettlementStatus): string | null {
  switch (status) {
    case 'PENDING':
      return null;
    case 'SETTLING':
      return 'It is being settled right now.';
    case 'SETTLED':
    case 'REVERSED':
      return 'It has been settled, and is never settled twice.';
    case 'FAILED':
      return 'It has failed; retry it instead.';
    case 'CANCELED':
      return 'Nothing is left in it: everything was given back.';
  }
}
