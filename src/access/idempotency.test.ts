import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openGround, type TestGround } from '../../test/support/ground.js';
import { hourMs, minuteMs, secondMs } from '../base/clock.js';
import { Refusal } from '../base/errors.js';
import { atomically } from '../db/work.js';
import { type KeyedRequest, onceByKey, type Remember } from './idempotency.js';

let ground: TestGround;
let asked: KeyedRequest;
let runs: number;
let keys = 0;

beforeAll(async () => {
  ground = await openGround();
});
beforeEach(() => {
  asked = { caller: 'per_luna', key: `key ${++keys}`, operation: 'refund', request: { paymentId: 'pay_1', amountMinor: 1_000 } };
  runs = 0;
});
afterAll(() => ground.close());

const make = async () => `ref_${++runs}`;
const once = (run: (remember: Remember) => Promise<string> = make, change: Partial<KeyedRequest> = {}) =>
  onceByKey(ground.work, { ...asked, ...change }, run);

/** A run that waits until it is told how to end. */
function held() {
  const { promise: started, resolve: begin } = Promise.withResolvers<void>();
  const { promise: end, resolve, reject } = Promise.withResolvers<string>();
  const run = () => {
    begin();
    return end;
  };
  return { started, run, resolve, reject };
}

describe('a request under an idempotency key', () => {
  it('runs once, and a repeat answers what the first made', async () => {
    expect(await once()).toEqual({ subjectId: 'ref_1', replayed: false });
    expect(await once()).toEqual({ subjectId: 'ref_1', replayed: true });
    expect(runs).toBe(1);
  });

  it('runs once of twenty that come at once; the others are answered the same, or told to wait', async () => {
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => once()));
    expect(runs).toBe(1);
    for (const answer of answers) {
      if (answer.status === 'fulfilled') expect(answer.value.subjectId).toBe('ref_1');
      else expect(answer.reason).toMatchObject({ code: 'IDEMPOTENCY_KEY_IN_USE' });
    }
  });

  it('is the same request in whatever order its fields came', async () => {
    await once();
    expect(await once(make, { request: { amountMinor: 1_000, paymentId: 'pay_1' } })).toMatchObject({ replayed: true });
  });

  it.each([
    ['another amount', { request: { paymentId: 'pay_1', amountMinor: 2_000 } }],
    ['another action', { operation: 'checkout' }],
  ])('is refused with %s under a key that was used', async (_, change) => {
    await once();
    await expect(once(make, change)).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(runs).toBe(1);
  });

  it('does not meet the same key of another caller', async () => {
    await once();
    expect(await once(make, { caller: 'per_sol' })).toEqual({ subjectId: 'ref_2', replayed: false });
  });

  it('frees its key when it is refused', async () => {
    const refused = once(async () => {
      throw new Refusal('NOT_REFUNDABLE', 'Nothing is left.');
    });
    await expect(refused).rejects.toMatchObject({ code: 'NOT_REFUNDABLE' });
    expect(await once()).toEqual({ subjectId: 'ref_1', replayed: false });
  });

  it('keeps its key for what it has made, even when the rest of it fails', async () => {
    const failed = once(async (remember) => {
      await atomically(ground.work, (tx) => remember(tx, 'ref_made'));
      throw new Refusal('STRIPE_UNAVAILABLE', 'Stripe does not answer.');
    });
    await expect(failed).rejects.toMatchObject({ code: 'STRIPE_UNAVAILABLE' });
    expect(await once()).toEqual({ subjectId: 'ref_made', replayed: true });
  });

  it('is over after 24 hours: a later use starts afresh, with any request', async () => {
    await once();
    ground.clock.advance(24 * hourMs - secondMs);
    expect(await once()).toMatchObject({ replayed: true });
    ground.clock.advance(secondMs);
    expect(await once(make, { request: { paymentId: 'pay_2' } })).toEqual({ subjectId: 'ref_2', replayed: false });
  });

  it('that died with its process may be run again after 90 seconds, not before', async () => {
    const first = held();
    const died = once(first.run);
    await first.started;
    ground.clock.advance(89 * secondMs);
    await expect(once()).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_IN_USE' });
    ground.clock.advance(secondMs);
    expect(await once()).toEqual({ subjectId: 'ref_1', replayed: false });
    first.resolve('ref_late'); // it lives after all
    await expect(died).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_IN_USE' });
    expect(await once()).toEqual({ subjectId: 'ref_1', replayed: true });
  });

  it('that fails late does not free the key of the one that followed', async () => {
    const [first, second] = [held(), held()];
    const died = once(first.run);
    await first.started;
    ground.clock.advance(2 * minuteMs);
    const followed = once(second.run);
    await second.started;
    first.reject(new Error('late'));
    await expect(died).rejects.toThrow('late');
    await expect(once()).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_IN_USE' });
    second.resolve('ref_2');
    expect(await followed).toEqual({ subjectId: 'ref_2', replayed: false });
  });

  it.each(['', 'é', 'a\u0000b', 'x'.repeat(256)])('is refused for a key that is no key: %j', async (key) => {
    await expect(once(make, { key })).rejects.toMatchObject({ code: 'INVALID', path: ['idempotencyKey'] });
    expect(runs).toBe(0);
  });
});
