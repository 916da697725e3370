import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { later, minuteMs, systemClock } from '../../src/base/clock.js';
import { turnTo } from './marketplace.js';
import type { Workplace } from './worker.js';
import type { TestWorld } from './world.js';

const program = ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'worker.js')];

/**
 * A real worker process at the simulated time, until nothing is left to do; killed with SIGKILL where it reaches `crashAt`.
 * Answers the signal that ended it; null where it ended by itself, and well.
 */
export async function runWorker(world: TestWorld, crashAt: string | null = null, does: Workplace['does'] = 'money'): Promise<NodeJS.Signals | null> {
  const aheadMs = world.app.openWork().clock.now().getTime() - systemClock.now().getTime();
  const workplace: Workplace = { databaseUrl: world.databaseUrl, stripeUrl: world.stripeUrl, aheadMs, crashAt, does };
  const child = spawn(process.execPath, [...program, JSON.stringify(workplace)], { stdio: 'inherit' });
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  if (signal === null && code !== 0) throw new Error(`the worker ended with ${code}`);
  return signal;
}

/** Lets the claims and leases of a dead worker grow old. */
export function outwait(world: TestWorld): Promise<void> {
  return turnTo(world, later(world.app.openWork().clock.now(), 11 * minuteMs));
}

/** A worker in a process of its own, as the command `work` runs it: on time, every ten seconds, until it is told to stop. */
export async function startWorker(world: TestWorld): Promise<{ stop(): Promise<number | null> }> {
  const workplace: Workplace = { databaseUrl: world.databaseUrl, stripeUrl: world.stripeUrl, aheadMs: 0, crashAt: null, does: 'money' };
  const child = spawn(process.execPath, [...program, JSON.stringify(workplace), 'until stopped'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  await Promise.race([once(child.stdout, 'data'), ended]); // it says when it works
  if (child.exitCode !== null) throw new Error(`the worker ended with ${child.exitCode}`);
  return {
    async stop() {
      child.kill('SIGTERM');
      return (await ended)[0];
    },
  };
}
