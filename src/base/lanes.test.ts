import { describe, expect, it } from '@jest/globals';
import { allOver, eachInLanes } from './lanes.js';

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
