import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openTestDatabase } from '../../test/support/database.js';
import { type Answerer, boundless, type Gateway, json, openGateway, startAnswerer } from '../../test/support/gateway.js';
import { Bug } from '../base/assert.js';
import { later, systemClock } from '../base/clock.js';
import { atomically } from '../db/work.js';
import { createAccount, createAccountLink, retrieveAccount } from './accounts.js';
import { retrieveCharge } from './charges.js';
import { createPaymentCheckout } from './checkout-sessions.js';
import { openStripe } from './client.js';
import { recordKey } from './idempotency-key.js';
import { onAccount, platform } from './scope.js';
import { cancelSubscription } from './subscriptions.js';

let server: Answerer;
let database: Awaited<ReturnType<typeof openTestDatabase>>;
let gateway: Gateway;
const secretKey = 'sk_test_canary51Hsecret';

beforeAll(async () => {
  server = await startAnswerer();
  database = await openTestDatabase();
});
beforeEach(async () => {
  await gateway?.close();
  gateway = openGateway({ apiBase: server.url, key: secretKey, databaseUrl: database.url, silenceMaxMs: 1_000 });
});
afterAll(async () => {
  await gateway.close();
  await database.close();
  await server.close();
});

const seller = onAccount('acct_1');
const charge = {
  id: 'ch_1',
  object: 'charge',
  paid: true,
  amount: 5400,
  currency: 'usd',
  amount_refunded: 0,
  created: 1_795_000_000,
  payment_intent: 'pi_1',
  application_fee_amount: 400,
};
const checkout = {
  productName: 'Evening',
  amountMinor: 5400,
  currency: 'USD',
  email: 'canary@example.com',
  successUrl: 'https://shop.test/c/1/return?session={CHECKOUT_SESSION_ID}',
  cancelUrl: 'https://shop.test/c/1',
  expiresAt: later(systemClock.now(), 3_600_000),
  reference: 'ses_1',
  metadata: { session: 'ses_1' },
  applicationFeeMinor: 400,
};

describe('the way to Stripe', () => {
  it('is closed inside a transaction, before anything is sent', async () => {
    server.answer(json(200, charge));
    await expect(atomically(gateway.work, () => retrieveCharge(gateway.work, seller, 'ch_1'))).rejects.toThrow(Bug);
    expect(server.requests).toEqual([]);
    expect((await retrieveCharge(gateway.work, seller, 'ch_1')).ok).toBe(true);
  });

  it('names its version, its account and its key, and tells Stripe nothing of earlier requests', async () => {
    server.answer(json(200, charge));
    await retrieveCharge(gateway.work, seller, 'ch_1');
    await retrieveCharge(gateway.work, platform, 'ch_1');
    server.requests.forEach(({ headers }) => {
      expect(headers).toMatchObject({ 'stripe-version': '2026-10-28.endive', authorization: `Bearer ${secretKey}` });
      expect(headers).not.toHaveProperty('x-stripe-client-telemetry');
    });
    expect(server.requests.map(({ headers }) => headers['stripe-account'])).toEqual(['acct_1', undefined]);
  });

  it('carries our key on every write, a DELETE included', async () => {
    server.answer(json(200, { object: 'subscription', id: 'sub_1', items: { data: [] }, created: 1, metadata: {} }));
    await cancelSubscription(gateway.work, seller, recordKey('cancel', 'mem_1', 3), 'sub_1');
    expect(server.requests[0]).toMatchObject({
      method: 'DELETE',
      url: '/v1/subscriptions/sub_1',
      headers: { 'idempotency-key': 'holdfast:cancel:mem_1:3', 'stripe-account': 'acct_1' },
    });
  });

  it('sends a checkout as Stripe reads it: minor units, lower case, the fee once, no list of payment methods', async () => {
    server.answer(
      json(200, {
        id: 'cs_1',
        object: 'checkout.session',
        mode: 'payment',
        status: 'open',
        payment_status: 'unpaid',
        url: 'https://checkout.stripe.com/c/pay/cs_1',
      }),
    );
    await createPaymentCheckout(gateway.work, seller, recordKey('checkout', 'ses_1'), checkout);
    const form = new URLSearchParams(server.requests[0]?.body);
    expect(Object.fromEntries(form)).toMatchObject({
      'line_items[0][price_data][currency]': 'usd',
      'line_items[0][price_data][unit_amount]': '5400',
      'payment_intent_data[application_fee_amount]': '400',
      success_url: checkout.successUrl,
      client_reference_id: 'ses_1',
    });
    expect([...form.keys()].filter((name) => name.includes('payment_method_types'))).toEqual([]);
  });

  it('waits for its place in the budget, and does not send without one', async () => {
    server.answer(json(200, charge));
    const reserved: [string, boolean][] = [];
    const waits = [30, null];
    const narrow = openGateway({
      apiBase: server.url,
      budget: {
        reserve: async (...asked) => {
          reserved.push(asked);
          return waits.shift() ?? null;
        },
        slowDown: async () => undefined,
      },
    });
    const startedAt = performance.now();
    expect((await retrieveCharge(narrow.work, seller, 'ch_1')).ok).toBe(true);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(29);
    expect(await createPaymentCheckout(narrow.work, seller, recordKey('checkout', 'ses_1'), checkout)).toMatchObject({
      ok: false,
      failure: { kind: 'NOT_RUN' },
    });
    expect(reserved).toEqual([
      ['charges.retrieve', false],
      ['checkout.sessions.create', true],
    ]);
    expect(server.requests).toHaveLength(1);
    await narrow.close();
  });

  it('slows all processes down where Stripe asks for it, and not for a lock', async () => {
    const slowed: string[] = [];
    const { work, close } = openGateway({ apiBase: server.url, budget: { ...boundless, slowDown: async (endpoint) => void slowed.push(endpoint) } });
    server.answer(json(429, { error: { type: 'invalid_request_error', code: 'lock_timeout' } }));
    expect(await retrieveCharge(work, seller, 'ch_1')).toMatchObject({ failure: { kind: 'NOT_RUN' } });
    expect(slowed).toEqual([]);
    server.answer(json(429, { error: { type: 'invalid_request_error', code: 'rate_limit' } }));
    expect(await retrieveCharge(work, seller, 'ch_1')).toMatchObject({ failure: { kind: 'NOT_RUN' } });
    expect(slowed).toEqual(['charges.retrieve']);
    await close();
  });

  it('says of an answer with the fields we need missing that it is none of Stripe’s', async () => {
    server.answer(json(200, { object: 'subscription', id: 'sub_1' }));
    expect(await cancelSubscription(gateway.work, seller, recordKey('cancel', 'mem_1'), 'sub_1')).toMatchObject({
      ok: false,
      failure: { kind: 'UNKNOWN' },
    });
  });

  it('takes a base with a port, without one, and by TLS', () => {
    const hostOf = (apiBase: string) => {
      const { sdk } = openStripe({ secretKey: gateway.work.config.stripe.secretKey, apiBase, budget: boundless });
      return ['protocol', 'host', 'port', 'timeout', 'version'].map((field) => sdk.getApiField(field as 'host'));
    };
    expect(hostOf('https://api.stripe.com')).toEqual(['https', 'api.stripe.com', 443, 20_000, '2026-10-28.endive']);
    expect(hostOf('http://localhost')).toEqual(['http', 'localhost', 80, 20_000, '2026-10-28.endive']);
    expect(hostOf('http://127.0.0.1:12111')).toEqual(['http', '127.0.0.1', 12111, 20_000, '2026-10-28.endive']);
  });

  it('logs what was asked, how it ended and how to find it at Stripe, and never a secret, a link or an address', async () => {
    const url = 'https://connect.stripe.com/setup/e/acct_1/canary';
    server.answer(json(200, { object: 'account_link', url, expires_at: 1_795_000_300 }));
    const link = await createAccountLink(gateway.work, recordKey('link', 'con_1'), {
      stripeAccountId: 'acct_1',
      returnUrl: 'https://shop.test/canary',
      refreshUrl: 'https://shop.test/canary',
    });
    expect(link).toMatchObject({ ok: true, value: { url } });
    server.answer(
      json(200, {
        id: 'cs_canary',
        object: 'checkout.session',
        mode: 'payment',
        url: 'https://checkout.stripe.com/c/pay/cs_canary',
        client_secret: 'cs_canary_secret_1',
        customer_email: 'canary@example.com',
      }),
    );
    await createPaymentCheckout(gateway.work, seller, recordKey('checkout', 'ses_1'), checkout);
    for (const status of [400, 401, 402, 403, 404, 409, 429, 500]) {
      server.answer(
        json(status, {
          error: {
            type: 'invalid_request_error',
            message: `The key ${secretKey} (sk_test_****canary) may not mail canary@example.com; pi_1_secret_canary, ${url}`,
          },
        }),
      );
      const refused = await createPaymentCheckout(gateway.work, seller, recordKey('checkout', 'ses_1'), checkout);
      expect(JSON.stringify(refused)).not.toMatch(/canary/);
    }
    server.answer((response) => void response.socket?.destroy());
    await retrieveAccount(gateway.work, 'acct_1');

    const log = gateway.lines.map(
      (line) =>
        JSON.parse(line) as { endpoint: string; ms: number; stripeRequestId?: string; failure?: { kind: string; stripeRequestId: string | null } },
    );
    expect(gateway.lines.join('')).not.toMatch(/canary|shop\.test/);
    expect(log).toHaveLength(11);
    expect(log[0]).toMatchObject({ endpoint: 'account_links.create', stripeRequestId: 'req_1', ms: expect.any(Number) });
    expect(log[2]).toMatchObject({ endpoint: 'checkout.sessions.create', failure: { kind: 'REFUSED', httpStatus: 400, stripeRequestId: 'req_1' } });
    expect(log[10]).toMatchObject({ endpoint: 'accounts.retrieve', failure: { kind: 'UNKNOWN' } });
  });

  it('shows its key nowhere when it is printed', () => {
    expect(`${String(gateway.work.config.stripe.secretKey)} ${JSON.stringify(gateway.work.config.stripe)}`).not.toMatch(/sk_test/);
  });

  it('makes an account by controller properties, asking only what a country allows', async () => {
    server.answer(json(200, { id: 'acct_2', object: 'account', details_submitted: false, charges_enabled: false, payouts_enabled: false }));
    const account = { country: 'TH', serviceAgreement: 'recipient', profile: 'express', metadata: { account: 'acc_1' } } as const;
    expect(await createAccount(gateway.work, recordKey('account', 'con_1'), account)).toMatchObject({
      ok: true,
      value: {
        stripeAccountId: 'acct_2',
        cardPaymentsCapability: 'unrequested',
        defaultCurrency: null,
        requirements: { currentlyDue: [], disabledReason: null },
      },
    });
    const form = Object.fromEntries(new URLSearchParams(server.requests[0]?.body));
    expect(form).toMatchObject({
      country: 'TH',
      'controller[fees][payer]': 'application',
      'controller[losses][payments]': 'application',
      'controller[requirement_collection]': 'stripe',
      'controller[stripe_dashboard][type]': 'express',
      'capabilities[transfers][requested]': 'true',
      'tos_acceptance[service_agreement]': 'recipient',
    });
    expect(form).not.toHaveProperty('type');
    expect(form).not.toHaveProperty(['capabilities[card_payments][requested]']);
  });
});

describe('a scope', () => {
  it.each(['', 'platform', 'acct_', 'ch_1', 'acct_1\r\nx: y', ' acct_1', 'acct_1/../acct_2'])('is never made of %j', (id) => {
    expect(() => onAccount(id)).toThrow(Bug);
  });
});
