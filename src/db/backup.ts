import pg from 'pg';

/** Tables with the columns that can be written. */
const tables = `
  select relname as table, string_agg(quote_ident(attname), ', ' order by attnum) as columns
  from pg_class join pg_attribute on attrelid = pg_class.oid
  where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> 'schema_migration' and attnum > 0 and not attisdropped and attgenerated = ''
  group by relname order by relname`;

interface Table {
  table: string;
  columns: string;
}

/** Keeps all that is in a scenario's database, beside it; what was kept before goes. For one that holds no more than a story. */
export function backUp(ownerUrl: string): Promise<void> {
  return asOwner(ownerUrl, (all) => [
    'drop schema if exists backup cascade',
    'create schema backup',
    ...all.map(({ table }) => `create table backup.${table} as table ${table}`),
  ]);
}

/** Brings back what was kept: whatever has happened since then, this database has never heard of. */
export function restore(ownerUrl: string): Promise<void> {
  return asOwner(ownerUrl, (all) => [
    'begin',
    'set local session_replication_role = replica',
    ...all.map(
      ({ table, columns }) =>
        `delete from ${table}; insert into ${table} (${columns}) overriding system value select ${columns} from backup.${table}`,
    ),
    'commit',
  ]);
}

async function asOwner(ownerUrl: string, statements: (tables: Table[]) => string[]): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const { rows } = await client.query<Table>(tables);
    await client.query(statements(rows).join('; '));
  } finally {
    await client.end();
  }
}
