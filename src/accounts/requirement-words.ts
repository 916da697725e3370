const known: readonly (readonly [RegExp, string])[] = [
  [/\bdob\b/, 'Date of birth'],
  [/\bssn_last_4$/, 'Last four digits of the social security number'],
  [/\bid_number$/, 'Identity number'],
  [/\btax_id$/, 'Tax number'],
  [/\bregistration_number$/, 'Registration number'],
  [/\bverification\.additional_document\b/, 'Photo of a second document'],
  [/\bverification\.document\b/, 'Photo of an identity document'],
  [/\baddress(_kan\w+)?\b/, 'Address'],
  [/^external_account$/, 'Bank account for payouts'],
  [/\btos_acceptance\b/, 'Acceptance of Stripe’s terms'],
  [/^business_profile\.url$/, 'Website'],
  [/^business_profile\.mcc$/, 'Line of business'],
  [/^business_profile\.product_description$/, 'What you sell'],
];
const person = /^(individual|company|business_profile|representative|owners|directors|executives|person_\w+)\./;

/** Stripe's names of what it still asks for, as a person would say them, each once. Source: docs.stripe.com/connect/handling-api-verification */
export function requirementWords(requirements: readonly string[]): string[] {
  return [...new Set(requirements.map(words))];
}

function words(requirement: string): string {
  const told = known.find(([pattern]) => pattern.test(requirement))?.[1];
  if (told) return told;
  const text = requirement.replace(person, '').replaceAll('_', ' ').replaceAll('.', ': ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}
