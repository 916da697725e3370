import { sql } from 'kysely';
import { type ConnectedAccountRow, stillActive } from '../accounts/connected-account.js';
import { known } from '../base/assert.js';
import { dayMs, later } from '../base/clock.js';
import { addMinor, subtractMinor } from '../base/money.js';
import type { Tx } from '../db/work.js';
import { isPosted } from '../ledger/posting.js';
import { intendSending } from '../operations/lifecycle.js';
import type { OperationRow } from '../operations/operation.js';
import type { FailureCode, StripeFailure } from '../stripe/result.js';
import { debtorsAmong, recoverDebts, releaseDebts, reserveDebts } from './debts.js';
import { cancel, fail, release, settledWithoutTransfer } from './lifecycle.js';
import { leftOf, moveHeldLines } from './lines.js';
import { postSettlement } from './movements.js';
import type { SettlementFailure, SettlementLineRow, SettlementRow } from './settlement.js';

/** What a transfer is sent with, frozen with its key: a key sent with anything else is refused. */
export interface TransferParameters {
  amountMinor: number;
  currency: string;
  destination: string;
  connectedAccountId: string;
}

const lookAgainAfterMs = 1 * dayMs; // when all of it is held by disputes; their end wakes it earlier

/** A settlement with its transfer, about to be sent; `attemptId` is its first request where that was written just now. */
export interface Frozen {
  settlement: SettlementRow;
  operation: OperationRow;
  attemptId: string | null;
}

/** A settlement that was just claimed, with what decides what it pays to whom. */
interface Claimed {
  settlement: SettlementRow;
  connected: ConnectedAccountRow | undefined;
  lines: SettlementLineRow[];
  isDebtor: boolean;
}

/**
 * Decides what settlements pay to whom, in the transaction that claims them, and freezes it with the keys of their transfers: the sum of their
 * purchases, less what was refunded, what disputes hold, and what the seller owes. A transfer under way keeps what it was frozen with.
 * Left out are those with nothing to send: nothing is in them, all of it is held, or there is nobody to pay. A few statements for all of them.
 */
export async function freezeAll(tx: Tx, settlements: SettlementRow[]): Promise<Frozen[]> {
  if (settlements.length === 0) return [];
  const underWay = await transfersUnderWay(tx, settlements);
  const resumed = settlements.flatMap((settlement) => {
    const operation = underWay.get(settlement.id);
    return operation ? [{ settlement, operation, attemptId: null }] : [];
  });
  const claimed = await look(
    tx,
    settlements.filter(({ id }) => !underWay.has(id)),
  );
  const payable: Payable[] = [];
  for (const one of claimed) {
    const decided = await decide(tx, one);
    if (decided) payable.push(decided);
  }
  await keep(tx, payable);
  for (const { settlement, leavesSome } of payable) if (leavesSome) await moveHeldLines(tx, settlement);
  for (const { settlement } of payable) if (settlement.amountMinor === 0) await settleWithoutTransfer(tx, settlement);
  return [...resumed, ...(await intendTransfers(tx, payable))];
}

async function transfersUnderWay(tx: Tx, settlements: SettlementRow[]): Promise<Map<string, OperationRow>> {
  const operations = await tx.sql
    .selectFrom('operation')
    .selectAll()
    .where('kind', '=', 'TRANSFER')
    .where('state', '=', 'INTENDED')
    .where('subjectId', 'in', idsOf(settlements))
    .execute();
  return new Map(operations.map((operation) => [operation.subjectId, operation]));
}

async function look(tx: Tx, settlements: SettlementRow[]): Promise<Claimed[]> {
  if (settlements.length === 0) return [];
  const accountIds = [...new Set(settlements.map(({ accountId }) => accountId))];
  const connections = await tx.sql
    .selectFrom('connectedAccount')
    .selectAll()
    .where('accountId', 'in', accountIds)
    .where('activeUntil', '=', stillActive)
    .where('stripeAccountId', 'is not', null)
    .execute();
  const lines = await tx.sql.selectFrom('settlementLine').selectAll().where('settlementId', 'in', idsOf(settlements)).forUpdate().execute();
  const debtors = await debtorsAmong(tx, accountIds);
  const ofSettlement = Map.groupBy(lines, ({ settlementId }) => settlementId);
  return settlements.map((settlement) => ({
    settlement,
    connected: connections.find(({ accountId }) => accountId === settlement.accountId),
    lines: ofSettlement.get(settlement.id) ?? [],
    isDebtor: debtors.has(settlement.accountId),
  }));
}

interface Payable {
  settlement: SettlementRow & { amountMinor: number };
  connected: ConnectedAccountRow;
  lines: SettlementLineRow[];
  leavesSome: boolean;
}

/** What one settlement pays; null where it pays nothing now, and its status says why. */
async function decide(tx: Tx, { settlement, connected, lines, isDebtor }: Claimed): Promise<Payable | null> {
  const payable = lines.filter((line) => line.heldSince === null && leftOf(line) > 0);
  if (payable.length === 0) {
    const isHeld = lines.some((line) => line.heldSince !== null);
    await (isHeld ? release(tx, settlement, later(tx.clock.now(), lookAgainAfterMs)) : cancel(tx, settlement));
    return null;
  }
  if (!connected) {
    await fail(tx, settlement, disconnected);
    return null;
  }
  const grossMinor = addMinor(...payable.map(leftOf));
  const deductedMinor = isDebtor ? await reserveDebts(tx, settlement, grossMinor) : 0;
  const amountMinor = subtractMinor(grossMinor, deductedMinor);
  const closedAt = settlement.closedAt ?? tx.clock.now();
  return {
    settlement: { ...settlement, closedAt, amountMinor, deductedMinor, connectedAccountId: connected.id },
    connected,
    lines: payable,
    leavesSome: payable.length < lines.length,
  };
}

/** Freezes amounts and purchases: nothing joins or leaves any more, and what is refunded from here on is taken back afterwards. */
async function keep(tx: Tx, payable: Payable[]): Promise<void> {
  if (payable.length === 0) return;
  const rows = payable.map(({ settlement }) => ({
    id: settlement.id,
    closed_at: settlement.closedAt,
    amount_minor: settlement.amountMinor,
    deducted_minor: settlement.deductedMinor,
    connected_account_id: settlement.connectedAccountId,
  }));
  await sql`update settlement set closed_at = frozen.closed_at, amount_minor = frozen.amount_minor, deducted_minor = frozen.deducted_minor,
      connected_account_id = frozen.connected_account_id
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as frozen (id text, closed_at timestamptz, amount_minor bigint, deducted_minor bigint, connected_account_id text)
    where settlement.id = frozen.id`.execute(tx.sql);
  await tx.sql
    .updateTable('settlementLine')
    .set((row) => ({ paidMinor: row(row('grossMinor', '-', row.ref('refundedMinor')), '-', row.ref('lostMinor')) }))
    .where(
      'paymentId',
      'in',
      payable.flatMap(({ lines }) => lines.map(({ paymentId }) => paymentId)),
    )
    .execute();
}

async function intendTransfers(tx: Tx, payable: Payable[]): Promise<Frozen[]> {
  const sent = payable.filter(({ settlement }) => settlement.amountMinor > 0);
  const intended = await intendSending(
    tx,
    sent.map(({ settlement: { tenantId, id: subjectId, amountMinor, currency }, connected: { id: connectedAccountId, stripeAccountId } }) => ({
      tenantId,
      kind: 'TRANSFER',
      subjectId,
      parameters: { amountMinor, currency, destination: stripeAccountId, connectedAccountId },
    })),
  );
  return intended.map((one, index) => ({ ...one, settlement: known(sent[index], 'the settlement of a transfer').settlement }));
}

function idsOf(settlements: SettlementRow[]): string[] {
  return settlements.map(({ id }) => id);
}

/** What the seller owes takes all of it: settled without any money moving at Stripe. */
async function settleWithoutTransfer(tx: Tx, settlement: SettlementRow): Promise<void> {
  await settledWithoutTransfer(tx, settlement.id);
  await recoverDebts(tx, settlement.id);
  await postSettlement(tx, settlement, tx.clock.now());
}

/**
 * Undoes a freeze whose transfer will never happen: debts are free again, and what was refunded or lost meanwhile shrinks the purchases it belongs to.
 * In the transaction that rejects the transfer.
 */
export async function thaw(tx: Tx, settlementId: string): Promise<void> {
  // first the settlement, as all do: a dispute that is being recorded either sees the freeze and is seen here, or sees none
  await tx.sql.selectFrom('settlement').select('id').where('id', '=', settlementId).forUpdate().execute();
  await releaseDebts(tx, settlementId);
  const waiting = await tx.sql
    .updateTable('transferReversal')
    .set({ status: 'WITHDRAWN', concludedAt: tx.clock.now() })
    .where('settlementId', '=', settlementId)
    .where('status', '=', 'REQUESTED')
    .returning(['paymentId', 'causeKind', 'causeId', 'askedMinor'])
    .execute();
  await tx.sql.updateTable('settlementLine').set({ paidMinor: null }).where('settlementId', '=', settlementId).execute();
  for (const { paymentId, causeKind, causeId, askedMinor } of waiting) {
    const isLost = causeKind === 'DISPUTE' && (await isPosted(tx, { kind: 'DISPUTE_LOST', id: causeId }));
    await tx.sql
      .updateTable('settlementLine')
      .set((row) => {
        if (causeKind === 'REFUND') return { refundedMinor: row('refundedMinor', '+', askedMinor) };
        return isLost ? { lostMinor: row('lostMinor', '+', askedMinor) } : { heldSince: tx.clock.now() };
      })
      .where('paymentId', '=', paymentId)
      .execute();
  }
}

/** What a definite no of Stripe's leaves of a failure, for the row and for people. */
export function failureOf(failure: Pick<StripeFailure, 'message' | 'stripeCode' | 'stripeRequestId'>, code: FailureCode): SettlementFailure {
  return { code, message: failure.message, stripeCode: failure.stripeCode, stripeRequestId: failure.stripeRequestId };
}

const disconnected: SettlementFailure = {
  code: 'ACCOUNT_DISCONNECTED',
  message: 'The seller has no Stripe account connected.',
  stripeCode: null,
  stripeRequestId: null,
};
