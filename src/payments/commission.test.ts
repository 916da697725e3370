import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { currencyCodes, findCurrency } from '../base/currencies.js';
import type { CommissionTerms } from '../base/terms.js';
import { membershipTerms, nothingGone, type Quote, quote, quoteFromChargedFee, type Shares, sharesOf, taxInFee } from './commission.js';

const added = (percentageBps: number, fixedFeeMinor: number, vatBps = 2100): CommissionTerms => ({
  percentageBps,
  fixedFeeMinor,
  feeFloorMinor: null,
  feeCapMinor: null,
  vatBps,
  feeMode: 'ADDED',
});

const bound = fc.option(fc.integer({ min: 0, max: 99 }));
const anyTerms: fc.Arbitrary<CommissionTerms> = fc
  .record({
    percentageBps: fc.integer({ min: 0, max: 5000 }),
    fixedFeeMinor: fc.integer({ min: 0, max: 40 }),
    vatBps: fc.integer({ min: 0, max: 3000 }),
    feeMode: fc.constantFrom('INCLUDED' as const, 'ADDED' as const),
    one: bound,
    other: bound,
  })
  .map(({ one, other, ...terms }) => ({
    ...terms,
    feeFloorMinor: one === null || other === null ? one : Math.min(one, other),
    feeCapMinor: one === null || other === null ? other : Math.max(one, other),
  }));
/** The same terms, their bounds in steps that every currency can be charged in. */
const inHundreds = (terms: CommissionTerms): CommissionTerms => ({
  ...terms,
  feeFloorMinor: terms.feeFloorMinor && terms.feeFloorMinor * 100,
  feeCapMinor: terms.feeCapMinor && terms.feeCapMinor * 100,
});
const anyPurchase = fc.record({
  unitPriceMinor: fc.integer({ min: 100, max: 60_000 }),
  quantity: fc.integer({ min: 1, max: 100 }),
  currency: fc.constantFrom('USD', 'EUR', 'JPY'),
  terms: anyTerms,
});

describe('a quote', () => {
  it('of 2 at 25.00 with 8 % and 1.00 each on top charges 56.00, with a fee of 6.00 and 1.04 of tax in it', () => {
    expect(quote({ unitPriceMinor: 2500, quantity: 2, currency: 'USD', terms: added(800, 100) })).toMatchObject({
      subtotalMinor: 5000,
      platformFeeMinor: 600,
      vatMinor: 104,
      sellerTransferMinor: 5000,
      totalChargedMinor: 5600,
    });
  });

  it('of 50.00 with 8 % on top charges 54.00, with a fee of 4.00 and 0.69 of tax in it', () => {
    expect(quote({ unitPriceMinor: 5000, quantity: 1, currency: 'USD', terms: added(800, 0) })).toMatchObject({
      platformFeeMinor: 400,
      vatMinor: 69,
      sellerTransferMinor: 5000,
      totalChargedMinor: 5400,
    });
  });

  it('with the fee included takes it out of the price', () => {
    expect(quote({ unitPriceMinor: 2500, quantity: 1, currency: 'EUR', terms: { ...added(800, 100, 0), feeMode: 'INCLUDED' } })).toMatchObject({
      platformFeeMinor: 300,
      sellerTransferMinor: 2200,
      totalChargedMinor: 2500,
    });
  });

  it('has parts that are not negative and sum to the whole, in both fee modes', () => {
    fc.assert(
      fc.property(anyPurchase, (asked) => {
        const split = quote(asked);
        expect(split.platformFeeMinor + split.sellerTransferMinor).toBe(split.totalChargedMinor);
        expect(asked.terms.feeMode === 'ADDED' ? split.sellerTransferMinor : split.totalChargedMinor).toBe(split.subtotalMinor);
        expect(Math.min(split.vatMinor, split.platformFeeMinor - split.vatMinor, split.sellerTransferMinor)).toBeGreaterThanOrEqual(0);
        expect(split.platformFeeMinor).toBeLessThanOrEqual(split.totalChargedMinor);
      }),
    );
  });

  it('can be charged in every currency: fee, seller and total keep to its steps', () => {
    const hundreds = fc.integer({ min: 300, max: 30_000 }).map((count) => count * 100); // a multiple of every currency's step, above every bound
    fc.assert(
      fc.property(
        fc.constantFrom(...currencyCodes),
        hundreds,
        anyTerms,
        fc.integer({ min: 1, max: 20 }),
        (currency, unitPriceMinor, terms, quantity) => {
          const stepMinor = findCurrency(currency)?.stepMinor ?? 0;
          const split = quote({ unitPriceMinor, quantity, currency, terms: inHundreds(terms) });
          for (const part of [split.platformFeeMinor, split.sellerTransferMinor, split.totalChargedMinor]) expect(part % stepMinor).toBe(0);
          expect(split.platformFeeMinor + split.sellerTransferMinor).toBe(split.totalChargedMinor);
        },
      ),
    );
    expect(quote({ unitPriceMinor: 199_900, quantity: 1, currency: 'ISK', terms: added(800, 0) })).toMatchObject({
      platformFeeMinor: 16_000,
      totalChargedMinor: 215_900,
    });
    expect(quote({ unitPriceMinor: 5010, quantity: 1, currency: 'KWD', terms: added(800, 5, 0) })).toMatchObject({
      platformFeeMinor: 410,
      totalChargedMinor: 5420,
    });
  });

  it('grows with the price, the quantity and the rate', () => {
    fc.assert(
      fc.property(anyPurchase, fc.integer({ min: 0, max: 1000 }), (asked, more) => {
        const before = quote(asked);
        const dearer = quote({ ...asked, unitPriceMinor: asked.unitPriceMinor + more });
        const further = quote({ ...asked, quantity: asked.quantity + 1 });
        const steeper = quote({ ...asked, terms: { ...asked.terms, percentageBps: asked.terms.percentageBps + Math.min(more, 500) } });
        for (const after of [dearer, further]) {
          for (const part of ['subtotalMinor', 'platformFeeMinor', 'vatMinor', 'sellerTransferMinor', 'totalChargedMinor'] as const)
            expect(after[part]).toBeGreaterThanOrEqual(before[part]);
        }
        expect(steeper.platformFeeMinor).toBeGreaterThanOrEqual(before.platformFeeMinor);
        expect(steeper.sellerTransferMinor).toBeLessThanOrEqual(before.sellerTransferMinor);
      }),
    );
  });

  it.each([
    ['below its floor', { feeFloorMinor: 700 }, 700],
    ['above its cap', { feeCapMinor: 500 }, 500],
    ['between the two', { feeFloorMinor: 500, feeCapMinor: 700 }, 600],
    ['under a floor that is its cap', { feeFloorMinor: 300, feeCapMinor: 300 }, 300],
    ['under a cap of nothing', { feeCapMinor: 0 }, 0],
  ])('of 2 at 25.00 with a fee %s takes the fee into its bounds, once for the purchase', (_, bounds, platformFeeMinor) => {
    const asked = { unitPriceMinor: 2500, quantity: 2, currency: 'USD' };
    expect(quote({ ...asked, terms: { ...added(800, 100), ...bounds } })).toMatchObject({
      ...bounds,
      platformFeeMinor,
      sellerTransferMinor: 5000,
      totalChargedMinor: 5000 + platformFeeMinor,
    });
    expect(quote({ ...asked, terms: { ...added(800, 100), ...bounds, feeMode: 'INCLUDED' } })).toMatchObject({
      sellerTransferMinor: 5000 - platformFeeMinor,
      totalChargedMinor: 5000,
    });
  });

  it('keeps a fee of any terms within its bounds', () => {
    fc.assert(
      fc.property(anyPurchase, (asked) => {
        const { platformFeeMinor, feeFloorMinor, feeCapMinor } = quote(asked);
        expect(platformFeeMinor).toBeGreaterThanOrEqual(feeFloorMinor ?? 0);
        expect(platformFeeMinor).toBeLessThanOrEqual(feeCapMinor ?? platformFeeMinor);
      }),
    );
  });

  it('names what is too large when only the fee makes it so', () => {
    expect(() => quote({ unitPriceMinor: 99_000_000, quantity: 1, currency: 'USD', terms: added(800, 0) })).toThrow(
      'The total, fee included, of 106920000 (1069200.00 USD) is too large.',
    );
  });

  it('is never made under terms that are none', () => {
    for (const percentageBps of [-1, 10_001, 8.5])
      expect(() => quote({ unitPriceMinor: 2500, quantity: 1, currency: 'USD', terms: added(percentageBps, 0) })).toThrow('basis points');
    for (const fixedFeeMinor of [-1, 0.5])
      expect(() => quote({ unitPriceMinor: 2500, quantity: 1, currency: 'USD', terms: added(0, fixedFeeMinor) })).toThrow('not a fixed fee');
    for (const bounds of [{ feeFloorMinor: -1 }, { feeCapMinor: 0.5 }, { feeFloorMinor: 2, feeCapMinor: 1 }, { feeFloorMinor: 5, currency: 'KWD' }])
      expect(() => quote({ unitPriceMinor: 2500, quantity: 1, currency: 'USD', ...bounds, terms: { ...added(0, 0), ...bounds } })).toThrow(
        'cannot be charged',
      );
  });

  it.each([
    [{ unitPriceMinor: 25.5, quantity: 2 }, 'INVALID'],
    [{ unitPriceMinor: Number.NaN }, 'INVALID'],
    [{ unitPriceMinor: -0 }, 'INVALID'],
    [{ unitPriceMinor: -2500 }, 'AMOUNT_TOO_SMALL'],
    [{ unitPriceMinor: Number.MAX_SAFE_INTEGER, quantity: 10_000 }, 'AMOUNT_TOO_LARGE'],
    [{ terms: added(800, Number.MAX_SAFE_INTEGER), quantity: 3 }, 'AMOUNT_TOO_LARGE'],
    [{ terms: { ...added(10_000, 0), feeMode: 'INCLUDED' as const } }, 'AMOUNT_TOO_SMALL'],
    [{ currency: 'usd' }, 'CURRENCY_UNSUPPORTED'],
    [{ quantity: 0 }, 'QUANTITY_INVALID'],
    [{ quantity: 1.5 }, 'QUANTITY_INVALID'],
    [{ quantity: 10_001 }, 'QUANTITY_INVALID'],
    [{ unitPriceMinor: 20 }, 'AMOUNT_TOO_SMALL'],
    [{ unitPriceMinor: 100, terms: { ...added(0, 0), feeFloorMinor: 100, feeMode: 'INCLUDED' as const } }, 'AMOUNT_TOO_SMALL'],
    [{ terms: { ...added(0, 0), feeFloorMinor: 99_999_999 } }, 'AMOUNT_TOO_LARGE'],
    [{ unitPriceMinor: 100, terms: { ...added(0, 100), feeMode: 'INCLUDED' as const } }, 'AMOUNT_TOO_SMALL'],
    [{ unitPriceMinor: 99_999_999 }, 'AMOUNT_TOO_LARGE'],
  ])('of %j is refused with %s', (changed, code) => {
    expect(() => quote({ unitPriceMinor: 2500, quantity: 1, currency: 'USD', terms: added(800, 100), ...changed })).toThrow(
      expect.objectContaining({ code }),
    );
  });
});

describe('the split of a membership', () => {
  it('carries no fixed fee and no bounds, and is taken out of the price', () => {
    const terms: CommissionTerms = { ...added(800, 100), feeFloorMinor: 50, feeCapMinor: 500 };
    expect(membershipTerms(terms)).toEqual({
      percentageBps: 800,
      fixedFeeMinor: 0,
      feeFloorMinor: null,
      feeCapMinor: null,
      vatBps: 2100,
      feeMode: 'INCLUDED',
    });
  });

  it('takes the fee from Stripe instead of computing it', () => {
    expect(quoteFromChargedFee({ amountMinor: 1000, applicationFeeMinor: 79, currency: 'USD', terms: added(800, 100, 0) })).toMatchObject({
      platformFeeMinor: 79,
      sellerTransferMinor: 921,
      totalChargedMinor: 1000,
      fixedFeeMinor: 0,
    });
  });
});

describe('the split of a charged fee', () => {
  it('sums to the whole, and a fee above the amount is a defect', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), anyTerms, (a, b, terms) => {
        const [applicationFeeMinor, amountMinor] = [Math.min(a, b), Math.max(a, b)];
        const split = quoteFromChargedFee({ amountMinor, applicationFeeMinor, currency: 'EUR', terms });
        expect(split.sellerTransferMinor + split.platformFeeMinor).toBe(split.totalChargedMinor);
        expect(split).toMatchObject({ quantity: 1, subtotalMinor: amountMinor, platformFeeMinor: applicationFeeMinor, feeMode: 'INCLUDED' });
      }),
    );
    expect(() => quoteFromChargedFee({ amountMinor: 10, applicationFeeMinor: 11, currency: 'EUR', terms: added(800, 0) })).toThrow(
      'a fee of 11 out of 10',
    );
  });
});

type Paid = Pick<Quote, 'currency' | 'platformFeeMinor' | 'vatMinor' | 'totalChargedMinor'>;
type Cut = (minor: number, gone: Shares) => Shares;

const plus = (one: Shares, other: Shares): Shares => ({
  sellerMinor: one.sellerMinor + other.sellerMinor,
  feeMinor: one.feeMinor + other.feeMinor,
  vatMinor: one.vatMinor + other.vatMinor,
});
const minus = (one: Shares, { sellerMinor, feeMinor, vatMinor }: Shares): Shares =>
  plus(one, { sellerMinor: -sellerMinor, feeMinor: -feeMinor, vatMinor: -vatMinor });
const sumOf = (parts: Shares[]): Shares => parts.reduce(plus, nothingGone);
const allOf = ({ platformFeeMinor, vatMinor, totalChargedMinor }: Paid): Shares => ({
  sellerMinor: totalChargedMinor - platformFeeMinor,
  feeMinor: platformFeeMinor,
  vatMinor,
});

/** The parts of a payment that is given back cut by cut, and the rest of it at the end. */
function partsOf(split: Paid, cuts: number[], cut: Cut): Shares[] {
  const parts: Shares[] = [];
  for (const asked of [...cuts, split.totalChargedMinor]) {
    const gone = sumOf(parts);
    parts.push(cut(Math.min(asked, split.totalChargedMinor - gone.sellerMinor - gone.feeMinor), gone));
  }
  return parts;
}

const anyCuts = fc.array(fc.integer({ min: 1, max: 100_000 }), { maxLength: 20 });
const anySplit = fc
  .record({ currency: fc.constantFrom('KWD', 'ISK', 'JPY', 'EUR'), hundreds: fc.integer({ min: 300, max: 3_000 }), terms: anyTerms })
  .map(({ currency, hundreds, terms }) => quote({ unitPriceMinor: hundreds * 100, quantity: 1, currency, terms: inHundreds(terms) }));
const isSound = ({ sellerMinor, feeMinor, vatMinor }: Shares) => Math.min(sellerMinor, feeMinor, vatMinor, feeMinor - vatMinor) >= 0;

describe('what leaves a payment', () => {
  it('sums to its split however it is cut, no part negative and no tax without its fee', () => {
    fc.assert(
      fc.property(anySplit, anyCuts, (split, cuts) => {
        const parts = partsOf(split, cuts, (minor, gone) => sharesOf(minor, split, gone));
        expect(parts.every(isSound)).toBe(true);
        expect(sumOf(parts)).toEqual(allOf(split));
      }),
    );
  });

  it('sums to its split also where some of it comes back in between, as a dispute that is won', () => {
    const steps = fc.array(fc.record({ minor: fc.integer({ min: 1, max: 100_000 }), comesBack: fc.boolean(), nth: fc.nat() }), { maxLength: 20 });
    fc.assert(
      fc.property(anySplit, steps, (split, steps) => {
        const away: Shares[] = [];
        for (const { minor, comesBack, nth } of steps) {
          if (comesBack) away.splice(nth % (away.length + 1), 1);
          const gone = sumOf(away);
          const taken = sharesOf(Math.min(minor, split.totalChargedMinor - gone.sellerMinor - gone.feeMinor), split, gone);
          expect([taken, minus(allOf(split), plus(gone, taken))].every(isSound)).toBe(true);
          away.push(taken);
        }
        const gone = sumOf(away);
        const rest = sharesOf(split.totalChargedMinor - gone.sellerMinor - gone.feeMinor, split, gone);
        expect(plus(gone, rest)).toEqual(allOf(split));
      }),
    );
  });

  it('loses no tax in many small refunds: 1.04 of 56.00 goes back in cents', () => {
    const split = { currency: 'USD', platformFeeMinor: 600, vatMinor: 104, totalChargedMinor: 5600 };
    const parts = partsOf(split, Array(5600).fill(1), (minor, gone) => sharesOf(minor, split, gone));
    expect(sumOf(parts)).toEqual(allOf(split));
    expect(Math.max(...parts.map(({ feeMinor }) => feeMinor))).toBe(1);
  });

  it('keeps to the steps of its currency, as transfers do', () => {
    fc.assert(
      fc.property(anySplit, anyCuts, (split, cuts) => {
        const stepMinor = findCurrency(split.currency)?.stepMinor ?? 0;
        const parts = partsOf(
          split,
          cuts.map((cut) => cut * stepMinor),
          (minor, gone) => sharesOf(minor, split, gone),
        );
        for (const { sellerMinor, feeMinor } of parts) expect([sellerMinor % stepMinor, feeMinor % stepMinor]).toEqual([0, 0]);
      }),
    );
  });

  it('sums to the fee also where Stripe computed one between the steps', () => {
    const split = { currency: 'KWD', platformFeeMinor: 413, vatMinor: 72, totalChargedMinor: 5010 };
    expect(sumOf(partsOf(split, [10, 1000, 2500], (minor, gone) => sharesOf(minor, split, gone)))).toEqual(allOf(split));
  });

  it('is of no more than what was charged', () => {
    const split = { currency: 'USD', platformFeeMinor: 1, vatMinor: 0, totalChargedMinor: 4 };
    expect(() => sharesOf(3, split, { sellerMinor: 2, feeMinor: 0, vatMinor: 0 })).toThrow('5 is given back of 4');
    expect(sharesOf(0, split, allOf(split))).toEqual(nothingGone);
  });

  it('is in proportion, to half a step', () => {
    fc.assert(
      fc.property(anySplit, fc.double({ min: 0, max: 1, noNaN: true }), (split, part) => {
        const stepMinor = findCurrency(split.currency)?.stepMinor ?? 0;
        const minor = Math.floor((split.totalChargedMinor * part) / stepMinor) * stepMinor;
        const { feeMinor } = sharesOf(minor, split, nothingGone);
        expect(Math.abs(feeMinor * split.totalChargedMinor - split.platformFeeMinor * minor) * 2).toBeLessThanOrEqual(
          split.totalChargedMinor * stepMinor,
        );
      }),
    );
  });
});

describe('the tax in a fee that goes back in parts', () => {
  it('goes with it, no part negative, and all of it with all of the fee', () => {
    fc.assert(
      fc.property(anyPurchase, anyCuts, (asked, cuts) => {
        const split = quote(asked);
        let gone = { feeMinor: 0, vatMinor: 0 };
        for (const cut of [...cuts, Number.MAX_SAFE_INTEGER]) {
          const feeMinor = Math.min(cut, split.platformFeeMinor - gone.feeMinor);
          const vatMinor = taxInFee(feeMinor, split, gone);
          expect(vatMinor).toBeGreaterThanOrEqual(0);
          expect(vatMinor).toBeLessThanOrEqual(feeMinor);
          gone = { feeMinor: gone.feeMinor + feeMinor, vatMinor: gone.vatMinor + vatMinor };
        }
        expect(gone).toEqual({ feeMinor: split.platformFeeMinor, vatMinor: split.vatMinor });
      }),
    );
  });
});
