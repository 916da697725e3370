import { commissionTermsOf } from '../accounts/commission-terms.js';
import type { AccountWithConnection } from '../accounts/finding.js';
import { isReady } from '../accounts/readiness.js';
import { assert } from '../base/assert.js';
import { Refusal } from '../base/errors.js';
import type { Work } from '../db/work.js';
import { membershipTerms, type Quote, quote } from './commission.js';
import type { PurchaseKind } from './purchase-session.js';

/**
 * What a buyer would pay the seller now, and how it would be split.
 * Refuses with ACCOUNT_NOT_READY and PRICE_NOT_SET, before Stripe is asked anything.
 */
export async function quoteFor(work: Work, kind: PurchaseKind, { account, connected }: AccountWithConnection): Promise<Quote> {
  if (!isReady(connected)) {
    throw new Refusal(
      'ACCOUNT_NOT_READY',
      `${account.displayName} cannot take payments yet.`,
      ['accountId'],
      'The seller finishes onboarding at Stripe first.',
    );
  }
  const unitPriceMinor = kind === 'MEMBERSHIP' ? account.membershipPriceMinor : account.oneTimePriceMinor;
  const currency = kind === 'MEMBERSHIP' ? account.membershipCurrency : account.oneTimeCurrency;
  if (unitPriceMinor === null) {
    throw new Refusal(
      'PRICE_NOT_SET',
      `${account.displayName} offers no ${kind === 'MEMBERSHIP' ? 'membership' : 'one-time payment'}.`,
      ['accountId'],
      'The seller sets a price first.',
    );
  }
  assert(currency !== null, 'a price without its currency');

  const terms = await commissionTermsOf(work, account.id);
  return quote({ unitPriceMinor, quantity: 1, currency, terms: kind === 'MEMBERSHIP' ? membershipTerms(terms) : terms });
}
