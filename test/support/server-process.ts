import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { CrashPoint } from '../../src/base/crash-points.js';
import { observed } from './conforming.js';

/** The server as its own process, as `npm start` runs it, over a data folder that outlives it. */
export interface ServerProcess {
  url: string;
  stripeUrl: string;
  /** Resolves when it has died, however it did. */
  died: Promise<unknown>;
  /** Has it die where it next reaches this crash point. */
  arm(point: CrashPoint): Promise<void>;
  /** Asks it to stop, and waits. */
  stop(): Promise<void>;
}

const unlimited = { CHECKOUTS_PER_ADDRESS: '0', CHECKOUTS_PER_EMAIL: '0', SIGN_UPS_PER_ADDRESS: '0' };
const arming = join(import.meta.dirname, 'arming.js');
const startMaxMs = 120_000;

export async function startServer(dataDir: string, settings: Record<string, string> = {}): Promise<ServerProcess> {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, ['--import', arming, 'dist/src/main.js', 'start'], {
    env: {
      PATH,
      NODE_COMPILE_CACHE,
      PORT: '0',
      SIMULATOR_PORT: '0',
      DATA_DIR: dataDir,
      LOG_LEVEL: 'silent',
      ...observed(),
      DEMO_DATA: 'off',
      ...unlimited,
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const died = once(child, 'exit');
  const banner = await bannerOf(child);
  return {
    url: /GraphQL +(\S+)\/graphql/.exec(banner)?.[1] as string,
    stripeUrl: /Stripe +(\S+)/.exec(banner)?.[1] as string,
    died,
    async arm(point) {
      const armed = once(child, 'message');
      child.send(point);
      await armed;
    },
    async stop() {
      child.kill('SIGTERM');
      await died;
    },
  };
}

function bannerOf(child: ChildProcess): Promise<string> {
  return new Promise((ready, failed) => {
    let printed = '';
    const late = setTimeout(() => failed(new Error(`not ready: ${printed}`)), startMaxMs);
    const take = (chunk: Buffer) => {
      printed += chunk.toString();
      if (!printed.includes('Data ')) return;
      clearTimeout(late);
      ready(printed);
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    child.once('exit', (code) => {
      clearTimeout(late);
      failed(new Error(`ended with ${code}: ${printed}`));
    });
  });
}
