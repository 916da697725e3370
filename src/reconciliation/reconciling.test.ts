import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Api, openCheckout, readySeller, signInAsAdmin, syncDocument } from '../../test/support/api.js';
import { buyOffering, offer, topUp, workThrough } from '../../test/support/marketplace.js';
import { openWorld, type TestWorld } from '../../test/support/world.js';
import { ingestBalance } from './ingesting.js';
import { reconcile } from './reconciling.js';

let world: TestWorld;
let seller: Api;
beforeAll(async () => {
  world = await openWorld({}, { works: false });
  seller = await readySeller(world);
});
afterAll(() => world.close());

const now = () => reconcile(world.app.openWork());
const stripe = async (path: string, body: Record<string, string>, account?: string) => {
  const key = world.app.openWork().config.stripe.secretKey.reveal();
  const answer = await fetch(`${world.stripeUrl}/v1/${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/x-www-form-urlencoded',
      ...(account ? { 'stripe-account': account } : {}),
    },
    body: new URLSearchParams(body),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as { id: string };
};
async function payDirectly(): Promise<string> {
  const session = await openCheckout(world, seller.accountId);
  await world.control(`checkout/sessions/${session}/pay`, { card: 'ok' });
  const { syncCheckoutSession } = await seller.run<{ syncCheckoutSession: { payment: { id: string } } }>(syncDocument, {
    id: seller.accountId,
    session,
  });
  return syncCheckoutSession.payment.id;
}

describe('Stripe’s balance beside the books', () => {
  it('is nothing on both sides at first', async () => {
    expect(await now()).toMatchObject({ ok: true, residual: [] });
  });

  it('agrees to the cent on fees of sellers’ own charges, what Stripe takes for them, and fees given back', async () => {
    const paymentId = await payDirectly(); // 25.00: 3.00 for the platform, of which Stripe takes 1.03
    expect(await now()).toMatchObject({
      ok: true,
      currencies: [{ currency: 'USD', atStripeMinor: 197, linesMinor: 197, bookedMinor: 197, residualMinor: 0 }],
    });
    await seller.run('mutation ($id: ID!) { refundPayment(input: { paymentId: $id, amount: 1000 }) { userErrors { message } } }', { id: paymentId });
    expect(await now()).toMatchObject({ ok: true, residual: [], currencies: [{ bookedMinor: 77 }] });
  });

  it('agrees on charges of the platform’s own, and on refunds made at Stripe', async () => {
    const offering = await offer(seller, { unitPrice: 2_500, inDays: 10 });
    const paymentId = await buyOffering(world, offering.id, 2);
    const { chargeId } = await world.app
      .openWork()
      .read.selectFrom('payment')
      .select('chargeId')
      .where('id', '=', paymentId)
      .executeTakeFirstOrThrow();
    await stripe('refunds', { charge: chargeId as string, amount: '1400' });
    await workThrough(world);
    expect(await now()).toMatchObject({ ok: true, residual: [] });
  });

  it('names a difference with whose it is, until what Stripe did is heard of', async () => {
    const offering = await offer(seller, { unitPrice: 2_500, inDays: 10 });
    const paymentId = await buyOffering(world, offering.id);
    const { chargeId } = await world.app
      .openWork()
      .read.selectFrom('payment')
      .select('chargeId')
      .where('id', '=', paymentId)
      .executeTakeFirstOrThrow();
    await world.control('webhooks', { mode: 'delay' });
    await stripe('refunds', { charge: chargeId as string, amount: '100' });
    const admin = await signInAsAdmin(world);
    const { reconciliation } = await admin.run<{ reconciliation: object }>('{ reconciliation { residual { subject class account { id } } } }');
    expect(reconciliation).toEqual({ residual: [{ subject: paymentId, class: 'AMOUNT', account: { id: seller.accountId } }] });
    await world.control('webhooks', { mode: 'normal' });
    await workThrough(world);
    expect(await now()).toMatchObject({ ok: true, residual: [] });
  });

  it('warns where automatic payouts would take what is held for sellers, until they are manual', async () => {
    const pay = (interval: string) => stripe('balance_settings', { 'payments[payouts][schedule][interval]': interval });
    await pay('daily');
    expect((await now()).warnings).toEqual([expect.stringMatching(/automatic payouts would take [\d.]+ USD that is held for sellers/)]);
    await pay('manual');
    expect((await now()).warnings).toEqual([]);
  });

  it('keeps the platform’s own money apart, and takes each line once', async () => {
    await topUp(world, 7_000);
    const { ok, currencies } = await now();
    expect({ ok, currencies }).toMatchObject({ ok: true, currencies: [{ platformMinor: 7_000 }] });
    const takers = await Promise.all(Array.from({ length: 5 }, () => ingestBalance(world.app.openWork())));
    expect(takers.reduce((sum, count) => sum + count, 0)).toBe(0);
  });

  it('names what only Stripe knows, with its amount and age, and plugs nothing', async () => {
    await world.control('clock/advance', { seconds: 3 * 86_400 }); // the seller's own money is available
    const [account] = await world.app.openWork().read.selectFrom('connectedAccount').select('stripeAccountId').execute();
    const made = await stripe('transfers', { amount: '900', currency: 'usd', destination: account?.stripeAccountId as string });
    const { ok, residual, currencies } = await now();
    expect(ok).toBe(false);
    expect(residual).toMatchObject([{ class: 'UNKNOWN', currency: 'USD', movedMinor: -900, bookedMinor: 0, lines: expect.stringMatching(/^txn_/) }]);
    expect(currencies).toMatchObject([{ residualMinor: -900, ok: false }]);
    await stripe(`transfers/${made.id}/reversals`, {});
    const admin = await signInAsAdmin(world);
    const { reconciliation } = await admin.run<{ reconciliation: object }>(
      '{ reconciliation { ok currencies { ok residual { decimal } } residual { class moved { decimal } since lines } } }',
    );
    expect(reconciliation).toMatchObject({
      ok: false,
      currencies: [{ residual: { decimal: '0.00' } }],
      residual: expect.arrayContaining([
        expect.objectContaining({ moved: { decimal: '-9.00' } }),
        expect.objectContaining({ moved: { decimal: '9.00' } }),
      ]),
    });
  });
});
