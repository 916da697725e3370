import { describe, expect, it } from '@jest/globals';
import { secondMs } from '../../src/base/clock.js';
import { openWorld } from '../support/world.js';
import { fuzz } from './fuzzing.js';

const megabyte = 1024 * 1024;

describe('five thousand documents and five thousand requests that nobody thought of, or as many as fit into some seconds', () => {
  it('meet no defect, are told nothing of the inside, and leave neither memory nor money out of place', async () => {
    const world = await openWorld({}, { works: false });
    try {
      const { documents, requests } = await fuzz(world, { documents: 5_000, requests: 5_000, seed: 'every run the same', msMax: 12 * secondMs });
      for (const { count, problems, grownBytes, statuses } of [documents, requests]) {
        expect(problems).toEqual([]);
        expect(grownBytes).toBeLessThan(50 * megabyte);
        expect(count).toBeGreaterThan(100);
        expect(statuses['200']).toBeGreaterThan(count / 20); // a good part of them is understood
      }
    } finally {
      await world.close(); // fails where the books are broken
    }
  });
});
