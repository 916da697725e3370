import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, openApp } from '../../src/app.js';
import { type Clock, systemClock } from '../../src/base/clock.js';
import { readConfig } from '../../src/base/config.js';
import { openLog } from '../../src/base/log.js';
import type { DemoSize } from '../../src/demo/playing.js';
import { auditMoney } from '../../src/reconciliation/audit.js';
import { Browser } from './browser.js';
import { openTestDatabase } from './database.js';

/** One marketplace of its own: server, worker, database and simulated Stripe, on ports nobody else has. */
export interface TestWorld {
  app: App;
  url: string;
  stripeUrl: string;
  databaseUrl: string;
  /** A browser without scripts: it keeps cookies, follows links and submits forms. */
  browse(): Browser;
  /** One of the simulator's controls. */
  control(path: string, body?: object): Promise<Record<string, unknown>>;
  /** The simulator's balances and movements. */
  stripeState(): Promise<Record<string, never>>;
  /** Stops everything. Fails where a promise of the books is broken, whatever the test looked at. */
  close(): Promise<void>;
}

/** `works: false` leaves what is due to the test; `clock` is the real time's where it matters to the test. */
export async function openWorld(
  settings: Record<string, string> = {},
  { works = true, demo = null, clock = systemClock }: { works?: boolean; demo?: DemoSize | null; clock?: Clock } = {},
): Promise<TestWorld> {
  const database = await openTestDatabase();
  const dataDir = mkdtempSync(join(tmpdir(), 'holdfast-world-'));
  const config = readConfig({
    PORT: '0',
    SIMULATOR_PORT: '0',
    DATA_DIR: dataDir,
    NODE_ENV: 'test',
    STRIPE_MAX_RPS: '10000',
    STRIPE_ENDPOINT_MAX_RPS: '10000',
    CHECKOUTS_PER_ADDRESS: '0',
    CHECKOUTS_PER_EMAIL: '0',
    SIGN_UPS_PER_ADDRESS: '0',
    ...settings,
  });
  const leave = async () => {
    await database.close();
    rmSync(dataDir, { recursive: true, force: true });
  };
  const app = await openApp({
    config,
    databaseUrl: database.url,
    clock,
    log: openLog(process.env['TEST_LOG'] ?? 'silent'),
    serves: true,
    works,
    simulates: true,
    durable: false,
    demo,
  }).catch(async (error: unknown) => {
    await leave();
    throw error;
  });
  const stripeUrl = app.simulator?.url as string;
  return {
    app,
    url: app.url,
    stripeUrl,
    databaseUrl: database.url,
    browse: () => new Browser(app.url),
    async control(path, body = {}) {
      const answer = await fetch(`${stripeUrl}/_simulator/${path}`, { method: 'POST', body: JSON.stringify(body) });
      const told = (await answer.json()) as Record<string, unknown>;
      if (!answer.ok) throw new Error(`${path}: ${JSON.stringify(told)}`);
      return told;
    },
    stripeState: async () => (await (await fetch(`${stripeUrl}/_simulator/state`)).json()) as Record<string, never>,
    async close() {
      try {
        const broken = (await auditMoney(app.openWork())).checks.filter(({ ok }) => !ok);
        if (broken.length > 0) throw new Error(`the books are broken: ${JSON.stringify(broken, null, 1)}`);
      } finally {
        await app.close();
        await leave();
      }
    },
  };
}
