import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/db/embedded.js';
import { migrateUp } from '../../src/db/migrate.js';

/** A PostgreSQL of its own, whose data goes when it stops. */
export interface BenchServer {
  url: string;
  /** Another database on it, with no schema. */
  empty(name: string): Promise<string>;
  /** The same, with the present schema. */
  migrated(name: string): Promise<string>;
  stop(): Promise<void>;
}

export async function startServer({ durable }: { durable: boolean }): Promise<BenchServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
  chmodSync(dataDir, 0o755); // the database runs as another user where this is root
  const { url, stop } = await startEmbeddedPostgres({ dataDir, durable });
  const empty = async (name: string) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(`create database ${name}`);
    await client.end();
    return url.replace(/\/[^/]*$/, `/${name}`);
  };
  return {
    url,
    empty,
    async migrated(name) {
      const made = await empty(name);
      await migrateUp(made);
      return made;
    },
    async stop() {
      await stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
