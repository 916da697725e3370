import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { openSimulator, webhooksTo } from '../../../src/app.js';
import { systemClock } from '../../../src/base/clock.js';
import { readConfig } from '../../../src/base/config.js';
import { openLog } from '../../../src/base/log.js';
import { startEmbeddedPostgres } from '../../../src/db/embedded.js';
import { migrateUp } from '../../../src/db/migrate.js';
import { makeQuickFolder } from '../../support/quick-folder.js';

/** Holdfast as it is run: a serving and a working process over a PostgreSQL of their own. Stripe alone is simulated, and outlives them all. */
export interface Installation {
  url: string;
  stripeUrl: string;
  databaseUrl: string;
  /** Kills the server or the worker as a power cut would, and starts it again; answers after how many ms it worked again. */
  killProcess(name: ProcessName): Promise<number>;
  /** Kills a process of PostgreSQL, upon which all of it begins again from its log; answers after how many ms the server found it back. */
  killPostgres(): Promise<number>;
  /** Lets the server and the worker finish what they are at, and end. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export type ProcessName = 'serve' | 'work';

const backMaxMs = 30_000;
const stepMs = 20;
const secret = 'whsec_of_the_kills';

export async function openInstallation(): Promise<Installation> {
  const dataDir = makeQuickFolder('holdfast-kills-');
  const postgres = await startEmbeddedPostgres({ dataDir, durable: true });
  await migrateUp(postgres.url);
  const port = await freePort();
  const settings = {
    NODE_ENV: 'test',
    PORT: String(port),
    SIMULATOR_PORT: '0',
    DATA_DIR: join(dataDir, 'data'),
    STRIPE_WEBHOOK_SECRET: secret,
    STRIPE_CONNECT_WEBHOOK_SECRET: secret,
    STRIPE_MAX_RPS: '10000',
    STRIPE_ENDPOINT_MAX_RPS: '10000',
    CHECKOUTS_PER_ADDRESS: '0',
    CHECKOUTS_PER_EMAIL: '0',
    SIGN_UPS_PER_ADDRESS: '0',
    LOG_LEVEL: 'silent',
  };
  const config = readConfig(settings);
  const simulator = await openSimulator(config, systemClock, openLog('silent'), { durable: false });
  simulator.deliverTo(webhooksTo(config.publicUrl, config));
  const env = { PATH: process.env['PATH'], ...settings, DATABASE_URL: postgres.url, STRIPE_API_BASE: simulator.url };
  const url = `http://127.0.0.1:${port}`;
  const running = new Map<ProcessName, ChildProcess>();
  const start = async (name: ProcessName) => {
    const child = spawn(process.execPath, ['dist/src/main.js', name], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    running.set(name, child);
    await once(child.stdout, 'data'); // it says when it works
    if (name === 'serve') await ready(url);
  };
  await Promise.all([start('serve'), start('work')]);
  const stop = async () => {
    for (const child of running.values()) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    running.clear();
  };

  return {
    url,
    stripeUrl: simulator.url,
    databaseUrl: postgres.url,
    async killProcess(name) {
      const child = running.get(name) as ChildProcess;
      child.kill('SIGKILL');
      await once(child, 'exit');
      return took(() => start(name));
    },
    async killPostgres() {
      await killOneOf(postgres.url);
      return took(() => ready(url));
    },
    stop,
    async close() {
      await stop();
      await simulator.close();
      await postgres.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function took(back: () => Promise<unknown>): Promise<number> {
  const fromMs = performance.now();
  await back();
  return performance.now() - fromMs;
}

/** When the server answers that it and its database are ready. */
async function ready(url: string): Promise<void> {
  for (const deadline = performance.now() + backMaxMs; performance.now() < deadline; await pause(stepMs))
    if ((await fetch(`${url}/readyz`).catch(() => null))?.ok) return;
  throw new Error(`not back within ${backMaxMs / 1_000} s`);
}

/** Whatever process of PostgreSQL's dies like this, it takes for a broken memory: all others end, and it recovers from its log. */
async function killOneOf(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => undefined); // its connection dies with all the others
  await client.connect();
  const { rows } = await client.query<{ pid: number }>(`select pid from pg_stat_activity where backend_type = 'checkpointer'`);
  const ended = new Promise((over) => client.once('end', over));
  process.kill(rows[0]?.pid as number, 'SIGKILL');
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
