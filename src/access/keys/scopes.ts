/** What a key may do, each with its meaning. A key has those it was made with, and none is implied by another. */
export const scopes = {
  'accounts:read': 'Read accounts: status, requirements, commission.',
  'accounts:write': 'Begin onboarding, and read the status from Stripe again.',
  'prices:write': 'Set and clear prices.',
  'offerings:read': 'Read offerings.',
  'offerings:write': 'Put offerings on sale.',
  'checkout:write': 'Open checkouts, and see what they came to.',
  'payments:read': 'Read payments, memberships and revenue, with buyers’ addresses masked.',
  'payments:read_pii': 'See buyers’ addresses in full.',
  'memberships:write': 'Cancel memberships.',
  'refunds:write': 'Refund payments.',
  'settlements:read': 'Read settlements, their proofs, and what is held and owed.',
  'settlements:write': 'Settle now and retry. Keys of the platform alone.',
  'disputes:read': 'Read disputes.',
  'webhooks:write': 'See and change where it is told what happens, and have it told again.',
  'books:read': 'Read the money audit and the reconciliation. Keys of the platform alone.',
} as const;
export type Scope = keyof typeof scopes;

const ofThePlatform: readonly Scope[] = ['settlements:write', 'books:read'];

export function isScope(text: string): text is Scope {
  return Object.hasOwn(scopes, text);
}

/** Whether a key that is one account's may have it. */
export function isForAccounts(scope: Scope): boolean {
  return !ofThePlatform.includes(scope);
}
