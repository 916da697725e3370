import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { marketplaceOf, openSimulated, refused } from '../../test/support/simulated.js';
import { faultKinds } from './faults.js';
import type { Simulator } from './server.js';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await openSimulated();
});
afterAll(() => simulator.close());

/** What the SDK makes of each, whether the work was done, and what the same key brings afterwards. */
const told: [kind: (typeof faultKinds)[number], error: string, isDone: boolean, again: 'done' | 'the same'][] = [
  ['rate_limit', 'StripeRateLimitError rate_limit', false, 'done'],
  ['lock_timeout', 'StripeRateLimitError lock_timeout', false, 'done'],
  ['key_in_use', 'StripeAPIError idempotency_key_in_use', false, 'done'],
  ['unauthorized', 'StripeAuthenticationError undefined', false, 'done'],
  ['forbidden', 'StripePermissionError undefined', false, 'done'],
  ['server_error', 'StripeAPIError undefined', false, 'done'],
  ['html', 'StripeAPIError undefined', false, 'done'],
  ['drop_before', 'StripeConnectionError undefined', false, 'done'],
  ['refuse', 'StripeInvalidRequestError resource_missing', false, 'the same'],
  ['server_error_stored', 'StripeAPIError undefined', false, 'the same'],
  ['truncate', 'StripeConnectionError undefined', true, 'done'],
  ['drop_after', 'StripeConnectionError undefined', true, 'done'],
  ['delay', 'none', true, 'done'],
];

describe('a call that is to fail', () => {
  it('can do so in every way there is', () => {
    expect(told.map(([kind]) => kind)).toEqual([...faultKinds]);
  });

  it.each(told)('by %s is told as %s, and its key brings what Stripe would', async (kind, error, isDone, again) => {
    const { stripe, control } = await marketplaceOf(simulator, `fault_${kind}`);
    const times = kind.startsWith('drop') ? 2 : 1; // the SDK asks once more by itself where a connection it had kept open is cut
    await control('faults', { path: '/v1/topups', kind, times, delayMs: kind === 'delay' ? 5 : 0 });
    const ask = () =>
      stripe.topups.create({ amount: 100, currency: 'usd' }, { idempotencyKey: 'one' }).then(
        () => 'none',
        (failure: Stripe.errors.StripeError) => `${failure.type} ${failure.code}`,
      );
    expect(await ask()).toBe(error);
    expect((await stripe.topups.list()).data).toHaveLength(isDone ? 1 : 0);
    expect(await ask()).toBe(again === 'done' ? 'none' : error);
    expect((await stripe.topups.list()).data).toHaveLength(again === 'done' ? 1 : 0);
  });

  it('may be of one account, one path and a number of times alone', async () => {
    const { stripe, seller, onSeller, control } = await marketplaceOf(simulator, 'narrow');
    await control('faults', { method: 'GET', path: '/v1/*', kind: 'server_error', account: seller, times: 2 });
    const charges = (options: object) => refused(stripe.charges.list({}, options));
    expect([await charges({}), await charges(onSeller), await charges(onSeller), await charges(onSeller)]).toEqual([
      'accepted',
      undefined,
      undefined,
      'accepted',
    ]);
  });

  it('may be so of a part of the calls, drawn by the seed', async () => {
    const { stripe, control } = await marketplaceOf(simulator, 'drawn');
    await control('faults', { path: '/v1/topups', kind: 'rate_limit', probability: 0.3, times: 1_000 });
    const asked = [];
    for (let nth = 0; nth < 100; nth++) asked.push(await refused(stripe.topups.create({ amount: 100, currency: 'usd' })));
    const failed = asked.filter((answer) => answer === 'rate_limit').length;
    expect(failed).toBeGreaterThan(10);
    expect(failed).toBeLessThan(60);
    expect((await stripe.topups.list({ limit: 100 })).data).toHaveLength(100 - failed);
  });
});
