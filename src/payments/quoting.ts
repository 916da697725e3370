import { commissionTermsOf } from '../accounts/commission-terms.js';
import type { AccountWithConnection } from '../accounts/finding.js';
import { isReady } from '../accounts/readiness.js';
import { assert } from '../base/assert.js';
import { Denied, Refusal } from '../base/errors.js';
import type { Work } from '../db/work.js';
import { isOpen, type OfferingRow } from '../offerings/offering.js';
import { membershipTerms, type Quote, quote } from './commission.js';
import type { PurchaseKind } from './purchase-session.js';

/**
 * What a buyer would pay the seller now, and how it would be split.
 * Refuses with ACCOUNT_NOT_READY and PRICE_NOT_SET, before Stripe is asked anything.
 */
export async function quoteFor(work: Work, kind: Exclude<PurchaseKind, 'OFFERING'>, { account, connected }: AccountWithConnection): Promise<Quote> {
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

  const terms = await commissionTermsOf(work, account.id, { currency, sold: 'DIRECT' });
  return quote({ unitPriceMinor, quantity: 1, currency, terms: kind === 'MEMBERSHIP' ? membershipTerms(terms) : terms });
}

/**
 * What a buyer would pay now for `quantity` of an offering. The seller need not be connected yet: the money is held, and settled when they are.
 * Refuses with OFFERING_CLOSED, QUANTITY_INVALID, AMOUNT_TOO_SMALL, AMOUNT_TOO_LARGE.
 */
export async function quoteOffering(work: Work, offering: OfferingRow, quantity: number): Promise<Quote> {
  if (!isOpen(offering, work.clock.now())) {
    throw new Refusal(
      'OFFERING_CLOSED',
      `${offering.title} is no longer sold: it was due on ${offering.deliversAt.toISOString()}.`,
      ['offeringId'],
      'Ask the seller for another one.',
    );
  }
  return priceOffering(work, offering, quantity);
}

/** What that many cost, fee included, also where the offering is no longer sold. Refuses with BAD_USER_INPUT a quantity that cannot be bought. */
export async function totalOfOffering(work: Work, offering: OfferingRow, quantity: number): Promise<number> {
  try {
    return (await priceOffering(work, offering, quantity)).totalChargedMinor;
  } catch (error) {
    throw error instanceof Refusal ? new Denied('BAD_USER_INPUT', `${error.message} ${error.remedy ?? ''}`.trim()) : error;
  }
}

async function priceOffering(work: Work, offering: OfferingRow, quantity: number): Promise<Quote> {
  const terms = await commissionTermsOf(work, offering.accountId, { currency: offering.currency, sold: 'OFFERING' });
  return quote({ unitPriceMinor: offering.unitPriceMinor, quantity, currency: offering.currency, terms });
}

/** The quote, or null where it would be refused. */
export async function offered(quote: Promise<Quote>): Promise<Quote | null> {
  try {
    return await quote;
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}
