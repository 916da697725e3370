import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import pg from 'pg';
import { openTestDatabase } from '../../test/support/database.js';
import { systemClock } from '../base/clock.js';
import { readConfig } from '../base/config.js';
import { openLog } from '../base/log.js';
import { entities } from '../entities.js';
import { type Database, openDatabase } from './database.js';
import { assertOutsideTransaction, atomically, openWork, type Tx, type Work } from './work.js';

describe('a unit of work', () => {
  let server: Awaited<ReturnType<typeof openTestDatabase>>;
  let database: Database;
  let work: Work;
  let killer: pg.Client;

  beforeAll(async () => {
    server = await openTestDatabase();
    database = openDatabase({ url: server.url, role: 'holdfast_app', applicationName: 'work', entities: [...entities], connectionsMax: 4 });
    killer = new pg.Client({ connectionString: server.url });
    await killer.connect();
    work = openWork({ database, clock: systemClock, config: readConfig({}), log: openLog('silent') }, { stripe: undefined as never });
  });
  afterAll(async () => {
    await killer.end();
    await database.close();
    await server.close();
  });

  const names = async () => (await work.read.selectFrom('tenant').select('name').orderBy('name').execute()).map(({ name }) => name);
  const insert = (name: string) =>
    atomically(work, (tx) => tx.sql.insertInto('tenant').values({ id: name, name, createdAt: tx.clock.now() }).execute());

  it('keeps all of a transaction, or nothing of one that throws', async () => {
    await insert('kept');
    const failing = atomically(work, async (tx) => {
      await tx.sql.insertInto('tenant').values({ id: 'lost', name: 'lost', createdAt: tx.clock.now() }).execute();
      throw new Error('after the write');
    });
    await expect(failing).rejects.toThrow('after the write');
    expect(await names()).toEqual(['kept']);
  });

  it('refuses a call to the outside, and a second transaction, inside an open one', async () => {
    await expect(atomically(work, async () => assertOutsideTransaction())).rejects.toThrow('inside an open transaction');
    await expect(atomically(work, () => insert('inner'))).rejects.toThrow('inside an open transaction');
    assertOutsideTransaction();
  });

  it('runs a transaction again that PostgreSQL gave up for another', async () => {
    let runs = 0;
    const result = await atomically(work, async (tx) => {
      if (++runs < 3) await sql`do $$ begin raise exception 'conflict' using errcode = '40001'; end $$`.execute(tx.sql);
      return runs;
    });
    expect(result).toBe(3);
  });

  it('gives up after five conflicts', async () => {
    let runs = 0;
    const hopeless = atomically(work, (tx) => {
      runs++;
      return sql`do $$ begin raise exception 'conflict' using errcode = '40P01'; end $$`.execute(tx.sql);
    });
    await expect(hopeless).rejects.toThrow('conflict');
    expect(runs).toBe(5);
  });

  it.each([
    ['in the middle of it', (tx: Tx) => sql`select pg_terminate_backend(pg_backend_pid())`.execute(tx.sql), async () => undefined],
    ['before it began', (tx: Tx) => sql`select 1`.execute(tx.sql), () => killAll()],
  ])('gives back the connection of a transaction whose server went away %s', async (_, phase, before) => {
    for (let times = 0; times < 12; times++) {
      await before();
      await atomically(work, phase).catch(() => undefined);
    }
    for (let left = database.pool.totalCount; left > 0; left--) await names().catch(() => undefined); // each dead connection fails one reader
    expect(await names()).toEqual(['kept']);
    expect(database.pool.totalCount - database.pool.idleCount).toBe(0);
  });

  /** Ends all connections of the work, on the server’s side, without its pool having heard of it yet. */
  async function killAll(): Promise<void> {
    await names().catch(() => undefined);
    await killer.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'work'`);
  }
});
