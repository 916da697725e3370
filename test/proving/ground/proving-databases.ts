import { rmSync } from 'node:fs';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../../src/db/embedded.js';
import { migrateUp } from '../../../src/db/migrate.js';
import { makeQuickFolder } from '../../support/quick-folder.js';

export interface ProvingDatabases {
  /** One database for each who works at once. */
  urls: string[];
  close(): Promise<void>;
}

/** Migrated databases on one server of their own: histories empty them by the hundred, which takes memory a millisecond and a disk a second. */
export async function openProvingDatabases(count: number): Promise<ProvingDatabases> {
  const dataDir = makeQuickFolder('holdfast-proving-');
  const server = await startEmbeddedPostgres({ dataDir, durable: false });
  const close = async () => {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  const leave = () => {
    process.on('uncaughtException', () => undefined); // connections break as their server stops
    void close().finally(() => process.exit(1));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, leave); // who is told to stop leaves nothing behind either
  try {
    await migrateUp(server.url);
    return { urls: [server.url, ...(await copy(server.url, count - 1))], close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function copy(url: string, count: number): Promise<string[]> {
  const named = (name: string) => url.replace(/\/[^/]*$/, `/${name}`);
  const client = new pg.Client({ connectionString: named('postgres') });
  await client.connect();
  const names = Array.from({ length: count }, (_, index) => `proving_${index}`);
  for (const name of names) await client.query(`create database ${name} template ${new URL(url).pathname.slice(1)}`);
  await client.end();
  return names.map(named);
}
