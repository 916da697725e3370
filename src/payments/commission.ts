import { Refusal } from '../base/errors.js';
import { addMinor, checkChargeAmount, fractionHalfUp, shareByBps, subtractMinor, vatInside } from '../base/money.js';
import type { CommissionTerms } from '../base/terms.js';

/** How one purchase is split, to the minor unit. The parts sum to the whole. */
export interface Quote extends CommissionTerms {
  quantity: number;
  currency: string;
  subtotalMinor: number;
  platformFeeMinor: number;
  /** Contained in the platform's fee. */
  vatMinor: number;
  sellerTransferMinor: number;
  totalChargedMinor: number;
}

/**
 * What a buyer pays for `quantity` at `unitPriceMinor`, and who gets what of it.
 * ADDED puts the fee on top of the price; INCLUDED takes it out of the price.
 * Refuses with QUANTITY_INVALID, AMOUNT_TOO_SMALL (also where the fee would leave the seller nothing), AMOUNT_TOO_LARGE, CURRENCY_UNSUPPORTED.
 */
export function quote(asked: { unitPriceMinor: number; quantity: number; currency: string; terms: CommissionTerms }): Quote {
  const { unitPriceMinor, quantity, currency, terms } = asked;
  if (!Number.isSafeInteger(quantity) || quantity < 1 || quantity > 10_000) {
    throw new Refusal('QUANTITY_INVALID', `A quantity of ${quantity} cannot be bought.`, ['quantity'], 'Ask for 1 to 10000.');
  }
  const subtotalMinor = unitPriceMinor * quantity;
  checkChargeAmount(subtotalMinor, currency, ['amount']);

  const platformFeeMinor = addMinor(shareByBps(subtotalMinor, terms.percentageBps), terms.fixedFeeMinor * quantity);
  const sellerTransferMinor = terms.feeMode === 'ADDED' ? subtotalMinor : subtotalMinor - platformFeeMinor;
  if (sellerTransferMinor <= 0) {
    throw new Refusal('AMOUNT_TOO_SMALL', `The platform's fee of ${platformFeeMinor} would leave nothing of ${subtotalMinor} for the seller.`, ['amount'], 'Set a higher price.');
  }
  const totalChargedMinor = addMinor(sellerTransferMinor, platformFeeMinor);
  checkChargeAmount(totalChargedMinor, currency, ['amount']);
  return { ...terms, quantity, currency, subtotalMinor, platformFeeMinor, vatMinor: vatInside(platformFeeMinor, terms.vatBps), sellerTransferMinor, totalChargedMinor };
}

/** The terms of a membership: Stripe takes a percentage of each invoice and no fixed part, out of the price. */
export function membershipTerms(terms: CommissionTerms): CommissionTerms {
  return { ...terms, fixedFeeMinor: 0, feeMode: 'INCLUDED' };
}

/** The split of a paid invoice whose fee Stripe computed: the fee is read, never computed again. */
export function quoteFromChargedFee(charged: { amountMinor: number; applicationFeeMinor: number; currency: string; terms: CommissionTerms }): Quote {
  const { amountMinor, applicationFeeMinor, currency, terms } = charged;
  return {
    ...membershipTerms(terms),
    quantity: 1,
    currency,
    subtotalMinor: amountMinor,
    platformFeeMinor: applicationFeeMinor,
    vatMinor: vatInside(applicationFeeMinor, terms.vatBps),
    sellerTransferMinor: subtractMinor(amountMinor, applicationFeeMinor),
    totalChargedMinor: amountMinor,
  };
}

/** The platform's part of a refund: in proportion, halves up, never more than the fee. */
export function feeShareOfRefund(refundMinor: number, split: Pick<Quote, 'platformFeeMinor' | 'totalChargedMinor'>): number {
  return Math.min(split.platformFeeMinor, fractionHalfUp(split.platformFeeMinor, refundMinor, split.totalChargedMinor));
}
