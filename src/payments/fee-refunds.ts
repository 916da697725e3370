import { known } from '../base/assert.js';
import { NotYet } from '../base/errors.js';
import { addMinor, subtractMinor } from '../base/money.js';
import { atomically, type Tx, type Work } from '../db/work.js';
import { retrieveApplicationFee } from '../stripe/application-fees.js';
import { refusalOf } from '../stripe/refusal.js';
import { taxInFee } from './commission.js';
import { postFeeRefund } from './movements.js';
import type { PaymentRow } from './payment.js';

const byHandMax = 50; // times that a fee may go back in parts, none of them with a refund of ours

/**
 * Reads the platform's fee on a seller's charge again and books what of it has gone back, also by hand at Stripe. False for a fee of no payment here.
 * Safe to repeat: what is booked already is booked once. Throws NotYet while a refund of ours is under way that takes a part of the fee along.
 */
export async function recordFeeRefund(work: Work, applicationFeeId: string): Promise<boolean> {
  const read = await retrieveApplicationFee(work, applicationFeeId);
  if (!read.ok) throw refusalOf(read.failure, 'Stripe did not show the fee');
  const { refundedMinor } = read.value;
  return atomically(work, async (tx) => {
    const payment = await tx.sql.selectFrom('payment').selectAll().where('applicationFeeId', '=', applicationFeeId).forUpdate().executeTakeFirst();
    if (!payment) return false;
    const underWay = await tx.sql
      .selectFrom('refund')
      .select('id')
      .where('paymentId', '=', payment.id)
      .where('status', '=', 'REQUESTED')
      .where('feeReturned', '=', true)
      .executeTakeFirst();
    if (underWay) throw new NotYet(`Refund ${underWay.id} is under way, and books what it takes along of the fee.`);
    await bookFeeRefund(tx, payment, null, refundedMinor);
    return true;
  });
}

/**
 * Books what of a fee has gone back and is not booked yet, as Stripe tells it: how it rounds is Stripe's. Under the refund that took it along,
 * or where none of ours did, under the payment. The caller holds the payment's row.
 */
export async function bookFeeRefund(tx: Tx, payment: PaymentRow, refundId: string | null, atStripeMinor: number): Promise<void> {
  const split = await tx.sql.selectFrom('commissionSnapshot').selectAll().where('paymentId', '=', payment.id).executeTakeFirstOrThrow();
  const refunds = await tx.sql.selectFrom('refund').select('id').where('paymentId', '=', payment.id).execute();
  const byHand = Array.from({ length: byHandMax }, (_, index) => `${payment.id}:fee:${index + 1}`);
  const booked = await tx.sql
    .selectFrom('ledgerTransaction')
    .innerJoin('posting', 'posting.transactionId', 'ledgerTransaction.id')
    .select(['causeId', 'posting.amountMinor', 'posting.ledgerAccount'])
    .where('causeKind', '=', 'REFUND')
    .where('causeId', 'in', [...refunds.map(({ id }) => id), ...byHand])
    .where('posting.ledgerAccount', 'in', ['commission', 'vat_payable'])
    .execute();
  const sumOf = (rows: typeof booked) => addMinor(0, ...rows.map(({ amountMinor }) => amountMinor));
  const before = { feeMinor: sumOf(booked), vatMinor: sumOf(booked.filter(({ ledgerAccount }) => ledgerAccount === 'vat_payable')) };
  const feeMinor = subtractMinor(atStripeMinor, before.feeMinor);
  if (feeMinor <= 0) return;
  const causeId = refundId ?? byHand.find((id) => !booked.some((row) => row.causeId === id));
  await postFeeRefund(tx, payment, known(causeId, 'a cause that is not booked'), {
    sellerMinor: 0,
    feeMinor,
    vatMinor: taxInFee(feeMinor, split, before),
  });
}
