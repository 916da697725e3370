import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { hourMs, later } from '../../src/base/clock.js';
import { resumers } from '../../src/jobs/schedule.js';
import { resumeDueOperations } from '../../src/operations/resume.js';
import { type Api, openCheckout, readySeller, syncDocument } from '../support/api.js';
import { askedOfStripe, type Wanted } from '../support/asked-of-stripe.js';
import { turnTo } from '../support/marketplace.js';
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
  });

  it('goes on when it is asked for again under its key, and is made once', async () => {
    await fail('drop_before', 30);
    expect((await refund('one')).refundPayment.userErrors).toMatchObject([{ code: 'STRIPE_UNAVAILABLE' }]);
    await world.control('faults/clear');
    const both = await Promise.all([refund('one'), refund('one')]);
    expect(both.map(({ refundPayment }) => refundPayment)).toEqual(Array(2).fill({ payment: { amountRefunded: { amount: 1_000 } }, userErrors: [] }));
    expect(await newRefunds()).toMatchObject([{ amount: 1_000 }]);
  });

  it('is told again under its key when Stripe refused it, and may be asked for under another', async () => {
    await fail('refuse', 1);
    for (let times = 0; times < 2; times++) expect((await refund('one')).refundPayment.userErrors).toMatchObject([{ code: 'STRIPE_REFUSED' }]);
    expect((await refund('two', 2_500)).refundPayment).toEqual({ payment: { amountRefunded: { amount: 2_500 } }, userErrors: [] });
    expect(await newRefunds()).toMatchObject([{ amount: 2_500 }]);
  });
});

describe('an account made or deleted, a membership canceled or ended, with the answer lost', () => {
  let world: TestWorld;
  let all: Wanted[];
  beforeAll(async () => {
    world = await openWorld({}, { works: false });
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    all = await askedOfStripe(world);
  });
  afterEach(() => world.control('faults/clear'));

  const resume = () => resumeDueOperations(world.app.openWork(), resumers, 20);
  const drop = (kind: 'drop_before' | 'drop_after') => Promise.all(all.map(({ at }) => world.control('faults', { ...at, kind, times: 1_000 })));

  it('is found at Stripe where Stripe did it', async () => {
    await drop('drop_after');
    await Promise.all(all.map(({ ask }) => ask()));
    for (const wanted of all)
      expect(await wanted.outcome()).toEqual({ what: wanted.what, done: true, shown: true, operations: [{ generation: 1, state: 'SUCCEEDED' }] });
  });

  it('happens in the end, once, where Stripe never did it and has forgotten the key', async () => {
    await drop('drop_before');
    await Promise.all(all.map(({ ask }) => ask()));
    await turnTo(world, later(world.app.openWork().clock.now(), 26 * hourMs));
    await resume();
    const [never, again] = [
      { generation: 1, state: 'REJECTED' },
      { generation: 2, state: 'INTENDED' },
    ];
    for (const wanted of all) expect(await wanted.outcome()).toEqual({ what: wanted.what, done: false, shown: false, operations: [never, again] });

    await world.control('faults/clear');
    await Promise.all([resume(), resume()]);
    for (const wanted of all)
      expect(await wanted.outcome()).toEqual({ what: wanted.what, done: true, shown: true, operations: [never, { ...again, state: 'SUCCEEDED' }] });
  });
});
