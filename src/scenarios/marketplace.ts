import type { Seller, Staff } from '../access/viewer.js';
import { startOnboarding } from '../accounts/onboarding.js';
import type { CommissionTerms } from '../base/terms.js';
import type { Work } from '../db/work.js';
import type { OfferingRow } from '../offerings/offering.js';

/** What the people of one marketplace know: who sells, what is on sale, which pages of Stripe's buyers have open, and what the platform takes. */
export interface Marketplace {
  sellers: Seller[];
  offerings: OfferingRow[];
  checkouts: Checkout[];
  terms: CommissionTerms;
}

export interface Checkout {
  sessionId: string;
  accountId: string;
}

/** What the platform takes where nothing else is said: 8 % and 1.00 for each piece, on top of the price, with 21 % VAT in it. */
export const usualTerms: CommissionTerms = {
  percentageBps: 800,
  fixedFeeMinor: 100,
  feeFloorMinor: null,
  feeCapMinor: null,
  vatBps: 2_100,
  feeMode: 'ADDED',
};

/** A marketplace in which nobody is yet. */
export function emptyMarketplace(): Marketplace {
  return { sellers: [], offerings: [], checkouts: [], terms: usualTerms };
}

export const administrator: Staff = {
  kind: 'PERSON',
  personId: 'per_administrator',
  email: 'admin@example.com',
  name: 'Ada',
  role: 'ADMIN',
  steppedUp: true,
  hasSecondFactor: false,
  mustEnrol: false,
  tenantId: null,
  accountId: null,
};

/** A seller begins at Stripe, or goes on where they were. */
export function onboard(work: Work, seller: Seller): Promise<unknown> {
  return startOnboarding(work, seller, { accountId: seller.accountId, country: null });
}
