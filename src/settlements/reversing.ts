import { sql } from 'kysely';
import { findConnectedAccountById } from '../accounts/finding.js';
import { assert, known } from '../base/assert.js';
import { newId } from '../base/ids.js';
import { addMinor, subtractMinor } from '../base/money.js';
import { atomically, type Tx, type Work } from '../db/work.js';
import { credit, debit, post } from '../ledger/posting.js';
import type { AnsweredAttempt } from '../operations/attempts.js';
import { type CarriedOut, carryOut } from '../operations/carrying-out.js';
import { conclude, intend, liveOperation, reject } from '../operations/lifecycle.js';
import type { OperationRow } from '../operations/operation.js';
import { availableOf } from '../stripe/balances.js';
import type { StripeResult } from '../stripe/result.js';
import { onAccount } from '../stripe/scope.js';
import { createReversal, listReversals, type ReversalFacts } from '../stripe/transfers.js';
import { findForgottenReversal, isForgotten, splitOff } from './forgotten.js';
import type { TransferParameters } from './freezing.js';
import { noteReversed } from './lifecycle.js';
import type { SettlementRow, TransferReversalRow } from './settlement.js';

const generationsMax = 3; // the seller's balance may move between our look and Stripe's; after that the rest is a debt

interface ReversalParameters {
  transferId: string;
  /** Whom that transfer paid. */
  connectedAccountId: string;
  amountMinor: number;
}

/** Whether something is yet to be given back to the seller for the same purchase: what is asked is taken from that. */
const isComingBack = sql<boolean>`exists (
  select from transfer_reversal as other where other.payment_id = transfer_reversal.payment_id and other.id <> transfer_reversal.id
    and other.status in ('REQUESTED', 'SUCCEEDED', 'OWED') and other.return_wanted_at is not null and other.retransfer_id is null)`;

/** Takes back from sellers what was asked of settlements that have been paid. Any number of workers may run it. Answers how many were begun. */
export async function reverseDue(work: Work, limit: number): Promise<number> {
  const asked = await work.read
    .selectFrom('transferReversal')
    .innerJoin('settlement', 'settlement.id', 'transferReversal.settlementId')
    .selectAll('transferReversal')
    .where('transferReversal.status', '=', 'REQUESTED')
    .where('settlement.settledAt', 'is not', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('operation')
            .select('operation.id')
            .whereRef('operation.subjectId', '=', 'transferReversal.id')
            .where('operation.kind', '=', 'REVERSAL')
            .where('operation.state', '=', 'INTENDED'),
        ),
      ),
    )
    .where(({ not }) => not(isComingBack))
    .orderBy('transferReversal.id')
    .limit(limit)
    .execute();
  for (const row of asked) await reverse(work, row);
  return asked.length;
}

/** The same at once for one payment, where somebody waits for it. */
export async function reverseForPayment(work: Work, paymentId: string): Promise<void> {
  const rows = await work.read
    .selectFrom('transferReversal')
    .innerJoin('settlement', 'settlement.id', 'transferReversal.settlementId')
    .selectAll('transferReversal')
    .where('transferReversal.paymentId', '=', paymentId)
    .where('transferReversal.status', '=', 'REQUESTED')
    .where('settlement.settledAt', 'is not', null)
    .execute();
  for (const row of rows) await reverse(work, row);
}

/**
 * Takes back what was asked, as far as the seller's balance at Stripe holds it; what it does not hold becomes the seller's debt.
 * Safe to repeat and to run at once; a new amount is always a new generation under a new key, after a definite no.
 */
async function reverse(work: Work, row: TransferReversalRow): Promise<void> {
  let possibleMinor = row.askedMinor;
  for (let generation = 1; generation <= generationsMax && possibleMinor > 0; generation++) {
    const operation = await atomically(work, (tx) => begin(tx, row, possibleMinor));
    if (!operation) return;
    const carried = await carryOutReversal(work, operation);
    if (carried.outcome !== 'REFUSED') return;
    if (carried.failure.code !== 'INSUFFICIENT_BALANCE') break;
    possibleMinor = Math.min(row.askedMinor, await availableAtStripe(work, operation, row.currency));
  }
  await atomically(work, (tx) => owe(tx, row, null));
}

/** Intends the reversal, or finds the one under way. Null where there is nothing to do any more. */
async function begin(tx: Tx, { id }: TransferReversalRow, possibleMinor: number): Promise<OperationRow | null> {
  const row = await tx.sql
    .selectFrom('transferReversal')
    .selectAll()
    .select(isComingBack.as('waits'))
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirstOrThrow();
  if (row.status !== 'REQUESTED') return null;
  const underWay = await liveOperation(tx, 'REVERSAL', id);
  if (underWay) return underWay;
  if (row.waits) return null;
  const settlement = await tx.sql.selectFrom('settlement').selectAll().where('id', '=', row.settlementId).forUpdate().executeTakeFirstOrThrow();
  const line = await tx.sql.selectFrom('settlementLine').selectAll().where('paymentId', '=', row.paymentId).executeTakeFirstOrThrow();
  assert(line.settlementId === settlement.id && line.paidMinor !== null, `reversal ${id} is of a purchase that ${settlement.id} never paid`);
  const sent = (await sentFor(tx, settlement.id)).reduce((most, one) => (one.leftMinor > most.leftMinor ? one : most), nothingSent);
  const amountMinor = Math.min(possibleMinor, sent.leftMinor);
  if (amountMinor === 0) {
    await owe(tx, row, null);
    return null;
  }
  const parameters: ReversalParameters = { transferId: sent.transferId, connectedAccountId: sent.connectedAccountId, amountMinor };
  return intend(tx, { tenantId: row.tenantId, kind: 'REVERSAL', subjectId: row.id, parameters: { ...parameters } });
}

interface Sent {
  transferId: string;
  connectedAccountId: string;
  /** What of it the seller still has. */
  leftMinor: number;
}
const nothingSent: Sent = { transferId: '', connectedAccountId: '', leftMinor: 0 };

/** What went to the seller for a settlement: its transfer, and what was given back after disputes that were won; each less what was taken back of it, or is about to be. */
async function sentFor(tx: Tx, settlementId: string): Promise<Sent[]> {
  const made = await tx.sql
    .selectFrom('operation')
    .select(['kind', 'stripeId', 'parameters'])
    .where((row) => row.or([row('state', '=', 'SUCCEEDED'), row.and([row('state', '=', 'INTENDED'), row('kind', '=', 'REVERSAL')])]))
    .where('subjectId', 'in', (query) =>
      query
        .selectFrom('transferReversal')
        .select('id as subjectId')
        .where('settlementId', '=', settlementId)
        .union(query.selectFrom('settlement').select('id as subjectId').where('id', '=', settlementId)),
    )
    .where('kind', 'in', ['TRANSFER', 'RETRANSFER', 'REVERSAL'])
    .execute();
  const reversals = made.filter(({ kind }) => kind === 'REVERSAL').map(({ parameters }) => parameters as unknown as ReversalParameters);
  return made
    .filter(({ kind }) => kind !== 'REVERSAL')
    .map(({ stripeId, parameters }) => {
      const transferId = known(stripeId, 'the transfer of an operation');
      const { amountMinor, connectedAccountId } = parameters as unknown as TransferParameters;
      const back = reversals.filter((reversal) => reversal.transferId === transferId).map((reversal) => reversal.amountMinor);
      return { transferId, connectedAccountId, leftMinor: subtractMinor(amountMinor, addMinor(...back)) };
    });
}

/** Sends an intended reversal and records it, or records one that a restored database has forgotten. Also finishes what a crash left open. */
export async function carryOutReversal(work: Work, operation: OperationRow): Promise<CarriedOut> {
  const { transferId, amountMinor } = operation.parameters as unknown as ReversalParameters;
  const metadata = { operation: operation.id, reversal: operation.subjectId };
  const carried = await carryOut<ReversalFacts>(work, operation, {
    send: async (key) => {
      const forgotten = await findForgottenReversal(work, transferId, amountMinor);
      if (!forgotten.ok) return forgotten;
      return forgotten.value ? { ...forgotten, value: forgotten.value } : createReversal(work, key, { transferId, amountMinor, metadata });
    },
    find: () => findReversal(work, operation, transferId),
    record: (made, attempt) => recordReversal(work, operation, made, attempt),
  });
  if (carried.outcome === 'UNDECIDED' && carried.absence === 'PROVEN') await atomically(work, (tx) => reject(tx, operation, carried.failure));
  return carried;
}

async function findReversal(work: Work, { id }: OperationRow, transferId: string): Promise<StripeResult<ReversalFacts | null>> {
  const listed = await listReversals(work, transferId);
  return listed.ok ? { ...listed, value: listed.value.find(({ metadata }) => metadata['operation'] === id) ?? null } : listed;
}

async function recordReversal(work: Work, operation: OperationRow, made: ReversalFacts, attempt: AnsweredAttempt | null): Promise<void> {
  await atomically(work, async (tx) => {
    if (!(await conclude(tx, operation, { stripeId: made.id, attempt }))) return;
    const asked = await tx.sql.selectFrom('transferReversal').selectAll().where('id', '=', operation.subjectId).forUpdate().executeTakeFirstOrThrow();
    const row = isForgotten(made, operation) ? await splitOff(tx, asked, made.amountMinor) : asked;
    const settlement = await tx.sql.selectFrom('settlement').selectAll().where('id', '=', row.settlementId).forUpdate().executeTakeFirstOrThrow();
    await tx.sql
      .updateTable('settlementLine')
      .set((line) => ({ reversedMinor: line('reversedMinor', '+', made.amountMinor) }))
      .where('paymentId', '=', row.paymentId)
      .execute();
    await noteReversed(tx, settlement, made.amountMinor);
    await post(tx, {
      cause: { kind: 'REVERSAL', id: row.id },
      currency: row.currency,
      effectiveAt: tx.clock.now(),
      sides: [debit('stripe_balance', made.amountMinor), credit('seller_payable', made.amountMinor, settlement.accountId)],
    });
    await owe(tx, { ...row, reversedMinor: made.amountMinor }, made.id, settlement);
  });
}

/** Ends a reversal: what could not be taken back is what the seller owes, once, and later settlements keep it back. */
async function owe(tx: Tx, row: TransferReversalRow, stripeReversalId: string | null, paid?: SettlementRow): Promise<void> {
  const { id, causeKind, causeId, paymentId, tenantId, currency, reversedMinor } = row;
  const owedMinor = subtractMinor(row.askedMinor, reversedMinor);
  const { numUpdatedRows } = await tx.sql
    .updateTable('transferReversal')
    .set({ status: owedMinor > 0 ? 'OWED' : 'SUCCEEDED', reversedMinor, stripeReversalId, concludedAt: tx.clock.now() })
    .where('id', '=', id)
    .where('status', '=', 'REQUESTED')
    .executeTakeFirst();
  if (numUpdatedRows === 0n || owedMinor === 0) return;
  const { accountId } =
    paid ?? (await tx.sql.selectFrom('settlement').select('accountId').where('id', '=', row.settlementId).executeTakeFirstOrThrow());
  const blank = { reservedMinor: 0, recoveredMinor: 0, forgivenMinor: 0 };
  await tx.sql
    .insertInto('sellerDebt')
    .values({
      ...blank,
      id: newId('sellerDebt', tx.clock),
      tenantId,
      accountId,
      currency,
      causeKind,
      causeId,
      paymentId,
      amountMinor: owedMinor,
      createdAt: tx.clock.now(),
    })
    .execute();
  await post(tx, {
    cause: { kind: 'DEBT', id },
    currency,
    effectiveAt: tx.clock.now(),
    sides: [debit('seller_receivable', owedMinor, accountId), credit('seller_payable', owedMinor, accountId)],
  });
}

/** What the paid account has available in the currency now; 0 where Stripe does not show it. */
async function availableAtStripe(work: Work, { parameters }: OperationRow, currency: string): Promise<number> {
  const { connectedAccountId } = parameters as unknown as ReversalParameters;
  const connected = await findConnectedAccountById(work, connectedAccountId);
  const available = await availableOf(work, onAccount(known(connected.stripeAccountId, 'its Stripe account')), currency);
  return available.ok ? Math.max(0, available.value) : 0;
}
