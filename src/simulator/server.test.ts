import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { hourMs, systemClock, TurnableClock } from '../base/clock.js';
import { openLog } from '../base/log.js';
import { type Simulator, startSimulator } from './server.js';

let simulator: Simulator;
const log = openLog('silent');

function sdk(world: string, to = simulator): Stripe {
  return new Stripe(`sk_test_sim_${world}`, { host: '127.0.0.1', port: to.port, protocol: 'http', telemetry: false, maxNetworkRetries: 0 });
}
async function control(world: string, path: string, body: object = {}, to = simulator): Promise<unknown> {
  const answer = await fetch(`${to.url}/_simulator/${path}?world=${world}`, { method: 'POST', body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
  return answer.json();
}
async function stateOf(
  world: string,
  to = simulator,
): Promise<{
  books: Record<string, number>;
  accounts: Record<string, { pending: { amount: number }[] }>;
  platform: { pending: { amount: number }[] };
}> {
  return (await (await fetch(`${to.url}/_simulator/state?world=${world}`)).json()) as never;
}
const express: Stripe.AccountCreateParams = {
  country: 'US',
  controller: { fees: { payer: 'application' }, losses: { payments: 'application' }, stripe_dashboard: { type: 'express' } },
  capabilities: { card_payments: { requested: true }, transfers: { requested: true } },
};
async function readySeller(world: string, to = simulator): Promise<string> {
  const { id } = await sdk(world, to).accounts.create(express);
  await control(world, `accounts/${id}/onboard`, { outcome: 'complete' }, to);
  return id;
}
const buy = (amount: number, fee: number): Stripe.Checkout.SessionCreateParams => ({
  mode: 'payment',
  line_items: [{ quantity: 1, price_data: { currency: 'usd', unit_amount: amount, product_data: { name: 'A thing' } } }],
  payment_intent_data: { application_fee_amount: fee },
  success_url: 'http://shop.test/{CHECKOUT_SESSION_ID}',
});

beforeAll(async () => {
  simulator = await startSimulator({ port: 0, clock: systemClock, log, journalFile: null, world: 'main' });
});
afterAll(() => simulator.close());

describe('the simulated Stripe', () => {
  it('onboards an account through its controller properties and says so to the SDK', async () => {
    const id = await readySeller('onboard');
    const account = await sdk('onboard').accounts.retrieve(id);
    expect([account.details_submitted, account.charges_enabled, account.payouts_enabled, account.capabilities?.transfers]).toEqual([
      true,
      true,
      true,
      'active',
    ]);
  });

  it('takes 54.00 on a seller’s account with a fee of 4.00: the seller has 50.00, the platform 4.00 less Stripe’s 1.87', async () => {
    const world = 'direct';
    const seller = await readySeller(world);
    const session = await sdk(world).checkout.sessions.create(buy(5400, 400), { stripeAccount: seller });
    await control(world, `checkout/sessions/${session.id}/pay`, { card: 'ok' });

    const state = await stateOf(world);
    expect(state.accounts[seller]?.pending[0]?.amount).toBe(5000);
    expect(state.platform.pending[0]?.amount).toBe(400 - 187);
    expect(Object.values(state.books).reduce((sum, minor) => sum + minor, 0)).toBe(0);
  });

  it('answers one object to fifty requests at once under one key, and refuses other parameters under it', async () => {
    const made = await Promise.all(Array.from({ length: 50 }, () => sdk('keys').accounts.create(express, { idempotencyKey: 'once' })));
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    expect((await sdk('keys').accounts.list()).data).toHaveLength(1);
    await expect(sdk('keys').accounts.create({ ...express, country: 'DE' }, { idempotencyKey: 'once' })).rejects.toThrow(
      Stripe.errors.StripeIdempotencyError,
    );
  });

  it('does the work of a request whose answer is lost, and answers it under its key', async () => {
    await control('lost', 'faults', { path: '/v1/accounts', kind: 'drop_after', times: 2 });
    await expect(sdk('lost').accounts.create(express, { idempotencyKey: 'lost' })).rejects.toThrow(Stripe.errors.StripeConnectionError);
    const again = await sdk('lost').accounts.create(express, { idempotencyKey: 'lost' });
    expect((await sdk('lost').accounts.list()).data.map(({ id }) => id)).toEqual([again.id]);
    expect(again.lastResponse.headers['idempotent-replayed']).toBe('true');
  });

  it.each([
    ['rate_limit', Stripe.errors.StripeRateLimitError],
    ['server_error', Stripe.errors.StripeAPIError],
    ['refuse', Stripe.errors.StripeInvalidRequestError],
  ])('fails by %s when asked to, once', async (kind, error) => {
    await control(kind, 'faults', { path: '/v1/accounts', kind, code: 'country_unsupported' });
    await expect(sdk(kind).accounts.create(express)).rejects.toThrow(error);
    expect((await sdk(kind).accounts.create(express)).id).toMatch(/^acct_/);
  });

  it('takes only so many requests a second where it is told to, and keeps no key of one it did not take', async () => {
    await readySeller('busy');
    await control('busy', 'rate-limit', { requestsPerSecond: 5 });
    const answers = await Promise.allSettled(
      Array.from({ length: 40 }, (_, i) => sdk('busy').accounts.create(express, { idempotencyKey: `busy-${i}` })),
    );
    const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as Error] : []));
    expect(refused.length).toBeGreaterThanOrEqual(30); // the forty fall into two seconds at most
    for (const error of refused) expect(error).toBeInstanceOf(Stripe.errors.StripeRateLimitError);
    await control('busy', 'rate-limit', { requestsPerSecond: 0 });
    for (let i = 0; i < 40; i++) await sdk('busy').accounts.create(express, { idempotencyKey: `busy-${i}` });
    expect((await sdk('busy').accounts.list({ limit: 100 })).data).toHaveLength(41);
  });

  it('names unknown, missing and ill-typed parameters as Stripe does', async () => {
    const wrong = async (parameters: object) => {
      const error = await sdk('wrong')
        .checkout.sessions.create(parameters as never)
        .then(
          () => null,
          (e: unknown) => e as InstanceType<typeof Stripe.errors.StripeError>,
        );
      return [error?.code, error?.param];
    };
    expect(await wrong({ ...buy(500, 0), colour: 'red' })).toEqual(['parameter_unknown', 'colour']);
    expect(await wrong({ mode: 'payment' })).toEqual(['parameter_missing', 'line_items']);
    expect(await wrong({ ...buy(500, 0), expires_at: 'soon' })).toEqual(['parameter_invalid_integer', 'expires_at']);
  });

  it('keeps worlds and accounts apart', async () => {
    const seller = await readySeller('apart');
    const session = await sdk('apart').checkout.sessions.create(buy(2500, 100), { stripeAccount: seller });
    await expect(sdk('apart').checkout.sessions.retrieve(session.id)).rejects.toThrow('No such checkout.session');
    await expect(sdk('elsewhere').accounts.retrieve(seller)).rejects.toThrow(Stripe.errors.StripePermissionError);
  });

  it('pages through a list without gap or repetition', async () => {
    for (let i = 0; i < 7; i++) await sdk('pages').accounts.create(express);
    const ids: string[] = [];
    for await (const { id } of sdk('pages').accounts.list({ limit: 2 })) ids.push(id);
    expect(new Set(ids).size).toBe(7);
  });

  it('renews a membership by its clock, with the platform’s percentage, and ends it when asked to', async () => {
    const world = 'members';
    const seller = await readySeller(world);
    const on = { stripeAccount: seller };
    const session = await sdk(world).checkout.sessions.create(
      {
        mode: 'subscription',
        line_items: [
          { quantity: 1, price_data: { currency: 'usd', unit_amount: 1000, product_data: { name: 'Club' }, recurring: { interval: 'month' } } },
        ],
        subscription_data: { application_fee_percent: 8 },
        success_url: 'http://shop.test/',
      },
      on,
    );
    await control(world, `checkout/sessions/${session.id}/pay`);
    await control(world, 'clock/advance', { seconds: 32 * 86_400 });
    const [subscription] = (await sdk(world).subscriptions.list({}, on)).data;
    const charges = (await sdk(world).charges.list({}, on)).data;
    expect(subscription?.status).toBe('active');
    expect(charges.map(({ application_fee_amount }) => application_fee_amount)).toEqual([80, 80]);

    await control(world, `subscriptions/${subscription?.id}/renew`, { outcome: 'failed' });
    expect((await sdk(world).subscriptions.retrieve(String(subscription?.id), {}, on)).status).toBe('past_due');
    expect((await sdk(world).subscriptions.cancel(String(subscription?.id), {}, on)).status).toBe('canceled');
    expect((await sdk(world).subscriptions.list({}, on)).data).toEqual([]);
  });

  it('turns time back before anything has happened, and never after', async () => {
    await control('past', 'clock/turn-back', { seconds: 30 * 86_400 });
    const { created } = await sdk('past').customers.create({ email: 'ada@example.com' });
    expect(systemClock.now().getTime() / 1_000 - created).toBeGreaterThan(30 * 86_400 - 60);
    await expect(control('past', 'clock/turn-back', { seconds: 1 })).rejects.toThrow();
  });

  it('has the same objects after a restart where time passed while it was only read', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'simulator-'));
    const clock = new TurnableClock(systemClock.now());
    const options = { port: 0, clock, log, journalFile: join(folder, 'journal.jsonl'), world: 'main' };
    const first = await startSimulator(options);
    const seller = await readySeller('ticks', first);
    const on = { stripeAccount: seller };
    await sdk('ticks', first).checkout.sessions.create(buy(2500, 300), on);
    clock.advance(25 * hourMs);
    const read = async (from: Simulator) =>
      (await sdk('ticks', from).events.list({ limit: 100 }, on)).data.map(({ id, type, created }) => [id, type, created]);
    const before = await read(first);
    clock.advance(hourMs);
    await first.close();

    const second = await startSimulator(options);
    expect(await read(second)).toEqual(before);
    expect(before.map(([, type]) => type)).toContain('checkout.session.expired');
    await second.close();
    rmSync(folder, { recursive: true });
  });

  it('has the same books, objects and answers after a restart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'simulator-'));
    const options = { port: 0, clock: systemClock, log, journalFile: join(folder, 'journal.jsonl'), world: 'main' };
    const first = await startSimulator(options);
    const seller = await readySeller('restart', first);
    const session = await sdk('restart', first).checkout.sessions.create(buy(2500, 300), { stripeAccount: seller, idempotencyKey: 'session' });
    await control('restart', `checkout/sessions/${session.id}/pay`, {}, first);
    const { now: _, ...before } = (await stateOf('restart', first)) as unknown as Record<string, unknown>;
    await first.close();

    const second = await startSimulator(options);
    const { now: __, ...after } = (await stateOf('restart', second)) as unknown as Record<string, unknown>;
    expect(after).toEqual(before);
    const again = await sdk('restart', second).checkout.sessions.create(buy(2500, 300), { stripeAccount: seller, idempotencyKey: 'session' });
    expect(again.id).toBe(session.id);
    await second.close();
    rmSync(folder, { recursive: true });
  });
});
