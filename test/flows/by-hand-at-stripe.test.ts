import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dayMs, later } from '../../src/base/clock.js';
import { balances } from '../../src/ledger/balances.js';
import { reconcile } from '../../src/reconciliation/reconciling.js';
import { type Api, openCheckout, readySeller, signInAsAdmin, syncDocument } from '../support/api.js';
import { buyOffering, offer, topUp, turnTo, workThrough } from '../support/marketplace.js';
import { openWorld, type TestWorld } from '../support/world.js';

/** Somebody works in Stripe's own dashboard, past all of this. */
describe('what is done by hand at Stripe', () => {
  let world: TestWorld;
  let seller: Api;
  beforeAll(async () => {
    world = await openWorld({ PLATFORM_VAT_BPS: '2100' }, { works: false });
    seller = await readySeller(world);
  });
  afterAll(() => world.close());

  async function atStripe<T = { id: string }>(path: string, body: Record<string, string>): Promise<T> {
    const answer = await fetch(`${world.stripeUrl}/v1/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.app.openWork().config.stripe.secretKey.reveal()}` },
      body: new URLSearchParams(body),
    });
    if (!answer.ok) throw new Error(await answer.text());
    await workThrough(world);
    return (await answer.json()) as T;
  }
  const reconciled = () => reconcile(world.app.openWork());

  it('to a fee, in parts and beside a refund of ours, is in the books to the cent', async () => {
    const session = await openCheckout(world, seller.accountId);
    await world.control(`checkout/sessions/${session}/pay`);
    const { syncCheckoutSession } = await seller.run<{ syncCheckoutSession: { payment: { id: string } } }>(syncDocument, {
      id: seller.accountId,
      session,
    });
    const { id } = syncCheckoutSession.payment;
    const { applicationFeeId } = await world.app
      .openWork()
      .read.selectFrom('payment')
      .select('applicationFeeId')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    await atStripe(`application_fees/${applicationFeeId}/refunds`, { amount: '50' });
    expect(await reconciled()).toMatchObject({ ok: true, residual: [] });
    await atStripe(`application_fees/${applicationFeeId}/refunds`, { amount: '33' });
    await seller.run('mutation ($id: ID!) { refundPayment(input: { paymentId: $id, amount: 1250, returnFee: true }) { userErrors { code } } }', {
      id,
    });
    await workThrough(world);
    expect(await reconciled()).toMatchObject({ ok: true, residual: [] });
    await atStripe(`application_fees/${applicationFeeId}/refunds`, {});
    expect(await reconciled()).toMatchObject({ ok: true, residual: [] });
    const { posted } = await world.app
      .openWork()
      .read.selectFrom('posting')
      .select((row) => row.fn.sum<string>('amountMinor').as('posted'))
      .where('ledgerAccount', 'in', ['commission', 'vat_payable'])
      .executeTakeFirstOrThrow();
    expect(Number(posted)).toBe(0); // all of the fee has gone back
  });

  const ask = (id: string) =>
    seller.run('mutation ($id: ID!) { refundPayment(input: { paymentId: $id, amount: 1350 }) { userErrors { code } } }', { id });
  const refundsAtStripe = async () =>
    ((await world.stripeState()) as unknown as { refunds: { id: string; amount: number; status: string }[] }).refunds;

  it.each<[string, (paymentId: string) => Promise<unknown>]>([
    ['', ask],
    [
      ' whose answer was lost',
      async (id) => {
        for (const method of ['POST', 'GET']) await world.control('faults', { kind: 'drop_after', method, path: '/v1/refunds', times: 1_000 });
        await ask(id);
      },
    ],
    [
      ' of Stripe’s own',
      async (id) => {
        const { chargeId } = await world.app.openWork().read.selectFrom('payment').select('chargeId').where('id', '=', id).executeTakeFirstOrThrow();
        await atStripe('refunds', { charge: String(chargeId), amount: '1350' });
      },
    ],
  ])('or by a buyer’s bank to a refund%s leaves books that agree with the balance, and a person with what to do', async (_, refund) => {
    const offering = await offer(seller, { unitPrice: 2_500, inDays: 10 });
    const id = await buyOffering(world, offering.id);
    await topUp(world, 1_000); // Stripe keeps what it took for processing
    await turnTo(world, later(world.app.openWork().clock.now(), 3 * dayMs)); // until the money is available
    const owed = async () =>
      (await balances(world.app.openWork().read)).find(({ ledgerAccount }) => ledgerAccount === 'unclassified')?.balanceMinor ?? 0;
    const owedBefore = await owed();
    await refund(id);
    const made = (await refundsAtStripe()).find(({ status, amount }) => status === 'succeeded' && amount === 1_350);
    await world.control(`refunds/${made?.id}/fail`);
    await workThrough(world);
    await world.control('faults/clear');
    await turnTo(world, later(world.app.openWork().clock.now(), dayMs / 2));
    await workThrough(world);
    const ours = await world.app.openWork().read.selectFrom('refund').select(['stripeRefundId', 'status']).where('paymentId', '=', id).execute();
    expect(ours).toEqual(ours.map(() => ({ stripeRefundId: made?.id, status: 'FAILED' })));
    expect(await reconciled()).toMatchObject({ ok: true, residual: [] });
    expect((await owed()) - owedBefore).toBe(-1_350); // to the buyer
    const admin = await signInAsAdmin(world);
    const { events } = await admin.run<{ events: { nodes: { id: string; type: string; error: string }[] } }>(
      '{ events(state: [PARKED]) { nodes { id type error } } }',
    );
    expect(events.nodes).toMatchObject([
      { type: 'refund.failed', error: expect.stringContaining(`Refund ${made?.id} of 13.50 USD of payment ${id} failed`) },
    ]);
    await admin.run('mutation ($ids: [ID!]) { ignoreEvents(input: { ids: $ids, reason: "Paid to the buyer’s bank account." }) { count } }', {
      ids: events.nodes.map((event) => event.id),
    });
  });

  it('to a transfer is told to staff, with what to do', async () => {
    const offering = await offer(seller, { unitPrice: 2_500, inDays: 10 });
    await buyOffering(world, offering.id);
    await topUp(world, 10_000);
    await turnTo(world, later(new Date(offering.refundableUntil), dayMs));
    await workThrough(world);
    const { stripeTransferId } = await world.app.openWork().read.selectFrom('settlement').select('stripeTransferId').executeTakeFirstOrThrow();
    await atStripe(`transfers/${stripeTransferId}/reversals`, { amount: '700' });
    const { events } = await (await signInAsAdmin(world)).run<{ events: { nodes: { type: string; error: string }[] } }>(
      '{ events(state: [PARKED]) { nodes { type error } } }',
    );
    expect(events.nodes).toEqual([
      { type: 'transfer.reversed', error: expect.stringMatching(`^Somebody took back a part of ${stripeTransferId} at Stripe \\(trr_\\w+\\)`) },
    ]);
    expect((await reconciled()).residual).toMatchObject([{ movedMinor: 700 }]);
  });

  it('by a seller’s bank to a payout is told to the seller with the reason, until one arrives', async () => {
    const { account } = await seller.run<{ account: { stripeAccount: { stripeId: string } } }>(
      'query ($id: ID!) { account(id: $id) { stripeAccount { stripeId } } }',
      { id: seller.accountId },
    );
    const { viewer } = await seller.run<{ viewer: { email: string } }>('{ viewer { email } }');
    const page = await world.browse().open('/sign-in');
    await page.submit({ email: viewer.email, password: 'a quiet moon rises' });
    const payOut = async (outcome: 'paid' | 'failed') => {
      await world.control(`checkout/sessions/${await openCheckout(world, seller.accountId)}/pay`);
      await turnTo(world, later(world.app.openWork().clock.now(), 5 * dayMs));
      const { payouts } = await world.control(`accounts/${account.stripeAccount.stripeId}/payout`, { outcome });
      expect(payouts).toHaveLength(1);
      await workThrough(world);
      return (await page.open('/connect')).text();
    };
    expect(await payOut('failed')).toMatch(/Your bank sent back the payout of \S+, because the bank account is closed/);
    await world.control(`accounts/${account.stripeAccount.stripeId}/onboard`, { outcome: 'complete' }); // with another bank account
    expect(await payOut('paid')).not.toContain('sent back');
  });
});
