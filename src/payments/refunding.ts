import { onceByKey } from '../access/idempotency.js';
import { authorize } from '../access/permissions.js';
import { actorOf, callerOf, type Viewer } from '../access/viewer.js';
import { known } from '../base/assert.js';
import { findCurrency } from '../base/currencies.js';
import { notFound, Refusal } from '../base/errors.js';
import { newId } from '../base/ids.js';
import { decimalText, subtractMinor } from '../base/money.js';
import { atomically, type Tx, type Work } from '../db/work.js';
import { conclude, intend } from '../operations/lifecycle.js';
import type { OperationRow } from '../operations/operation.js';
import { perform } from '../operations/perform.js';
import { retrieveCharge } from '../stripe/charges.js';
import { createDirectRefund } from '../stripe/refunds.js';
import { refusalOf } from '../stripe/refusal.js';
import { growRefunded } from './charge-recording.js';
import type { PaymentRow } from './payment.js';
import { scopeOf } from './recording.js';
import type { RefundRow } from './refund.js';

export interface RefundInput {
  paymentId: string;
  /** Null for all that is left. */
  amountMinor: number | null;
  reason: string | null;
  idempotencyKey: string | null;
}

/**
 * Gives a buyer money back, in part or all that is left, with the platform's share of its fee. The row is there before Stripe is asked.
 * Refuses with NOT_REFUNDABLE (more than is left, nothing left), AMOUNT_TOO_SMALL, INVALID, STRIPE_REFUSED, STRIPE_UNAVAILABLE.
 * Two at once never give back more than was paid. What an outage leaves open goes on by itself; a repeat under the same idempotency key
 * goes on with that refund, and never asks for another.
 */
export async function refundPayment(work: Work, viewer: Viewer, input: RefundInput): Promise<PaymentRow> {
  const payment = await loadPayment(work, input.paymentId);
  authorizeFor(viewer, payment);
  await goOn(work, await requestOnce(work, viewer, payment, input));
  return loadPayment(work, input.paymentId);
}

/** The refund there is under the caller's key, or a new one: row, operation and key are written together or not at all. */
async function requestOnce(work: Work, viewer: Viewer, payment: PaymentRow, input: RefundInput): Promise<string> {
  const { idempotencyKey: key, ...asked } = input;
  if (key === null) return atomically(work, (tx) => request(tx, viewer, input));
  const keyed = { caller: callerOf(viewer, payment.accountId), key, operation: 'refund', request: asked };
  const { subjectId } = await onceByKey(work, keyed, (remember) =>
    atomically(work, async (tx) => {
      const id = await request(tx, viewer, input);
      await remember(tx, id);
      return id;
    }),
  );
  return subjectId;
}

function authorizeFor(viewer: Viewer, payment: PaymentRow): void {
  if (viewer.kind === 'PERSON' && viewer.role === 'SELLER' && viewer.accountId !== payment.accountId) throw notFound('payment', payment.id);
  authorize(viewer, 'refundPayment', payment);
}

async function loadPayment(work: Work, id: string): Promise<PaymentRow> {
  const payment = await work.read.selectFrom('payment').selectAll().where('id', '=', id).executeTakeFirst();
  if (!payment) throw notFound('payment', id);
  return payment;
}

async function request(tx: Tx, viewer: Viewer, input: RefundInput): Promise<string> {
  const payment = known(
    await tx.sql.selectFrom('payment').selectAll().where('id', '=', input.paymentId).forUpdate().executeTakeFirst(),
    'the payment',
  );
  const amountMinor = await checkRefund(tx, payment, input);
  const snapshot = await tx.sql
    .selectFrom('commissionSnapshot')
    .select('platformFeeMinor')
    .where('paymentId', '=', payment.id)
    .executeTakeFirstOrThrow();

  const row: RefundRow = {
    id: newId('refund', tx.clock),
    tenantId: payment.tenantId,
    paymentId: payment.id,
    amountMinor,
    currency: payment.currency,
    reason: input.reason,
    feeReturned: snapshot.platformFeeMinor > 0, // Stripe refuses to return a fee that was never taken
    status: 'REQUESTED',
    stripeRefundId: null,
    requestedBy: actorOf(viewer),
    failureMessage: null,
    createdAt: tx.clock.now(),
    concludedAt: null,
  };
  await tx.sql.insertInto('refund').values(row).execute();
  await intend(tx, {
    tenantId: payment.tenantId,
    kind: 'REFUND',
    subjectId: row.id,
    parameters: { charge: payment.chargeId, amountMinor },
  });
  return row.id;
}

async function checkRefund(tx: Tx, payment: PaymentRow, { amountMinor, reason }: RefundInput): Promise<number> {
  const open = await tx.sql
    .selectFrom('refund')
    .select((row) => row.fn.coalesce(row.fn.sum<number>('amountMinor'), row.lit(0)).as('minor'))
    .where('paymentId', '=', payment.id)
    .where('status', '=', 'REQUESTED')
    .executeTakeFirstOrThrow();
  const leftMinor = subtractMinor(payment.amountMinor, payment.refundedMinor) - Number(open.minor);
  const asked = amountMinor ?? leftMinor;
  const left = `${decimalText(leftMinor, payment.currency)} ${payment.currency} is left`;
  if (leftMinor <= 0) throw new Refusal('NOT_REFUNDABLE', 'Nothing of this payment is left to refund.', ['paymentId']);
  if (!Number.isSafeInteger(asked)) throw new Refusal('INVALID', `amount ${asked} is not a whole number of minor units.`, ['amount'], `${left}.`);
  if (asked <= 0) throw new Refusal('AMOUNT_TOO_SMALL', `amount ${asked} is not more than 0.`, ['amount'], `${left}.`);
  const step = findCurrency(payment.currency)?.stepMinor ?? 1;
  if (asked % step !== 0)
    throw new Refusal(
      'INVALID',
      `amount ${asked} is not a multiple of ${step}.`,
      ['amount'],
      `Stripe takes ${payment.currency} in steps of ${step} minor units.`,
    );
  if (asked > leftMinor) throw new Refusal('NOT_REFUNDABLE', `amount ${asked} is more than is left.`, ['amount'], `${left}.`);
  if (reason !== null && reason.length > 500)
    throw new Refusal('INVALID', `The reason has ${reason.length} characters.`, ['reason'], 'Use at most 500.');
  return asked;
}

/** What is still to do for a requested refund. Repeats Stripe's refusal of one that was refused. */
async function goOn(work: Work, refundId: string): Promise<void> {
  const row = await work.read.selectFrom('refund').selectAll().where('id', '=', refundId).executeTakeFirstOrThrow();
  if (row.status === 'SUCCEEDED') return;
  if (row.status === 'FAILED') {
    throw new Refusal(
      'STRIPE_REFUSED',
      `Nothing was refunded: ${row.failureMessage}`,
      ['paymentId'],
      'Correct it, then ask again under a new idempotency key.',
    );
  }
  const operation = await work.read
    .selectFrom('operation')
    .selectAll()
    .where('kind', '=', 'REFUND')
    .where('subjectId', '=', refundId)
    .executeTakeFirstOrThrow();
  await carryOut(work, row, operation);
}

async function carryOut(work: Work, row: RefundRow, operation: OperationRow): Promise<void> {
  const { scope, chargeId } = await whereIs(work, row);
  const sent = await perform(
    work,
    operation,
    (key) =>
      createDirectRefund(work, scope, key, {
        chargeId,
        amountMinor: row.amountMinor,
        returnFee: row.feeReturned,
        metadata: { refund: row.id, payment: row.paymentId },
      }),
    (tx, failure) =>
      tx.sql
        .updateTable('refund')
        .set({ status: 'FAILED', failureMessage: failure.message, concludedAt: tx.clock.now() })
        .where('id', '=', row.id)
        .where('status', '=', 'REQUESTED')
        .execute(),
  );
  if (sent.outcome === 'REFUSED') throw refusalOf(sent.failure, 'Nothing was refunded', ['paymentId']);
  if (sent.outcome === 'UNDECIDED')
    throw refusalOf(sent.failure, `Refund ${row.id} is requested, and goes on by itself when Stripe answers`, ['paymentId']);

  const charge = await retrieveCharge(work, scope, chargeId);
  if (!charge.ok) throw refusalOf(charge.failure, `Refund ${row.id} was made, and shows when Stripe answers`, ['paymentId']);
  await atomically(work, async (tx) => {
    await growRefunded(tx, charge.value);
    if (!(await conclude(tx, operation, { stripeId: sent.value.id }))) return;
    await tx.sql
      .updateTable('refund')
      .set({ status: 'SUCCEEDED', stripeRefundId: sent.value.id, concludedAt: tx.clock.now() })
      .where('id', '=', row.id)
      .execute();
  });
}

async function whereIs(work: Work, row: RefundRow) {
  const payment = await loadPayment(work, row.paymentId);
  const connected = await work.read.selectFrom('connectedAccount').selectAll().where('id', '=', payment.connectedAccountId).executeTakeFirstOrThrow();
  return { scope: scopeOf(connected), chargeId: known(payment.chargeId, 'the charge of a payment') };
}

/** Finishes a refund that a crash or an outage left open. */
export async function resumeRefund(work: Work, operation: OperationRow): Promise<void> {
  const row = await work.read.selectFrom('refund').selectAll().where('id', '=', operation.subjectId).executeTakeFirstOrThrow();
  await carryOut(work, row, operation);
}
