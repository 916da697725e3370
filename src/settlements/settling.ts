import { assert } from '../base/assert.js';
import { later, minuteMs, secondMs } from '../base/clock.js';
import { crashPoint } from '../base/crash-points.js';
import { eachInLanes } from '../base/lanes.js';
import { atomically, type Tx, type Work } from '../db/work.js';
import type { AnsweredAttempt } from '../operations/attempts.js';
import { type CarriedOut, carryOut } from '../operations/carrying-out.js';
import { reject } from '../operations/lifecycle.js';
import type { OperationRow } from '../operations/operation.js';
import type { StripeFailure, StripeResult } from '../stripe/result.js';
import { createTransfer, listTransfersOfGroup, type TransferFacts } from '../stripe/transfers.js';
import { recoverDebts } from './debts.js';
import { type Frozen, failureOf, freezeAll, type TransferParameters, thaw } from './freezing.js';
import { claimDue, claimOne, fail, reapStuck, release, setAside, settledBy, waitForFunds } from './lifecycle.js';
import { postSettlement } from './movements.js';
import type { SettlementRow } from './settlement.js';

const lanesMax = 6; // at once in one process: fewer than its connections, so that requests find one
const backoffBaseMs = 30 * secondMs;
const backoffMaxMs = 30 * minuteMs;

/** Pays what is due, up to `limit` settlements, several at once. Any number of workers may run it. Answers how many were taken up. */
export async function settleDue(work: Work, limit: number): Promise<number> {
  const reaped = await atomically(work, (tx) => reapStuck(tx, limit));
  if (reaped > 0) work.log.warn({ count: reaped }, 'settlements whose process had gone were taken back');
  const claimed = await claimTogether(work, limit);
  if (!claimed) return settleEachAlone(work, limit);
  const { count, frozen } = claimed;
  await eachInLanes(frozen, lanesMax, (one) => payLogged(work, one));
  return count;
}

/** Null where one of them cannot be frozen: then none is claimed. */
async function claimTogether(work: Work, limit: number): Promise<{ count: number; frozen: Frozen[] } | null> {
  try {
    return await atomically(work, async (tx) => {
      const claimed = await claimDue(tx, limit);
      return { count: claimed.length, frozen: await freezeAll(tx, claimed) };
    });
  } catch (error) {
    work.log.error({ err: error }, 'settlements could not be claimed together; each is tried alone');
    return null;
  }
}

/** One that cannot be frozen holds up no other: it is set aside for an hour, and said aloud each time. */
async function settleEachAlone(work: Work, limit: number): Promise<number> {
  const due = await work.read
    .selectFrom('settlement')
    .select('id')
    .where('status', '=', 'PENDING')
    .where('nextAttemptAt', '<=', work.clock.now())
    .orderBy('nextAttemptAt')
    .limit(limit)
    .execute();
  for (const { id } of due) {
    try {
      await settleOne(work, (tx) => claimOne(tx, id));
    } catch (error) {
      work.log.error({ settlement: id, err: error }, 'a settlement cannot be settled');
      await atomically(work, (tx) => setAside(tx, id));
    }
  }
  return due.length;
}

async function payLogged(work: Work, frozen: Frozen): Promise<void> {
  try {
    await pay(work, frozen);
  } catch (error) {
    work.log.error({ settlement: frozen.settlement.id, err: error }, 'a settlement was interrupted; its claim is taken back in time');
  }
}

/** Pays one settlement now where `claim` wins it, in the same way. False where it does not. */
export async function settleOne(work: Work, claim: (tx: Tx) => Promise<SettlementRow | null>): Promise<boolean> {
  const won = await atomically(work, async (tx) => {
    const claimed = await claim(tx);
    return claimed && { frozen: await freezeAll(tx, [claimed]) };
  });
  for (const one of won?.frozen ?? []) await pay(work, one);
  return won !== null;
}

/**
 * Carries out a settlement that is claimed and frozen: sends the transfer under its key, records what came of it.
 * Safe to repeat and to run at once, also after a crash anywhere: whoever comes next sends the same key, or finds the transfer at Stripe.
 */
async function pay(work: Work, { settlement, operation, attemptId }: Frozen): Promise<void> {
  crashPoint('settlement.frozen');
  const carried = await carryOut(
    work,
    operation,
    {
      send: (key) => createTransfer(work, key, transferOf(operation)),
      find: () => findTransfer(work, operation),
      record: (made, attempt) => recordTransfer(work, operation, made, attempt),
      refused: (tx, failure) => refused(tx, settlement, failure),
    },
    attemptId,
  );
  if (carried.outcome === 'UNDECIDED') await undecided(work, settlement, operation, carried);
}

function transferOf(operation: OperationRow) {
  const { amountMinor, currency, destination } = operation.parameters as unknown as TransferParameters;
  const metadata = { operation: operation.id, settlement: operation.subjectId, generation: String(operation.generation) };
  return { amountMinor, currency, destination, transferGroup: operation.subjectId, metadata };
}

/** A definite no: nothing was paid. What waits for money waits; everything else is for a person. */
async function refused(tx: Tx, settlement: SettlementRow, failure: StripeFailure): Promise<void> {
  await thaw(tx, settlement.id);
  await (failure.code === 'INSUFFICIENT_BALANCE' ? waitForFunds : fail)(tx, settlement, failureOf(failure, failure.code));
}

/** No answer, or none that decides, and Stripe shows no transfer of ours: the same key again later, until a person must say. */
async function undecided(
  work: Work,
  settlement: SettlementRow,
  operation: OperationRow,
  { failure, absence }: Extract<CarriedOut, { outcome: 'UNDECIDED' }>,
): Promise<void> {
  const isOver = failure.code === 'VERIFICATION_REQUIRED'; // its key is too old to be sent
  if (isOver && (await neverRan(work, operation))) return giveUp(work, settlement, operation);
  if (!isOver && failure.kind !== 'DEFECT' && !(failure.replayed && absence !== 'UNKNOWN')) return waitALittle(work, settlement, operation, failure);

  await atomically(work, (tx) => fail(tx, settlement, failureOf(failure, 'VERIFICATION_REQUIRED')));
  work.log.error({ settlement: settlement.id, operation: operation.id, failure, absence }, 'a person must say what became of a transfer');
}

/** What Stripe has under the operation's id: matched by that id, and never by the amount. */
export async function findTransfer(work: Work, operation: OperationRow, group = operation.subjectId): Promise<StripeResult<TransferFacts | null>> {
  const listed = await listTransfersOfGroup(work, group);
  return listed.ok ? { ...listed, value: listed.value.find(({ metadata }) => metadata['operation'] === operation.id) ?? null } : listed;
}

/** Tried again by itself. Where Stripe refuses the platform's key, people are told at once: only they can mend that. */
async function waitALittle(work: Work, settlement: SettlementRow, operation: OperationRow, failure: StripeFailure): Promise<void> {
  const told = failure.kind === 'PLATFORM' ? failureOf(failure, failure.code) : null;
  await atomically(work, (tx) => {
    const waitMs = Math.min(backoffMaxMs, backoffBaseMs * 2 ** Math.min(operation.sendCount, 10));
    return release(tx, settlement, later(tx.clock.now(), waitMs / 2 + Math.random() * (waitMs / 2)), told);
  });
}

/** Every attempt was turned away before it ran, so nothing can have been paid. */
async function neverRan(work: Work, operation: OperationRow): Promise<boolean> {
  const mayHaveRun = await work.read
    .selectFrom('operationAttempt')
    .select('id')
    .where('operationId', '=', operation.id)
    .where((row) => row.or([row('outcome', 'is', null), row('outcome', '!=', 'NOT_RUN')]))
    .limit(1)
    .executeTakeFirst();
  return mayHaveRun === undefined;
}

async function giveUp(work: Work, settlement: SettlementRow, operation: OperationRow): Promise<void> {
  const failure = { ...exhausted, stripeRequestId: null };
  await atomically(work, async (tx) => {
    if (!(await reject(tx, operation, failure))) return;
    await thaw(tx, settlement.id);
    await fail(tx, settlement, failureOf(failure, 'ATTEMPTS_EXHAUSTED'));
  });
}

const exhausted: StripeFailure = {
  kind: 'REFUSED',
  code: 'ATTEMPTS_EXHAUSTED',
  message: 'Stripe turned every attempt away for 23 hours; none of them ran.',
  stripeCode: null,
  httpStatus: null,
  stripeRequestId: null,
  replayed: false,
};

/** Records a transfer that Stripe has made: the operation, the settlement, its debts and the books in one transaction. One caller wins. */
export async function recordTransfer(work: Work, operation: OperationRow, transfer: TransferFacts, attempt: AnsweredAttempt | null): Promise<void> {
  await atomically(work, (tx) => settleBy(tx, operation, transfer, attempt));
  crashPoint('settlement.recorded');
}

/** The same inside a transaction of the caller's. */
export async function settleBy(tx: Tx, operation: OperationRow, transfer: TransferFacts, attempt: AnsweredAttempt | null): Promise<void> {
  const parameters = operation.parameters as unknown as TransferParameters;
  assert(
    transfer.amountMinor === parameters.amountMinor && transfer.currency === parameters.currency && transfer.destination === parameters.destination,
    `the transfer ${transfer.id} is not what operation ${operation.id} asked for`,
  );
  const settlement = await settledBy(tx, operation, { stripeId: transfer.id, attempt });
  if (!settlement) return assertSettledBy(tx, operation, transfer);
  if (settlement.deductedMinor > 0) await recoverDebts(tx, settlement.id);
  await postSettlement(tx, settlement, transfer.createdAt);
}

/** Somebody else has recorded it, and just so. */
async function assertSettledBy(tx: Tx, { id, subjectId }: OperationRow, transfer: TransferFacts): Promise<void> {
  const { state, stripeId } = await tx.sql.selectFrom('operation').select(['state', 'stripeId']).where('id', '=', id).executeTakeFirstOrThrow();
  assert(state === 'SUCCEEDED' && stripeId === transfer.id, `operation ${id} is ${state} with ${stripeId}, and Stripe made ${transfer.id}`);
  const { operationId, status } = await tx.sql
    .selectFrom('settlement')
    .select(['operationId', 'status'])
    .where('id', '=', subjectId)
    .executeTakeFirstOrThrow();
  assert(operationId === id, `settlement ${subjectId} was paid by ${transfer.id}, and could not be settled: it is ${status}`);
}
