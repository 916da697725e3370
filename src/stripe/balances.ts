import type { Work } from '../db/work.js';
import { read } from './client.js';
import type { StripeResult } from './result.js';
import type { Scope } from './scope.js';

/** What an account holds at Stripe in one currency: what it may use now, and what is on its way. Both may be negative. */
export interface BalanceFacts {
  currency: string;
  availableMinor: number;
  pendingMinor: number;
}

/** The balance of an account, per currency. */
export function retrieveBalance(work: Work, scope: Scope): Promise<StripeResult<BalanceFacts[]>> {
  return read(
    work,
    'balance.retrieve',
    scope,
    (sdk, options) => sdk.balance.retrieve({}, options),
    ({ available, pending }) => {
      const currencies = [...new Set([...available, ...pending].map(({ currency }) => currency))];
      const sum = (funds: { currency: string; amount: number }[], of: string) =>
        funds.filter(({ currency }) => currency === of).reduce((total, { amount }) => total + amount, 0);
      return currencies.map((of) => ({ currency: of.toUpperCase(), availableMinor: sum(available, of), pendingMinor: sum(pending, of) }));
    },
  );
}

/** What an account may use now of one currency. */
export async function availableOf(work: Work, scope: Scope, currency: string): Promise<StripeResult<number>> {
  const balance = await retrieveBalance(work, scope);
  return balance.ok ? { ...balance, value: balance.value.find((funds) => funds.currency === currency)?.availableMinor ?? 0 } : balance;
}
