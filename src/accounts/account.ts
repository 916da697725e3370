import { defineEntity, p } from '@mikro-orm/postgresql';
import type { ColumnsOf } from '../db/database.js';

export const billingIntervals = ['WEEK', 'MONTH', 'YEAR'] as const;
export type BillingInterval = (typeof billingIntervals)[number];

/** A seller. Its prices are what buyers see; its connection to Stripe is a row of its own, see `connected-account.ts`. */
export const AccountEntity = defineEntity({
  name: 'Account',
  tableName: 'account',
  properties: {
    /** Random: it stands in the public pay address. */
    id: p.string().primary(),
    tenantId: p.string(),
    displayName: p.string(),
    membershipPriceMinor: p.bigint('number').nullable(),
    membershipCurrency: p.string().nullable(),
    membershipInterval: p.string().$type<BillingInterval>(),
    oneTimePriceMinor: p.bigint('number').nullable(),
    oneTimeCurrency: p.string().nullable(),
    /** When the seller first asked for an onboarding link since the last disconnection. */
    onboardingStartedAt: p.datetime().nullable(),
    /** When the seller first said that they have shared their page. */
    sharedAt: p.datetime().nullable(),
    createdAt: p.datetime(),
  },
});
export type AccountRow = ColumnsOf<typeof AccountEntity>;

declare module '../db/database.js' {
  interface Tables {
    account: AccountRow;
  }
}
