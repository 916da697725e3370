import { defineEntity, p } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { hourMs, later } from '../base/clock.js';
import { sha256 } from '../base/ids.js';
import type { ColumnsOf } from '../db/database.js';
import { atomically, type Tx, type Work } from '../db/work.js';

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

/** What stands before the first link. */
export const genesis = '0'.repeat(64);

/** The hash of a link: of everything before it, and of its own content. */
export function linkHash(previous: string, contentSha256: string): string {
  return sha256(`${previous}${contentSha256}`);
}

const lookBackMs = 1 * hourMs; // a movement is committed within seconds of its time; what is older is linked
const chainLock = 4_711_001; // one process links at a time; movements themselves wait for nobody

interface Content {
  id: string;
  content: string;
}

/**
 * Links the movements that are not linked yet, in the order of their times, and says the head in the log, where it is out of the database's reach.
 * Movements are written without any lock; one worker at a time links them afterwards. Answers how many.
 */
export async function linkMovements(work: Work, limit: number): Promise<number> {
  const head = await atomically(work, async (tx) => {
    const { rows } = await sql<{ locked: boolean }>`select pg_try_advisory_xact_lock(${chainLock}) as locked`.execute(tx.sql);
    return rows[0]?.locked ? extend(tx, limit) : null;
  });
  if (head && head.count > 0) work.log.info({ number: head.number, hash: head.hash }, 'head of the ledger chain');
  return head?.count ?? 0;
}

async function extend(tx: Tx, limit: number): Promise<{ count: number; number: number; hash: string }> {
  const last = await tx.sql
    .selectFrom('ledgerLink')
    .innerJoin('ledgerTransaction', 'ledgerTransaction.id', 'ledgerLink.transactionId')
    .select(['number', 'hash', 'recordedAt'])
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  const since = last ? later(last.recordedAt, -lookBackMs) : null;
  const { rows } = await sql<Content>`select id, content from ledger_content
    where (${since}::timestamptz is null or recorded_at > ${since}) and not exists (select from ledger_link where transaction_id = ledger_content.id)
    order by recorded_at, id limit ${limit}`.execute(tx.sql);
  let { number, hash } = last ?? { number: 0, hash: genesis };
  const links = rows.map(({ id, content }) => {
    const contentSha256 = sha256(content);
    number++;
    hash = linkHash(hash, contentSha256);
    return { number, transactionId: id, contentSha256, hash, linkedAt: tx.clock.now() };
  });
  if (links.length > 0) await tx.sql.insertInto('ledgerLink').values(links).execute();
  return { count: links.length, number, hash };
}

const pageMax = 1_000;

/** A link whose movement, or whose place in the chain, is not what it was. */
export interface BrokenLink {
  number: number;
  transactionId: string;
}

/** Recomputes the chain from the books: the first link that does not hold, or null where every one does. */
export async function findBrokenLink(work: Work): Promise<BrokenLink | null> {
  let [after, previous] = [0, genesis];
  for (;;) {
    const links = await work.read
      .selectFrom('ledgerLink')
      .leftJoin(sql<Content>`ledger_content`.as('now'), (join) => join.onRef(sql`now.id`, '=', sql.ref('ledgerLink.transactionId')))
      .selectAll('ledgerLink')
      .select('now.content')
      .where('ledgerLink.number', '>', after)
      .orderBy('ledgerLink.number')
      .limit(pageMax)
      .execute();
    for (const { number, transactionId, hash, content } of links) {
      const expected = linkHash(previous, sha256(content ?? ''));
      if (number !== after + 1 || hash !== expected) return { number, transactionId };
      [after, previous] = [number, hash];
    }
    if (links.length < pageMax) return null;
  }
}
