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

export const nothingGone: Shares = { sellerMinor: 0, feeMinor: 0, vatMinor: 0 };

type Split = Pick<Quote, 'platformFeeMinor' | 'vatMinor' | 'totalChargedMinor'>;

/**
 * Who bears what of `minor` that leaves a payment of which `gone` has left: in proportion, halves up, in the steps a seller's part can be moved in.
 * However a payment is cut, and whatever of it came back in between, no part is negative and all of them together are its split.
 */
export function sharesOf(minor: number, split: Split & Pick<Quote, 'currency'>, gone: Shares): Shares {
  return take(minor, split, gone, known(findCurrency(split.currency), 'the currency of a payment').stepMinor);
}

/** The tax in a part of a fee that is given back, where some of both went before: all of it with all of the fee. */
export function taxInFee(feeMinor: number, { platformFeeMinor, vatMinor }: Split, gone: Pick<Shares, 'feeMinor' | 'vatMinor'>): number {
  return partOf(feeMinor, { whole: platformFeeMinor, part: vatMinor }, { whole: gone.feeMinor, part: gone.vatMinor }, 1);
}

function take(minor: number, split: Split, gone: Shares, stepMinor: number): Shares {
  if (minor === 0) return nothingGone;
  const { totalChargedMinor, platformFeeMinor } = split;
  const goneMinor = addMinor(gone.sellerMinor, gone.feeMinor);
  const afterMinor = addMinor(goneMinor, minor);
  assert(minor > 0 && afterMinor <= totalChargedMinor, `${afterMinor} is given back of ${totalChargedMinor}`);
  const feeMinor = partOf(minor, { whole: totalChargedMinor, part: platformFeeMinor }, { whole: goneMinor, part: gone.feeMinor }, stepMinor);
  return {
    sellerMinor: subtractMinor(minor, feeMinor),
    feeMinor,
    vatMinor: taxInFee(feeMinor, split, gone),
  };
}

interface Portion {
  whole: number;
  part: number;
}

/** What of `minor` is of the part: so that all that is gone then stands in proportion, as far as what is left of the part and of the rest allows. */
function partOf(minor: number, of: Portion, gone: Portion, stepMinor: number): number {
  const leftOfPart = subtractMinor(of.part, gone.part);
  const leftOfRest = subtractMinor(subtractMinor(of.whole, gone.whole), leftOfPart);
  const inProportion = subtractMinor(upTo(addMinor(gone.whole, minor), of, stepMinor), gone.part);
  return Math.min(minor, Math.max(0, subtractMinor(minor, leftOfRest), Math.min(leftOfPart, inProportion)));
}

/** The part in the first `minor` of a whole: it never falls, rises no faster than they do, and is all of it with the whole. */
function upTo(minor: number, { whole, part }: Portion, stepMinor: number): number {
  if (minor === 0) return 0;
  const keepsToSteps = whole % stepMinor === 0 && part % stepMinor === 0;
  if (!keepsToSteps) return fractionHalfUp(part, minor, whole);

  const atStep = (at: number) => fractionHalfUp(part, at, whole * stepMinor) * stepMinor;
  const beyond = minor % stepMinor; // a bank may dispute any amount
  const last = minor - beyond;
  return beyond === 0 ? atStep(last) : Math.min(atStep(last) + beyond, atStep(last + stepMinor));
}
