import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { currencyCodes, findCurrency } from './currencies.js';
import {
  addMinor,
  assertMinor,
  checkChargeAmount,
  decimalText,
  formatMoney,
  fractionHalfUp,
  nearestStep,
  oneCurrency,
  shareByBps,
  subtractMinor,
  vatInside,
  wholeBps,
} from './money.js';

const amount = fc.integer({ min: 0, max: 99_999_999 });
const bps = fc.integer({ min: 0, max: wholeBps });

describe('money', () => {
  it('is written with the digits of its currency', () => {
    expect([decimalText(2500, 'EUR'), decimalText(2500, 'JPY'), decimalText(1250, 'KWD'), decimalText(5, 'USD'), decimalText(-5, 'USD')]).toEqual([
      '25.00',
      '2500',
      '1.250',
      '0.05',
      '-0.05',
    ]);
  });

  it('is written for a locale with our digits, also where Intl knows others', () => {
    expect(formatMoney(2500, 'EUR', 'en')).toBe('€25.00');
    expect(formatMoney(2500, 'EUR', 'de').replaceAll('\u00a0', ' ')).toBe('25,00 €');
    expect(formatMoney(2500, 'ISK', 'en').replaceAll('\u00a0', ' ')).toBe('ISK 25.00');
    expect(formatMoney(123_456_789, 'JPY', 'ja-JP')).toBe('￥123,456,789');
    expect(formatMoney(Number.MAX_SAFE_INTEGER, 'USD', 'en-US')).toBe('$90,071,992,547,409.91');
    for (const locale of ['../../etc', '', 'en-12', 'en-x-', 'xx', 'de_DE@euro', 'a'.repeat(5000)])
      expect(formatMoney(2500, 'EUR', locale)).toBe('€25.00');
  });

  it('is written in every currency of Stripe with the same digits in words as in plain decimals', () => {
    fc.assert(
      fc.property(fc.constantFrom(...currencyCodes), fc.integer({ min: 0, max: 999_999_999_999 }), (currency, minor) => {
        const plain = decimalText(minor, currency);
        expect(formatMoney(minor, currency, 'en').replace(/[^\d.]/g, '')).toBe(plain);
        expect(BigInt(plain.replace('.', ''))).toBe(BigInt(minor));
        expect(plain.split('.')[1]?.length ?? 0).toBe(findCurrency(currency)?.exponent);
      }),
    );
  });

  it('keeps answering when callers ask for more locales than it remembers', () => {
    const letters = 'abcdefghijklmnopqrstuvwxyz';
    for (const a of letters) for (const b of letters) formatMoney(1, 'USD', `en-${a}${b}`);
    expect(formatMoney(2500, 'EUR', 'de').replaceAll('\u00a0', ' ')).toBe('25,00 €');
  });

  it('never mixes currencies', () => {
    expect(oneCurrency('EUR', 'EUR', 'EUR')).toBe('EUR');
    expect(() => oneCurrency('EUR', 'EUR', 'JPY')).toThrow('amounts in EUR and in JPY do not add up');
  });

  it('adds and subtracts without loss, and never past what a number holds exactly', () => {
    fc.assert(fc.property(amount, amount, (a, b) => expect(subtractMinor(addMinor(a, b), b)).toBe(a)));
    expect(() => addMinor(Number.MAX_SAFE_INTEGER, 1)).toThrow('not an amount');
    expect(() => addMinor(Number.MAX_SAFE_INTEGER, 1, -1)).toThrow('not an amount');
    expect(Object.is(subtractMinor(0, 0), 0)).toBe(true);
    expect(() => assertMinor(-0)).toThrow('-0 is not an amount');
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

  it('rounds exact halves up, and where floating point would lose them', () => {
    expect([shareByBps(125, 200), shareByBps(124, 200), shareByBps(1, 5000), shareByBps(9_007_199_254_740_990, 1)]).toEqual([
      3, 2, 1, 900_719_925_474,
    ]);
    expect([nearestStep(1205, 10), nearestStep(1204, 10), nearestStep(49, 100), nearestStep(50, 100)]).toEqual([1210, 1200, 0, 100]);
    fc.assert(
      fc.property(fc.maxSafeNat(), bps, fc.constantFrom(1, 10, 100), (minor, rate, step) => {
        const share = BigInt(shareByBps(minor, rate, step));
        const twiceOff = (share * 10_000n - BigInt(minor) * BigInt(rate)) * 2n;
        expect(share % BigInt(step)).toBe(0n);
        expect(twiceOff > -10_000n * BigInt(step) && twiceOff <= 10_000n * BigInt(step)).toBe(true);
      }),
    );
  });

  it('takes no share outside 0 to 10000 basis points, and no fraction of what is not an amount', () => {
    for (const wrong of [-1, 10_001, 0.5, Number.NaN]) {
      expect(() => shareByBps(100, wrong)).toThrow('basis points');
      expect(() => vatInside(100, wrong)).toThrow('basis points');
    }
    for (const [minor, numerator, denominator] of [
      [-1, 1, 2],
      [1, -1, 2],
      [1, 1, 0],
      [1, 0.5, 1],
      [1, 1, Number.NaN],
    ] as const) {
      expect(() => fractionHalfUp(minor, numerator, denominator)).toThrow('not a fraction of an amount');
    }
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
    [Number.POSITIVE_INFINITY, 'JPY', 'INVALID', 'Send 25 for 25 JPY.'],
    [-0, 'KWD', 'INVALID', 'Send 25000 for 25.000 KWD.'],
    [2 ** 53, 'USD', 'AMOUNT_TOO_LARGE', 'Stripe charges from 0.50 to 999999.99 USD.'],
    [99_999_990, 'ISK', 'AMOUNT_TOO_LARGE', 'Stripe charges from 1.00 to 999999.00 ISK.'],
    [1_000_000_000_000, 'IDR', 'AMOUNT_TOO_LARGE', 'Stripe charges from 0.50 to 9999999999.99 IDR.'],
    [250, 'UGX', 'INVALID', 'Stripe takes UGX in steps of 100 minor units.'],
    [2500, '__proto__', 'CURRENCY_UNSUPPORTED', 'Use an ISO 4217 code such as EUR or USD.'],
    [2505, 'ISK', 'INVALID', 'Stripe takes ISK in steps of 100 minor units.'],
    [2505, 'KWD', 'INVALID', 'Stripe takes KWD in steps of 10 minor units.'],
    [2500, 'XXX', 'CURRENCY_UNSUPPORTED', 'Use an ISO 4217 code such as EUR or USD.'],
    [2500, 'eur', 'CURRENCY_UNSUPPORTED', 'Use an ISO 4217 code such as EUR or USD.'],
  ])('of %d %s is refused with %s and what is allowed', (minor, currency, code, remedy) => {
    expect(() => checkChargeAmount(minor, currency, ['amount'])).toThrow(expect.objectContaining({ code, remedy }));
  });

  it('is accepted from the minimum to the maximum', () => {
    for (const [minor, currency] of [
      [50, 'USD'],
      [99_999_999, 'EUR'],
      [50, 'JPY'],
      [2500, 'ISK'],
      [1250, 'KWD'],
      [99_999_999, 'HUF'],
      [20_001, 'TWD'],
      [999_999_999_999, 'IDR'],
    ] as const)
      checkChargeAmount(minor, currency, ['amount']);
  });

  it('is named in the refusal with the value that came and the way into the input', () => {
    expect(() => checkChargeAmount(12.5, 'USD', ['input', 'price'])).toThrow(
      expect.objectContaining({ message: 'price 12.5 is not a whole number of minor units.', path: ['input', 'price'] }),
    );
    expect(() => checkChargeAmount(-0, 'USD', ['price'])).toThrow('price -0 is not');
    expect(() => checkChargeAmount(100, 'XXX', ['input', 'price'])).toThrow(expect.objectContaining({ path: ['input', 'currency'] }));
    expect(() => checkChargeAmount(7, 'USD', ['price'], 'The total')).toThrow('The total 7 (0.07 USD) is too small.');
  });
});

describe('the currencies', () => {
  it('have limits in steps of their own, a least charge below the greatest, and upper-case codes', () => {
    for (const code of currencyCodes) {
      const { chargeMinMinor, chargeMaxMinor, stepMinor } = findCurrency(code) as NonNullable<ReturnType<typeof findCurrency>>;
      expect(code).toMatch(/^[A-Z]{3}$/);
      expect([chargeMinMinor % stepMinor, chargeMaxMinor % stepMinor]).toEqual([0, 0]);
      expect(chargeMinMinor).toBeGreaterThan(0);
      expect(chargeMaxMinor).toBeGreaterThan(chargeMinMinor);
    }
    expect(new Set(currencyCodes).size).toBe(currencyCodes.length);
  });

  it('count as Stripe does where Intl differs', () => {
    expect(['ISK', 'UGX', 'HUF', 'IDR', 'TWD', 'JPY', 'KRW', 'KWD'].map((code) => findCurrency(code)?.exponent)).toEqual([2, 2, 2, 2, 2, 0, 0, 3]);
  });
});
