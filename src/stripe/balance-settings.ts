import type { Work } from '../db/work.js';
import { read } from './client.js';
import type { StripeResult } from './result.js';
import type { Scope } from './scope.js';

/** When Stripe pays an account's balance out to its bank, and what it leaves there. */
export interface PayoutSettings {
  /** `manual`, `daily`, `weekly` or `monthly`; new words may come. Null where Stripe does not say. */
  interval: string | null;
  /** What automatic payouts leave in the balance, per currency. */
  minimumMinor: Record<string, number>;
  isEnabled: boolean;
}

/**
 * How an account is paid out. Where a platform's own payouts are automatic they take the money it holds for sellers to the bank,
 * and transfers then fail for want of balance. Source: docs.stripe.com/connect/separate-charges-and-transfers
 */
export function retrievePayoutSettings(work: Work, scope: Scope): Promise<StripeResult<PayoutSettings>> {
  return read(
    work,
    'balance_settings.retrieve',
    scope,
    (sdk, options) => sdk.balanceSettings.retrieve({}, options),
    ({ payments: { payouts } }) => ({
      interval: payouts?.schedule?.interval ?? null,
      minimumMinor: Object.fromEntries(
        Object.entries(payouts?.minimum_balance_by_currency ?? {}).map(([currency, minor]) => [currency.toUpperCase(), minor]),
      ),
      isEnabled: payouts?.status === 'enabled',
    }),
  );
}

/** Whether no automatic payout can take what is held of a currency: payouts are manual, or leave at least that much. */
export function leavesInBalance(settings: PayoutSettings, currency: string, heldMinor: number): boolean {
  return settings.interval === 'manual' || (settings.minimumMinor[currency] ?? 0) >= heldMinor;
}
