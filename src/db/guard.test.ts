import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { openTestDatabase } from '../../test/support/database.js';
import { quiet } from '../../test/support/looking.js';
import { assertSafeDatabase } from './guard.js';

describe('the guard of the database', () => {
  let database: Awaited<ReturnType<typeof openTestDatabase>>;
  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(() => database.close());

  async function withPool<T>(options: string, run: (pool: pg.Pool) => Promise<T>): Promise<T> {
    const pool = quiet(new pg.Pool({ connectionString: database.url, options, max: 1 }));
    try {
      return await run(pool);
    } finally {
      await pool.end();
    }
  }

  const guard = (options: string, durable: boolean) => withPool(options, (pool) => assertSafeDatabase(pool, durable));

  it('lets the application role work on a throw-away server', async () => {
    await expect(guard('-c role=holdfast_app', false)).resolves.toBeUndefined();
  });

  it('names every setting that lets a crash lose what was acknowledged', async () => {
    await expect(guard('-c role=holdfast_app', true)).rejects.toMatchObject({
      reasons: ['fsync', 'full_page_writes', 'synchronous_commit'].map((name) => expect.stringContaining(`${name} is off`)),
    });
  });

  it('accepts a session that waits for the disk, and still names what the server itself leaves out', async () => {
    await expect(guard('-c role=holdfast_app -c synchronous_commit=on', true)).rejects.toMatchObject({
      reasons: [expect.stringContaining('fsync is off'), expect.stringContaining('full_page_writes is off')],
    });
  });

  it('refuses a superuser', async () => {
    await expect(guard('', false)).rejects.toThrow(/is a superuser.*let the login assume holdfast_app/);
  });

  it('refuses the owner of the tables', async () => {
    await expect(guard('-c role=holdfast_owner', false)).rejects.toThrow('The role holdfast_owner');
  });

  it('refuses a role that passes row security by', async () => {
    await withPool('', (pool) => pool.query('create role guard_test_bypasser nologin bypassrls'));
    try {
      await expect(guard('-c role=guard_test_bypasser', false)).rejects.toThrow('The role guard_test_bypasser');
    } finally {
      await withPool('', (pool) => pool.query('drop role guard_test_bypasser'));
    }
  });

  it('names every table that would show a tenant’s rows to another', async () => {
    await withPool('', (pool) => pool.query('alter table payment no force row level security; alter table offering no force row level security'));
    await expect(guard('-c role=holdfast_app', false)).rejects.toThrow('seen in offering, payment');
    await withPool('', (pool) => pool.query('alter table payment force row level security; alter table offering force row level security'));
  });

  it('refuses a database whose clock is two minutes off', async () => {
    await withPool('', (pool) =>
      pool.query(`create schema skewed;
        grant usage on schema skewed to holdfast_app;
        create function skewed.clock_timestamp() returns timestamptz language sql as $$ select pg_catalog.clock_timestamp() + interval '2 minutes' $$`),
    );
    await expect(guard('-c role=holdfast_app -c search_path=skewed,pg_catalog', false)).rejects.toThrow(/differ by 1[12]\d s/);
  });
});
