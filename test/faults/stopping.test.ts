import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readySeller } from '../support/api.js';
import { fillDueSettlements } from '../support/due-settlements.js';
import { topUp } from '../support/marketplace.js';
import { until } from '../support/until.js';
import { runWorker, startWorker } from '../support/worker-process.js';
import { openWorld, type TestWorld } from '../support/world.js';

const dueCount = 80;

describe('a worker that is told to stop while it settles', () => {
  let world: TestWorld;
  beforeAll(async () => {
    world = await openWorld({}, { works: false });
    const seller = await readySeller(world);
    await fillDueSettlements(world, seller.accountId, dueCount);
    await topUp(world, dueCount * 5_000);
    await world.control('faults', { path: '/v1/transfers', kind: 'delay', delayMs: 200, times: 1_000 });
  });
  afterAll(() => world.close());

  const transfers = async () => ((await world.stripeState()) as unknown as { transfers: object[] }).transfers.length;
  const countOf = async (status: 'PENDING' | 'SETTLING' | 'SETTLED') =>
    (await world.app.openWork().read.selectFrom('settlement').select('id').where('status', '=', status).execute()).length;

  it('finishes and records what it has claimed, claims nothing more, and leaves the rest to the next one', async () => {
    const worker = await startWorker(world);
    await until(transfers, (count) => count > 0);
    expect(await countOf('SETTLING')).toBeGreaterThan(0);
    expect(await worker.stop()).toBe(0);

    expect(await countOf('SETTLING')).toBe(0);
    const settled = await countOf('SETTLED');
    expect(settled).toBe(await transfers());
    expect([settled > 0, await countOf('PENDING')]).toEqual([true, dueCount - settled]);
    expect(settled).toBeLessThan(dueCount);

    await world.control('faults/clear');
    expect(await runWorker(world)).toBeNull();
    expect([await countOf('SETTLED'), await transfers()]).toEqual([dueCount, dueCount]);
  });
});
