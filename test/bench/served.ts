import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openApp } from '../../src/app.js';
import { systemClock } from '../../src/base/clock.js';
import { readConfig } from '../../src/base/config.js';
import { openLog } from '../../src/base/log.js';

/** The application as it is served. What it keeps beside its database goes when it is closed. */
export interface Served {
  url: string;
  close(): Promise<void>;
}

/** Serves what is in a database, on a port of its own. */
export async function openServed(databaseUrl: string, environment: Record<string, string> = {}): Promise<Served> {
  const dataDir = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
  const app = await openApp({
    config: readConfig({ PORT: '0', DATA_DIR: dataDir, NODE_ENV: 'test', ...environment }),
    databaseUrl,
    clock: systemClock,
    log: openLog('silent'),
    serves: true,
    works: false,
    simulates: false,
    durable: false,
  });
  return {
    url: app.url,
    async close() {
      await app.close();
      rmSync(dataDir, { recursive: true });
    },
  };
}
