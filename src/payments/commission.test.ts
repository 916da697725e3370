import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { currencyCodes, findCurrency } from '../base/currencies.js';
import type { CommissionTerms } from '../base/terms.js';
import { membershipTerms, type Quote, quote, quoteFromChargedFee, type Shares, sharesOf } from './commission.js';

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

/** The parts of a payment that is given back cut by cut, and the rest of it at the end. */
function partsOf(
  split: Pick<Quote, 'platformFeeMinor' | 'vatMinor' | 'totalChargedMinor'>,
  cuts: number[],
  stepMinor = 1,
): (Shares & { minor: number })[] {
  let beforeMinor = 0;
  return [...cuts, split.totalChargedMinor].map((cut) => {
    const minor = Math.min(cut, split.totalChargedMinor - beforeMinor);
    const shares = sharesOf(minor, split, beforeMinor, stepMinor);
    beforeMinor += minor;
    return { ...shares, minor };
  });
}

const anyCuts = fc.array(fc.integer({ min: 1, max: 100_000 }), { maxLength: 20 });
const sumOf = (numbers: number[]) => numbers.reduce((sum, number) => sum + number, 0);

describe('what is given back of a payment', () => {
  it('sums to its split however it is cut, no part negative and no tax without its fee', () => {
    fc.assert(
      fc.property(anyPurchase, anyCuts, (asked, cuts) => {
        const split = quote(asked);
        const parts = partsOf(split, cuts);
        for (const { minor, sellerMinor, feeMinor, vatMinor } of parts) {
          expect(sellerMinor + feeMinor).toBe(minor);
          expect(Math.min(sellerMinor, feeMinor - vatMinor, vatMinor)).toBeGreaterThanOrEqual(0);
        }
        expect(sumOf(parts.map(({ sellerMinor }) => sellerMinor))).toBe(split.sellerTransferMinor);
        expect(sumOf(parts.map(({ feeMinor }) => feeMinor))).toBe(split.platformFeeMinor);
        expect(sumOf(parts.map(({ vatMinor }) => vatMinor))).toBe(split.vatMinor);
      }),
    );
  });

  it('loses no tax in many small refunds: 1.04 of 56.00 goes back in cents', () => {
    const parts = partsOf({ platformFeeMinor: 600, vatMinor: 104, totalChargedMinor: 5600 }, Array(5600).fill(1));
    expect(sumOf(parts.map(({ vatMinor }) => vatMinor))).toBe(104);
    expect(Math.max(...parts.map(({ feeMinor }) => feeMinor))).toBe(1);
  });

  it('keeps to the steps of its currency where the seller’s part moves by itself, also around a disputed amount that does not', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('KWD', 'ISK', 'JPY', 'EUR'),
        fc.integer({ min: 300, max: 3000 }),
        anyTerms,
        anyCuts,
        fc.boolean(),
        (currency, hundreds, terms, cuts, odd) => {
          const stepMinor = findCurrency(currency)?.stepMinor ?? 0;
          const split = quote({ unitPriceMinor: hundreds * 100, quantity: 1, currency, terms: inHundreds(terms) });
          const parts = partsOf(split, odd ? cuts : cuts.map((cut) => cut * stepMinor), stepMinor);
          for (const { minor, sellerMinor, feeMinor, vatMinor } of parts) {
            expect(Math.min(sellerMinor, feeMinor - vatMinor, vatMinor)).toBeGreaterThanOrEqual(0);
            if (!odd) expect([minor % stepMinor, sellerMinor % stepMinor, feeMinor % stepMinor]).toEqual([0, 0, 0]);
          }
          expect(sumOf(parts.map(({ feeMinor }) => feeMinor))).toBe(split.platformFeeMinor);
          expect(sumOf(parts.map(({ vatMinor }) => vatMinor))).toBe(split.vatMinor);
        },
      ),
    );
  });

  it('sums to the fee also where Stripe computed one between the steps', () => {
    const parts = partsOf({ platformFeeMinor: 413, vatMinor: 72, totalChargedMinor: 5010 }, [10, 1000, 2500], 10);
    expect([sumOf(parts.map(({ feeMinor }) => feeMinor)), sumOf(parts.map(({ vatMinor }) => vatMinor))]).toEqual([413, 72]);
  });

  it('is of no more than what was charged', () => {
    expect(() => sharesOf(3, { platformFeeMinor: 1, vatMinor: 0, totalChargedMinor: 4 }, 2)).toThrow('5 is given back of 4');
    expect(partsOf({ platformFeeMinor: 1, vatMinor: 0, totalChargedMinor: 2 }, [1]).map(({ feeMinor }) => feeMinor)).toEqual([1, 0]);
  });

  it('is in proportion, to half a minor unit', () => {
    fc.assert(
      fc.property(anyPurchase, fc.double({ min: 0, max: 1, noNaN: true }), (asked, part) => {
        const split = quote(asked);
        const minor = Math.floor(split.totalChargedMinor * part);
        const { feeMinor } = sharesOf(minor, split, 0);
        expect(Math.abs(feeMinor * split.totalChargedMinor - split.platformFeeMinor * minor) * 2).toBeLessThanOrEqual(split.totalChargedMinor);
      }),
    );
  });
});
