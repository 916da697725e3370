import { defineEntity, p } from '@mikro-orm/postgresql';
import type { ColumnsOf } from '../db/database.js';
import { atomically, type Work } from '../db/work.js';

/** What the last audit on time found. */
export const BookCheckEntity = defineEntity({
  name: 'BookCheck',
  tableName: 'book_check',
  properties: {
    onlyOne: p.boolean().primary().default(true),
    checkedAt: p.datetime(),
    promiseCount: p.integer(),
    brokenCount: p.integer(),
  },
});
export type BookCheck = Omit<ColumnsOf<typeof BookCheckEntity>, 'onlyOne'>;

/** Notes what an audit found, in place of what the one before did. */
export async function noteBookCheck(work: Work, found: BookCheck): Promise<void> {
  await atomically(work, (tx) =>
    tx.sql
      .insertInto('bookCheck')
      .values({ onlyOne: true, ...found })
      .onConflict((conflict) => conflict.column('onlyOne').doUpdateSet(found))
      .execute(),
  );
}

/** What the last audit on time found; null before the first. */
export async function lastBookCheck({ read }: Work): Promise<BookCheck | null> {
  return (await read.selectFrom('bookCheck').select(['checkedAt', 'promiseCount', 'brokenCount']).executeTakeFirst()) ?? null;
}

declare module '../db/database.js' {
  interface Tables {
    bookCheck: ColumnsOf<typeof BookCheckEntity>;
  }
}
