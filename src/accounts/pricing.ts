import { authorize } from '../access/permissions.js';
import type { Viewer } from '../access/viewer.js';
import { Refusal } from '../base/errors.js';
import { checkChargeAmount } from '../base/money.js';
import { atomically, type Work } from '../db/work.js';
import type { AccountRow, BillingInterval } from './account.js';
import { billingIntervals } from './account.js';
import { type AccountWithConnection, loadAccount, loadAccountWithConnection } from './finding.js';

export interface PriceInput {
  accountId: string;
  /** Minor units of `currency`; null clears the price. */
  amountMinor: number | null;
  /** Where absent: the currency of the present price, of the Stripe account, or USD. */
  currency: string | null;
}

/**
 * Sets or clears what a membership costs per interval. Members keep the price they joined at.
 * Refuses with AMOUNT_TOO_SMALL, AMOUNT_TOO_LARGE, CURRENCY_UNSUPPORTED, INVALID; then nothing has changed.
 */
export async function setMembershipPrice(work: Work, viewer: Viewer, input: PriceInput & { interval: BillingInterval | null }): Promise<AccountRow> {
  authorize(viewer, 'setMembershipPrice', input);
  const found = await loadAccountWithConnection(work, input.accountId);
  const interval = input.interval ?? found.account.membershipInterval;
  if (!billingIntervals.includes(interval))
    throw new Refusal('INVALID', `The interval ${String(interval)} is not one of ${billingIntervals.join(', ')}.`, ['interval']);
  const price = checkPrice(input, found.account.membershipCurrency, found);

  return change(work, input.accountId, {
    membershipPriceMinor: price?.amountMinor ?? null,
    membershipCurrency: price?.currency ?? null,
    membershipInterval: interval,
  });
}

/**
 * Sets or clears what paying once costs.
 * Refuses with AMOUNT_TOO_SMALL, AMOUNT_TOO_LARGE, CURRENCY_UNSUPPORTED, INVALID; then nothing has changed.
 */
export async function setOneTimePrice(work: Work, viewer: Viewer, input: PriceInput): Promise<AccountRow> {
  authorize(viewer, 'setOneTimePrice', input);
  const found = await loadAccountWithConnection(work, input.accountId);
  const price = checkPrice(input, found.account.oneTimeCurrency, found);

  return change(work, input.accountId, { oneTimePriceMinor: price?.amountMinor ?? null, oneTimeCurrency: price?.currency ?? null });
}

function checkPrice(
  input: PriceInput,
  present: string | null,
  { connected }: AccountWithConnection,
): { amountMinor: number; currency: string } | null {
  if (input.amountMinor === null) return null;
  const currency = input.currency ?? present ?? connected?.defaultCurrency ?? 'USD';
  checkChargeAmount(input.amountMinor, currency, ['amount']);
  return { amountMinor: input.amountMinor, currency };
}

async function change(work: Work, accountId: string, columns: Partial<AccountRow>): Promise<AccountRow> {
  await atomically(work, (tx) => tx.sql.updateTable('account').set(columns).where('id', '=', accountId).execute());
  return loadAccount(work, accountId);
}
