import { addMinor, subtractMinor } from '../base/money.js';
import { atomically, type Tx, type Work } from '../db/work.js';
import { waitUntilAvailable } from '../settlements/lines.js';
import { takeBackForRefund } from '../settlements/taking-back.js';
import { type ChargeFacts, retrieveCharge } from '../stripe/charges.js';
import { refusalOf } from '../stripe/refusal.js';
import { type Shares, sharesOf } from './commission.js';
import { type Home, scopeOf } from './home.js';
import { postBorneAnew, postProcessingFee, postRefund } from './movements.js';
import { goneOf, leftOf, type PaymentRow } from './payment.js';

/** Reads a charge again and records what Stripe says of it now: what was refunded, by us or at Stripe, and what processing it cost. */
export async function recordCharge(work: Work, home: Home, chargeId: string): Promise<boolean> {
  const read = await retrieveCharge(work, scopeOf(home), chargeId);
  if (!read.ok) throw refusalOf(read.failure, 'Stripe did not show the charge');
  return atomically(work, async (tx) => {
    if (!(await growRefunded(tx, read.value))) return false;
    await noteProcessing(tx, read.value);
    return true;
  });
}

/**
 * Raises what a payment has given back to what its charge says, never less than before, with what that means: the books move,
 * and the seller's share leaves the settlement or is taken back. False where no payment has this charge.
 */
export async function growRefunded(tx: Tx, charge: ChargeFacts): Promise<boolean> {
  const payment = await tx.sql.selectFrom('payment').selectAll().where('chargeId', '=', charge.id).forUpdate().executeTakeFirst();
  if (!payment) return false;
  const grownMinor = subtractMinor(charge.amountRefundedMinor, payment.refundedMinor);
  if (grownMinor <= 0) return true;

  await tx.sql.updateTable('payment').set({ refundedMinor: charge.amountRefundedMinor }).where('id', '=', payment.id).execute();
  if (payment.chargeModel === 'SEPARATE') await bearRefund(tx, payment, grownMinor, charge.amountRefundedMinor);
  return true;
}

async function bearRefund(tx: Tx, payment: PaymentRow, grownMinor: number, upToMinor: number): Promise<void> {
  const split = await tx.sql.selectFrom('commissionSnapshot').selectAll().where('paymentId', '=', payment.id).executeTakeFirstOrThrow();
  const { sellerMinor, vatMinor } = sharesOf(Math.min(grownMinor, leftOf(payment)), split, goneOf(payment));
  const shares = { sellerMinor, feeMinor: subtractMinor(grownMinor, sellerMinor), vatMinor }; // what a bank has taken already, the platform gives
  const causeId = `${payment.id}:${upToMinor}`; // what was refunded up to here: the same however often and from wherever we hear of it
  await postRefund(tx, payment, causeId, shares);
  await bear(tx, payment, causeId, shares);
}

/** The seller bears their part: as the payment says from here on, and in what they get. */
async function bear(
  tx: Tx,
  payment: PaymentRow,
  causeId: string,
  { sellerMinor, vatMinor }: Pick<Shares, 'sellerMinor' | 'vatMinor'>,
): Promise<void> {
  await tx.sql
    .updateTable('payment')
    .set({
      refundedSellerMinor: addMinor(payment.refundedSellerMinor, sellerMinor),
      refundedVatMinor: addMinor(payment.refundedVatMinor, vatMinor),
    })
    .where('id', '=', payment.id)
    .execute();
  await takeBackForRefund(tx, payment.id, { kind: 'REFUND', id: causeId }, sellerMinor);
}

/**
 * A bank gave back what it had taken of a payment, `before` being the payment as it stood then. What was refunded meanwhile, beyond what it had left, was
 * the platform's to bear; now that there is something left again, each bears the part they would have borne. Once for each `cause`.
 */
export async function bearAnew(tx: Tx, before: PaymentRow, cause: string): Promise<void> {
  const gone = goneOf(before);
  const beyondMinor = subtractMinor(addMinor(gone.sellerMinor, gone.feeMinor), before.amountMinor);
  if (beyondMinor <= 0) return;
  const payment = await tx.sql.selectFrom('payment').selectAll().where('id', '=', before.id).executeTakeFirstOrThrow();
  const split = await tx.sql.selectFrom('commissionSnapshot').selectAll().where('paymentId', '=', payment.id).executeTakeFirstOrThrow();
  const goneNow = goneOf(payment);
  const without = { ...goneNow, feeMinor: subtractMinor(goneNow.feeMinor, beyondMinor) };
  const leftMinor = subtractMinor(payment.amountMinor, addMinor(without.sellerMinor, without.feeMinor));
  const { sellerMinor, vatMinor } = sharesOf(Math.min(beyondMinor, Math.max(0, leftMinor)), split, without);
  if (sellerMinor === 0 && vatMinor === 0) return;
  const causeId = `${payment.id}:${payment.refundedMinor}:${cause}`;
  await postBorneAnew(tx, payment, causeId, { sellerMinor, vatMinor });
  await bear(tx, payment, causeId, { sellerMinor, vatMinor });
}

/** What Stripe may say only later: what processing a charge of the platform's own cost, and when the money is available. */
async function noteProcessing(tx: Tx, charge: ChargeFacts): Promise<void> {
  const { processingFeeMinor, availableOn } = charge;
  const payment = await tx.sql
    .updateTable('payment')
    .set({ processingFeeMinor, availableOn })
    .where('chargeId', '=', charge.id)
    .where('chargeModel', '=', 'SEPARATE')
    .where('processingFeeMinor', 'is', null)
    .returningAll()
    .executeTakeFirst();
  if (!payment) return;
  await postProcessingFee(tx, payment);
  if (availableOn) await waitUntilAvailable(tx, payment.id, availableOn);
}
