import { describe, expect, it } from '@jest/globals';
import { allOver, eachInLanes, inLanes } from './lanes.js';

describe('many in lanes', () => {
  it('are all taken, no more than so many at once', async () => {
    const taken: number[] = [];
    let [underWay, most] = [0, 0];
    await eachInLanes([1, 2, 3, 4, 5, 6, 7], 3, async (one) => {
      most = Math.max(most, ++underWay);
      await Promise.resolve();
      taken.push(one);
      underWay--;
    });
    expect(taken).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(most).toBe(3);
  });

  it('go on past one that fails, which is told when the last is over', async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const taken: string[] = [];
    let isOver = false;
    const running = eachInLanes(['fails', 'is slow', 'comes after', 'comes last'], 3, async (one) => {
      if (one === 'fails') throw new Error('the connection is lost');
      if (one === 'is slow') await held;
      taken.push(one);
    }).finally(() => {
      isOver = true;
    });
    const failing = expect(running).rejects.toThrow('the connection is lost');
    await new Promise((resolve) => setImmediate(resolve));
    expect({ taken, isOver }).toEqual({ taken: ['comes after', 'comes last'], isOver: false });
    release();
    await failing;
    expect(taken).toEqual(['comes after', 'comes last', 'is slow']);
  });
});

describe('several that run', () => {
  it('answer in their own order, whichever was first', async () => {
    const later = new Promise<string>((resolve) => setImmediate(() => resolve('one')));
    expect(await allOver([later, Promise.resolve('two')])).toEqual(['one', 'two']);
  });
});

/** So many rows that are due, and what was leased of them each time. */
function due(count: number) {
  const rows = Array.from({ length: count }, (_, index) => index);
  const leases: number[] = [];
  return {
    leases,
    async lease(limit: number) {
      const taken = rows.splice(0, limit);
      leases.push(taken.length);
      return taken;
    },
  };
}

describe('lanes that lease what is due', () => {
  it('take each row once, a lane full at a time, and answer the sum', async () => {
    const { lease, leases } = due(20);
    const taken: number[] = [];
    const sum = await inLanes({ lease, take: async (row) => taken.push(row) && row, lanesMax: 8, turnMs: 10_000 });
    expect(taken.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(sum).toBe(190);
    expect(leases.slice(0, 3)).toEqual([8, 8, 4]);
    expect(leases.slice(3).every((count) => count === 0)).toBe(true);
  });

  it('go past one that hangs', async () => {
    const { lease } = due(20);
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const { promise: othersDone, resolve: done } = Promise.withResolvers<void>();
    let count = 0;
    const running = inLanes({
      lease,
      async take(row) {
        if (row === 3) await released;
        else if (++count === 19) done();
        return 1;
      },
      lanesMax: 4,
      turnMs: 10_000,
    });
    await othersDone;
    release();
    expect(await running).toBe(20);
  });

  it('lease no more once the turn is over, and leave nothing they have leased', async () => {
    const { lease, leases } = due(100);
    expect(await inLanes({ lease, take: async () => 1, lanesMax: 8, turnMs: 0 })).toBe(8);
    expect(leases).toEqual([8]);
  });

  it('are none where nothing is due', async () => {
    const { lease, leases } = due(0);
    expect(await inLanes({ lease, take: async () => 1, lanesMax: 8, turnMs: 10_000 })).toBe(0);
    expect(leases).toEqual([0]);
  });
});
