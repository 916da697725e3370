import { assert, known } from './assert.js';
import { findCurrency } from './currencies.js';
import { Refusal } from './errors.js';

/** Hundredths of a percent in a whole. */
export const wholeBps = 10_000;

/** Says that `minor` is an amount: an integer that arithmetic on numbers keeps exact. */
export function assertMinor(minor: number): void {
  assert(Number.isSafeInteger(minor) && !Object.is(minor, -0), `${minor} is not an amount in minor units`);
}

/** The sum, exact. */
export function addMinor(...amounts: number[]): number {
  let sum = 0;
  for (const amount of amounts) {
    assertMinor(amount);
    sum += amount;
  }
  assertMinor(sum);
  return sum;
}

/** The difference, exact. */
export function subtractMinor(from: number, amount: number): number {
  assertMinor(from);
  assertMinor(amount);
  return addMinor(from, amount === 0 ? 0 : -amount);
}

/** numerator / denominator of `minor`, halves rounded up. For amounts that are not negative. */
export function fractionHalfUp(minor: number, numerator: number, denominator: number): number {
  assertMinor(minor);
  assert(minor >= 0 && numerator >= 0 && denominator > 0, 'a fraction of a negative amount');
  const doubled = BigInt(minor) * BigInt(numerator) * 2n + BigInt(denominator);
  return Number(doubled / (BigInt(denominator) * 2n));
}

/** `bps` basis points of `minor`, halves rounded up. */
export function shareByBps(minor: number, bps: number): number {
  return fractionHalfUp(minor, bps, wholeBps);
}

/** The tax contained in an amount that includes it, halves rounded up: 6.00 at 21 % holds 1.04. */
export function vatInside(grossMinor: number, vatBps: number): number {
  return fractionHalfUp(grossMinor, vatBps, wholeBps + vatBps);
}

/** The amount as people of all countries can read and programs can parse it: "25.00", "2500" in JPY, "1.250" in KWD. */
export function decimalText(minor: number, currency: string): string {
  assertMinor(minor);
  const { exponent } = known(findCurrency(currency), `the currency ${currency}`);
  const digits = String(Math.abs(minor)).padStart(exponent + 1, '0');
  const whole = exponent === 0 ? digits : `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
  return minor < 0 ? `-${whole}` : whole;
}

/** The amount in the words of a locale: "€25.00", "25,00 €". Intl gives the glyphs; the digits are ours. */
export function formatMoney(minor: number, currency: string, locale = 'en'): string {
  const { exponent } = known(findCurrency(currency), `the currency ${currency}`);
  const [supported] = Intl.NumberFormat.supportedLocalesOf([locale.replaceAll('_', '-')].filter(isLocale));
  const format = new Intl.NumberFormat(supported ?? 'en', { style: 'currency', currency, minimumFractionDigits: exponent, maximumFractionDigits: exponent });
  return format.format(decimalText(minor, currency) as Intl.StringNumericLiteral);
}

function isLocale(text: string): boolean {
  return /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(text);
}

/**
 * Says that Stripe would charge this amount in this currency.
 * Refuses with CURRENCY_UNSUPPORTED, INVALID, AMOUNT_TOO_SMALL, AMOUNT_TOO_LARGE, naming what came and what is allowed.
 */
export function checkChargeAmount(amountMinor: number, currencyCode: string, path: string[]): void {
  const currency = findCurrency(currencyCode);
  if (!currency) {
    throw new Refusal('CURRENCY_UNSUPPORTED', `Stripe does not charge in ${JSON.stringify(currencyCode.slice(0, 8))}.`, [...path.slice(0, -1), 'currency'], 'Use an ISO 4217 code such as EUR or USD.');
  }
  if (!Number.isSafeInteger(amountMinor)) {
    throw new Refusal('INVALID', `${path.at(-1)} ${amountMinor} is not a whole number of minor units.`, path, `Send 2500 for ${decimalText(2500, currencyCode)} ${currencyCode}.`);
  }
  const { chargeMinMinor, chargeMaxMinor, stepMinor } = currency;
  const range = `from ${decimalText(chargeMinMinor, currencyCode)} to ${decimalText(chargeMaxMinor, currencyCode)} ${currencyCode}`;
  if (amountMinor < chargeMinMinor) throw new Refusal('AMOUNT_TOO_SMALL', `${path.at(-1)} ${amountMinor} is too small.`, path, `Stripe charges ${range}.`);
  if (amountMinor > chargeMaxMinor) throw new Refusal('AMOUNT_TOO_LARGE', `${path.at(-1)} ${amountMinor} is too large.`, path, `Stripe charges ${range}.`);
  if (amountMinor % stepMinor !== 0) {
    throw new Refusal('INVALID', `${path.at(-1)} ${amountMinor} is not a multiple of ${stepMinor}.`, path, `Stripe takes ${currencyCode} in steps of ${stepMinor} minor units.`);
  }
}
