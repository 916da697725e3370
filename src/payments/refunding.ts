import { onceByKey } from '../access/idempotency.js';
import { authorize, isAllowed } from '../access/permissions.js';
import { actorOf, callerOf, ownAccountOf, type Viewer } from '../access/viewer.js';
import { known } from '../base/assert.js';
import { findCurrency } from '../base/currencies.js';
import { notFound, Refusal } from '../base/errors.js';
import { newId } from '../base/ids.js';
import { decimalText, subtractMinor } from '../base/money.js';
import { checkNote, reasonLength } from '../base/text.js';
import { atomically, type Tx, type Work } from '../db/work.js';
import type { AnsweredAttempt } from '../operations/attempts.js';
import { carryOut } from '../operations/carrying-out.js';
import { conclude, intend, reject } from '../operations/lifecycle.js';
import type { OperationRow } from '../operations/operation.js';
import { reverseForPayment } from '../settlements/reversing.js';
import { applicationFeeOfCharge } from '../stripe/application-fees.js';
import { retrieveCharge } from '../stripe/charges.js';
import { createDirectRefund, createPlatformRefund, listRefundsOfCharge, type RefundFacts } from '../stripe/refunds.js';
import { refusalOf } from '../stripe/refusal.js';
import type { StripeResult } from '../stripe/result.js';
import type { Scope } from '../stripe/scope.js';
import { growRefunded } from './charge-recording.js';
import { bookFeeRefund, recordFeeRefund } from './fee-refunds.js';
import { homeOf, scopeOf } from './home.js';
import type { PaymentRow } from './payment.js';
import type { RefundRow } from './refund.js';

export interface RefundInput {
  paymentId: string;
  /** Null for all that is left. */
  amountMinor: number | null;
  reason: string | null;
  /** Of a seller's own charge: whether the platform gives its share of the fee back with it. It always does for charges of its own. */
  returnsFee: boolean;
  idempotencyKey: string | null;
}

/**
 * Gives a buyer money back, in part or all that is left, with the platform's share of its fee. The row is there before Stripe is asked.
 * Refuses with NOT_REFUNDABLE (more than is left, nothing left), AMOUNT_TOO_SMALL, INVALID, STRIPE_REFUSED, STRIPE_UNAVAILABLE.
 * Two at once never give back more than was paid. What an outage leaves open goes on by itself; a repeat under the same idempotency key
 * goes on with that refund, and never asks for another.
 */
export async function refundPayment(work: Work, viewer: Viewer, input: RefundInput): Promise<PaymentRow> {
  authorize(viewer, 'refundPayment', ownAccountOf(viewer));
  const payment = await loadPayment(work, input.paymentId);
  if (!isAllowed(viewer, 'refundPayment', payment)) throw notFound('payment', payment.id);
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
    reason: input.reason === null ? null : checkNote(input.reason, { ...reasonLength, min: 0 }, ['reason']),
    feeReturned: input.returnsFee && payment.chargeModel === 'DIRECT' && snapshot.platformFeeMinor > 0, // Stripe refuses to return a fee that was never taken
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

async function checkRefund(tx: Tx, payment: PaymentRow, { amountMinor }: RefundInput): Promise<number> {
  const open = await tx.sql
    .selectFrom('refund')
    .select((row) => row.fn.coalesce(row.fn.sum<number>('amountMinor'), row.lit(0)).as('minor'))
    .where('paymentId', '=', payment.id)
    .where('status', '=', 'REQUESTED')
    .executeTakeFirstOrThrow();
  const leftMinor = subtractMinor(payment.amountMinor, payment.refundedMinor) - Number(open.minor);
  const asked = amountMinor ?? leftMinor;
  const left = `${decimalText(leftMinor, payment.currency)} ${payment.currency} is left`;
  if (payment.disputeState === 'OPEN' || payment.disputeState === 'LOST') {
    throw new Refusal(
      'NOT_REFUNDABLE',
      `The buyer’s bank ${payment.disputeState === 'OPEN' ? 'is taking this payment back' : 'has taken this payment back'}; a refund would give it twice.`,
      ['paymentId'],
      payment.disputeState === 'OPEN' ? 'Answer the dispute instead, or accept it.' : null,
    );
  }
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
  return asked;
}

/** What is still to do for a requested refund. Repeats Stripe's refusal of one that was refused. */
async function goOn(work: Work, refundId: string): Promise<void> {
  const row = await work.read.selectFrom('refund').selectAll().where('id', '=', refundId).executeTakeFirstOrThrow();
  if (row.status === 'SUCCEEDED') return;
  if (row.status === 'FAILED') {
    throw new Refusal(
      'STRIPE_REFUSED',
      `The refund failed: ${row.failureMessage}`,
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
  await giveBack(work, row, operation);
}

async function giveBack(work: Work, row: RefundRow, operation: OperationRow): Promise<void> {
  const payment = await loadPayment(work, row.paymentId);
  const home = await homeOf(work, payment);
  const chargeId = known(payment.chargeId, 'the charge of a payment');
  const asked = { chargeId, amountMinor: row.amountMinor, metadata: { refund: row.id, payment: row.paymentId } };
  const carried = await carryOut<RefundFacts>(work, operation, {
    send: (key) =>
      home ? createDirectRefund(work, scopeOf(home), key, { ...asked, returnFee: row.feeReturned }) : createPlatformRefund(work, key, asked),
    find: () => findRefund(work, scopeOf(home), chargeId, row.id),
    record: (made, attempt) => recordRefund(work, row, operation, { ...made, attempt }, scopeOf(home)),
    refused: (tx, failure) => fail(tx, row, failure.message),
  });
  if (carried.outcome === 'REFUSED') throw refusalOf(carried.failure, 'Nothing was refunded', ['paymentId']);
  if (carried.outcome === 'UNDECIDED') {
    const isOver = carried.absence === 'PROVEN' || carried.absence === 'HIDDEN';
    if (isOver)
      await atomically(
        work,
        async (tx) => (await reject(tx, operation, carried.failure)) && fail(tx, row, carried.absence === 'PROVEN' ? neverMade : neverTold),
      );
    if (carried.absence === 'HIDDEN' && payment.applicationFeeId) await recordFeeRefund(work, payment.applicationFeeId); // that, the platform is shown
    throw refusalOf(carried.failure, `Refund ${row.id} is requested, and goes on by itself when Stripe answers`, ['paymentId']);
  }
  await reverseForPayment(work, row.paymentId);
}

const neverMade = 'Stripe was asked for a day and never made it. Ask again.';
const neverTold = 'The seller’s account left before Stripe told whether it was made. The seller sees it there; nobody else can.';

function fail(tx: Tx, { id }: RefundRow, failureMessage: string): Promise<unknown> {
  const failed = { status: 'FAILED', failureMessage, concludedAt: tx.clock.now() } as const;
  return tx.sql.updateTable('refund').set(failed).where('id', '=', id).where('status', '=', 'REQUESTED').execute();
}

async function findRefund(work: Work, scope: Scope, chargeId: string, refundId: string): Promise<StripeResult<RefundFacts | null>> {
  const listed = await listRefundsOfCharge(work, scope, chargeId);
  return listed.ok ? { ...listed, value: listed.value.find(({ metadata }) => metadata['refund'] === refundId) ?? null } : listed;
}

/** The refund is made: row, operation and payment change together, with what was given back of the fee or is taken back of a settlement. */
async function recordRefund(
  work: Work,
  row: RefundRow,
  operation: OperationRow,
  made: RefundFacts & { attempt: AnsweredAttempt | null },
  scope: Scope,
): Promise<void> {
  const payment = await loadPayment(work, row.paymentId);
  const chargeId = known(payment.chargeId, 'the charge of a payment');
  const charge = await retrieveCharge(work, scope, chargeId);
  if (!charge.ok) throw refusalOf(charge.failure, `Refund ${row.id} was made, and shows when Stripe answers`, ['paymentId']);
  const feeBackMinor = await feeGivenBack(work, row, chargeId);
  await atomically(work, async (tx) => {
    await growRefunded(tx, charge.value);
    if (!(await conclude(tx, operation, { stripeId: made.id, attempt: made.attempt }))) return;
    const succeeded = { status: 'SUCCEEDED', stripeRefundId: made.id, concludedAt: tx.clock.now() } as const;
    await tx.sql.updateTable('refund').set(succeeded).where('id', '=', row.id).where('status', '=', 'REQUESTED').execute(); // it may have come back since
    if (feeBackMinor !== null) await bookFeeRefund(tx, payment, row.id, feeBackMinor);
  });
}

/** What Stripe has given back of the platform's fee on a seller's charge so far; null where nothing of it was to go back. */
async function feeGivenBack(work: Work, row: RefundRow, chargeId: string): Promise<number | null> {
  if (!row.feeReturned) return null;
  const fee = await applicationFeeOfCharge(work, chargeId);
  if (!fee.ok) throw refusalOf(fee.failure, `Refund ${row.id} was made, and shows when Stripe answers`, ['paymentId']);
  return fee.value?.refundedMinor ?? 0;
}

/** Finishes a refund that a crash or an outage left open. */
export async function resumeRefund(work: Work, operation: OperationRow): Promise<void> {
  const row = await work.read.selectFrom('refund').selectAll().where('id', '=', operation.subjectId).executeTakeFirstOrThrow();
  await giveBack(work, row, operation);
}
