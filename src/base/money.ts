import { assert, known } from './assert.js';
import { type Currency, findCurrency } from './currencies.js';
import { Refusal } from './errors.js';

/** Hundredths of a percent in a whole. */
export const wholeBps = 10_000;

/** Says that `minor` is an amount: an integer that arithmetic on numbers keeps exact. */
export function assertMinor(minor: number): void {
  assert(Number.isSafeInteger(minor) && !Object.is(minor, -0), `${shown(minor)} is not an amount in minor units`);
}

/** The sum, exact. */
export function addMinor(...amounts: number[]): number {
  let sum = 0;
  for (const amount of amounts) {
    assertMinor(amount);
    sum += amount;
    assertMinor(sum);
  }
  return sum;
}

/** The difference, exact. */
export function subtractMinor(from: number, amount: number): number {
  assertMinor(amount);
  return addMinor(from, amount === 0 ? 0 : -amount);
}

/** The one currency of amounts that are about to be added or compared: there is no sum of euros and yen. */
export function oneCurrency(first: string, ...others: string[]): string {
  for (const other of others) assert(other === first, `amounts in ${first} and in ${other} do not add up`);
  return first;
}

/** numerator / denominator of `minor`, halves rounded up. For amounts that are not negative. */
export function fractionHalfUp(minor: number, numerator: number, denominator: number): number {
  assertMinor(minor);
  assert(
    minor >= 0 && Number.isSafeInteger(numerator) && numerator >= 0 && Number.isSafeInteger(denominator) && denominator > 0,
    `${minor} × ${numerator} / ${denominator} is not a fraction of an amount`,
  );
  const doubled = BigInt(minor) * BigInt(numerator) * 2n + BigInt(denominator);
  const result = Number(doubled / (BigInt(denominator) * 2n));
  assertMinor(result);
  return result;
}

/** The nearest multiple of `stepMinor`, halves rounded up. */
export function nearestStep(minor: number, stepMinor: number): number {
  return fractionHalfUp(minor, 1, stepMinor) * stepMinor;
}

/** `bps` basis points of `minor`, to the nearest multiple of `stepMinor`, halves rounded up. Never more than `minor`, where that is one. */
export function shareByBps(minor: number, bps: number, stepMinor = 1): number {
  assertBps(bps);
  return fractionHalfUp(minor, bps, wholeBps * stepMinor) * stepMinor;
}

/** Basis points as a percentage of two decimals: 825 is 8.25. */
export function percentOf(bps: number): number {
  return bps / 100;
}

/** The tax contained in an amount that includes it, halves rounded up: 6.00 at 21 % holds 1.04. */
export function vatInside(grossMinor: number, vatBps: number): number {
  assertBps(vatBps);
  return fractionHalfUp(grossMinor, vatBps, wholeBps + vatBps);
}

function assertBps(bps: number): void {
  assert(Number.isInteger(bps) && bps >= 0 && bps <= wholeBps, `${shown(bps)} is not from 0 to ${wholeBps} basis points`);
}

/** The amount as people of all countries can read and programs can parse it: "25.00", "2500" in JPY, "1.250" in KWD. */
export function decimalText(minor: number, currency: string): string {
  assertMinor(minor);
  const { exponent } = knownCurrency(currency);
  const digits = String(Math.abs(minor)).padStart(exponent + 1, '0');
  const whole = exponent === 0 ? digits : `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
  return minor < 0 ? `-${whole}` : whole;
}

/** The minor units that a person wrote as "25", "25.00" or "25,00"; NaN for anything else, for the check that follows to name. */
export function minorOfText(text: string, currency: string): number {
  const exponent = findCurrency(currency)?.exponent ?? 2;
  const parts = /^(\d{1,12})(?:[.,](\d{1,3}))?$/.exec(text.trim());
  if (!parts || (parts[2]?.length ?? 0) > exponent) return Number.NaN;
  return Number(`${parts[1]}${(parts[2] ?? '').padEnd(exponent, '0')}`);
}

/** The amount in the words of a locale: "€25.00", "25,00 €"; in English where the locale is not known. Intl gives the glyphs; the digits are ours. */
export function formatMoney(minor: number, currency: string, locale = 'en'): string {
  return formatFor(locale, currency).format(decimalText(minor, currency) as Intl.StringNumericLiteral);
}

const formats = new Map<string, Intl.NumberFormat>(); // one costs a hundred times what using it does
const formatsMax = 500; // callers choose the locale, so the number of them is theirs

function formatFor(locale: string, currency: string): Intl.NumberFormat {
  const key = `${currency} ${locale.slice(0, 20)}`;
  const kept = formats.get(key);
  if (kept) return kept;

  const { exponent } = knownCurrency(currency);
  const format = new Intl.NumberFormat(supported(locale), {
    style: 'currency',
    currency,
    minimumFractionDigits: exponent,
    maximumFractionDigits: exponent,
  });
  if (formats.size >= formatsMax) formats.clear();
  formats.set(key, format);
  return format;
}

function supported(locale: string): string {
  const tag = locale.replaceAll('_', '-');
  const wellFormed = /^[a-z]{2,3}(-[a-z]{4})?(-([a-z]{2}|\d{3}))?$/i.test(tag); // language, script, region: others make Intl throw
  return (wellFormed ? Intl.NumberFormat.supportedLocalesOf([tag])[0] : undefined) ?? 'en';
}

/**
 * Says that Stripe would charge this amount in this currency. `what` names it to the caller, where that is not the field of `path`.
 * Refuses with CURRENCY_UNSUPPORTED, INVALID, AMOUNT_TOO_SMALL, AMOUNT_TOO_LARGE, naming what came and what is allowed.
 */
export function checkChargeAmount(amountMinor: number, currencyCode: string, path: string[], what = path.at(-1) ?? 'amount'): void {
  const currency = findCurrency(currencyCode);
  if (!currency) {
    throw new Refusal(
      'CURRENCY_UNSUPPORTED',
      `Stripe does not charge in ${JSON.stringify(currencyCode.slice(0, 8))}.`,
      [...path.slice(0, -1), 'currency'],
      'Use an ISO 4217 code such as EUR or USD.',
    );
  }
  checkWhole(amountMinor, currencyCode, path, what);

  const { chargeMinMinor, chargeMaxMinor, stepMinor } = currency;
  const range = `Stripe charges from ${decimalText(chargeMinMinor, currencyCode)} to ${decimalText(chargeMaxMinor, currencyCode)} ${currencyCode}.`;
  const written = Number.isSafeInteger(amountMinor)
    ? `${amountMinor} (${decimalText(amountMinor, currencyCode)} ${currencyCode})`
    : shown(amountMinor);
  if (amountMinor < chargeMinMinor) throw new Refusal('AMOUNT_TOO_SMALL', `${what} ${written} is too small.`, path, range);
  if (amountMinor > chargeMaxMinor) throw new Refusal('AMOUNT_TOO_LARGE', `${what} ${written} is too large.`, path, range);
  if (amountMinor % stepMinor !== 0) {
    throw new Refusal(
      'INVALID',
      `${what} ${amountMinor} is not a multiple of ${stepMinor}.`,
      path,
      `Stripe takes ${currencyCode} in steps of ${stepMinor} minor units.`,
    );
  }
}

/** Refuses with INVALID what is not a whole number of minor units, with an example of one that is. */
export function checkWhole(amountMinor: number, currencyCode: string, path: string[], what = path.at(-1) ?? 'amount'): void {
  if (Number.isInteger(amountMinor) && !Object.is(amountMinor, -0)) return;
  const example = 25 * 10 ** knownCurrency(currencyCode).exponent;
  throw new Refusal(
    'INVALID',
    `${what} ${shown(amountMinor)} is not a whole number of minor units.`,
    path,
    `Send ${example} for ${decimalText(example, currencyCode)} ${currencyCode}.`,
  );
}

function knownCurrency(code: string): Currency {
  return known(findCurrency(code), `the currency ${code}`);
}

function shown(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}
