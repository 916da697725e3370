import { Refusal } from './errors.js';

// Where a seller's Stripe account can charge buyers itself, and the currency it keeps its balance in unless told otherwise.
// Source: the list of countries on docs.stripe.com/currencies, in an older copy; to be compared with stripe.com/global. India and Indonesia
// are by invitation and not offered.
const full: Record<string, string> = Object.fromEntries(
  [
    'AE:AED AU:AUD BR:BRL CA:CAD CH:CHF CZ:CZK DK:DKK GB:GBP GI:GBP HK:HKD HU:HUF JP:JPY LI:CHF MX:MXN MY:MYR NO:NOK NZ:NZD PL:PLN RO:RON SE:SEK SG:SGD TH:THB US:USD',
    'AT:EUR BE:EUR BG:EUR CY:EUR DE:EUR EE:EUR ES:EUR FI:EUR FR:EUR GR:EUR HR:EUR IE:EUR IT:EUR LT:EUR LU:EUR LV:EUR MT:EUR NL:EUR PT:EUR SI:EUR SK:EUR',
  ].flatMap((line) => line.split(' ').map((pair) => pair.split(':') as [string, string])),
);

// Where a seller can only receive transfers, from a platform in the US, under the recipient agreement. Several are in preview,
// and Stripe enables them for a platform on request. Source: docs.stripe.com/connect/cross-border-payouts, in an older copy.
const recipient = new Set(
  [
    'AG AL AM AO AR AZ BA BD BH BJ BN BO BS BT BW CI CL CO CR DO DZ EC EG ET GA GH GM GT GY ID IL IN IS JM JO KE KH KR KW KZ LA LC LK',
    'MA MC MD MG MK MN MO MU MZ NA NE NG OM PA PE PH PK PY QA RS RW SA SM SN SV TN TR TT TW TZ UY UZ VN ZA',
  ].flatMap((line) => line.split(' ')),
);

/** The countries offered for onboarding, for a list to choose from: those whose sellers can charge buyers. */
export const onboardingCountries: readonly string[] = Object.keys(full).sort();

/** The currency in which a seller of this country is paid unless they choose another; null where sellers only receive transfers. */
export function defaultCurrencyOf(country: string): string | null {
  return Object.hasOwn(full, country) ? (full[country] ?? null) : null;
}

/**
 * Which of Stripe's agreements a seller of this country signs: `full` charges buyers itself, `recipient` only receives transfers.
 * It cannot be changed later, so it is `full` wherever Stripe offers that: selling is what accounts are for here. The price is that
 * transfers between regions reach a full account only within the US, Canada, the UK, the EEA and Switzerland.
 * Source: docs.stripe.com/connect/service-agreement-types and docs.stripe.com/connect/cross-border-payouts
 */
export function serviceAgreementFor(country: string): 'full' | 'recipient' {
  return recipient.has(country) ? 'recipient' : 'full';
}

/** Refuses with INVALID a country in which Stripe opens no account for a seller. */
export function checkCountry(country: string, path: string[]): void {
  if (Object.hasOwn(full, country) || recipient.has(country)) return;
  const hint = country.toUpperCase() === 'UK' ? 'The United Kingdom is GB.' : 'Use a two-letter code such as US, DE or FR.';
  throw new Refusal(
    'INVALID',
    `Stripe opens no account in ${JSON.stringify(country.slice(0, 8))}.`,
    path,
    `${hint} Offered are ${onboardingCountries.join(', ')}.`,
  );
}
