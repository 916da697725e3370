import { sql } from 'kysely';
import { hourMs, later } from '../base/clock.js';
import { sha256 } from '../base/ids.js';
import { atomically, type Tx, type Work } from './work.js';

/** A chain of hashes over rows that never change, made after them, so that none waits for the one before. */
export interface Chain {
  /** The view that tells each row's `id`, `recorded_at` and `content`. */
  contents: string;
  /** The table of links: `number`, the row's id, `content_sha256`, `hash`, `linked_at`. */
  links: string;
  /** The column of the links that names the row. */
  row: string;
  /** The advisory lock under which one process links at a time. */
  lock: number;
  /** What its head is called in the log. */
  name: string;
}

/** What stands before the first link. */
export const genesis = '0'.repeat(64);

/** The hash of a link: of everything before it, and of its own content. */
export function linkHash(previous: string, contentSha256: string): string {
  return sha256(`${previous}${contentSha256}`);
}

const lookBackMs = 1 * hourMs; // a row is committed within seconds of its time; what is older is linked

interface Head {
  number: number;
  hash: string;
}

/**
 * Links the rows that are not linked yet, in the order of their times, and says the head in the log, where it is out of the database's reach.
 * Of several workers at once, one does it. Answers how many.
 */
export async function linkRows(work: Work, chain: Chain, limit: number): Promise<number> {
  const head = await atomically(work, async (tx) => {
    const { rows } = await sql<{ locked: boolean }>`select pg_try_advisory_xact_lock(${chain.lock}) as locked`.execute(tx.sql);
    return rows[0]?.locked ? extend(tx, chain, limit) : null;
  });
  if (head && head.count > 0) work.log.info({ number: head.number, hash: head.hash }, `head of the ${chain.name} chain`);
  return head?.count ?? 0;
}

async function extend(tx: Tx, chain: Chain, limit: number): Promise<Head & { count: number }> {
  const [contents, links, row] = [sql.table(chain.contents), sql.table(chain.links), sql.ref(chain.row)];
  const newest = await sql<Head & { recordedAt: Date }>`
    select number, hash, (select recorded_at from ${contents} as content where content.id = ${row}) as recorded_at
    from ${links} order by number desc limit 1`.execute(tx.sql);
  const [last] = newest.rows;
  const since = last ? later(last.recordedAt, -lookBackMs) : null;
  const { rows } = await sql<{ id: string; content: string }>`
    select id, content from ${contents} as content
    where (${since}::timestamptz is null or recorded_at > ${since}) and not exists (select from ${links} where ${row} = content.id)
    order by recorded_at, id limit ${limit}`.execute(tx.sql);
  let { number, hash } = last ?? { number: 0, hash: genesis };
  const made = rows.map(({ id, content }) => {
    const contentSha256 = sha256(content);
    number++;
    hash = linkHash(hash, contentSha256);
    return sql`(${number}, ${id}, ${contentSha256}, ${hash}, ${tx.clock.now()})`;
  });
  if (made.length > 0) await sql`insert into ${links} (number, ${row}, content_sha256, hash, linked_at) values ${sql.join(made)}`.execute(tx.sql);
  return { count: made.length, number, hash };
}

const pageMax = 1_000;

/** A link whose row, or whose place in the chain, is not what it was. */
export interface BrokenLink {
  number: number;
  rowId: string;
}

/** Recomputes a chain from its rows: its head, and the first link that does not hold, or null where every one does. */
export async function checkChain(work: Work, chain: Chain): Promise<{ head: Head; broken: BrokenLink | null }> {
  const [contents, links, row] = [sql.table(chain.contents), sql.table(chain.links), sql.ref(chain.row)];
  let head: Head = { number: 0, hash: genesis };
  for (;;) {
    const page = sql<Head & BrokenLink & { content: string | null }>`(
      select number, hash, ${row} as row_id, (select content from ${contents} as content where content.id = ${row}) as content
      from ${links} where number > ${head.number} order by number limit ${pageMax})`;
    const found = await work.read.selectFrom(page.as('link')).selectAll().orderBy('number').execute();
    for (const { number, rowId, hash, content } of found) {
      if (number !== head.number + 1 || hash !== linkHash(head.hash, sha256(content ?? ''))) return { head, broken: { number, rowId } };
      head = { number, hash };
    }
    if (found.length < pageMax) return { head, broken: null };
  }
}
