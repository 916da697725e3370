import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { currencyCodes, findCurrency } from '../base/currencies.js';
import type { CommissionTerms } from '../base/terms.js';
import { feeShareOfRefund, membershipTerms, quote, quoteFromChargedFee } from './commission.js';

const added = (percentageBps: number, fixedFeeMinor: number, vatBps = 2100): CommissionTerms => ({
  percentageBps,
  fixedFeeMinor,
  vatBps,
  feeMode: 'ADDED',
});

const anyTerms = fc.record({
  percentageBps: fc.integer({ min: 0, max: 5000 }),
  fixedFeeMinor: fc.integer({ min: 0, max: 40 }),
  vatBps: fc.integer({ min: 0, max: 3000 }),
  feeMode: fc.constantFrom('INCLUDED', 'ADDED'),
}) as fc.Arbitrary<CommissionTerms>;
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
      }),
    );
  });

  it('can be charged in every currency: fee, seller and total keep to its steps', () => {
    const hundreds = fc.integer({ min: 300, max: 30_000 }).map((count) => count * 100); // a multiple of every currency's step
    fc.assert(
      fc.property(
        fc.constantFrom(...currencyCodes),
        hundreds,
        anyTerms,
        fc.integer({ min: 1, max: 20 }),
        (currency, unitPriceMinor, terms, quantity) => {
          const stepMinor = findCurrency(currency)?.stepMinor ?? 0;
          const split = quote({ unitPriceMinor, quantity, currency, terms });
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
    [{ unitPriceMinor: 100, terms: { ...added(0, 100), feeMode: 'INCLUDED' as const } }, 'AMOUNT_TOO_SMALL'],
    [{ unitPriceMinor: 99_999_999 }, 'AMOUNT_TOO_LARGE'],
  ])('of %j is refused with %s', (changed, code) => {
    expect(() => quote({ unitPriceMinor: 2500, quantity: 1, currency: 'USD', terms: added(800, 100), ...changed })).toThrow(
      expect.objectContaining({ code }),
    );
  });
});

describe('the split of a membership', () => {
  it('carries no fixed fee and is taken out of the price', () => {
    expect(membershipTerms(added(800, 100))).toEqual({ percentageBps: 800, fixedFeeMinor: 0, vatBps: 2100, feeMode: 'INCLUDED' });
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

describe('the fee returned with refunds', () => {
  it('sums to the whole fee however the refunds are cut, each part no more than its refund', () => {
    fc.assert(
      fc.property(anyPurchase, fc.array(fc.integer({ min: 1, max: 100_000 }), { maxLength: 20 }), (asked, cuts) => {
        const split = quote(asked);
        let [refunded, returned] = [0, 0];
        for (const cut of [...cuts, split.totalChargedMinor]) {
          const refund = Math.min(cut, split.totalChargedMinor - refunded);
          const share = feeShareOfRefund(refund, split, refunded);
          expect(share).toBeGreaterThanOrEqual(0);
          expect(share).toBeLessThanOrEqual(refund);
          refunded += refund;
          returned += share;
        }
        expect(returned).toBe(split.platformFeeMinor);
      }),
    );
  });

  it('is of no more than what was charged', () => {
    expect(() => feeShareOfRefund(3, { platformFeeMinor: 1, totalChargedMinor: 4 }, 2)).toThrow('5 is refunded of 4');
    expect([
      feeShareOfRefund(1, { platformFeeMinor: 1, totalChargedMinor: 2 }),
      feeShareOfRefund(1, { platformFeeMinor: 1, totalChargedMinor: 2 }, 1),
    ]).toEqual([1, 0]);
  });

  it('is in proportion, never more than the fee, and all of it for the whole payment', () => {
    fc.assert(
      fc.property(anyPurchase, fc.double({ min: 0, max: 1, noNaN: true }), (asked, part) => {
        const split = quote(asked);
        const share = feeShareOfRefund(Math.floor(split.totalChargedMinor * part), split);
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThanOrEqual(split.platformFeeMinor);
        expect(feeShareOfRefund(split.totalChargedMinor, split)).toBe(split.platformFeeMinor);
      }),
    );
  });
});
