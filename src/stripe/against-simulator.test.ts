import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Gateway, openGateway } from '../../test/support/gateway.js';
import { later, systemClock } from '../base/clock.js';
import { openLog } from '../base/log.js';
import { type Simulator, startSimulator } from '../simulator/server.js';
import { createAccount, createAccountLink, deleteAccount, retrieveAccount } from './accounts.js';
import { chargeOfPaymentIntent, retrieveCharge } from './charges.js';
import { createMembershipCheckout, createPaymentCheckout, retrieveCheckoutSession } from './checkout-sessions.js';
import { recordKey } from './idempotency-key.js';
import { listPaidInvoices, retrieveInvoice } from './invoices.js';
import { createDirectRefund } from './refunds.js';
import type { StripeResult } from './result.js';
import { type Connected, onAccount, platform } from './scope.js';
import { cancelSubscription, endSubscriptionAtPeriodEnd, listLiveSubscriptions, retrieveSubscription } from './subscriptions.js';

let simulator: Simulator;
const gateways = new Map<string, Gateway>();
let records = 0;
const key = (what: string) => recordKey(what, `rec_${++records}`);

beforeAll(async () => {
  simulator = await startSimulator({ port: 0, clock: systemClock, log: openLog('silent'), journalFile: null, world: 'main' });
});
afterAll(async () => {
  await Promise.all([...gateways.values()].map(({ close }) => close()));
  await simulator.close();
});

/** A platform of its own in the simulator. */
function inWorld(world: string) {
  const gateway = gateways.get(world) ?? openGateway({ apiBase: simulator.url, key: `sk_test_sim_${world}`, silenceMaxMs: 2_000 });
  gateways.set(world, gateway);
  return gateway.work;
}
async function control(world: string, path: string, body: object = {}): Promise<void> {
  const answer = await fetch(`${simulator.url}/_simulator/${path}?world=${world}`, { method: 'POST', body: JSON.stringify(body) });
  expect([path, answer.status]).toEqual([path, 200]);
}
async function answerOf<T>(result: Promise<StripeResult<T>>): Promise<T> {
  const settled = await result;
  if (!settled.ok) throw new Error(JSON.stringify(settled.failure));
  return settled.value;
}
async function failureOf(result: Promise<StripeResult<unknown>>) {
  const settled = await result;
  if (settled.ok) throw new Error(`it succeeded: ${JSON.stringify(settled.value)}`);
  return settled.failure;
}

const newAccount = { country: 'US', serviceAgreement: 'full', profile: 'express', metadata: { account: 'acc_1' } } as const;
async function readySeller(world: string): Promise<Connected> {
  const { stripeAccountId } = await answerOf(createAccount(inWorld(world), key('account'), newAccount));
  await control(world, `accounts/${stripeAccountId}/onboard`);
  return onAccount(stripeAccountId);
}
function cart(over: { amountMinor?: number; reference?: string } = {}) {
  return {
    productName: 'Evening at Luna’s',
    amountMinor: 5400,
    currency: 'USD',
    email: 'ada@example.com',
    successUrl: 'http://shop.test/c/1/return?session={CHECKOUT_SESSION_ID}',
    cancelUrl: 'http://shop.test/c/1',
    expiresAt: later(systemClock.now(), 3_600_000),
    reference: 'ses_1',
    metadata: { session: 'ses_1' },
    ...over,
  };
}
async function paid(world: string, seller: Connected) {
  const work = inWorld(world);
  const { id } = await answerOf(createPaymentCheckout(work, seller, key('checkout'), { ...cart(), applicationFeeMinor: 400 }));
  await control(world, `checkout/sessions/${id}/pay`);
  const { paymentIntentId } = await answerOf(retrieveCheckoutSession(work, seller, id));
  const charge = await answerOf(chargeOfPaymentIntent(work, seller, String(paymentIntentId)));
  if (!charge) throw new Error('no charge');
  return charge;
}
async function member(world: string, seller: Connected) {
  const work = inWorld(world);
  const { id } = await answerOf(
    createMembershipCheckout(work, seller, key('checkout'), { ...cart({ amountMinor: 1000 }), interval: 'MONTH', applicationFeeBps: 825 }),
  );
  await control(world, `checkout/sessions/${id}/pay`);
  return String((await answerOf(retrieveCheckoutSession(work, seller, id))).subscriptionId);
}

describe('accounts', () => {
  it('are made, onboarded by a link, and told of', async () => {
    const work = inWorld('accounts');
    const made = await answerOf(createAccount(work, key('account'), newAccount));
    expect(made).toMatchObject({ detailsSubmitted: false, chargesEnabled: false, payoutsEnabled: false });
    expect(made.requirements.currentlyDue).not.toEqual([]);

    const link = await answerOf(
      createAccountLink(work, key('link'), {
        stripeAccountId: made.stripeAccountId,
        returnUrl: 'http://shop.test/connect/return',
        refreshUrl: 'http://shop.test/connect/refresh',
      }),
    );
    expect(link.url).toMatch(/^http/);
    expect(link.expiresAt > systemClock.now()).toBe(true);

    await control('accounts', `accounts/${made.stripeAccountId}/onboard`);
    const ready = await answerOf(retrieveAccount(work, made.stripeAccountId));
    expect(ready).toMatchObject({
      detailsSubmitted: true,
      chargesEnabled: true,
      cardPaymentsCapability: 'active',
      transfersCapability: 'active',
      defaultCurrency: 'USD',
    });
    expect(ready.requirements).toMatchObject({ currentlyDue: [], disabledReason: null });
  });

  it('are one for one key, however often and at once it is sent', async () => {
    const once = key('account');
    const made = await Promise.all(Array.from({ length: 10 }, () => answerOf(createAccount(inWorld('once'), once, newAccount))));
    expect(new Set(made.map(({ stripeAccountId }) => stripeAccountId)).size).toBe(1);
  });

  it('that are deleted are disconnected from then on', async () => {
    const work = inWorld('deleted');
    const { stripeAccountId } = await answerOf(createAccount(work, key('account'), newAccount));
    expect(await answerOf(deleteAccount(work, key('delete'), stripeAccountId))).toEqual({ id: stripeAccountId });
    expect(await failureOf(retrieveAccount(work, stripeAccountId))).toMatchObject({ kind: 'REFUSED', code: 'ACCOUNT_DISCONNECTED' });
    expect(await failureOf(listLiveSubscriptions(work, onAccount(stripeAccountId)))).toMatchObject({ kind: 'REFUSED', code: 'ACCOUNT_DISCONNECTED' });
  });

  it('that revoke the platform are disconnected', async () => {
    const seller = await readySeller('revoked');
    await control('revoked', `accounts/${seller}/deauthorize`);
    expect(await failureOf(retrieveAccount(inWorld('revoked'), seller))).toMatchObject({ kind: 'REFUSED', code: 'ACCOUNT_DISCONNECTED' });
  });

  it('of another platform are as good as missing', async () => {
    const seller = await readySeller('here');
    expect(await failureOf(retrieveAccount(inWorld('there'), seller))).toMatchObject({ kind: 'REFUSED', code: 'ACCOUNT_DISCONNECTED' });
  });
});

describe('a direct payment', () => {
  it('goes from a checkout to a charge with the platform’s fee', async () => {
    const work = inWorld('payment');
    const seller = await readySeller('payment');
    const opened = await answerOf(createPaymentCheckout(work, seller, key('checkout'), { ...cart(), applicationFeeMinor: 400 }));
    expect(opened).toMatchObject({
      mode: 'payment',
      status: 'open',
      paymentStatus: 'unpaid',
      paymentIntentId: null,
      subscriptionId: null,
      reference: 'ses_1',
    });
    expect(opened.url).toMatch(/^http/);

    await control('payment', `checkout/sessions/${opened.id}/pay`);
    const session = await answerOf(retrieveCheckoutSession(work, seller, opened.id));
    expect(session).toMatchObject({ id: opened.id, status: 'complete', paymentStatus: 'paid', url: null });
    const charge = await answerOf(chargeOfPaymentIntent(work, seller, String(session.paymentIntentId)));
    expect(charge).toMatchObject({
      paid: true,
      amountMinor: 5400,
      currency: 'USD',
      amountRefundedMinor: 0,
      applicationFeeMinor: 400,
      paymentIntentId: session.paymentIntentId,
    });
    expect(await answerOf(retrieveCharge(work, seller, String(charge?.id)))).toEqual(charge);
  });

  it('that was never paid expires, and is known to no other account', async () => {
    const work = inWorld('unpaid');
    const [seller, other] = [await readySeller('unpaid'), await readySeller('unpaid')];
    const { id } = await answerOf(createPaymentCheckout(work, seller, key('checkout'), { ...cart(), applicationFeeMinor: 0 }));
    await control('unpaid', `checkout/sessions/${id}/expire`);
    expect(await answerOf(retrieveCheckoutSession(work, seller, id))).toMatchObject({ status: 'expired', paymentStatus: 'unpaid', url: null });
    expect(await failureOf(retrieveCheckoutSession(work, other, id))).toMatchObject({
      kind: 'REFUSED',
      stripeCode: 'resource_missing',
      httpStatus: 404,
    });
  });

  it('is refunded in parts, with the platform’s share or without, and no further than it was paid', async () => {
    const work = inWorld('refund');
    const seller = await readySeller('refund');
    const charge = await paid('refund', seller);
    const part = { chargeId: charge.id, amountMinor: 2700, returnFee: true, metadata: { refund: 're_1' } };
    expect(await answerOf(createDirectRefund(work, seller, key('refund'), part))).toMatchObject({ status: 'succeeded', amountMinor: 2700 });
    await answerOf(createDirectRefund(work, seller, key('refund'), { ...part, amountMinor: 700, returnFee: false }));
    expect((await answerOf(retrieveCharge(work, seller, charge.id))).amountRefundedMinor).toBe(3400);

    expect((await failureOf(createDirectRefund(work, seller, key('refund'), part))).kind).toBe('REFUSED');
    expect((await answerOf(retrieveCharge(work, seller, charge.id))).amountRefundedMinor).toBe(3400);
  });

  it('is refunded once though the answer was lost twice', async () => {
    const work = inWorld('lost');
    const seller = await readySeller('lost');
    const charge = await paid('lost', seller);
    const once = key('refund');
    const part = { chargeId: charge.id, amountMinor: 1000, returnFee: false, metadata: {} };
    await control('lost', 'faults', { path: '/v1/refunds', kind: 'drop_after', times: 2 });
    expect((await failureOf(createDirectRefund(work, seller, once, part))).kind).toBe('UNKNOWN');
    expect(await answerOf(createDirectRefund(work, seller, once, part))).toMatchObject({ amountMinor: 1000 });
    expect((await answerOf(retrieveCharge(work, seller, charge.id))).amountRefundedMinor).toBe(1000);
  });

  it('is not refunded with other parameters under a key that was used', async () => {
    const work = inWorld('reuse');
    const seller = await readySeller('reuse');
    const charge = await paid('reuse', seller);
    const once = key('refund');
    const part = { chargeId: charge.id, amountMinor: 1000, returnFee: false, metadata: {} };
    await answerOf(createDirectRefund(work, seller, once, part));
    expect((await failureOf(createDirectRefund(work, seller, once, { ...part, amountMinor: 2000 }))).kind).toBe('DEFECT');
  });
});

describe('a membership', () => {
  it('goes from a checkout to a subscription whose invoices are charged with a share', async () => {
    const work = inWorld('member');
    const seller = await readySeller('member');
    const id = await member('member', seller);
    expect(await answerOf(retrieveSubscription(work, seller, id))).toMatchObject({
      id,
      status: 'active',
      cancelAtPeriodEnd: false,
      canceledAt: null,
      metadata: { session: 'ses_1' },
    });
    expect((await answerOf(retrieveSubscription(work, seller, id))).currentPeriodEnd?.getTime()).toBeGreaterThan(systemClock.now().getTime());

    await control('member', `subscriptions/${id}/renew`);
    const invoices = await answerOf(listPaidInvoices(work, seller, id));
    expect(invoices).toHaveLength(2);
    const invoice = await answerOf(retrieveInvoice(work, seller, String(invoices[0])));
    expect(invoice).toMatchObject({ status: 'paid', amountPaidMinor: 1000, subscriptionId: id });
    const charge = await answerOf(chargeOfPaymentIntent(work, seller, String(invoice.paymentIntentId)));
    expect(charge).toMatchObject({ amountMinor: 1000, applicationFeeMinor: 83, paid: true });
  });

  it('ends at the end of its period, or now, and is then no longer listed', async () => {
    const work = inWorld('end');
    const seller = await readySeller('end');
    const [first, second] = [await member('end', seller), await member('end', seller)];
    expect(new Set(await answerOf(listLiveSubscriptions(work, seller)))).toEqual(new Set([first, second]));

    expect(await answerOf(endSubscriptionAtPeriodEnd(work, seller, key('end'), first))).toMatchObject({ status: 'active', cancelAtPeriodEnd: true });
    expect(await answerOf(cancelSubscription(work, seller, key('cancel'), second))).toMatchObject({
      status: 'canceled',
      canceledAt: expect.any(Date),
    });
    expect(await answerOf(listLiveSubscriptions(work, seller))).toEqual([first]);
    expect((await failureOf(cancelSubscription(work, seller, key('cancel'), second))).kind).toBe('REFUSED');
  });

  it('is listed with all others, page after page', async () => {
    const work = inWorld('many');
    const seller = await readySeller('many');
    const made = [];
    for (let i = 0; i < 103; i++) made.push(await member('many', seller));
    expect((await answerOf(listLiveSubscriptions(work, seller))).sort()).toEqual(made.sort());
  });
});

describe('a fault of Stripe’s', () => {
  const retrieve = (world: string) => retrieveAccount(inWorld(world), 'acct_1');

  it.each([
    ['rate_limit', undefined, 'NOT_RUN UNCLASSIFIED', 1],
    ['server_error', undefined, 'UNKNOWN UNCLASSIFIED', 2],
    ['server_error_stored', undefined, 'UNKNOWN UNCLASSIFIED', 1],
    ['drop_before', undefined, 'UNKNOWN UNCLASSIFIED', 2],
    ['refuse', 'balance_insufficient', 'REFUSED INSUFFICIENT_BALANCE', 1],
    ['refuse', 'account_invalid', 'REFUSED ACCOUNT_DISCONNECTED', 1],
    ['refuse', 'insufficient_capabilities_for_transfer', 'REFUSED ACCOUNT_RESTRICTED', 1],
    ['refuse', 'parameter_unknown', 'DEFECT UNCLASSIFIED', 1],
  ])('%s %s is %s', async (kind, code, expected, times) => {
    const world = `${kind}_${code}`;
    await control(world, 'faults', { path: '/v1/accounts', kind, code, times });
    const failure = await failureOf(createAccount(inWorld(world), key('account'), newAccount));
    expect(`${failure.kind} ${failure.code}`).toBe(expected);
    expect((await createAccount(inWorld(world), key('account'), newAccount)).ok).toBe(true);
  });

  it('that Stripe stored is repeated under its key, marked as such, and not under the next generation', async () => {
    await control('sticky', 'faults', { path: '/v1/accounts', kind: 'server_error_stored' });
    const failure = await failureOf(createAccount(inWorld('sticky'), recordKey('account', 'con_1', 1), newAccount));
    expect(failure).toMatchObject({ kind: 'UNKNOWN', replayed: true }); // the SDK itself sent it a second time
    expect((await createAccount(inWorld('sticky'), recordKey('account', 'con_1', 2), newAccount)).ok).toBe(true);
  });

  it('by slowness is in flight for whoever sends the same key meanwhile', async () => {
    const once = key('account');
    await control('slow', 'faults', { path: '/v1/accounts', kind: 'delay', delayMs: 1_500 });
    const slow = createAccount(inWorld('slow'), once, newAccount);
    await new Promise((resolve) => setImmediate(resolve));
    const [first, second] = await Promise.all([slow, createAccount(inWorld('slow'), once, newAccount)]);
    expect([first, second].filter(({ ok }) => ok)).toHaveLength(1);
    expect([first, second].find(({ ok }) => !ok)).toMatchObject({ failure: { kind: 'IN_FLIGHT' } });
  });

  it('by a key it does not know refuses the platform, not the seller', async () => {
    const stranger = openGateway({ apiBase: simulator.url, key: 'sk_live_unknown' });
    expect(await failureOf(retrieveAccount(stranger.work, 'acct_1'))).toMatchObject({
      kind: 'PLATFORM',
      code: 'PLATFORM_NOT_ALLOWED',
      httpStatus: 401,
    });
    await stranger.close();
  });

  it('tells an account nobody made from a missing charge', async () => {
    expect(await failureOf(retrieve('nobody'))).toMatchObject({ kind: 'REFUSED', code: 'ACCOUNT_DISCONNECTED' });
    expect(await failureOf(retrieveCharge(inWorld('nobody'), platform, 'ch_1'))).toMatchObject({ kind: 'REFUSED', stripeCode: 'resource_missing' });
  });
});
