import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** What the databases of the tests are made from. */
export const templateDatabase = 'holdfast_template';

/** Where the run's server is; set by the global set-up for the workers that run the tests. */
export const serverVariable = 'HOLDFAST_TEST_SERVER';

function urlOf(database: string): string {
  const server = process.env[serverVariable];
  if (!server) throw new Error('no test server: the tests run through jest, whose set-up starts one');
  return server.replace(/\/[^/]*$/, `/${database}`);
}

async function administer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf('postgres') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** An empty database with the present schema, for one test file; dropped by `close`. */
export async function openTestDatabase(): Promise<{ url: string; close(): Promise<void> }> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await administer(`create database ${name} template ${templateDatabase} strategy file_copy`);
  return { url: urlOf(name), close: () => administer(`drop database ${name} with (force)`) };
}

/** An empty database without any schema, for the tests of the migrations themselves. */
export async function openBareDatabase(): Promise<{ url: string; close(): Promise<void> }> {
  const name = `bare_${randomBytes(8).toString('hex')}`;
  await administer(`create database ${name}`);
  return { url: urlOf(name), close: () => administer(`drop database ${name} with (force)`) };
}
