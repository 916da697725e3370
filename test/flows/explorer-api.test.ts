import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Api, joinStaff, signInAsAdmin } from '../support/api.js';
import { openLesserStripe } from '../support/stripe-mock.js';
import { openWorld, type TestWorld } from '../support/world.js';

interface Run {
  outcome: string;
  expected: boolean;
  remark: string | null;
  result: string;
  table: { columns: string[]; rows: string[][] } | null;
  error: { type: string; code: string | null; message: string; status: number | null } | null;
  calls: { method: string; path: string; status: number; request: string; response: string; curl: string }[];
  bindings: { name: string; value: string; secret: boolean }[];
}
interface Chapter {
  name: string;
  needs: string[];
  steps: { name: string; code: string; binds: string[]; parameters: { name: string; fallback: string | null; madeBy: string | null }[] }[];
}

let world: TestWorld;
let admin: Api;
beforeAll(async () => {
  world = await openWorld({}, { works: false });
  admin = await signInAsAdmin(world);
});
afterAll(() => world.close());

const runDocument = `mutation ($input: RunExplorerStepInput!) { runExplorerStep(input: $input) {
  run { outcome expected remark result table { columns rows } error { type code message status } calls { method path status request response curl } bindings { name value secret } }
  userErrors { code message path remedy }
} }`;

async function run(step: string, values: Record<string, string> = {}, more: object = {}) {
  const input = { step, target: 'SIMULATOR', values: Object.entries(values).map(([name, value]) => ({ name, value })), ...more };
  const { runExplorerStep } = await admin.run<{ runExplorerStep: { run: Run | null; userErrors: { message: string; remedy: string | null }[] } }>(
    runDocument,
    { input },
  );
  return runExplorerStep;
}

const chaptersDocument = '{ explorerChapters { name needs steps { name code binds parameters { name fallback madeBy } } } }';

describe('the explorer in the API', () => {
  it('tells the chapters, their code, and which step makes what another needs', async () => {
    const { explorerChapters } = await admin.run<{ explorerChapters: Chapter[] }>(chaptersDocument);
    expect(explorerChapters.map(({ name }) => name)).toEqual([
      'setup',
      'payments',
      'billing',
      'metering',
      'portal',
      'connect',
      'webhooks',
      'batch',
      'expand',
      'performance',
    ]);
    const create = explorerChapters[1]?.steps.find(({ name }) => name === 'payments.create');
    expect(create).toMatchObject({ code: expect.stringContaining('stripe.paymentIntents.create('), binds: ['payment'] });
    expect(create?.parameters).toContainEqual({ name: 'customer', fallback: null, madeBy: 'payments.customer' });
  });

  it('runs a chapter as a page would: each step with what the ones before it bound', async () => {
    const { explorerChapters } = await admin.run<{ explorerChapters: Chapter[] }>(chaptersDocument);
    const bound: Record<string, string> = {};
    for (const chapter of explorerChapters.slice(0, 5)) {
      for (const { name, parameters } of chapter.steps) {
        const values = Object.fromEntries(parameters.flatMap((one) => (one.name in bound ? [[one.name, bound[one.name] ?? '']] : [])));
        const { run: ran, userErrors } = await run(name, values);
        expect([name, ran?.expected, userErrors]).toEqual([name, true, []]);
        for (const binding of ran?.bindings ?? []) bound[binding.name] = binding.value;
      }
    }
    expect(Object.keys(bound)).toEqual(expect.arrayContaining(['customer', 'payment', 'subscription', 'streamToken', 'portalUrl']));
  });

  it('tells requests, answers and tables, and a credential only as a binding', async () => {
    const [customer] = (await run('payments.customer')).run?.bindings ?? [];
    const portal = (await run('portal.session', { customer: customer?.value ?? '' })).run as Run;
    const [binding] = portal.bindings;
    expect(binding).toMatchObject({ name: 'portalUrl', secret: true, value: expect.stringMatching(/^http/) });
    expect(JSON.stringify({ ...portal, bindings: [] })).not.toContain(binding?.value);
    expect(portal.calls).toMatchObject([{ method: 'POST', path: '/v1/billing_portal/sessions', status: 200 }]);
    const list = (await run('payments.list')).run as Run;
    expect(list.table?.columns[0]).toBe('id');
  });

  it('leaves the platform’s own Stripe alone', async () => {
    const kept = async () => ({ ...(await world.stripeState()), now: null });
    const before = await kept();
    expect((await run('connect.funds')).run?.outcome).toBe('DONE');
    expect(await kept()).toEqual(before);
  });

  it('delivers to this server as Stripe does: taken once, refused where it is forged, seen in the inbox', async () => {
    const delivered = (await run('webhooks.deliver')).run as Run;
    const { event, status, answer } = JSON.parse(delivered.result) as { event: string; status: number; answer: unknown };
    expect([status, answer, delivered.bindings]).toMatchObject([200, { received: 'STORED' }, [{ name: 'deliveredEvent', value: event }]]);
    const again = (await run('webhooks.deliver-again', { deliveredEvent: event })).run as Run;
    expect(JSON.parse(again.result)).toEqual({ status: 200, answer: { received: 'DUPLICATE' } });
    const forged = (await run('webhooks.deliver-forged')).run as Run;
    expect(JSON.parse(forged.result)).toMatchObject({ status: 400, answer: { error: { code: 'SIGNATURE_INVALID' } } });
    const inbox = (await run('webhooks.inbox', { deliveredEvent: event })).run as Run;
    expect(inbox.table?.rows).toEqual([['product.updated', 'WEBHOOK', 'IGNORED', expect.any(String), expect.any(String)]]);
    const { userErrors } = await run('webhooks.deliver', { type: 'charge.refunded' });
    expect(userErrors[0]?.message).toContain('This server acts on charge.refunded');
    const secret = world.app.openWork().config.stripe.platformWebhookSecrets[0]?.reveal() as string;
    expect(JSON.stringify([delivered, again, forged, inbox])).not.toContain(secret);
  });

  it('asks another server that speaks Stripe’s API, and tells what that cannot', async () => {
    const lesser = await openLesserStripe(world.stripeUrl);
    const there = { target: 'ADDRESS', baseUrl: lesser.url };
    expect((await run('payments.customer', {}, there)).run).toMatchObject({ outcome: 'DONE', expected: true });
    const session = (await run('metering.session', {}, there)).run;
    expect(session).toMatchObject({ expected: true, error: { code: 'invalid_v2_key' }, remark: expect.stringContaining('no v2 API') });
    const wrong = (await run('setup.balance', {}, { ...there, secretKey: 'sk_test_wrong' })).run;
    expect(wrong).toMatchObject({ expected: false, error: { type: 'StripeAuthenticationError', status: 401 } });
    await lesser.close();
    const gone = (await run('setup.balance', {}, there)).run;
    expect(gone).toMatchObject({
      expected: false,
      error: { type: 'StripeConnectionError', message: expect.stringContaining('ECONNREFUSED'), status: null },
    });
  });

  it.each([
    'http://10.0.0.1',
    'http://169.254.169.254',
    'http://example.com',
    'http://localhost:1/path',
    'http://a@localhost',
    'file:///etc/passwd',
    'x',
  ])('looks from the server into no other network: %s', async (baseUrl) => {
    const { userErrors } = await run('setup.balance', {}, { target: 'ADDRESS', baseUrl });
    expect(userErrors).toMatchObject([{ code: 'INVALID', path: ['baseUrl'] }]);
  });

  it.each([
    ['a live key at another address', 'ADDRESS', { secretKey: 'sk_live_51abcdefgh' }, 'live key'],
    ['an address for the simulator', 'SIMULATOR', { baseUrl: 'http://localhost:12111' }, 'with the target ADDRESS alone'],
    ['a live key', 'STRIPE', { secretKey: 'sk_live_51abcdefgh' }, 'live key'],
    ['no key for Stripe', 'STRIPE', {}, 'takes a test key'],
    ['a key for the simulator', 'SIMULATOR', { secretKey: 'sk_test_51abcdefgh' }, 'takes no key'],
  ])('refuses %s, as a value', async (_, target, more, message) => {
    const { run: ran, userErrors } = await run('setup.balance', {}, { target, ...more });
    expect([ran, userErrors]).toMatchObject([null, [{ code: 'INVALID', message: expect.stringContaining(message) }]]);
  });

  it('says what to run first, and refuses steps there are not', async () => {
    expect((await run('payments.create')).userErrors[0]?.remedy).toContain('Create a customer');
    expect((await run('payments.nothing')).userErrors[0]?.message).toContain('There is no step');
  });

  it('is run by administrators alone; other staff read it', async () => {
    const operator = await joinStaff(admin, 'OPERATOR');
    expect(await operator.codes(chaptersDocument)).toEqual([]);
    expect(await operator.codes(runDocument, { input: { step: 'setup.balance', target: 'SIMULATOR' } })).toEqual(['FORBIDDEN']);
  });
});
