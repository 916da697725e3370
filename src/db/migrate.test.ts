import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { openBareDatabase } from '../../test/support/database.js';
import { migrateDown, migrateUp, pendingMigrations } from './migrate.js';

async function catalogue(url: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(`
    select 'column' as kind, table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable as what from information_schema.columns where table_schema = 'public' and table_name <> 'schema_migration'
    union all select 'constraint', conname || ' ' || pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace and conrelid::regclass::text <> 'schema_migration'
    union all select 'index', indexdef from pg_indexes where schemaname = 'public' and tablename <> 'schema_migration'
    union all select 'trigger', pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
    union all select 'function', p.oid::regprocedure::text from pg_proc p where pronamespace = to_regnamespace('app')
    order by 1, 2`);
  await client.end();
  return rows;
}

describe('the migrations', () => {
  let database: Awaited<ReturnType<typeof openBareDatabase>>;
  beforeAll(async () => {
    database = await openBareDatabase();
  });
  afterAll(() => database.close());

  it('go up, all the way down to nothing, and up to the same schema again', async () => {
    const applied = await migrateUp(database.url);
    const first = await catalogue(database.url);
    expect(applied.length).toBeGreaterThan(3);
    expect(await pendingMigrations(database.url)).toEqual([]);

    await migrateDown(database.url, applied.length);
    expect(await catalogue(database.url)).toEqual([]);
    expect(await pendingMigrations(database.url)).toEqual(applied);

    await migrateUp(database.url);
    expect(await catalogue(database.url)).toEqual(first);
  });

  it('run once when several processes start together', async () => {
    const applied = await Promise.all([1, 2, 3].map(() => migrateUp(database.url)));
    expect(applied.flat()).toEqual([]);
  });
});
