import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { openTestDatabase } from '../../support/database.js';
import { explainable } from '../ground/explained.js';
import { readSchema, type Touched, Watch } from '../ground/watching.js';
import { matters } from './footprint.js';

const schema = `
  create table shop (id text primary key, name text not null);
  create table sale (id text primary key, shop_id text not null references shop, state text not null, amount_minor bigint not null);
  create table told (sale_id text primary key, count int not null);
  create function tell() returns trigger language plpgsql as $$
    begin
      insert into told values (new.id, (select count(*) from sale where shop_id = new.shop_id));
      return new;
    end $$;
  create trigger a_sale_is_told after insert on sale for each row execute function tell();
  insert into shop values ('shop_1', 'one'), ('shop_2', 'two');
  insert into sale values ('sale_1', 'shop_1', 'OPEN', 10), ('sale_2', 'shop_2', 'OPEN', 20);`;

describe('whether two steps matter to each other', () => {
  let database: { url: string; close(): Promise<void> };
  let looked: Awaited<ReturnType<typeof readSchema>>;
  let owner: pg.Client;
  beforeAll(async () => {
    database = await openTestDatabase();
    owner = new pg.Client({ connectionString: database.url });
    await owner.connect();
    await owner.query(schema);
    await owner.query(explainable(new URL(database.url).pathname.slice(1)));
    looked = await readSchema(async (text, values = []) => (await owner.query(text, values)).rows);
  });
  afterAll(async () => {
    await owner.end();
    await database.close();
  });

  /** What each statement of one connection touched; what is in a transaction is rolled back. */
  async function touchedBy(...statements: [text: string, ...values: unknown[]][]): Promise<(Touched | null)[]> {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const watch = new Watch(client as unknown as pg.PoolClient, looked);
    const all: (Touched | null)[] = [];
    let isInTransaction = false;
    for (const [text, ...values] of statements) {
      all.push((await watch.ask(text, isInTransaction, () => client.query(text, values))).touched);
      isInTransaction = text === 'begin' || (isInTransaction && text !== 'commit');
    }
    await client.end();
    return all;
  }
  const one = async (text: string, ...values: unknown[]) => (await touchedBy([text, ...values]))[0] as Touched;

  it('is so where one looks for a row that the other changes, by any column, and not for another', async () => {
    const change = await one('update sale set amount_minor = amount_minor + 1 where id = $1', 'sale_1');
    expect(matters(change, await one('select * from sale where id = $1', 'sale_1'))).toBe(true);
    expect(matters(change, await one('select * from sale where shop_id = $1 and amount_minor > 3', 'shop_1'))).toBe(true);
    expect(matters(change, await one('select sum(amount_minor) from sale'))).toBe(true);
    expect(matters(change, await one('select * from sale where id in ($1, $2)', 'sale_2', 'sale_1'))).toBe(true);
    expect(matters(change, await one('select * from sale where id = $1', 'sale_2'))).toBe(false);
    expect(matters(change, await one('select * from sale where shop_id = $1', 'shop_2'))).toBe(false);
    expect(matters(change, await one('select * from shop where id = $1', 'shop_1'))).toBe(false);
  });

  it('is so where one looks for a row as it was before the other changed it', async () => {
    const change = await one(`update sale set state = 'PAID' where id = $1 and state = 'OPEN'`, 'sale_1');
    expect(matters(change, await one('select id from sale where state = $1', 'OPEN'))).toBe(true);
    expect(matters(change, await one('select id from sale where state = $1', 'PAID'))).toBe(true);
    expect(matters(change, await one('select id from sale where state = $1', 'LOST'))).toBe(false);
  });

  it('is not so before the transaction is over, and then it is', async () => {
    const [, change, commit] = await touchedBy(['begin'], ['update sale set amount_minor = 7 where id = $1', 'sale_1'], ['commit']);
    const look = await one('select * from sale where id = $1', 'sale_1');
    expect(matters(change as Touched, look)).toBe(false);
    expect(matters(commit as Touched, look)).toBe(true);
  });

  it('is so where a trigger or a foreign key looks for it', async () => {
    const sale = await one(`insert into sale values ('sale_3', 'shop_1', 'OPEN', 30)`);
    expect(matters(sale, await one('update sale set amount_minor = 8 where id = $1', 'sale_1'))).toBe(true); // the trigger counts the shop's
    expect(matters(sale, await one('update sale set amount_minor = 8 where id = $1', 'sale_2'))).toBe(false);
    expect(matters(sale, await one('select * from told where sale_id = $1', 'sale_3'))).toBe(true);
    expect(matters(sale, await one(`insert into shop values ('shop_3', 'three')`))).toBe(false);
    const [, leave] = await touchedBy(['begin'], [`update shop set name = 'other' where id = $1`, 'shop_1']);
    expect(matters(sale, leave as Touched)).toBe(false); // it is there whatever its name is
  });

  it('is so where both hold a row, where one keeps what the other locks, and where one leaves out what is locked', async () => {
    const [, lock] = await touchedBy(['begin'], ['select * from shop where id = $1 for update', 'shop_1']);
    const [, same] = await touchedBy(['begin'], ['update shop set name = name where id = $1', 'shop_1']);
    const [, other] = await touchedBy(['begin'], ['update shop set name = name where id = $1', 'shop_2']);
    const [, points] = await touchedBy(['begin'], [`insert into sale values ('sale_4', 'shop_1', 'OPEN', 1)`]);
    const [, skips] = await touchedBy(['begin'], ['select * from shop for update skip locked']);
    expect([same, points, skips].map((step) => matters(lock as Touched, step as Touched))).toEqual([true, true, true]);
    expect(matters(lock as Touched, other as Touched)).toBe(false);
  });

  it('is so where both insert the same key', async () => {
    const insert = (id: string): [string] => [`insert into shop values ('${id}', 'new') on conflict do nothing`];
    const [, first] = await touchedBy(['begin'], insert('shop_9'));
    const [, second] = await touchedBy(['begin'], insert('shop_9'));
    const [, third] = await touchedBy(['begin'], insert('shop_8'));
    expect(matters(first as Touched, second as Touched)).toBe(true);
    expect(matters(first as Touched, third as Touched)).toBe(false);
  });
});
