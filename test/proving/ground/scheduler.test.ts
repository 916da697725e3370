import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { at, TurnableClock } from '../../../src/base/clock.js';
import type { Backends } from './flights.js';
import { type Gate, Scheduler } from './scheduler.js';

/** A database in which nobody waits, but for what is said otherwise. */
function schedulerOver(backends: Partial<Backends> = {}): Scheduler {
  const nobody: Backends = { blocked: async () => new Map(), cancel: async () => undefined, hold: () => false, letGo: () => undefined };
  return new Scheduler(new TurnableClock(at(0)), { ...nobody, ...backends });
}

describe('what is done alone', () => {
  it('goes the same way each time: one of its lanes after the other, however long each takes', async () => {
    for (const slowest of ['first', 'other', 'third']) {
      const scheduler = schedulerOver();
      const done: string[] = [];
      const lane = async (name: string) => {
        for (let times = 0; times < 2; times++) {
          await scheduler.fly(1, name, () => pause(name === slowest ? 8 : 0));
          done.push(name);
        }
      };
      await scheduler.alone(() => Promise.all(['first', 'other', 'third'].map(lane)));
      expect(done).toEqual(['first', 'first', 'other', 'other', 'third', 'third']);
    }
  });

  it('goes on with the next lane where one waits for its lock, and lets that one on again once nobody else is under way', async () => {
    let isHeld = true;
    const scheduler = schedulerOver({ blocked: async () => new Map(isHeld ? [[1, [2]]] : []) });
    const done: string[] = [];
    const waiting = async () => {
      await scheduler.fly(1, 'waits', async () => {
        while (isHeld) await pause(1);
      });
      done.push('had the lock');
    };
    const holding = async () => {
      await scheduler.fly(2, 'lets go', async () => {
        isHeld = false;
      });
      await scheduler.fly(2, 'goes on', () => pause(8));
      done.push('let it go, and went on');
    };
    await scheduler.alone(() => Promise.all([waiting(), holding()]));
    expect(done).toEqual(['let it go, and went on', 'had the lock']);
  });

  it('waits in simulated time, and fails as what it does fails', async () => {
    const scheduler = schedulerOver();
    await scheduler.alone(() => scheduler.pass('wait', 3_600_000));
    expect(scheduler.clock.now().getTime()).toBeGreaterThanOrEqual(3_600_000);
    await expect(scheduler.alone(() => Promise.reject(new Error('as it must')))).rejects.toThrow('as it must');
  });
});

describe('those whom the end of one transaction lets go on', () => {
  it('go on one after the other, who waited first before the others, however long each takes', async () => {
    for (const slowest of [2, 3, 4]) {
      let isOver = false;
      const held = new Set<number>();
      const scheduler = schedulerOver({
        blocked: async () => new Map(isOver ? [] : [2, 3, 4].map((pid) => [pid, [1]])),
        hold: (pid) => held.add(pid) !== undefined,
        letGo: (pid) => held.delete(pid),
      });
      const done: number[] = [];
      const wait = (pid: number) =>
        scheduler.fly(pid, 'take the row', async () => {
          while (!isOver || held.has(pid)) await pause(1);
          await pause(pid === slowest ? 8 : 0);
          done.push(pid);
        });
      for (const pid of [2, 3, 4]) {
        scheduler.start(`process ${pid}`, 'wants the row', () => wait(pid));
        await scheduler.step(scheduler.gates[0] as Gate);
      }
      const commit = async () => {
        isOver = true;
      };
      scheduler.start('process 1', 'has the row', () => scheduler.fly(1, 'commit', commit));
      await scheduler.step(scheduler.gates[0] as Gate);
      expect(done).toEqual([2, 3, 4]);
    }
  });
});

describe('a process that is killed', () => {
  it('does nothing any more, also where a guard against silence wakes one of its lanes long after', async () => {
    const scheduler = schedulerOver();
    const guard = Promise.withResolvers<void>();
    const done: string[] = [];
    scheduler.start('work 1', 'a job', async () => {
      await Promise.race([scheduler.pass('ask'), guard.promise]);
      done.push('woken');
      await scheduler.fly(1, 'note it', async () => done.push('noted'));
    });
    const stands = () => scheduler.gates.map(({ label }) => label);
    expect(stands()).toEqual(['begin']);
    await scheduler.step(scheduler.gates[0] as Gate);
    expect(stands()).toEqual(['ask']);
    await scheduler.kill('work 1');
    guard.resolve();
    await scheduler.quiet();
    expect(done).toEqual(['woken']);
  });
});
