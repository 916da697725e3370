/** What Stripe's API knows of a currency: digits after the point, and the least and greatest charge in minor units. */
export interface Currency {
  exponent: 0 | 2 | 3;
  chargeMinMinor: number;
  chargeMaxMinor: number;
  /** Amounts must be a multiple of this. */
  stepMinor: number;
}

// Source of every list here: docs.stripe.com/currencies, September 2026. Intl is never asked for digits: it knows 0 for
// ISK, UGX, HUF and IDR, which Stripe counts in hundredths, so an amount would be wrong by a hundred times.

const zeroDecimal = 'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' ');
const threeDecimal = 'BHD JOD KWD OMR TND'.split(' '); // in steps of ten: the last digit must be 0
const wholeUnitsInHundredths = new Set(['ISK', 'UGX']); // no minor unit in use, but sent with two decimals that must be 00
// HUF and TWD are charged with two decimals like the rest; only payouts to a bank are in whole units, and Stripe makes those.
const twoDecimal = [
  'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CNY COP CRC CVE CZK',
  'DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR ISK JMD KES KGS KHR KYD KZT LAK',
  'LBP LKR LRD LSL MAD MDL MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR',
  'RON RSD RUB SAR SBD SCR SEK SGD SHP SLE SOS SRD STD SZL THB TJS TOP TRY TTD TWD TZS UAH UGX USD UYU UZS WST XCD YER',
  'ZAR ZMW',
].flatMap((line) => line.split(' '));

// Stripe's least charge, where it names one. Elsewhere it asks for the worth of the least in the currency the seller is paid in,
// which needs that day's rate: there only what is less than one step is refused here, and the rest is Stripe's to judge.
const chargeMinMinor: Record<string, number> = {
  AED: 200,
  ARS: 50,
  AUD: 50,
  BRL: 50,
  CAD: 50,
  CHF: 50,
  COP: 50,
  CZK: 1500,
  DKK: 250,
  EUR: 50,
  GBP: 30,
  HKD: 400,
  HUF: 17_500,
  IDR: 50,
  ILS: 50,
  INR: 50,
  JPY: 50,
  KRW: 50,
  MXN: 1000,
  MYR: 200,
  NOK: 300,
  NZD: 50,
  PHP: 50,
  PLN: 200,
  RON: 200,
  RUB: 50,
  SEK: 300,
  SGD: 50,
  THB: 1000,
  USD: 50,
  ZAR: 50,
};
const eightDigits = 99_999_999;
const twelveDigits = 999_999_999_999; // IDR alone

const currencies = new Map<string, Currency>([
  ...zeroDecimal.map((code) => [code, describe(code, 0)] as const),
  ...twoDecimal.map((code) => [code, describe(code, 2)] as const),
  ...threeDecimal.map((code) => [code, describe(code, 3)] as const),
]);

function describe(code: string, exponent: Currency['exponent']): Currency {
  const stepMinor = exponent === 3 ? 10 : wholeUnitsInHundredths.has(code) ? 100 : 1;
  const greatest = code === 'IDR' ? twelveDigits : eightDigits;
  return { exponent, stepMinor, chargeMinMinor: chargeMinMinor[code] ?? stepMinor, chargeMaxMinor: greatest - (greatest % stepMinor) };
}

/** The codes of all currencies Stripe charges in, upper case and in order. */
export const currencyCodes: readonly string[] = [...currencies.keys()].sort();

/** The currency behind an upper-case ISO code, or null where Stripe does not charge in it. */
export function findCurrency(code: string): Currency | null {
  return currencies.get(code) ?? null;
}
