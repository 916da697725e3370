import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { openSimulated, sdkOf } from '../../test/support/simulated.js';
import type { Simulator } from './server.js';

interface Balance {
  available: { amount: number }[];
  pending: { amount: number }[];
}
interface State {
  platform: Balance;
  accounts: Record<string, Balance>;
  books: Record<string, number>;
}

let simulator: Simulator;
beforeAll(async () => {
  simulator = await openSimulated();
});
afterAll(() => simulator.close());

const sdk = (world: string) => sdkOf(simulator, world);
async function control(world: string, path: string, body: object = {}): Promise<{ id: string }> {
  const answer = await fetch(`${simulator.url}/_simulator/${path}?world=${world}`, { method: 'POST', body: JSON.stringify(body) });
  expect([path, answer.status]).toEqual([path, 200]);
  return (await answer.json()) as { id: string };
}
async function stateOf(world: string): Promise<State> {
  const state = (await (await fetch(`${simulator.url}/_simulator/state?world=${world}`)).json()) as State;
  expect(Object.values(state.books).reduce((sum, minor) => sum + minor, 0)).toBe(0);
  return state;
}
const twoDays = { seconds: 2 * 86_400 };

async function readySeller(world: string): Promise<string> {
  const { id } = await sdk(world).accounts.create({
    country: 'US',
    controller: { fees: { payer: 'application' }, losses: { payments: 'application' }, stripe_dashboard: { type: 'express' } },
    capabilities: { card_payments: { requested: true }, transfers: { requested: true } },
  });
  await control(world, `accounts/${id}/onboard`);
  return id;
}

/** A paid checkout on the platform: the id of its charge. */
async function soldFor(world: string, amount: number): Promise<string> {
  const session = await sdk(world).checkout.sessions.create({
    mode: 'payment',
    line_items: [{ quantity: 1, price_data: { currency: 'usd', unit_amount: amount, product_data: { name: 'A ticket' } } }],
    payment_intent_data: { transfer_group: 'evening' },
    success_url: 'http://shop.test/',
  });
  await control(world, `checkout/sessions/${session.id}/pay`);
  const { data } = await sdk(world).charges.list({ transfer_group: 'evening' });
  return (data[0] as Stripe.Charge).id;
}

const rejection = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: Stripe.errors.StripeError) => [error.statusCode, error.code],
  );

describe('a transfer', () => {
  it('moves 50.00 of 56.00 sold to the seller once it is available, and leaves the platform 4.08', async () => {
    const seller = await readySeller('settle');
    await soldFor('settle', 5600);
    const settle = () =>
      sdk('settle').transfers.create({ amount: 5000, currency: 'usd', destination: seller, transfer_group: 'evening', metadata: { intent: 'i1' } });
    expect(await rejection(settle())).toEqual([400, 'balance_insufficient']);

    await control('settle', 'clock/advance', twoDays);
    const made = await settle();
    const state = await stateOf('settle');
    expect([state.platform.available[0]?.amount, state.accounts[seller]?.available[0]?.amount]).toEqual([408, 5000]);
    const found = await sdk('settle').transfers.list({ transfer_group: 'evening', destination: seller });
    expect(found.data.map(({ id, metadata }) => [id, metadata['intent']])).toEqual([[made.id, 'i1']]);
    const lines = await sdk('settle').balanceTransactions.list({ source: made.id });
    expect(lines.data.map(({ type, net }) => [type, net])).toEqual([['transfer', -5000]]);
    const events = await sdk('settle').events.list({ type: 'transfer.created' });
    expect(events.data).toHaveLength(1);
  });

  it('from a charge succeeds at once, up to that charge, and is available with it', async () => {
    const seller = await readySeller('source');
    const charge = await soldFor('source', 5400);
    const from = (amount: number) => sdk('source').transfers.create({ amount, currency: 'usd', destination: seller, source_transaction: charge });
    expect((await from(5000)).transfer_group).toBe('evening');
    expect(await rejection(from(401))).toEqual([400, 'transfer_source_balance_parameters_mismatch']);
    expect((await stateOf('source')).accounts[seller]?.pending[0]?.amount).toBe(5000);
    await control('source', 'clock/advance', twoDays);
    const state = await stateOf('source');
    expect([state.accounts[seller]?.available[0]?.amount, state.platform.available[0]?.amount]).toEqual([5000, 213]);
  });

  it('is taken back in parts, and refused what the seller no longer has', async () => {
    const seller = await readySeller('reverse');
    await soldFor('reverse', 5400);
    await control('reverse', 'clock/advance', twoDays);
    const stripe = sdk('reverse');
    const made = await stripe.transfers.create({ amount: 5000, currency: 'usd', destination: seller });
    await stripe.transfers.createReversal(made.id, { amount: 2000 });
    await stripe.payouts.create({ amount: 2500, currency: 'usd' }, { stripeAccount: seller });
    expect(await rejection(stripe.transfers.createReversal(made.id))).toEqual([400, 'balance_insufficient']);
    await stripe.transfers.createReversal(made.id, { amount: 500 });
    const after = await stripe.transfers.retrieve(made.id);
    expect([after.amount_reversed, after.reversed, after.reversals.data.map(({ amount }) => amount)]).toEqual([2500, false, [500, 2000]]);
    expect((await stripe.transfers.listReversals(made.id, { limit: 1 })).has_more).toBe(true);
    expect((await stateOf('reverse')).accounts[seller]?.available[0]?.amount).toBe(0);
  });

  it.each([
    ['deauthorize', 'resource_missing'],
    ['onboard', 'insufficient_capabilities_for_transfer'],
  ])('is refused to an account after %s', async (path, code) => {
    const world = `refused_${path}`;
    const seller = await readySeller(world);
    await control(world, `accounts/${seller}/${path}`, { outcome: 'restricted' });
    expect(await rejection(sdk(world).transfers.create({ amount: 1, currency: 'usd', destination: seller }))).toEqual([400, code]);
  });

  it('is refused to an account that never was', async () => {
    const error = rejection(sdk('nobody').transfers.create({ amount: 1, currency: 'usd', destination: 'acct_never' }));
    expect(await error).toEqual([400, 'resource_missing']);
  });
});

describe('a dispute', () => {
  it('lost takes the charge and 15.00: 54.00 sold ends at -16.87', async () => {
    const charge = await soldFor('lost', 5400);
    await control('lost', 'clock/advance', twoDays);
    const { id } = await control('lost', `charges/${charge}/dispute`, { reason: 'fraudulent' });
    await control('lost', `disputes/${id}/close`, { outcome: 'lost' });
    expect((await stateOf('lost')).platform.available[0]?.amount).toBe(-1687);
    const kept = await sdk('lost').disputes.retrieve(id);
    expect([kept.status, kept.balance_transactions.map(({ net }) => net)]).toEqual(['lost', [-6900]]);
    expect((await sdk('lost').charges.retrieve(charge)).disputed).toBe(true);
    const types = (await sdk('lost').events.list({ limit: 3 })).data.map(({ type }) => type);
    expect(types).toEqual(['charge.dispute.closed', 'charge.dispute.funds_withdrawn', 'charge.dispute.created']);
  });

  it.each([
    [false, 5213],
    [true, 3713],
  ])('won gives the charge back, its fee kept: %s', async (keepsFee, left) => {
    const world = `won_${keepsFee}`;
    const charge = await soldFor(world, 5400);
    await control(world, 'clock/advance', twoDays);
    const { id } = await control(world, `charges/${charge}/dispute`);
    await control(world, `disputes/${id}/close`, { outcome: 'won', keepsFee });
    expect((await stateOf(world)).platform.available[0]?.amount).toBe(left);
  });

  it('is decided by the evidence sent, and only once', async () => {
    const charge = await soldFor('evidence', 5400);
    const { id } = await control('evidence', `charges/${charge}/dispute`);
    const answered = await sdk('evidence').disputes.update(id, { evidence: { uncategorized_text: 'winning_evidence' } });
    expect(answered.status).toBe('won');
    expect(await rejection(sdk('evidence').disputes.close(id))).toEqual([400, 'status_transition_invalid']);
  });
});

describe('an application fee', () => {
  it('goes back by itself or with a refund, and every balance is the sum of its lines', async () => {
    const world = 'fees';
    const stripe = sdk(world);
    const seller = await readySeller(world);
    const stripeAccount = seller;
    const session = await stripe.checkout.sessions.create(
      {
        mode: 'payment',
        line_items: [{ quantity: 1, price_data: { currency: 'usd', unit_amount: 5400, product_data: { name: 'A thing' } } }],
        payment_intent_data: { application_fee_amount: 400 },
        success_url: 'http://shop.test/',
      },
      { stripeAccount },
    );
    await control(world, `checkout/sessions/${session.id}/pay`);
    const sold = await sumOfLines(world, seller);
    expect(sold).toBe(5000);
    await control(world, 'clock/advance', twoDays);

    const [fee] = (await stripe.applicationFees.list()).data as [Stripe.ApplicationFee];
    await stripe.applicationFees.createRefund(fee.id, { amount: 100 });
    expect(await rejection(stripe.applicationFees.createRefund(fee.id, { amount: 301 }))).toEqual([400, 'amount_too_large']);
    const charge = fee.charge as string;
    await stripe.refunds.create({ charge, refund_application_fee: true }, { stripeAccount });
    expect((await stripe.applicationFees.listRefunds(fee.id)).data.map(({ amount }) => amount)).toEqual([300, 100]);
    expect(await rejection(stripe.applicationFees.createRefund(fee.id))).toEqual([400, undefined]);

    const state = await stateOf(world);
    expect([state.accounts[seller]?.available[0]?.amount, await sumOfLines(world, seller)]).toEqual([0, 0]);
    expect([state.platform.available[0]?.amount, await sumOfLines(world)]).toEqual([-187, -187]);
    const lines = await stripe.balanceTransactions.list({}, { stripeAccount });
    expect(new Set(lines.data.map(({ status }) => status))).toEqual(new Set(['available']));
    const grown = await stripe.events.list({ types: ['balance.available', 'topup.succeeded'] });
    expect(grown.data.map(({ type }) => type)).toEqual(['balance.available']);
  });
});

async function sumOfLines(world: string, stripeAccount?: string): Promise<number> {
  let sum = 0;
  for await (const { net } of sdk(world).balanceTransactions.list({ limit: 100 }, stripeAccount ? { stripeAccount } : {})) sum += net;
  return sum;
}

describe('the settings of the simulated Stripe', () => {
  it('keep how a balance is paid out, for each account its own', async () => {
    const seller = await readySeller('settings');
    await sdk('settings').balanceSettings.update({ payments: { payouts: { schedule: { interval: 'daily' } } } }, { stripeAccount: seller });
    const intervals = [
      (await sdk('settings').balanceSettings.retrieve()).payments.payouts?.schedule?.interval,
      (await sdk('settings').balanceSettings.retrieve({}, { stripeAccount: seller })).payments.payouts?.schedule?.interval,
    ];
    expect(intervals).toEqual(['manual', 'daily']);
  });

  it('keep webhook endpoints until they are deleted, and tell their secret once', async () => {
    const endpoints = sdk('endpoints').webhookEndpoints;
    const made = await endpoints.create({ url: 'http://127.0.0.1:9/', enabled_events: ['account.updated'], connect: true });
    expect(made.secret).toMatch(/^whsec_/);
    expect((await endpoints.retrieve(made.id)).secret).toBeUndefined();
    expect((await endpoints.update(made.id, { disabled: true })).status).toBe('disabled');
    await endpoints.del(made.id);
    expect((await endpoints.list()).data).toEqual([]);
  });
});

describe('the pages of the simulated Stripe', () => {
  it('show a seller the balance behind a login link, and anyone every balance and event', async () => {
    const seller = await readySeller('main');
    await sdk('main').topups.create({ amount: 7000, currency: 'usd' });
    await sdk('main').transfers.create({ amount: 5000, currency: 'usd', destination: seller });
    const { url } = await sdk('main').accounts.createLoginLink(seller);
    const textOf = async (address: string) => (await fetch(address)).text();
    expect(await textOf(url)).toContain('50.00 USD available');
    const overview = await textOf(`${simulator.url}/__sim`);
    expect(overview).toContain('20.00 USD available');
    expect(overview).toContain('transfer.created · platform');
    expect((await fetch(`${simulator.url}/express/acct_never`)).status).toBe(403);
  });
});
