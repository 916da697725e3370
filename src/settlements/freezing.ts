import type { ConnectedAccountRow } from '../accounts/connected-account.js';
import { findActiveConnection } from '../accounts/finding.js';
import { dayMs, later } from '../base/clock.js';
import { addMinor, subtractMinor } from '../base/money.js';
import type { Tx } from '../db/work.js';
import { intend, liveOperation, reject } from '../operations/lifecycle.js';
import type { OperationRow } from '../operations/operation.js';
import type { FailureCode, StripeFailure } from '../stripe/result.js';
import { recoverDebts, releaseDebts, reserveDebts } from './debts.js';
import { cancel, fail, release, settled } from './lifecycle.js';
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

/**
 * Decides what a claimed settlement pays to whom, and freezes it with the key of its transfer: the sum of its purchases, less what was refunded,
 * what disputes hold, and what the seller owes. A transfer under way keeps what it was frozen with.
 * Null where nothing is to be sent: the claim was lost, nothing is left, all of it is held, or there is nobody to pay.
 */
export async function freeze(tx: Tx, claimed: SettlementRow): Promise<{ settlement: SettlementRow; operation: OperationRow } | null> {
  const settlement = await tx.sql
    .selectFrom('settlement')
    .selectAll()
    .where('id', '=', claimed.id)
    .where('claimToken', '=', claimed.claimToken)
    .forUpdate()
    .executeTakeFirst();
  if (!settlement) return null;
  const connected = await findActiveConnection(tx.sql, settlement.accountId);
  const live = await liveOperation(tx, 'TRANSFER', settlement.id);
  if (live && !isAbandoned(live, connected)) return { settlement, operation: live };
  if (live) {
    await reject(tx, live, refusalBeforeSending);
    await thaw(tx, settlement.id);
  }
  return freezeAnew(tx, settlement, connected);
}

/** Nothing of it was ever sent, and its destination is no longer the seller's account. */
function isAbandoned(operation: OperationRow, connected: ConnectedAccountRow | null): boolean {
  return operation.firstSentAt === null && operation.parameters['connectedAccountId'] !== connected?.id;
}

async function freezeAnew(tx: Tx, settlement: SettlementRow, connected: ConnectedAccountRow | null) {
  const lines = await tx.sql.selectFrom('settlementLine').selectAll().where('settlementId', '=', settlement.id).forUpdate().execute();
  const payable = lines.filter((line) => line.heldSince === null && leftOf(line) > 0);
  if (payable.length === 0) {
    const isHeld = lines.some((line) => line.heldSince !== null);
    await (isHeld ? release(tx, settlement, later(tx.clock.now(), lookAgainAfterMs)) : cancel(tx, settlement));
    return null;
  }
  if (!connected?.stripeAccountId) {
    await fail(tx, settlement, disconnected);
    return null;
  }

  const grossMinor = addMinor(...payable.map(leftOf));
  const deductedMinor = await reserveDebts(tx, settlement, grossMinor);
  const amountMinor = subtractMinor(grossMinor, deductedMinor);
  const frozen = { closedAt: settlement.closedAt ?? tx.clock.now(), amountMinor, deductedMinor, connectedAccountId: connected.id };
  await tx.sql.updateTable('settlement').set(frozen).where('id', '=', settlement.id).execute();
  await markPaid(tx, payable);
  if (payable.length < lines.length) await moveHeldLines(tx, { ...settlement, ...frozen });
  if (amountMinor === 0) {
    await settleWithoutTransfer(tx, { ...settlement, ...frozen });
    return null;
  }
  const parameters: TransferParameters = {
    amountMinor,
    currency: settlement.currency,
    destination: connected.stripeAccountId,
    connectedAccountId: connected.id,
  };
  const operation = await intend(tx, { tenantId: settlement.tenantId, kind: 'TRANSFER', subjectId: settlement.id, parameters: { ...parameters } });
  return { settlement: { ...settlement, ...frozen }, operation };
}

async function markPaid(tx: Tx, payable: SettlementLineRow[]): Promise<void> {
  await tx.sql
    .updateTable('settlementLine')
    .set((row) => ({ paidMinor: row('grossMinor', '-', row('refundedMinor', '+', row.ref('lostMinor'))) }))
    .where(
      'paymentId',
      'in',
      payable.map(({ paymentId }) => paymentId),
    )
    .execute();
}

/** What the seller owes takes all of it: settled without any money moving at Stripe. */
async function settleWithoutTransfer(tx: Tx, settlement: SettlementRow): Promise<void> {
  await settled(tx, settlement.id, { operationId: null, stripeTransferId: null });
  await recoverDebts(tx, settlement.id);
  await postSettlement(tx, settlement, tx.clock.now());
}

/**
 * Undoes a freeze whose transfer will never happen: debts are free again, and refunds that came meanwhile shrink the purchases they belong to.
 * In the transaction that rejects the transfer.
 */
export async function thaw(tx: Tx, settlementId: string): Promise<void> {
  await releaseDebts(tx, settlementId);
  const waiting = await tx.sql
    .updateTable('transferReversal')
    .set({ status: 'WITHDRAWN', concludedAt: tx.clock.now() })
    .where('settlementId', '=', settlementId)
    .where('status', '=', 'REQUESTED')
    .returning(['paymentId', 'causeKind', 'askedMinor'])
    .execute();
  await tx.sql.updateTable('settlementLine').set({ paidMinor: null }).where('settlementId', '=', settlementId).execute();
  for (const { paymentId, causeKind, askedMinor } of waiting) {
    await tx.sql
      .updateTable('settlementLine')
      .set((row) => (causeKind === 'REFUND' ? { refundedMinor: row('refundedMinor', '+', askedMinor) } : { heldSince: tx.clock.now() }))
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
const refusalBeforeSending: StripeFailure = {
  kind: 'REFUSED',
  code: 'ACCOUNT_DISCONNECTED',
  message: 'It was never sent: the seller’s Stripe account changed first.',
  stripeCode: null,
  httpStatus: null,
  stripeRequestId: null,
  replayed: false,
};
