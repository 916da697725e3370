import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ScheduleBuilder } from './schedule-builder.js';

describe('a schedule builder', () => {
  it('answers the plain parameters that could be written by hand', () => {
    const built = new ScheduleBuilder('cus_1').phase('price_1', 1, { count: 3, interval: 'month' }).build();
    expect(built).toEqual({
      customer: 'cus_1',
      start_date: 'now',
      end_behavior: 'release',
      phases: [{ items: [{ price: 'price_1', quantity: 1 }], duration: { interval: 'month', interval_count: 3 } }],
    });
  });

  it('keeps every phase, in the order they were said', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.stringMatching(/^price_\w{1,8}$/), fc.integer({ min: 1, max: 99 })), { minLength: 1 }), (said) => {
        const builder = new ScheduleBuilder('cus_1').starting(1_795_000_000).ending('cancel');
        for (const [price, quantity] of said) builder.phase(price, quantity, { count: 1, interval: 'week' });
        expect(builder.build().phases?.map(({ items }) => [items[0]?.price, items[0]?.quantity])).toEqual(said);
      }),
    );
  });

  it('refuses what Stripe would, before it is asked', () => {
    const month = { count: 1, interval: 'month' } as const;
    expect(() => new ScheduleBuilder('cus_1').build()).toThrow('at least one phase');
    expect(() => new ScheduleBuilder('cus_1').phase('', 1, month)).toThrow('Phase 1 has no price');
    expect(() => new ScheduleBuilder('cus_1').phase('price_1', 1, month).phase('price_2', 1, { ...month, count: 0 })).toThrow('Phase 2 lasts');
  });
});
