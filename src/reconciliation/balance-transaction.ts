import { defineEntity, p } from '@mikro-orm/postgresql';
import type { ColumnsOf } from '../db/database.js';

/** One line of the platform's balance at Stripe, taken once and never changed. */
export const BalanceTransactionEntity = defineEntity({
  name: 'BalanceTransaction',
  tableName: 'balance_transaction',
  properties: {
    id: p.string().primary(),
    type: p.string(),
    amountMinor: p.bigint('number'),
    feeMinor: p.bigint('number'),
    netMinor: p.bigint('number'),
    currency: p.string(),
    sourceId: p.string().nullable(),
    /** The charge behind a refund that was not made here. */
    chargeId: p.string().nullable(),
    /** Whose charge a fee of the platform's was taken of; null for all else, and for lines that were taken in before this was kept. */
    stripeAccountId: p.string().nullable(),
    availableOn: p.datetime(),
    happenedAt: p.datetime(),
    ingestedAt: p.datetime(),
  },
});

/** How far a balance has been taken in. */
export const BalanceCursorEntity = defineEntity({
  name: 'BalanceCursor',
  tableName: 'balance_cursor',
  properties: {
    stream: p.string().primary(),
    newestId: p.string(),
  },
});

declare module '../db/database.js' {
  interface Tables {
    balanceTransaction: ColumnsOf<typeof BalanceTransactionEntity>;
    balanceCursor: ColumnsOf<typeof BalanceCursorEntity>;
  }
}
