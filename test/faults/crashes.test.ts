import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CrashPoint } from '../../src/base/crash-points.js';
import { Api } from '../support/api.js';
import { signatureOf } from '../support/ground.js';
import { makeQuickFolder } from '../support/quick-folder.js';
import { type ServerProcess, startServer } from '../support/server-process.js';
import { until } from '../support/until.js';

const onboard =
  'mutation ($id: ID!) { startOnboarding(input: { accountId: $id }) { onboardingUrl account { stripeAccount { stripeId } } userErrors { code message } } }';

interface State {
  connectedAccounts: { id: string }[];
  refunds: { amount: number }[];
}

/** A real server process, killed as a power cut would, at the moments where money or accounts could be lost or doubled. */
describe('a server killed with SIGKILL', () => {
  let dataDir: string;
  let server: ServerProcess;
  let cookie: string;
  let accountId: string;

  const api = () => new Api({ url: server.url } as never, cookie, accountId);
  const state = async () => (await (await fetch(`${server.stripeUrl}/_simulator/state`)).json()) as State;
  const control = (path: string, body: object = {}) =>
    fetch(`${server.stripeUrl}/_simulator/${path}`, { method: 'POST', body: JSON.stringify(body) });

  /** Makes the server do `work` and die of it at `point`, and starts it again. */
  async function dieAt(point: CrashPoint, work: () => Promise<unknown>): Promise<void> {
    await server.arm(point);
    await expect(work()).rejects.toThrow();
    await server.died;
    server = await startServer(dataDir);
  }

  /** Onboards the seller and sends a buyer to pay them. */
  async function openCheckout(): Promise<string> {
    const { startOnboarding } = await api().run<{ startOnboarding: { account: { stripeAccount: { stripeId: string } } } }>(onboard, {
      id: accountId,
    });
    await control(`accounts/${startOnboarding.account.stripeAccount.stripeId}/onboard`);
    const opened = await api().run<{ createPaymentCheckout: { checkoutSessionId: string } }>(
      'mutation ($id: ID!) { refreshOnboardingStatus(input: { accountId: $id }) { userErrors { code } } setOneTimePrice(input: { accountId: $id, amount: 2500, currency: "USD" }) { userErrors { code } } createPaymentCheckout(input: { accountId: $id, email: "a@example.com" }) { checkoutSessionId } }',
      { id: accountId },
    );
    return opened.createPaymentCheckout.checkoutSessionId;
  }

  async function stripeIdNow(): Promise<string> {
    const { account } = await api().run<{ account: { stripeAccount: { stripeId: string } } }>(
      'query ($id: ID!) { account(id: $id) { stripeAccount { stripeId } } }',
      { id: accountId },
    );
    return account.stripeAccount.stripeId;
  }

  beforeAll(async () => {
    dataDir = makeQuickFolder('holdfast-crash-');
    server = await startServer(dataDir);
    const answer = await fetch(`${server.url}/api/auth/sign-up/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Luna', email: 'luna@example.com', password: 'a quiet moon rises' }),
    });
    cookie = answer.headers.getSetCookie()[0]?.split(';')[0] as string;
    accountId = ((await answer.json()) as { viewer: { accountId: string } }).viewer.accountId;
  });
  afterAll(async () => {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it.each(['operation.intended', 'operation.answered'] as const)(
    'at %s during the first onboarding has made one Stripe account in the end',
    async (point) => {
      await dieAt(point, () => api().run(onboard, { id: accountId }));
      const { startOnboarding } = await api().run<{ startOnboarding: { account: { stripeAccount: { stripeId: string } }; userErrors: object[] } }>(
        onboard,
        { id: accountId },
      );
      expect(startOnboarding.userErrors).toEqual([]);
      const { connectedAccounts } = await state();
      expect(connectedAccounts.map(({ id }) => id)).toEqual([startOnboarding.account.stripeAccount.stripeId]);
      await api().run('mutation ($id: ID!) { disconnectAccount(input: { accountId: $id }) { userErrors { code } } }', { id: accountId });
      await control('reset');
    },
    60_000,
  );

  it.each(['operation.intended', 'operation.answered'] as const)(
    'at %s during a refund never refunds twice, and keeps what it promised from being promised again',
    async (point) => {
      const session = await openCheckout();
      await control(`checkout/sessions/${session}/pay`);
      const { syncCheckoutSession } = await api().run<{ syncCheckoutSession: { payment: { id: string } } }>(
        'mutation ($id: ID!, $s: String!) { syncCheckoutSession(input: { accountId: $id, checkoutSessionId: $s }) { payment { id } } }',
        { id: accountId, s: session },
      );
      const id = syncCheckoutSession.payment.id;

      const refund = `mutation ($id: ID!) { refundPayment(input: { paymentId: $id, amount: 1000, idempotencyKey: "at ${point}" }) { payment { amountRefunded { amount } } userErrors { code } } }`;
      await dieAt(point, () => api().run(refund, { id }));
      const again = await api().run<{ refundPayment: { userErrors: { code: string }[] } }>(
        'mutation ($id: ID!) { refundPayment(input: { paymentId: $id, amount: 2000 }) { userErrors { code } } }',
        { id },
      );
      expect(again.refundPayment.userErrors).toEqual([{ code: 'NOT_REFUNDABLE' }]); // the open one keeps its 10.00
      expect((await state()).refunds.length).toBeLessThanOrEqual(1);
      const repeated = await api().run(refund, { id });
      expect(repeated).toMatchObject({ refundPayment: { payment: { amountRefunded: { amount: 1_000 } }, userErrors: [] } });
      expect((await state()).refunds.map(({ amount }) => amount)).toEqual([1_000]);
      await api().run('mutation ($id: ID!) { disconnectAccount(input: { accountId: $id }) { userErrors { code } } }', { id: accountId });
      await control('reset');
    },
    60_000,
  );

  it('at event.stored, with the buyer gone, has the payment recorded once when it is back', async () => {
    const session = await openCheckout();
    await control('webhooks', { mode: 'off' }); // its events come one by one here, so that the process dies at this one
    await control(`checkout/sessions/${session}/pay`);
    const created = Math.floor(Date.now() / 1_000);
    const event = { id: 'evt_1', object: 'event', type: 'checkout.session.completed', created, livemode: false, account: await stripeIdNow() };
    const body = JSON.stringify({ ...event, data: { object: { id: session } } });
    const { connect } = JSON.parse(readFileSync(join(dataDir, 'secrets.json'), 'utf8')) as { connect: string };
    const headers = { 'content-type': 'application/json', 'stripe-signature': signatureOf(body, connect, new Date()) };
    await dieAt('event.stored', () => fetch(`${server.url}/api/webhooks/stripe`, { method: 'POST', body, headers }));
    const payments = await until(
      () =>
        api().run<{ payments: { nodes: { stripeCheckoutSessionId: string }[] } }>('{ payments(first: 10) { nodes { stripeCheckoutSessionId } } }'),
      ({ payments: { nodes } }) => nodes.some((node) => node.stripeCheckoutSessionId === session),
    );
    expect(payments.payments.nodes.filter((node) => node.stripeCheckoutSessionId === session)).toHaveLength(1);
  });

  it('at event.stored while Stripe delivers, is told everything again when it is back', async () => {
    await control('webhooks', { mode: 'normal' });
    const session = await openCheckout();
    await server.arm('event.stored');
    await control(`checkout/sessions/${session}/pay`).catch(() => undefined); // it may die before it has answered
    await server.died;
    server = await startServer(dataDir);
    await until(
      () =>
        api().run<{ payments: { nodes: { stripeCheckoutSessionId: string }[] } }>('{ payments(first: 10) { nodes { stripeCheckoutSessionId } } }'),
      ({ payments: { nodes } }) => nodes.some((node) => node.stripeCheckoutSessionId === session),
    );
    const headers = { authorization: 'Bearer sk_test_sim_main', 'stripe-account': await stripeIdNow() };
    const untold = `${server.stripeUrl}/v1/events?type=checkout.session.completed&delivery_success=`;
    const { data } = (await (await fetch(`${untold}true`, { headers })).json()) as { data: { data: { object: { id: string } } }[] };
    expect(data.map((event) => event.data.object.id)).toContain(session);
  });
});
