import { type RawBuilder, sql } from 'kysely';
import { Denied } from '../base/errors.js';
import type { Tables } from './database.js';
import type { Reader } from './work.js';

/** The page a caller asks for: how many, and after which row. */
export interface PageRequest {
  first: number;
  after: string | null;
}

/** One page of a list, newest first, with the rows' ids as cursors: it costs the same on the first page and the thousandth. */
export interface Page<T> {
  rows: T[];
  hasNextPage: boolean;
  hasPreviousPage: boolean;
}

const firstDefault = 25;
const firstMax = 100;

/** Checks what a caller asked for. Refuses with BAD_USER_INPUT a size outside 1 to 100 and a cursor that is none of ours. */
export function pageRequest(asked: { first?: number | null | undefined; after?: string | null | undefined }): PageRequest {
  const first = asked.first ?? firstDefault;
  if (!Number.isInteger(first) || first < 1 || first > firstMax)
    throw new Denied('BAD_USER_INPUT', `first ${first} is not a whole number from 1 to ${firstMax}.`);
  return { first, after: asked.after == null ? null : idOfCursor(asked.after) };
}

export function cursorOf(id: string): string {
  return Buffer.from(id).toString('base64url');
}

function idOfCursor(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString('utf8');
  if (cursor.length > 100 || !/^[a-z]{3}_[0-9a-z]+$/.test(id)) throw new Denied('BAD_USER_INPUT', 'after is not a cursor of this list.');
  return id;
}

/** The page made of one row more than was asked for. */
export function pageOf<T>(rowsAndOneMore: T[], { first, after }: PageRequest): Page<T> {
  return { rows: rowsAndOneMore.slice(0, first), hasNextPage: rowsAndOneMore.length > first, hasPreviousPage: after !== null };
}

/** How a list is ordered: by one column of its table, and by id where that is the same. */
export interface Order {
  column: string;
  direction: 'asc' | 'desc';
  /** What a row counts as that has nothing there, as SQL writes it; none where every row has something. */
  absent?: string;
}

/** The orders of a list whose ids sort by time. */
export const timeOrders = { NEWEST: { column: 'id', direction: 'desc' }, OLDEST: { column: 'id', direction: 'asc' } } as const satisfies Record<
  string,
  Order
>;
export type TimeOrder = keyof typeof timeOrders;

/** What rows are ordered by, before their ids. */
export function orderKey(table: string, { column, absent }: Order): RawBuilder<unknown> {
  const key = sql.ref(`${table}.${column}`);
  return absent === undefined ? key : sql`coalesce(${key}, ${sql.lit(absent)})`;
}

/** Whether a row follows the cursor's in an order; the cursor's own row tells where that is. All do where there is no cursor. */
export function follows(table: keyof Tables & string, order: Order, after: string | null): RawBuilder<boolean> {
  if (after === null) return sql<boolean>`true`;
  const id = sql.ref(`${table}.id`);
  const than = order.direction === 'asc' ? sql`>` : sql`<`;
  if (order.column === 'id') return sql<boolean>`${id} ${than} ${after}`;
  const last = sql`select ${orderKey('last', order)} from ${sql.table(table)} as last where last.id = ${after}`;
  return sql<boolean>`(${orderKey(table, order)}, ${id}) ${than} ((${last}), ${after})`;
}

/**
 * The same page of each of several owners' rows, newest first, in one statement, for loaders; in the order asked.
 * `belongs` says in SQL, by the table's own name, that a row is one of `owner.id`'s.
 */
export async function pagesOf<Name extends keyof Tables & string>(
  read: Reader,
  table: Name,
  owners: readonly string[],
  belongs: RawBuilder<boolean>,
  { first, after }: PageRequest,
): Promise<Page<Tables[Name]>[]> {
  const id = sql.ref(`${table}.id`);
  const only = after === null ? sql`true` : sql`${id} < ${after}`;
  const found = sql<Tables[Name] & { ownerId: string }>`(
    select owner.id as owner_id, page.* from unnest(${[...owners]}::text[]) as owner (id)
    cross join lateral (select ${sql.table(table)}.* from ${sql.table(table)} where ${belongs} and ${only} order by ${id} desc limit ${first + 1}) as page
    order by page.id desc)`;
  const rows = (await read.selectFrom(found.as('found')).selectAll().execute()) as unknown as (Tables[Name] & { ownerId: string })[];
  const ofOwner = Map.groupBy(rows, ({ ownerId }) => ownerId);
  return owners.map((owner) => pageOf(ofOwner.get(owner) ?? [], { first, after }));
}

/** Whether a column says one of these words of ours, spelt out so that an index on one of them serves; none of no words. */
export function anyOf(column: string, words: readonly string[]): RawBuilder<boolean> {
  return words.length === 0 ? sql<boolean>`false` : sql<boolean>`${sql.ref(column)} in (${sql.join(words.map((word) => sql.lit(word)))})`;
}
