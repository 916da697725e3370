import type { Actor, FailureCode, TimeOrder } from './generated/graphql';

/** Why settlements failed, in a few words for a heading. */
export const wordsOfFailure: Record<FailureCode, string> = {
  VERIFICATION_REQUIRED: 'Outcome unknown',
  PLATFORM_NOT_ALLOWED: 'Stripe refuses the platform’s key',
  ATTEMPTS_EXHAUSTED: 'Stripe turned every attempt away',
  UNCLASSIFIED: 'Stripe refused for another reason',
  ACCOUNT_DISCONNECTED: 'The seller has disconnected',
  ACCOUNT_RESTRICTED: 'Stripe has restricted the seller',
  INVALID_ACCOUNT: 'Stripe does not know the seller’s account',
  INSUFFICIENT_BALANCE: 'The platform’s balance is too low',
};

/** Who can do something, as part of a sentence. */
export const wordsOfActor: Record<Actor, string> = {
  NOBODY: 'Nobody needs to act.',
  SELLER: 'The seller can act.',
  OPERATOR: 'Staff who act can.',
  ADMINISTRATOR: 'An administrator can act.',
};

/** The orders of a list that goes by time, as they are chosen. */
export const timeOrders = { NEWEST: 'Newest first', OLDEST: 'Oldest first' } satisfies Record<TimeOrder, string>;

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
