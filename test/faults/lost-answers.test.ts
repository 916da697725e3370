import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Api, openCheckout, readySeller, syncDocument } from '../support/api.js';
import { openWorld, type TestWorld } from '../support/world.js';

interface Refunded {
  refundPayment: { payment: { amountRefunded: { amount: number } } | null; userErrors: { code: string }[] };
}

describe('a refund whose answer is lost', () => {
  let world: TestWorld;
  let seller: Api;
  let paymentId: string;
  let earlier: Set<string>;
  beforeAll(async () => {
    world = await openWorld();
    seller = await readySeller(world);
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    const session = await openCheckout(world, seller.accountId);
    await world.control(`checkout/sessions/${session}/pay`);
    const { syncCheckoutSession } = await seller.run<{ syncCheckoutSession: { payment: { id: string } } }>(syncDocument, {
      id: seller.accountId,
      session,
    });
    paymentId = syncCheckoutSession.payment.id;
    earlier = new Set((await refunds()).map(({ id }) => id));
  });

  const refunds = async () => ((await world.stripeState()) as unknown as { refunds: { id: string; amount: number }[] }).refunds;
  const newRefunds = async () => (await refunds()).filter(({ id }) => !earlier.has(id));
  const fail = (kind: string, times: number) => world.control('faults', { method: 'POST', path: '/v1/refunds', kind, times });
  const refund = (idempotencyKey: string, amount = 1_000) =>
    seller.run<Refunded>(
      'mutation ($id: ID!, $amount: MinorUnits, $key: String) { refundPayment(input: { paymentId: $id, amount: $amount, idempotencyKey: $key }) { payment { amountRefunded { amount } } userErrors { code } } }',
      { id: paymentId, amount, key: `${paymentId} ${idempotencyKey}` },
    );

  it('is found at Stripe where Stripe made it: the caller is told so at once', async () => {
    await fail('drop_after', 30);
    expect((await refund('one')).refundPayment).toEqual({ payment: { amountRefunded: { amount: 1_000 } }, userErrors: [] });
    await world.control('faults/clear');
    expect(await newRefunds()).toMatchObject([{ amount: 1_000 }]);
  }, 60_000);

  it('goes on when it is asked for again under its key, and is made once', async () => {
    await fail('drop_before', 30);
    expect((await refund('one')).refundPayment.userErrors).toMatchObject([{ code: 'STRIPE_UNAVAILABLE' }]);
    await world.control('faults/clear');
    const both = await Promise.all([refund('one'), refund('one')]);
    expect(both.map(({ refundPayment }) => refundPayment)).toEqual(Array(2).fill({ payment: { amountRefunded: { amount: 1_000 } }, userErrors: [] }));
    expect(await newRefunds()).toMatchObject([{ amount: 1_000 }]);
  }, 60_000);

  it('is told again under its key when Stripe refused it, and may be asked for under another', async () => {
    await fail('refuse', 1);
    for (let times = 0; times < 2; times++) expect((await refund('one')).refundPayment.userErrors).toMatchObject([{ code: 'STRIPE_REFUSED' }]);
    expect((await refund('two', 2_500)).refundPayment).toEqual({ payment: { amountRefunded: { amount: 2_500 } }, userErrors: [] });
    expect(await newRefunds()).toMatchObject([{ amount: 2_500 }]);
  });
});
