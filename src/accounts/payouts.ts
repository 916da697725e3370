import { atomically, type Work } from '../db/work.js';
import { listPayouts } from '../stripe/payouts.js';
import { refusalOf } from '../stripe/refusal.js';
import { onAccount } from '../stripe/scope.js';
import type { ConnectedAccountRow } from './connected-account.js';

/**
 * Notes whether the seller's bank sent the last payout back, from Stripe's list of them: what a seller's bank gets is between Stripe and the seller,
 * but who waits for money asks here. Safe to repeat, and in whatever order payouts are heard of.
 */
export async function recordLastPayout(work: Work, connected: ConnectedAccountRow): Promise<void> {
  if (connected.stripeAccountId === null) return;
  const listed = await listPayouts(work, onAccount(connected.stripeAccountId), null);
  if (!listed.ok) throw refusalOf(listed.failure, 'Stripe did not show the payouts');
  const last = listed.value.rows.find(({ status }) => status === 'failed' || status === 'paid');
  const sentBack = last?.status === 'failed' ? last : null;
  await atomically(work, (tx) =>
    tx.sql
      .updateTable('connectedAccount')
      .set({ payoutSentBackAt: sentBack?.createdAt ?? null, payoutSentBackBecause: sentBack?.failureCode ?? null })
      .where('id', '=', connected.id)
      .execute(),
  );
}

const becauses: Record<string, string> = {
  account_closed: 'the bank account is closed',
  account_frozen: 'the bank account is frozen',
  bank_account_restricted: 'the bank account takes no such payments',
  bank_ownership_changed: 'the bank account belongs to somebody else now',
  could_not_process: 'the bank could not process it',
  debit_not_authorized: 'the bank account takes no such payments',
  declined: 'the bank declined it',
  incorrect_account_holder_name: 'the name is not the one on the bank account',
  incorrect_account_number: 'the account number is wrong',
  invalid_account_number: 'the account number is wrong',
  invalid_currency: 'the bank account does not take this currency',
  no_account: 'there is no such bank account',
};

/** Why a bank sent a payout back, in words that follow "because". Source: docs.stripe.com/api/payouts/failures */
export function sentBackBecause(code: string | null): string | null {
  return code === null ? null : (becauses[code] ?? null);
}
