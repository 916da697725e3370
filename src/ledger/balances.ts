import type { Reader } from '../db/work.js';
import type { LedgerAccount } from './ledger.js';

export interface Balance {
  ledgerAccount: LedgerAccount;
  accountId: string | null;
  currency: string;
  /** Debits less credits, in minor units. */
  balanceMinor: number;
}

/** What stands on each account of the books, per currency; of one seller where `accountId` is given. Accounts at zero are left out. */
export async function balances(read: Reader, filter: { accountId?: string } = {}): Promise<Balance[]> {
  const rows = await read
    .selectFrom('posting')
    .select((row) => ['ledgerAccount', 'accountId', 'currency', row.fn.sum<string>('amountMinor').as('minor')])
    .$if(filter.accountId !== undefined, (query) => query.where('accountId', '=', filter.accountId ?? null))
    .groupBy(['ledgerAccount', 'accountId', 'currency'])
    .having((row) => row(row.fn.sum('amountMinor'), '<>', row.lit(0)))
    .orderBy('ledgerAccount')
    .orderBy('accountId')
    .orderBy('currency')
    .execute();
  return rows.map(({ minor, ...account }) => ({ ...account, balanceMinor: Number(minor) }));
}
