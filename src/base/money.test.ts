import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addMinor, assertMinor, checkChargeAmount, decimalText, formatMoney, shareByBps, subtractMinor, vatInside, wholeBps } from './money.js';

const amount = fc.integer({ min: 0, max: 99_999_999 });
const bps = fc.integer({ min: 0, max: wholeBps });

describe('money', () => {
  it('is written with the digits of its currency', () => {
    expect([decimalText(2500, 'EUR'), decimalText(2500, 'JPY'), decimalText(1250, 'KWD'), decimalText(5, 'USD'), decimalText(-5, 'USD')]).toEqual(['25.00', '2500', '1.250', '0.05', '-0.05']);
  });

  it('is written for a locale with our digits, also where Intl knows others', () => {
    expect(formatMoney(2500, 'EUR', 'en')).toBe('€25.00');
    expect(formatMoney(2500, 'EUR', 'de').replaceAll('\u00a0', ' ')).toBe('25,00 €');
    expect(formatMoney(2500, 'ISK', 'en').replaceAll('\u00a0', ' ')).toBe('ISK 25.00');
    expect(formatMoney(2500, 'EUR', '../../etc')).toBe('€25.00');
  });

  it('adds and subtracts without loss, and never past what a number holds exactly', () => {
    fc.assert(fc.property(amount, amount, (a, b) => expect(subtractMinor(addMinor(a, b), b)).toBe(a)));
    expect(() => addMinor(Number.MAX_SAFE_INTEGER, 1)).toThrow('not an amount');
    for (const wrong of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, -0]) expect(() => assertMinor(wrong)).toThrow('not an amount');
  });

  it('takes a share within half a unit of the exact one, never more than the whole, and more of more', () => {
    fc.assert(
      fc.property(amount, amount, bps, (a, b, rate) => {
        const share = shareByBps(a, rate);
        expect(Math.abs(share * wholeBps - a * rate) * 2).toBeLessThanOrEqual(wholeBps);
        expect(share).toBeLessThanOrEqual(a);
        expect(shareByBps(Math.max(a, b), rate)).toBeGreaterThanOrEqual(shareByBps(Math.min(a, b), rate));
      }),
    );
  });

  it('finds the tax inside an amount: 1.04 in 6.00 and 0.69 in 4.00 at 21 %', () => {
    expect([vatInside(600, 2100), vatInside(400, 2100), vatInside(600, 0)]).toEqual([104, 69, 0]);
  });
});

describe('the amount of a charge', () => {
  it.each([
    [49, 'USD', 'AMOUNT_TOO_SMALL', 'Stripe charges from 0.50 to 999999.99 USD.'],
    [-2500, 'EUR', 'AMOUNT_TOO_SMALL', 'Stripe charges from 0.50 to 999999.99 EUR.'],
    [0, 'JPY', 'AMOUNT_TOO_SMALL', 'Stripe charges from 50 to 99999999 JPY.'],
    [100_000_000, 'USD', 'AMOUNT_TOO_LARGE', 'Stripe charges from 0.50 to 999999.99 USD.'],
    [25.5, 'USD', 'INVALID', 'Send 2500 for 25.00 USD.'],
    [Number.NaN, 'USD', 'INVALID', 'Send 2500 for 25.00 USD.'],
    [2505, 'ISK', 'INVALID', 'Stripe takes ISK in steps of 100 minor units.'],
    [2505, 'KWD', 'INVALID', 'Stripe takes KWD in steps of 10 minor units.'],
    [2500, 'XXX', 'CURRENCY_UNSUPPORTED', 'Use an ISO 4217 code such as EUR or USD.'],
    [2500, 'eur', 'CURRENCY_UNSUPPORTED', 'Use an ISO 4217 code such as EUR or USD.'],
  ])('of %d %s is refused with %s and what is allowed', (minor, currency, code, remedy) => {
    expect(() => checkChargeAmount(minor, currency, ['amount'])).toThrow(expect.objectContaining({ code, remedy }));
  });

  it('is accepted from the minimum to the maximum', () => {
    for (const [minor, currency] of [[50, 'USD'], [99_999_999, 'EUR'], [50, 'JPY'], [2500, 'ISK'], [1250, 'KWD']] as const) checkChargeAmount(minor, currency, ['amount']);
  });
});
