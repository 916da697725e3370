import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { later, minuteMs, systemClock } from '../../src/base/clock.js';
import { turnTo } from './marketplace.js';
import type { Workplace } from './worker.js';
import type { TestWorld } from './world.js';

/**
 * A real worker process at the simulated time, until nothing is left to do; killed with SIGKILL where it reaches `crashAt`.
 * Answers the signal that ended it; null where it ended by itself, and well.
 */
export async function runWorker(world: TestWorld, crashAt: string | null = null): Promise<NodeJS.Signals | null> {
  const aheadMs = world.app.openWork().clock.now().getTime() - systemClock.now().getTime();
  const workplace: Workplace = { databaseUrl: world.databaseUrl, stripeUrl: world.stripeUrl, aheadMs, crashAt };
  const program = join(import.meta.dirname, 'worker.js');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, JSON.stringify(workplace)], { stdio: 'inherit' });
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  if (signal === null && code !== 0) throw new Error(`the worker ended with ${code}`);
  return signal;
}

/** Lets the claims and leases of a dead worker grow old. */
export function outwait(world: TestWorld): Promise<void> {
  return turnTo(world, later(world.app.openWork().clock.now(), 11 * minuteMs));
}
