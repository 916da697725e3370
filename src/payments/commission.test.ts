import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CommissionTerms } from '../base/terms.js';
import { feeShareOfRefund, membershipTerms, quote, quoteFromChargedFee } from './commission.js';

const added = (percentageBps: number, fixedFeeMinor: number, vatBps = 2100): CommissionTerms => ({ percentageBps, fixedFeeMinor, vatBps, feeMode: 'ADDED' });

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
      subtotalMinor: 5000, platformFeeMinor: 600, vatMinor: 104, sellerTransferMinor: 5000, totalChargedMinor: 5600,
    });
  });

  it('of 50.00 with 8 % on top charges 54.00, with a fee of 4.00 and 0.69 of tax in it', () => {
    expect(quote({ unitPriceMinor: 5000, quantity: 1, currency: 'USD', terms: added(800, 0) })).toMatchObject({
      platformFeeMinor: 400, vatMinor: 69, sellerTransferMinor: 5000, totalChargedMinor: 5400,
    });
  });

  it('with the fee included takes it out of the price', () => {
    expect(quote({ unitPriceMinor: 2500, quantity: 1, currency: 'EUR', terms: { ...added(800, 100, 0), feeMode: 'INCLUDED' } })).toMatchObject({
      platformFeeMinor: 300, sellerTransferMinor: 2200, totalChargedMinor: 2500,
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

  it.each([
    [{ quantity: 0 }, 'QUANTITY_INVALID'],
    [{ quantity: 1.5 }, 'QUANTITY_INVALID'],
    [{ quantity: 10_001 }, 'QUANTITY_INVALID'],
    [{ unitPriceMinor: 20 }, 'AMOUNT_TOO_SMALL'],
    [{ unitPriceMinor: 100, terms: { ...added(0, 100), feeMode: 'INCLUDED' as const } }, 'AMOUNT_TOO_SMALL'],
    [{ unitPriceMinor: 99_999_999 }, 'AMOUNT_TOO_LARGE'],
  ])('of %j is refused with %s', (changed, code) => {
    expect(() => quote({ unitPriceMinor: 2500, quantity: 1, currency: 'USD', terms: added(800, 100), ...changed })).toThrow(expect.objectContaining({ code }));
  });
});

describe('the split of a membership', () => {
  it('carries no fixed fee and is taken out of the price', () => {
    expect(membershipTerms(added(800, 100))).toEqual({ percentageBps: 800, fixedFeeMinor: 0, vatBps: 2100, feeMode: 'INCLUDED' });
  });

  it('takes the fee from Stripe instead of computing it', () => {
    expect(quoteFromChargedFee({ amountMinor: 1000, applicationFeeMinor: 79, currency: 'USD', terms: added(800, 100, 0) })).toMatchObject({
      platformFeeMinor: 79, sellerTransferMinor: 921, totalChargedMinor: 1000, fixedFeeMinor: 0,
    });
  });
});

describe('the fee returned with refunds', () => {
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
