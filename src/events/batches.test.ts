import { describe, expect, it } from '@jest/globals';
import { inBatches } from './batches.js';

/** Writes that end when the test says so. */
function openWriter() {
  const batches: number[][] = [];
  const ends: ((error?: Error) => void)[] = [];
  const write = (items: number[]) =>
    new Promise<string[]>((resolve, reject) => {
      batches.push(items);
      ends.push((error) => (error ? reject(error) : resolve(items.map((item) => `wrote ${item}`))));
    });
  const add = inBatches({ write, itemsMax: 3, inFlightMax: 2, waitingMax: 10 });
  const turn = () => new Promise((next) => setImmediate(next));
  return { add, batches, ends, turn };
}

describe('single writes that come at once', () => {
  it('go together, so many to a batch and so many batches at a time; each is answered for itself once its batch is', async () => {
    const { add, batches, ends, turn } = openWriter();
    const answers = [1, 2, 3, 4, 5, 6, 7, 8].map((item) => add(item));
    await turn();
    expect(batches).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    ends[1]?.();
    expect(await answers[3]).toBe('wrote 4');
    await turn();
    expect(batches.slice(2)).toEqual([[7, 8]]);
    ends[0]?.();
    ends[2]?.();
    expect(await Promise.all(answers)).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((item) => `wrote ${item}`));
  });

  it('are sent away where as many wait as may, and taken again once some are under way', async () => {
    const { add, turn } = openWriter();
    const waiting = Array.from({ length: 10 }, (_, item) => add(item));
    expect(waiting).not.toContain(null);
    expect(add(11)).toBeNull();
    await turn();
    expect(add(11)).not.toBeNull();
  });

  it('are each tried alone where their batch fails, but not where the database is away', async () => {
    const { add, batches, ends, turn } = openWriter();
    const answers = Promise.allSettled([add(1), add(2)]);
    await turn();
    ends[0]?.(new Error('2 is not to be written'));
    await turn();
    ends[1]?.();
    await turn();
    ends[2]?.(new Error('2 is not to be written'));
    expect((await answers).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(batches).toEqual([[1, 2], [1], [2]]);

    const away = Promise.allSettled([add(3), add(4)]);
    await turn();
    ends[3]?.(Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' }));
    expect((await away).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(batches).toHaveLength(4);
  });
});
