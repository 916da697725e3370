import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Database, openDatabase } from '../../src/db/database.js';
import { entities } from '../../src/entities.js';
import { openTestDatabase } from '../support/database.js';

const namesOfTypes: Record<string, string> = {
  int: 'integer',
  'varchar(255)': 'text', // what a string is to MikroORM; lengths are constraints with names
  timestamptz: 'timestamp with time zone',
  'timestamptz(6)': 'timestamp with time zone',
};

interface Column {
  table: string;
  name: string;
  type: string;
  nullable: boolean;
}

describe('the entities and the tables', () => {
  let created: Awaited<ReturnType<typeof openTestDatabase>>;
  let database: Database;
  beforeAll(async () => {
    created = await openTestDatabase();
    database = openDatabase({ url: created.url, role: 'holdfast_app', applicationName: 'schema drift', entities: [...entities] });
  });
  afterAll(async () => {
    await database.close();
    await created.close();
  });

  async function columnsOfTables(): Promise<Column[]> {
    const { rows } = await database.pool.query<Column>(`
      select relname as table, attname as name, format_type(atttypid, atttypmod) as type, not attnotnull as nullable
      from pg_attribute join pg_class on pg_class.oid = attrelid
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and attnum > 0 and not attisdropped`);
    return rows;
  }

  function columnsOfEntities(): Column[] {
    return [...database.orm.getMetadata().getAll().values()].flatMap(({ tableName, props }) =>
      props
        .filter(({ persist }) => persist !== false)
        .flatMap(({ fieldNames, columnTypes, nullable }) =>
          fieldNames.map((name, i) => {
            const type = columnTypes[i] ?? '';
            return { table: tableName, name, type: namesOfTypes[type] ?? type, nullable: nullable === true };
          }),
        ),
    );
  }

  const lines = (columns: Column[]) => columns.map(({ table, name, type, nullable }) => `${table}.${name} ${type}${nullable ? ' null' : ''}`).sort();

  it('have the same columns, of the same types, empty where the other may be empty', async () => {
    const mapped = columnsOfEntities();
    const tables = new Set(mapped.map(({ table }) => table));
    expect(tables.size).toBe(entities.length);
    expect(lines(mapped)).toEqual(lines((await columnsOfTables()).filter(({ table }) => tables.has(table))));
  });
});
