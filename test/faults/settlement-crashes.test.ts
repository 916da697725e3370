import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { dayMs, later } from '../../src/base/clock.js';
import { type Api, readySeller } from '../support/api.js';
import { buyOffering, hearThrough, type Offered, offer, stripeBalance, turnTo } from '../support/marketplace.js';
import { outwait, runWorker } from '../support/worker-process.js';
import { openWorld, type TestWorld } from '../support/world.js';

interface Moved {
  transfers: { id: string; amount: number; transfer_group: string }[];
  reversals: { amount: number }[];
  refunds: { amount: number }[];
}

let world: TestWorld;
let seller: Api;
let offering: Offered;
let paymentId: string;
beforeEach(async () => {
  world = await openWorld({ PLATFORM_FEE_FIXED: '0' }, { works: false });
  seller = await readySeller(world);
  offering = await offer(seller, { unitPrice: 2_500, inDays: 10 });
  paymentId = await buyOffering(world, offering.id, 2);
  await turnTo(world, later(new Date(offering.refundableUntil), dayMs));
});
afterEach(() => world.close()); // which audits the books

const work = (crashAt: string | null = null) => runWorker(world, crashAt);
const dieAndRecover = async (point: string) => {
  expect(await work(point)).toBe('SIGKILL');
  await outwait(world);
  expect(await work()).toBeNull();
};

const moved = async () => (await world.stripeState()) as unknown as Moved;
const sellerHas = async () => (await stripeBalance(world)).seller.available;
const settlement = async () =>
  (
    await seller.run<{ payment: { settlement: object } }>(
      'query ($id: ID!) { payment(id: $id) { settlement { status reversedAmount { decimal } } } }',
      { id: paymentId },
    )
  ).payment.settlement;
async function dispute(): Promise<string> {
  const payment = await world.app.openWork().read.selectFrom('payment').select('chargeId').where('id', '=', paymentId).executeTakeFirstOrThrow();
  const { id } = await world.control(`charges/${payment.chargeId}/dispute`, { reason: 'fraudulent' });
  await hearThrough(world);
  return id as string;
}

describe('a worker killed with SIGKILL while it settles', () => {
  it.each(['settlement.frozen', 'operation.intended', 'operation.answered', 'settlement.recorded'])(
    'at %s has paid the seller once in the end',
    async (point) => {
      await dieAndRecover(point);
      expect((await moved()).transfers.map(({ amount }) => amount)).toEqual([5_000]);
      expect(await sellerHas()).toBe(5_000);
      expect(await settlement()).toMatchObject({ status: 'SETTLED' });
    },
  );

  it('again and again, at a new point each time, has paid the seller once in the end', async () => {
    for (const point of ['settlement.frozen', 'operation.intended', 'operation.answered']) {
      expect(await work(point)).toBe('SIGKILL');
      await outwait(world);
    }
    expect(await work()).toBeNull();
    expect((await moved()).transfers).toHaveLength(1);
    expect(await settlement()).toMatchObject({ status: 'SETTLED' });
  });
});

describe('a worker killed with SIGKILL while it takes money back', () => {
  it.each(['operation.intended', 'operation.answered'])('at %s has taken it back once in the end', async (point) => {
    expect(await work()).toBeNull();
    await dispute();
    await dieAndRecover(point);
    expect((await moved()).reversals.map(({ amount }) => amount)).toEqual([5_000]);
    expect(await sellerHas()).toBe(0);
    expect(await settlement()).toMatchObject({ status: 'REVERSED', reversedAmount: { decimal: '50.00' } });
  });
});

describe('a worker killed with SIGKILL while it gives money back', () => {
  it.each(['operation.intended', 'operation.answered'])('at %s has given it back once in the end', async (point) => {
    expect(await work()).toBeNull();
    const id = await dispute();
    expect(await work()).toBeNull();
    await world.control(`disputes/${id}/close`, { outcome: 'won' });
    await hearThrough(world);
    await dieAndRecover(point);
    expect((await moved()).transfers.map(({ amount }) => amount)).toEqual([5_000, 5_000]); // the settlement, and what was won
    expect(await sellerHas()).toBe(5_000);
    expect(await settlement()).toMatchObject({ status: 'SETTLED', reversedAmount: { decimal: '0.00' } });
  });
});
