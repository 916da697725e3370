import { addMinor, subtractMinor } from '../base/money.js';
import type { Tx } from '../db/work.js';
import { credit, debit, post } from '../ledger/posting.js';
import type { Quote, Shares } from './commission.js';
import type { PaymentRow } from './payment.js';

/**
 * A payment in the platform's books. Of a charge of its own the platform holds everything and owes the seller's part;
 * of a seller's charge only the platform's fee reaches it.
 */
export async function postPayment(tx: Tx, payment: PaymentRow, split: Quote): Promise<void> {
  const { id, accountId, currency, chargeModel, paidAt: effectiveAt } = payment;
  const { totalChargedMinor, platformFeeMinor, sellerTransferMinor, vatMinor } = split;
  const earned = [credit('commission', subtractMinor(platformFeeMinor, vatMinor)), credit('vat_payable', vatMinor)];
  const sides =
    chargeModel === 'SEPARATE'
      ? [debit('stripe_balance', totalChargedMinor), credit('seller_payable', sellerTransferMinor, accountId), ...earned]
      : [debit('stripe_balance', platformFeeMinor), ...earned];
  await post(tx, { cause: { kind: 'PAYMENT', id }, currency, effectiveAt, sides });
  await postProcessingFee(tx, payment);
}

/** What Stripe took for processing a charge of the platform's own, once Stripe has said how much. */
export async function postProcessingFee(tx: Tx, { id, currency, processingFeeMinor, paidAt: effectiveAt }: PaymentRow): Promise<void> {
  if (processingFeeMinor === null) return;
  const sides = [debit('stripe_fees', processingFeeMinor), credit('stripe_balance', processingFeeMinor)];
  await post(tx, { cause: { kind: 'PROCESSING_FEE', id }, currency, effectiveAt, sides });
}

/** What a buyer got back of a charge of the platform's own: each bears the part it had. `causeId` tells this refund from the others of the payment. */
export async function postRefund(
  tx: Tx,
  { accountId, currency }: PaymentRow,
  causeId: string,
  { sellerMinor, feeMinor, vatMinor }: Shares,
): Promise<void> {
  await post(tx, {
    cause: { kind: 'REFUND', id: causeId },
    currency,
    effectiveAt: tx.clock.now(),
    sides: [
      debit('seller_payable', sellerMinor, accountId),
      debit('commission', subtractMinor(feeMinor, vatMinor)),
      debit('vat_payable', vatMinor),
      credit('stripe_balance', sellerMinor + feeMinor),
    ],
  });
}

/** What the platform has borne of a refund becomes the seller's, and of the tax: nothing moves at Stripe. */
export async function postBorneAnew(
  tx: Tx,
  { accountId, currency }: PaymentRow,
  causeId: string,
  { sellerMinor, vatMinor }: Pick<Shares, 'sellerMinor' | 'vatMinor'>,
): Promise<void> {
  await post(tx, {
    cause: { kind: 'REFUND', id: causeId },
    currency,
    effectiveAt: tx.clock.now(),
    sides: [debit('seller_payable', sellerMinor, accountId), debit('vat_payable', vatMinor), credit('commission', addMinor(sellerMinor, vatMinor))],
  });
}

/** What the platform gave back of its fee when a seller's own charge was refunded. */
export async function postFeeRefund(tx: Tx, { currency }: PaymentRow, causeId: string, { feeMinor, vatMinor }: Shares): Promise<void> {
  await post(tx, {
    cause: { kind: 'REFUND', id: causeId },
    currency,
    effectiveAt: tx.clock.now(),
    sides: [debit('commission', subtractMinor(feeMinor, vatMinor)), debit('vat_payable', vatMinor), credit('stripe_balance', feeMinor)],
  });
}

/**
 * A refund of a charge of the platform's own came back after it was booked: the money is in the balance again, and the buyer is still owed it.
 * To whom it goes is for a person to say, so that it stands where nothing is classified yet.
 */
export async function postRefundReturned(tx: Tx, { currency }: PaymentRow, causeId: string, amountMinor: number): Promise<void> {
  const sides = [debit('stripe_balance', amountMinor), credit('unclassified', amountMinor)];
  await post(tx, { cause: { kind: 'REFUND', id: causeId }, currency, effectiveAt: tx.clock.now(), sides });
}
