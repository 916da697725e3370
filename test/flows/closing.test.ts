import { describe, expect, it } from '@jest/globals';
import { readySeller } from '../support/api.js';
import { openWorld } from '../support/world.js';

describe('a server that is told to stop', () => {
  it('finishes the checkout it has begun, tells the next caller to go elsewhere, and does not wait for idle connections', async () => {
    const world = await openWorld();
    const seller = await readySeller(world);
    await fetch(`${world.url}/healthz`); // leaves a connection open
    await world.control('faults', { kind: 'delay', path: '/v1/checkout/sessions', delayMs: 700 });
    const begun = fetch(`${world.url}/c/${seller.accountId}`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ email: 'ada@example.com', kind: 'one-time' }),
    });
    const work = world.app.openWork();
    const isBegun = async () => (await work.read.selectFrom('purchaseSession').select('id').executeTakeFirst()) !== undefined;
    while (!(await isBegun())) await new Promise(setImmediate);

    const startedMs = performance.now();
    const closed = world.close();
    const answer = await begun;
    expect([answer.status, answer.headers.get('location')]).toEqual([303, expect.stringContaining('/c/pay/cs_test_')]);
    expect(answer.headers.get('connection')).toBe('close');
    await closed;
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    await expect(fetch(`${world.url}/healthz`)).rejects.toThrow();
  });
});
