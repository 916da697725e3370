import { findActiveConnection } from '../accounts/finding.js';
import { hourMs, later } from '../base/clock.js';
import { addMinor, subtractMinor } from '../base/money.js';
import { atomically, type Tx, type Work } from '../db/work.js';
import { credit, debit, post } from '../ledger/posting.js';
import type { AnsweredAttempt } from '../operations/attempts.js';
import { type CarriedOut, carryOut } from '../operations/carrying-out.js';
import { conclude, intend, liveOperation, reject } from '../operations/lifecycle.js';
import type { OperationRow } from '../operations/operation.js';
import { createTransfer, type TransferFacts } from '../stripe/transfers.js';
import { assertSame, notOf } from './forgotten.js';
import type { TransferParameters } from './freezing.js';
import { noteReversed } from './lifecycle.js';
import type { SettlementRow, TransferReversalRow } from './settlement.js';
import { findTransfer } from './settling.js';

const tryAgainAfterMs = 1 * hourMs; // for want of funds, or of an account to pay

/**
 * A dispute was won: what was taken back for it goes to the seller again, once, and what is still owed for it is owed no more.
 * In the transaction that records the outcome; the transfer follows by itself.
 */
export async function wantReturn(tx: Tx, disputeId: string): Promise<void> {
  const row = await tx.sql
    .selectFrom('transferReversal')
    .selectAll()
    .where('causeKind', '=', 'DISPUTE')
    .where('causeId', '=', disputeId)
    .forUpdate()
    .executeTakeFirst();
  if (!row || row.status === 'WITHDRAWN' || row.returnWantedAt !== null) return;
  const wasNeverSent = row.status === 'REQUESTED' && !(await liveOperation(tx, 'REVERSAL', row.id));
  await tx.sql
    .updateTable('transferReversal')
    .set({
      returnWantedAt: tx.clock.now(),
      nextAttemptAt: tx.clock.now(),
      ...(wasNeverSent ? { status: 'WITHDRAWN', concludedAt: tx.clock.now() } : {}),
    })
    .where('id', '=', row.id)
    .execute();
}

/** Gives back what is to be given back. Any number of workers may run it: one operation results. Answers how many were tried. */
export async function returnDue(work: Work, limit: number): Promise<number> {
  const wanted = await work.read
    .selectFrom('transferReversal')
    .selectAll()
    .where('returnWantedAt', 'is not', null)
    .where('retransferId', 'is', null)
    .where('status', 'in', ['SUCCEEDED', 'OWED'])
    .where('nextAttemptAt', '<=', work.clock.now())
    .orderBy('nextAttemptAt')
    .limit(limit)
    .execute();
  for (const row of wanted) {
    const operation = await atomically(work, (tx) => begin(tx, row));
    if (operation) await carryOutRetransfer(work, operation);
  }
  return wanted.length;
}

async function begin(tx: Tx, { id }: TransferReversalRow): Promise<OperationRow | null> {
  const row = await tx.sql.selectFrom('transferReversal').selectAll().where('id', '=', id).forUpdate().executeTakeFirstOrThrow();
  if (row.retransferId !== null || row.nextAttemptAt > tx.clock.now()) return null;
  await tx.sql
    .updateTable('transferReversal')
    .set({ nextAttemptAt: later(tx.clock.now(), tryAgainAfterMs) })
    .where('id', '=', id)
    .execute();
  return intendReturn(tx, row);
}

/** Intends to give back what was taken back, or finds that under way. Null where there is nothing to give, nobody to give it to, or a debt in between. */
async function intendReturn(tx: Tx, row: TransferReversalRow): Promise<OperationRow | null> {
  const { id } = row;
  const live = await liveOperation(tx, 'RETRANSFER', id);
  if (live) return live;
  const { accountId } = await tx.sql.selectFrom('settlement').select('accountId').where('id', '=', row.settlementId).executeTakeFirstOrThrow();
  const recoveredMinor = await forgive(tx, row, accountId);
  if (recoveredMinor === null) return null;
  const amountMinor = addMinor(row.reversedMinor, recoveredMinor);
  if (amountMinor === 0) {
    await tx.sql
      .updateTable('transferReversal')
      .set({ retransferId: `none:${id}` })
      .where('id', '=', id)
      .execute();
    return null;
  }
  const connected = await findActiveConnection(tx.sql, accountId);
  if (!connected?.stripeAccountId) return null;
  const parameters: TransferParameters = {
    amountMinor,
    currency: row.currency,
    destination: connected.stripeAccountId,
    connectedAccountId: connected.id,
  };
  return intend(tx, { tenantId: row.tenantId, kind: 'RETRANSFER', subjectId: id, parameters: { ...parameters } });
}

/** What is still owed for it is owed no more; answers what later settlements have kept back of it. Null while one is keeping it back right now. */
async function forgive(tx: Tx, { causeKind, causeId, currency, id }: TransferReversalRow, accountId: string): Promise<number | null> {
  const debt = await tx.sql
    .selectFrom('sellerDebt')
    .selectAll()
    .where('causeKind', '=', causeKind)
    .where('causeId', '=', causeId)
    .forUpdate()
    .executeTakeFirst();
  if (!debt) return 0;
  if (debt.reservedMinor > 0) return null;
  const forgivenMinor = subtractMinor(debt.amountMinor, debt.recoveredMinor);
  await tx.sql.updateTable('sellerDebt').set({ forgivenMinor }).where('id', '=', debt.id).execute();
  await post(tx, {
    cause: { kind: 'DEBT_FORGIVEN', id },
    currency,
    effectiveAt: tx.clock.now(),
    sides: [debit('seller_payable', forgivenMinor, accountId), credit('seller_receivable', forgivenMinor, accountId)],
  });
  return debt.recoveredMinor;
}

/** Sends an intended transfer of what was taken back, and records it. Also finishes what a crash left open. */
export async function carryOutRetransfer(work: Work, operation: OperationRow): Promise<CarriedOut> {
  const { settlementId } = await work.read
    .selectFrom('transferReversal')
    .select('settlementId')
    .where('id', '=', operation.subjectId)
    .executeTakeFirstOrThrow();
  const { amountMinor, currency, destination } = operation.parameters as unknown as TransferParameters;
  const metadata = { operation: operation.id, settlement: settlementId, reversal: operation.subjectId };
  const carried = await carryOut<TransferFacts>(work, operation, {
    send: (key) => createTransfer(work, key, { amountMinor, currency, destination, metadata, transferGroup: settlementId }),
    find: () => findTransfer(work, operation, settlementId),
    record: (made, attempt) => atomically(work, (tx) => giveBackBy(tx, operation, made, attempt)),
  });
  if (carried.outcome === 'UNDECIDED' && carried.absence === 'PROVEN') await atomically(work, (tx) => reject(tx, operation, carried.failure));
  return carried;
}

/**
 * Takes a transfer that gave back what had been taken back for a dispute, and that a restored database knows nothing of, as the one that does.
 * Refuses with CONFLICT one that is not for this settlement, nothing of which is to be given back, or that is not what would be given back now.
 */
export async function adoptForgottenReturn(tx: Tx, settlement: SettlementRow, transfer: TransferFacts): Promise<void> {
  const row = await tx.sql
    .selectFrom('transferReversal')
    .selectAll()
    .where('id', '=', String(transfer.metadata['reversal']))
    .where('settlementId', '=', settlement.id)
    .where('status', 'in', ['SUCCEEDED', 'OWED'])
    .where('returnWantedAt', 'is not', null)
    .where('retransferId', 'is', null)
    .forUpdate()
    .executeTakeFirst();
  const intended = row ? await intendReturn(tx, row) : null;
  if (!intended) throw notOf(settlement, transfer, 'Nothing of it is to be given back now.');
  if (intended.firstSentAt !== null) throw notOf(settlement, transfer, 'It is being given back by another one.');
  assertSame(settlement, transfer, intended.parameters as unknown as TransferParameters);
  await giveBackBy(tx, intended, transfer, null);
}

/** In the transaction that concludes the operation: what was taken back is the seller's again. One caller wins. */
async function giveBackBy(tx: Tx, operation: OperationRow, made: TransferFacts, attempt: AnsweredAttempt | null): Promise<void> {
  if (!(await conclude(tx, operation, { stripeId: made.id, attempt }))) return;
  const row = await tx.sql.selectFrom('transferReversal').selectAll().where('id', '=', operation.subjectId).forUpdate().executeTakeFirstOrThrow();
  const settlement = await tx.sql.selectFrom('settlement').selectAll().where('id', '=', row.settlementId).forUpdate().executeTakeFirstOrThrow();
  const returned = { retransferId: made.id, returnedMinor: made.amountMinor };
  await tx.sql.updateTable('transferReversal').set(returned).where('id', '=', row.id).execute();
  await tx.sql
    .updateTable('settlementLine')
    .set((line) => ({ retransferredMinor: line('retransferredMinor', '+', row.reversedMinor) }))
    .where('paymentId', '=', row.paymentId)
    .execute();
  await noteReversed(tx, settlement, -row.reversedMinor);
  await post(tx, {
    cause: { kind: 'RETRANSFER', id: row.id },
    currency: row.currency,
    effectiveAt: made.createdAt,
    sides: [debit('seller_payable', made.amountMinor, settlement.accountId), credit('stripe_balance', made.amountMinor)],
  });
}
