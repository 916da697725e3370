import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { until } from '../../support/until.js';
import { Holding } from './holding.js';

const canHold = existsSync('/proc/self/cmdline');
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** A process of this title, which does nothing. */
function runningAs(title: string): number {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1_000_000)'], { argv0: title, stdio: 'ignore' });
  children.push(child);
  return child.pid as number;
}

const standsStill = (pid: number) => async () => canHold && /^\d+ \(.*\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

describe('holding a process of the database', () => {
  it('has it stand still until it is let go', async () => {
    const holding = new Holding('proving_0');
    const pid = runningAs('postgres: holdfast proving_0 127.0.0.1(40404) UPDATE waiting');
    expect(holding.hold(pid)).toBe(canHold);
    await until(standsStill(pid), (stands) => stands === canHold);
    holding.letGo(pid);
    await until(standsStill(pid), (stands) => !stands);
  });

  it('leaves every other process alone, that of another database too', () => {
    const holding = new Holding('proving_0');
    expect(holding.hold(runningAs('postgres: holdfast proving_1 127.0.0.1(40404) UPDATE waiting'))).toBe(false);
    expect(holding.hold(runningAs('node proving_0'))).toBe(false);
    expect(holding.hold(2 ** 22)).toBe(false);
  });
});
