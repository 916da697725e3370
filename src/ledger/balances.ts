import { sql } from 'kysely';
import { atomically, type Reader, type Work } from '../db/work.js';
import type { LedgerAccount } from './ledger.js';

declare module '../db/database.js' {
  interface Tables {
    /** A view: the balances carried so far, and the changes since. Right at every moment, whether or not anybody carries. */
    ledgerStanding: { accountId: string | null; ledgerAccount: LedgerAccount; currency: string; amountMinor: number };
  }
}

export interface Balance {
  ledgerAccount: LedgerAccount;
  accountId: string | null;
  currency: string;
  /** Debits less credits, in minor units. */
  balanceMinor: number;
}

/** What stands on each account of the books, per currency; of one seller where `accountId` is given. Accounts at zero are left out. Costs the same however long the books are. */
export async function balances(read: Reader, filter: { accountId?: string } = {}): Promise<Balance[]> {
  const rows = await read
    .selectFrom('ledgerStanding')
    .selectAll()
    .where('amountMinor', '<>', 0)
    .$if(filter.accountId !== undefined, (query) => query.where('accountId', '=', filter.accountId ?? null))
    .orderBy('ledgerAccount')
    .orderBy('accountId')
    .orderBy('currency')
    .execute();
  return rows.map(({ amountMinor, ...account }) => ({ ...account, balanceMinor: Number(amountMinor) }));
}

/**
 * Carries the oldest changes into the balances, so that few are left to sum. Safe to repeat; of several at once, one does it and the others answer 0.
 * No balance differs by it. Answers how many changes.
 */
export async function carryBalances(work: Work, limit: number): Promise<number> {
  return atomically(work, async (tx) => {
    const { rows } = await sql<{ carried: string }>`select app.carry_balances(${limit}) as carried`.execute(tx.sql);
    return Number(rows[0]?.carried ?? 0);
  });
}
