import { fractionHalfUp, subtractMinor } from '../base/money.js';
import { sharesOf } from './commission.js';
import type { CommissionSnapshotRow } from './commission-snapshot.js';
import { goneOf, type PaymentRow } from './payment.js';
import { statusOfPayment } from './reading.js';

/** Who would give what of a refund, in minor units; together they are what the buyer gets. */
export interface Bearing {
  sellerMinor: number;
  platformMinor: number;
}

/** Something is left of it, and no bank has it: what a bank takes back is not given back a second time. */
export function isRefundable(payment: PaymentRow): boolean {
  return ['PAID', 'PARTIALLY_REFUNDED'].includes(statusOfPayment(payment));
}

/** What is left of a payment to be given back. */
export function leftOf({ amountMinor, refundedMinor }: PaymentRow): number {
  return subtractMinor(amountMinor, refundedMinor);
}

/**
 * Who would bear a refund of so much, which is no more than is left: of a charge on the platform in proportion, of a seller's own charge the seller
 * alone, less the part of its fee that the platform gives back where it does; how that is rounded is Stripe's.
 */
export function bearingOf(payment: PaymentRow, split: CommissionSnapshotRow, minor: number, returnsFee: boolean): Bearing {
  if (payment.chargeModel === 'DIRECT') {
    const platformMinor = returnsFee ? fractionHalfUp(split.platformFeeMinor, minor, payment.amountMinor) : 0;
    return { platformMinor, sellerMinor: subtractMinor(minor, platformMinor) };
  }
  const { sellerMinor, feeMinor } = sharesOf(minor, split, goneOf(payment));
  return { sellerMinor, platformMinor: feeMinor };
}
