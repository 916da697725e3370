import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { later, minuteMs, systemClock } from '../../src/base/clock.js';
import { turnTo } from './marketplace.js';
import type { Workplace } from './worker.js';
import type { TestWorld } from './world.js';

const program = join(import.meta.dirname, 'worker.js');

interface Worker {
  process: ChildProcess;
  ended: Promise<[number | null, NodeJS.Signals | null]>;
}

const idle: Worker[] = []; // who has done all of their work can be asked again, by the next test file too: another is only needed where one was killed

/**
 * A real worker process at the simulated time, until nothing is left to do; killed with SIGKILL where it reaches `crashAt`.
 * Answers the signal that ended it; null where it did all of it, and well.
 */
export async function runWorker(world: TestWorld, crashAt: string | null = null, does: Workplace['does'] = 'money'): Promise<NodeJS.Signals | null> {
  const aheadMs = world.app.openWork().clock.now().getTime() - systemClock.now().getTime();
  const workplace: Workplace = { databaseUrl: world.databaseUrl, stripeUrl: world.stripeUrl, aheadMs, crashAt, does };
  const worker = idle.pop() ?? startIdle();
  worker.process.ref();
  worker.process.channel?.ref();
  const done = once(worker.process, 'message');
  worker.process.send(workplace);
  const [answer, signal] = await Promise.race([done, worker.ended]);
  if (signal) return signal;
  if (answer !== 'done') throw new Error(`the worker ended with ${answer}`);
  worker.process.unref(); // it goes when we go
  worker.process.channel?.unref();
  idle.push(worker);
  return null;
}

function startIdle(): Worker {
  const started = fork(program, ['where asked'], { execArgv: ['--disable-warning=ExperimentalWarning'] });
  return { process: started, ended: once(started, 'exit') as Worker['ended'] };
}

/** Lets the claims and leases of a dead worker grow old. */
export function outwait(world: TestWorld): Promise<void> {
  return turnTo(world, later(world.app.openWork().clock.now(), 11 * minuteMs));
}

/** A worker in a process of its own, as the command `work` runs it: on time, every ten seconds, until it is told to stop. */
export async function startWorker(world: TestWorld): Promise<{ stop(): Promise<number | null> }> {
  const workplace: Workplace = { databaseUrl: world.databaseUrl, stripeUrl: world.stripeUrl, aheadMs: 0, crashAt: null, does: 'money' };
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, 'until stopped', JSON.stringify(workplace)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
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
