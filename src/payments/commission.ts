import { assert, known } from '../base/assert.js';
import { findCurrency } from '../base/currencies.js';
import { Refusal } from '../base/errors.js';
import {
  addMinor,
  checkChargeAmount,
  checkWhole,
  decimalText,
  fractionHalfUp,
  nearestStep,
  shareByBps,
  subtractMinor,
  vatInside,
} from '../base/money.js';
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

const quantityMax = 10_000;

/**
 * What a buyer pays for `quantity` at `unitPriceMinor`, and who gets what of it.
 * ADDED puts the fee on top of the price; INCLUDED takes it out of the price. The fee is rounded half up, to what its currency can be charged in,
 * and then kept within its floor and cap.
 * Refuses with QUANTITY_INVALID, INVALID, CURRENCY_UNSUPPORTED, AMOUNT_TOO_SMALL (also where the fee would leave the seller nothing), AMOUNT_TOO_LARGE.
 */
export function quote(asked: { unitPriceMinor: number; quantity: number; currency: string; terms: CommissionTerms }): Quote {
  const { unitPriceMinor, quantity, currency, terms } = asked;
  if (!Number.isSafeInteger(quantity) || quantity < 1 || quantity > quantityMax) {
    throw new Refusal('QUANTITY_INVALID', `A quantity of ${quantity} cannot be bought.`, ['quantity'], `Ask for 1 to ${quantityMax}.`);
  }
  const subtotalMinor = unitPriceMinor * quantity;
  checkChargeAmount(subtotalMinor, currency, ['amount']);
  checkWhole(unitPriceMinor, currency, ['amount']); // two halves make a whole

  const platformFeeMinor = platformFee(subtotalMinor, quantity, currency, terms);
  const sellerTransferMinor = terms.feeMode === 'ADDED' ? subtotalMinor : subtractMinor(subtotalMinor, platformFeeMinor);
  if (sellerTransferMinor <= 0) {
    throw new Refusal(
      'AMOUNT_TOO_SMALL',
      `The platform's fee of ${decimalText(platformFeeMinor, currency)} ${currency} would leave the seller nothing of ${decimalText(subtotalMinor, currency)}.`,
      ['amount'],
      'Set a higher price.',
    );
  }
  const totalChargedMinor = addMinor(sellerTransferMinor, platformFeeMinor);
  checkChargeAmount(totalChargedMinor, currency, ['amount'], 'The total, fee included, of');
  return {
    ...terms,
    quantity,
    currency,
    subtotalMinor,
    platformFeeMinor,
    vatMinor: vatInside(platformFeeMinor, terms.vatBps),
    sellerTransferMinor,
    totalChargedMinor,
  };
}

function platformFee(subtotalMinor: number, quantity: number, currency: string, terms: CommissionTerms): number {
  const { stepMinor, chargeMaxMinor } = known(findCurrency(currency), 'the currency of a checked amount');
  assert(Number.isInteger(terms.fixedFeeMinor) && terms.fixedFeeMinor >= 0, `${terms.fixedFeeMinor} is not a fixed fee`);
  const fixedMinor = terms.fixedFeeMinor * quantity;
  if (fixedMinor > chargeMaxMinor) {
    throw new Refusal(
      'AMOUNT_TOO_LARGE',
      `The platform's fixed fee of ${terms.fixedFeeMinor} for each of ${quantity} is more than can be charged.`,
      ['amount'],
      'Lower the fixed fee of the commission plan.',
    );
  }
  const feeMinor = addMinor(shareByBps(subtotalMinor, terms.percentageBps, stepMinor), nearestStep(fixedMinor, stepMinor));
  return bounded(feeMinor, terms, stepMinor);
}

/** The fee, not below its floor and not above its cap. */
function bounded(feeMinor: number, { feeFloorMinor, feeCapMinor }: CommissionTerms, stepMinor: number): number {
  const floorMinor = feeFloorMinor ?? 0;
  const capMinor = feeCapMinor ?? Math.max(feeMinor, floorMinor);
  const areBounds = [floorMinor, capMinor].every((bound) => Number.isSafeInteger(bound) && bound >= 0 && bound % stepMinor === 0);
  assert(areBounds && floorMinor <= capMinor, `a fee from ${feeFloorMinor} to ${feeCapMinor} cannot be charged`);
  return Math.min(Math.max(feeMinor, floorMinor), capMinor);
}

/** What of a commission holds for memberships. */
type Rates = Pick<CommissionTerms, 'percentageBps' | 'vatBps'>;

/** The terms of a membership: Stripe takes a percentage of each invoice out of the price, with no fixed part and no bounds. */
export function membershipTerms({ percentageBps, vatBps }: Rates): CommissionTerms {
  return { percentageBps, fixedFeeMinor: 0, feeFloorMinor: null, feeCapMinor: null, vatBps, feeMode: 'INCLUDED' };
}

/** The split of a paid invoice whose fee Stripe computed: the fee is read, never computed again. */
export function quoteFromChargedFee(charged: { amountMinor: number; applicationFeeMinor: number; currency: string; terms: Rates }): Quote {
  const { amountMinor, applicationFeeMinor, currency, terms } = charged;
  assert(applicationFeeMinor >= 0 && applicationFeeMinor <= amountMinor, `a fee of ${applicationFeeMinor} out of ${amountMinor}`);
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

/** A part of a payment that leaves it again, and who had it. */
export interface Shares {
  sellerMinor: number;
  feeMinor: number;
  /** Contained in the fee. */
  vatMinor: number;
}

/**
 * Who bears what of `minor` that is given back after `beforeMinor` was: in proportion, halves up. However a payment is cut into such parts,
 * they sum to its split, and none is negative. `stepMinor` is what a seller's part can be moved in where it moves by itself, as in a transfer;
 * the fee of a seller's own charge goes back with its refund, in single minor units.
 * Source: docs.stripe.com/api/refunds/create, refund_application_fee.
 */
export function sharesOf(
  minor: number,
  split: Pick<Quote, 'platformFeeMinor' | 'vatMinor' | 'totalChargedMinor'>,
  beforeMinor: number,
  stepMinor = 1,
): Shares {
  const { platformFeeMinor, vatMinor, totalChargedMinor } = split;
  const afterMinor = addMinor(beforeMinor, minor);
  assert(beforeMinor >= 0 && minor >= 0 && afterMinor <= totalChargedMinor, `${afterMinor} is given back of ${totalChargedMinor}`);
  const [feeBeforeMinor, feeAfterMinor] = [feeUpTo(beforeMinor, split, stepMinor), feeUpTo(afterMinor, split, stepMinor)];
  const vatIn = (feeMinor: number) => (feeMinor === 0 ? 0 : fractionHalfUp(vatMinor, feeMinor, platformFeeMinor)); // follows the fee, so never passes it
  const feeMinor = subtractMinor(feeAfterMinor, feeBeforeMinor);
  return { sellerMinor: subtractMinor(minor, feeMinor), feeMinor, vatMinor: subtractMinor(vatIn(feeAfterMinor), vatIn(feeBeforeMinor)) };
}

/** The fee in the first `upToMinor` of a payment: it never falls, rises no faster than they do, and is whole with the whole. */
function feeUpTo(
  upToMinor: number,
  { platformFeeMinor, totalChargedMinor }: Pick<Quote, 'platformFeeMinor' | 'totalChargedMinor'>,
  stepMinor: number,
) {
  if (upToMinor === 0) return 0;
  const keepsToSteps = platformFeeMinor % stepMinor === 0 && totalChargedMinor % stepMinor === 0;
  if (!keepsToSteps) return fractionHalfUp(platformFeeMinor, upToMinor, totalChargedMinor);

  const atStep = (minor: number) => fractionHalfUp(platformFeeMinor, minor, totalChargedMinor * stepMinor) * stepMinor;
  const beyondMinor = upToMinor % stepMinor; // a bank may dispute any amount
  const lastMinor = upToMinor - beyondMinor;
  return beyondMinor === 0 ? atStep(lastMinor) : Math.min(atStep(lastMinor) + beyondMinor, atStep(lastMinor + stepMinor));
}
