import { Refusal } from './errors.js';

// Where Stripe opens connected accounts of a platform's sellers. Source: docs.stripe.com/connect/accounts, supported countries.
const full = new Set('AT AU BE BG CA CH CY CZ DE DK EE ES FI FR GB GI GR HK HR HU IE IT JP LI LT LU LV MT MX MY NL NO NZ PL PT RO SE SG SI SK TH US'.split(' '));
// Where a seller can only receive transfers, under the recipient agreement. Source: docs.stripe.com/connect/service-agreement-types.
const recipient = new Set('AG AL AM AR BA BH BJ BO CL CO CR CI DO EC EG ET GH GM GT GY ID IL IN IS JM JO KE KH KW LC LK MC MD MG MK MN MO MU NA NG OM PE PH PK PY QA RS RW SA SN SV TN TR TT TW TZ UY UZ VN ZA'.split(' '));

/** The countries offered for onboarding, for a list to choose from. */
export const onboardingCountries = [...full].sort();

/** Which of Stripe's agreements a seller of this country signs: `full` charges buyers itself, `recipient` only receives transfers. */
export function serviceAgreementFor(country: string): 'full' | 'recipient' {
  return recipient.has(country) ? 'recipient' : 'full';
}

/** Refuses with INVALID a country in which Stripe opens no account for a seller. */
export function checkCountry(country: string, path: string[]): void {
  if (full.has(country) || recipient.has(country)) return;
  throw new Refusal('INVALID', `Stripe opens no account in ${JSON.stringify(country.slice(0, 8))}.`, path, `Use a two-letter code such as US, DE or FR; offered are ${onboardingCountries.join(', ')}.`);
}
