import { rmSync } from 'node:fs';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../../src/db/embedded.js';
import { migrateUp } from '../../../src/db/migrate.js';
import { makeQuickFolder } from '../../support/quick-folder.js';
import { wake } from './holding.js';

const wakeEveryMs = 100;

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
    const waking = await wakeAll(server.url);
    await server.stop().finally(() => clearInterval(waking));
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

/** Lets go whom a killed teller has left standing still, for as long as the server stops: it waits for all of them. */
async function wakeAll(url: string): Promise<NodeJS.Timeout> {
  const pids = await pidsOf(url).catch(() => []); // of a server that does not answer, nobody can tell
  return setInterval(() => pids.forEach(wake), wakeEveryMs);
}

async function pidsOf(url: string): Promise<number[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ pid: number }>(`select pid from pg_stat_activity where backend_type = 'client backend'`);
  await client.end();
  return rows.map(({ pid }) => pid);
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
