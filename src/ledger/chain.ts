import { defineEntity, p } from '@mikro-orm/postgresql';
import { type Chain, linkRows } from '../db/chain.js';
import type { ColumnsOf } from '../db/database.js';
import type { Work } from '../db/work.js';

/** One link of the chain over the books: a movement's content, and the hash of it with all before it. */
export const LedgerLinkEntity = defineEntity({
  name: 'LedgerLink',
  tableName: 'ledger_link',
  properties: {
    number: p.bigint('number').primary(),
    transactionId: p.string(),
    contentSha256: p.string(),
    hash: p.string(),
    linkedAt: p.datetime(),
  },
});
export type LedgerLinkRow = ColumnsOf<typeof LedgerLinkEntity>;

declare module '../db/database.js' {
  interface Tables {
    ledgerLink: LedgerLinkRow;
  }
}

/** The chain over every movement of money. */
export const bookChain: Chain = { contents: 'ledger_content', links: 'ledger_link', row: 'transaction_id', lock: 4_711_001, name: 'ledger' };

/** Links the movements that are not linked yet. Movements are written without any lock; one worker at a time links them afterwards. Answers how many. */
export function linkMovements(work: Work, limit: number): Promise<number> {
  return linkRows(work, bookChain, limit);
}
