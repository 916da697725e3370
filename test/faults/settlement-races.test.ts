import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { dayMs, hourMs, later } from '../../src/base/clock.js';
import { recordDispute } from '../../src/disputes/recording.js';
import { reconcile } from '../../src/reconciliation/reconciling.js';
import { settleDue } from '../../src/settlements/settling.js';
import { type Api, readySeller } from '../support/api.js';
import { buyOffering, offer, stripeBalance, topUp, turnTo, workThrough } from '../support/marketplace.js';
import { openWorld, type TestWorld } from '../support/world.js';

const offeringCount = 12;
let world: TestWorld;
let seller: Api;
beforeAll(async () => {
  world = await openWorld({ PLATFORM_FEE_FIXED: '0' }, { works: false });
  seller = await readySeller(world);
});
afterAll(() => world.close()); // which audits the books

describe('a dispute that is recorded while the settlement of its purchase is being refused', () => {
  it('holds that purchase and pays the others, whichever comes first', async () => {
    await world.control('webhooks', { mode: 'off' });
    const disputed: string[] = [];
    let due = world.app.openWork().clock.now();
    for (let n = 0; n < offeringCount; n++) {
      const offering = await offer(seller, { unitPrice: 2_500, inDays: 10 });
      await buyOffering(world, offering.id, 1, 'grace@example.com');
      disputed.push(await buyOffering(world, offering.id, 1));
      due = later(new Date(offering.deliversAt), dayMs);
    }
    const payments = await world.app.openWork().read.selectFrom('payment').select(['id', 'chargeId']).where('id', 'in', disputed).execute();
    const disputes = await Promise.all(
      payments.map(async ({ chargeId }) => (await world.control(`charges/${chargeId}/dispute`, { reason: 'fraudulent' }))['id'] as string),
    );
    await turnTo(world, due);
    await topUp(world, 100_000);
    for (let nth = 0; nth < offeringCount; nth++)
      await world.control('faults', { method: 'POST', path: '/v1/transfers', kind: 'refuse', code: 'balance_insufficient', times: 1 });

    const recording = disputes.map(async (id, nth) => {
      await new Promise((resolve) => setTimeout(resolve, nth * 4)); // spread over the time the transfers take
      await recordDispute(world.app.openWork(), null, id);
    });
    await Promise.all([settleDue(world.app.openWork(), 50), ...recording]);
    await turnTo(world, later(due, 2 * hourMs));
    await workThrough(world);

    expect((await stripeBalance(world)).seller.available).toBe(offeringCount * 2_500);
    const open = await world.app.openWork().read.selectFrom('transferReversal').select('status').where('status', '!=', 'WITHDRAWN').execute();
    expect(open).toEqual([]); // nothing was paid that had to be taken back
    expect((await reconcile(world.app.openWork())).residual).toEqual([]);
  });
});

describe('a settlement that cannot be right', () => {
  it('is set aside and said aloud, and holds up no other', async () => {
    const offerings = [await offer(seller, { unitPrice: 2_500, inDays: 10 }), await offer(seller, { unitPrice: 2_500, inDays: 10 })];
    const [wrong] = [await buyOffering(world, offerings[0]?.id as string), await buyOffering(world, offerings[1]?.id as string)];
    const owner = new pg.Client({ connectionString: world.databaseUrl });
    await owner.connect();
    await owner.query(`alter table settlement_line add constraint planted check (paid_minor is null or payment_id <> '${wrong}')`); // as a defect of ours might
    const before = (await stripeBalance(world)).seller.available;
    try {
      await turnTo(world, later(new Date(offerings[1]?.deliversAt as string), dayMs));
      await settleDue(world.app.openWork(), 50);
      expect((await stripeBalance(world)).seller.available).toBe(before + 2_500);
      expect(await settleDue(world.app.openWork(), 50)).toBe(0);
    } finally {
      await owner.query('alter table settlement_line drop constraint planted');
      await owner.end();
    }
    await turnTo(world, later(world.app.openWork().clock.now(), 2 * hourMs));
    await settleDue(world.app.openWork(), 50);
    expect((await stripeBalance(world)).seller.available).toBe(before + 5_000);
  });
});
