import { defineEntity, p } from '@mikro-orm/postgresql';
import type { ColumnsOf } from '../db/database.js';

/**
 * The chart of accounts of the platform's books. Debits are positive: what the platform has or has spent; credits are negative: what it owes or has earned.
 * `seller_payable` is what sellers will get, `seller_receivable` what they owe; both are kept per seller.
 */
export const ledgerAccounts = [
  'stripe_balance',
  'stripe_fees',
  'dispute_fees',
  'dispute_losses',
  'seller_payable',
  'seller_receivable',
  'commission',
  'vat_payable',
  'dispute_receivable',
  'unclassified',
] as const;
export type LedgerAccount = (typeof ledgerAccounts)[number];

/** What moved money: each cause moves it once. */
export const causeKinds = [
  'PAYMENT',
  'PROCESSING_FEE',
  'STRIPE_FEE',
  'APPLICATION_FEE',
  'SETTLEMENT',
  'REFUND',
  'REVERSAL',
  'DEBT',
  'DEBT_FORGIVEN',
  'DISPUTE_OPENED',
  'DISPUTE_FEE',
  'DISPUTE_WON',
  'DISPUTE_LOST',
  'RETRANSFER',
] as const;
export type CauseKind = (typeof causeKinds)[number];

/** One movement of money with its cause. Its postings sum to zero in every currency: the database refuses to commit others. */
export const LedgerTransactionEntity = defineEntity({
  name: 'LedgerTransaction',
  tableName: 'ledger_transaction',
  properties: {
    id: p.string().primary(),
    causeKind: p.string().$type<CauseKind>(),
    causeId: p.string(),
    /** When it happened at Stripe; `recordedAt` is when we heard. */
    effectiveAt: p.datetime(),
    recordedAt: p.datetime(),
    /** Whose it is, as the database tells from its cause; null for the platform's own. */
    tenantId: p.string().nullable(),
  },
});

/** One side of a movement. */
export const PostingEntity = defineEntity({
  name: 'Posting',
  tableName: 'posting',
  properties: {
    transactionId: p.string().primary(),
    /** Counts the sides of one movement from 1. */
    number: p.smallint().primary(),
    ledgerAccount: p.string().$type<LedgerAccount>(),
    /** The seller, for the two accounts that are kept per seller. */
    accountId: p.string().nullable(),
    currency: p.string(),
    amountMinor: p.bigint('number'),
  },
});
export type LedgerTransactionRow = ColumnsOf<typeof LedgerTransactionEntity>;
export type PostingRow = ColumnsOf<typeof PostingEntity>;

declare module '../db/database.js' {
  interface Tables {
    ledgerTransaction: LedgerTransactionRow;
    posting: PostingRow;
  }
}
