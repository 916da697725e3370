import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/db/embedded.js';
import { migrateUp } from '../../src/db/migrate.js';
import { serverVariable } from './database.js';
import { makeQuickFolder } from './quick-folder.js';
import tearDown from './tear-down.js';

/** One throw-away server for the run, with a migrated database that each test file copies. */
export default async function setUp(): Promise<void> {
  const dataDir = makeQuickFolder('holdfast-test-');
  const server = await startEmbeddedPostgres({ dataDir, durable: false });
  Object.assign(globalThis, { holdfastTestServer: { server, dataDir } });
  process.env[serverVariable] = server.url;
  process.env['NODE_COMPILE_CACHE'] = join(dataDir, 'compiled'); // for the many processes that tests start
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, leave);

  try {
    await makeTemplate(server.url);
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Who is told to stop leaves nothing behind either. */
function leave(): void {
  process.on('uncaughtException', () => undefined); // the tests’ connections break as their server stops
  void tearDown().finally(() => process.exit(1));
}

async function makeTemplate(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('create database holdfast_template');
  await client.end();
  await migrateUp(url.replace(/\/[^/]*$/, '/holdfast_template'));
}
