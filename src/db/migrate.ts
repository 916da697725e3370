import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Migrator } from '@mikro-orm/migrations';
import { defineConfig, MikroORM } from '@mikro-orm/postgresql';
import { PostgresDialect } from 'kysely';
import pg from 'pg';
import { ensureRoles } from './roles.js';

const oneAtATime = 7_246_001; // the advisory lock under which migrations run
const folder = join(import.meta.dirname, '../../migrations');

/** Brings the database to the present schema: roles, then every migration not yet applied, in order. Safe to run at once. */
export async function migrateUp(url: string): Promise<string[]> {
  return exclusively(url, async (migrator) => (await migrator.up()).map(({ name }) => name));
}

/** Undoes the newest `count` migrations, newest first. */
export async function migrateDown(url: string, count: number): Promise<string[]> {
  return exclusively(url, async (migrator) => {
    const undone: string[] = [];
    for (let i = 0; i < count; i++) undone.push(...(await migrator.down()).map(({ name }) => name));
    return undone;
  });
}

/** The migrations that this code has and the database lacks, in order. Needs no more than to look. */
export async function pendingMigrations(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, application_name: 'holdfast migrations', connectionTimeoutMillis: 2_000 });
  await client.connect();
  try {
    const { rows } = await client.query<{ there: string | null }>(`select to_regclass('schema_migration') as there`);
    const applied = rows[0]?.there ? (await client.query<{ name: string }>('select name from schema_migration')).rows.map(({ name }) => name) : [];
    return readdirSync(folder)
      .filter((file) => /^Migration\w+\.js$/.test(file))
      .map((file) => file.slice(0, -3))
      .filter((name) => !applied.includes(name))
      .sort();
  } finally {
    await client.end();
  }
}

async function exclusively<T>(url: string, run: (migrator: Migrator) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'holdfast migrate' });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [oneAtATime]);
    await ensureRoles(client);
    return await withMigrator(url, run);
  } finally {
    await client.end();
  }
}

async function withMigrator<T>(url: string, run: (migrator: Migrator) => Promise<T>): Promise<T> {
  const pool = new pg.Pool({
    connectionString: url,
    options: '-c role=holdfast_owner -c lock_timeout=2s -c app.tenants=*',
    application_name: 'holdfast migrate',
    max: 2,
  });
  const orm = new MikroORM(
    defineConfig({
      dbName: new URL(url).pathname.slice(1),
      driverOptions: new PostgresDialect({ pool }),
      entities: [],
      discovery: { warnWhenNoEntities: false },
      extensions: [Migrator],
      migrations: {
        path: folder,
        pathTs: folder,
        glob: 'Migration*.js',
        tableName: 'schema_migration',
        snapshot: false,
        silent: true,
        transactional: true,
        allOrNothing: true,
      },
    }),
  );
  try {
    return await run(new Migrator(orm.em as never));
  } finally {
    await orm.close(true);
  }
}
