import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { allOf } from './batch.js';

describe('several calls at once', () => {
  it('are at most as many at a time as the limit says, and all of them have an outcome in their place', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('answers', 'fails', 'breaks')), fc.integer({ min: -1, max: 9 }), async (fates, limit) => {
        let running = 0;
        let most = 0;
        const calls = fates.map((fate, index) => ({
          label: `${index} ${fate}`,
          run: () => {
            if (fate === 'breaks') throw new Error('broken');
            most = Math.max(most, ++running);
            return Promise.resolve().then(() => {
              running--;
              if (fate === 'fails') throw new Error('failed');
              return index;
            });
          },
        }));
        const outcomes = await allOf(calls, limit);
        expect(outcomes.map(({ label, ok }) => [label, ok])).toEqual(fates.map((fate, index) => [`${index} ${fate}`, fate === 'answers']));
        expect(most).toBeLessThanOrEqual(Math.max(1, limit));
      }),
    );
  });
});
