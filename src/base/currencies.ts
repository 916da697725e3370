/** What Stripe's API knows of a currency: digits after the point, and the least and greatest charge in minor units. */
export interface Currency {
  exponent: 0 | 2 | 3;
  chargeMinMinor: number;
  chargeMaxMinor: number;
  /** Amounts must be a multiple of this. */
  stepMinor: number;
}

// Source: docs.stripe.com/currencies, zero-decimal currencies. Intl knows other digits for some of these, so it is never asked.
const zeroDecimal = new Set('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' '));
// Source: docs.stripe.com/currencies, three-decimal currencies: the last digit must be 0.
const threeDecimal = new Set('BHD JOD KWD OMR TND'.split(' '));
// Source: docs.stripe.com/currencies, special cases: no minor unit in use, but sent with two decimals that must be 00.
const wholeUnitsInHundredths = new Set(['ISK', 'UGX']);
const twoDecimal = new Set(
  'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CNY COP CRC CVE CZK DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR ISK JMD KES KGS KHR KYD KZT LAK LBP LKR LRD LSL MAD MDL MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SEK SGD SHP SLE SOS SRD STD SZL THB TJS TOP TRY TTD TWD TZS UAH UGX USD UYU UZS WST XCD YER ZAR ZMW'.split(
    ' ',
  ),
);

// Source: docs.stripe.com/currencies, minimum and maximum charge amounts. For the rest Stripe asks for the worth of 0.50 USD,
// which it checks itself; here only what is certainly too small is refused.
const minimum: Record<string, number> = {
  USD: 50, AED: 200, AUD: 50, BGN: 100, BRL: 50, CAD: 50, CHF: 50, CZK: 1500, DKK: 250, EUR: 50, GBP: 30, HKD: 400,
  HUF: 17500, INR: 50, JPY: 50, MXN: 1000, MYR: 200, NOK: 300, NZD: 50, PLN: 200, RON: 200, SEK: 300, SGD: 50, THB: 1000,
};
const chargeMaxMinor = 99_999_999; // eight digits

/** The currency behind an upper-case ISO code, or null where Stripe does not charge in it. */
export function findCurrency(code: string): Currency | null {
  const exponent = zeroDecimal.has(code) ? 0 : threeDecimal.has(code) ? 3 : twoDecimal.has(code) ? 2 : null;
  if (exponent === null) return null;
  const stepMinor = wholeUnitsInHundredths.has(code) ? 100 : exponent === 3 ? 10 : 1;
  return { exponent, chargeMinMinor: minimum[code] ?? stepMinor, chargeMaxMinor, stepMinor };
}
