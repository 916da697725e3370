import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openSimulated } from '../../test/support/simulated.js';
import { Secret } from '../base/secret.js';
import type { Simulator } from '../simulator/server.js';
import { openExplorerClient } from '../stripe/explorer-client.js';
import { chapters, needsOf } from './chapters.js';
import { explore, runChapter } from './exploring.js';
import { guide } from './guide.js';
import { hidden } from './masking.js';
import { fullNameOf, type Ran, runStep, stepOf } from './running.js';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await openSimulated();
});
afterAll(() => simulator.close());

const clientOf = (world: string) => openExplorerClient({ key: new Secret(`sk_test_sim_${world}`), apiBase: simulator.url });

/** Runs a chapter in a world of its own; answers each step's run by its name. */
async function ranIn(world: string, name: string, given: Record<string, string> = {}): Promise<Map<string, Ran>> {
  const chapter = chapters.find((one) => one.name === name);
  const runs = new Map<string, Ran>();
  if (!chapter) throw new Error(`no chapter ${name}`);
  for await (const ran of runChapter(clientOf(world), chapter, new Map(Object.entries(given)))) {
    if ('missing' in ran && ran.step.isOfServer) continue;
    if ('missing' in ran) throw new Error(`${ran.step.title} needs ${ran.missing}`);
    runs.set(fullNameOf(ran.step), ran);
  }
  return runs;
}
const resultOf = (runs: Map<string, Ran>, name: string) => runs.get(name)?.result as Record<string, unknown>;

describe('every chapter', () => {
  it.each(chapters.map(({ name }) => name))('runs by itself, and each of its steps shows what it is meant to: %s', async (name) => {
    const runs = [...(await ranIn(`alone_${name}`, name)).values()];
    expect(runs.filter(({ isExpected }) => !isExpected).map(({ step, error }) => [fullNameOf(step), error])).toEqual([]);
    const steps = chapters.find((chapter) => chapter.name === name)?.steps ?? [];
    expect(runs.map(({ step }) => step)).toEqual(expect.arrayContaining(steps.filter(({ isOfServer }) => !isOfServer)));
    for (const { step, calls } of runs) {
      if (name !== 'webhooks') expect([step.name, calls.length > 0]).toEqual([step.name, true]);
      for (const call of calls) expect(call).toMatchObject({ status: expect.any(Number), requestId: expect.stringMatching(/^req_/) });
    }
  });

  it('has steps of different names, whose ids anybody may put in the place of earlier results', () => {
    const names = chapters.flatMap(({ steps }) => steps.map(fullNameOf));
    expect(new Set(names).size).toBe(names.length);
    expect(chapters.map((chapter) => [chapter.name, needsOf(chapter)]).filter(([, needs]) => (needs as string[]).length > 0)).toEqual([
      ['billing', ['customer']],
      ['metering', ['customer']],
      ['portal', ['customer']],
      ['batch', ['customer']],
      ['expand', ['payment']],
    ]);
  });
});

describe('the chapters about money', () => {
  it('pays, keeps a card, refunds a part and then the rest', async () => {
    const runs = await ranIn('payments', 'payments');
    expect(resultOf(runs, 'payments.confirm')).toMatchObject({ status: 'succeeded', amount_received: 2_000 });
    expect(runs.get('payments.declined')?.error).toMatchObject({ type: 'StripeCardError', code: 'card_declined', status: 402 });
    expect(resultOf(runs, 'payments.setup-retrieve')).toMatchObject({ status: 'succeeded', client_secret: hidden });
    expect(resultOf(runs, 'payments.refund-part')['amount']).toBe(500);
    expect(resultOf(runs, 'payments.refund')['amount']).toBe(1_500);
    const table = runs.get('payments.list')?.table ?? [];
    expect(table[0]).toMatchObject({ amount: '2000', currency: 'usd', customer: expect.stringMatching(/^cus_/) });
  });

  it('subscribes, tries, changes, pauses, cancels, and schedules three months by the builder', async () => {
    const runs = await ranIn('billing', 'billing');
    expect(resultOf(runs, 'billing.trial')['status']).toBe('trialing');
    expect(runs.get('billing.preview')?.table?.map(({ amount }) => amount)).toEqual(['-2000', '4000', '4000']);
    expect(resultOf(runs, 'billing.change')['latest_invoice']).toMatchObject({ total: 2_000, status: 'paid', billing_reason: 'subscription_update' });
    expect(resultOf(runs, 'billing.pause')['pause_collection']).toMatchObject({ behavior: 'void' });
    expect(resultOf(runs, 'billing.cancel')['status']).toBe('canceled');
    const [request] = runs.get('billing.schedule')?.calls ?? [];
    expect(request?.request).toMatchObject({ 'phases[0][duration][interval_count]': '3', end_behavior: 'release', start_date: 'now' });
    expect(runs.get('billing.schedule')?.step.code).toContain('class ScheduleBuilder');
  });

  it('counts what is sent at once and through the stream, whose token is hidden', async () => {
    const runs = await ranIn('metering', 'metering');
    expect(runs.get('metering.summary')?.table).toMatchObject([{ aggregated_value: '25' }]);
    expect(resultOf(runs, 'metering.stream')).toEqual({ outcome: 'sent' });
    const session = runs.get('metering.session') as Ran;
    const [token] = session.bound;
    expect(token).toMatchObject({ name: 'streamToken', isSecret: true });
    expect(JSON.stringify([...runs.values()].map(({ bound: _, step: __, ...told }) => told))).not.toContain(token?.value);
    expect(session.result).toMatchObject({ authentication_token: hidden, expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) });
  });

  it('tells a session that has expired from one that was never there', async () => {
    const client = clientOf('expired');
    const token = (await runStep(client, stepOf('metering.session'), {})).bound[0]?.value ?? '';
    await fetch(`${simulator.url}/_simulator/clock/advance?world=expired`, { method: 'POST', body: '{"seconds":900}' });
    const send = async (streamToken: string) =>
      (await runStep(client, stepOf('metering.stream'), { streamToken, meteredEvent: 'any', customer: 'cus_any' })).result;
    expect(await send(token)).toMatchObject({ outcome: 'session expired' });
    expect(await send('invented')).toMatchObject({ outcome: 'refused' });
  });

  it('sends a seller money only once the seller has finished', async () => {
    const runs = await ranIn('connect', 'connect');
    expect(runs.get('connect.transfer')?.error?.code).toBe('insufficient_capabilities_for_transfer');
    const account = resultOf(runs, 'connect.account')['id'] as string;
    await fetch(`${simulator.url}/_simulator/accounts/${account}/onboard?world=connect`, { method: 'POST', body: '{}' });
    const again = await runStep(clientOf('connect'), stepOf('connect.transfer'), { account });
    expect(again.result).toMatchObject({ object: 'transfer', amount: 1_000, destination: account });
    expect(resultOf(runs, 'connect.link')['url']).toBe(hidden);
  });
});

describe('the chapters about answers', () => {
  it('tells four outcomes of a signature apart, and reacts by type', async () => {
    const runs = await ranIn('webhooks', 'webhooks');
    expect(resultOf(runs, 'webhooks.verify')['type']).toBe('payment_intent.succeeded');
    const why = (name: string) => runs.get(`webhooks.${name}`)?.error?.message;
    expect(why('no-header')).toContain('No stripe-signature header value was provided');
    expect(why('too-old')).toContain('Timestamp outside the tolerance zone');
    expect(why('wrong-secret')).toContain('No signatures found matching the expected signature');
    expect(why('tampered')).toContain('No signatures found matching the expected signature');
    expect(why('parsed')).toContain('No signatures found matching the expected signature');
    expect(resultOf(runs, 'webhooks.apart')).toMatchObject({ isSame: true, signedText: expect.stringMatching(/^\d+\.\{/) });
    expect(runs.get('webhooks.dispatch')?.table?.map(({ reaction }) => reaction?.split(' ')[0])).toEqual(['fulfil', 'revoke', 'ask', 'unhandled:']);
    expect([...runs.values()].flatMap(({ calls }) => calls)).toEqual([]);
  });

  it('keeps one failure from the other calls, in the order they were asked in', async () => {
    const runs = await ranIn('batch', 'batch');
    const outcomes = (name: string) => runs.get(name)?.table?.map(({ label, ok }) => `${label} ${ok}`);
    expect(outcomes('batch.together')).toEqual(['balance true', 'customer true', 'nobody false', 'payments true', 'products true']);
    expect(outcomes('batch.crash')).toEqual(['breaks false', 'balance true']);
    const began = runs.get('batch.together')?.table?.map(({ beganMs }) => Number(beganMs));
    expect(began).toEqual([...(began ?? [])].sort((a, b) => a - b));
  });

  it('answers the same field as an id and as an object', async () => {
    const runs = await ranIn('expand', 'expand');
    expect(resultOf(runs, 'expand.plain')).toMatchObject({ type: 'string', customer: expect.stringMatching(/^cus_/) });
    expect(resultOf(runs, 'expand.expanded')).toMatchObject({ type: 'object', customer: { object: 'customer' } });
    expect(runs.get('expand.difference')?.table?.map(({ field }) => field)).toEqual(['customer']);
    expect(runs.get('expand.in-lists')?.table?.[0]?.['customer']).toContain('"object":"customer"');
  });
});

describe('the chapter about performance', () => {
  it('shows what a connection costs, side by side, in pages, and that a repeat happens once', async () => {
    const runs = await ranIn('performance', 'performance');
    expect(runs.get('performance.warm-up')?.table).toHaveLength(3);
    expect(runs.get('performance.pool')?.table?.map(({ atOnce, failed }) => [atOnce, failed])).toEqual([
      ['1', '0'],
      ['6', '0'],
    ]);
    const [first, second] = runs.get('performance.repeat')?.table ?? [];
    expect([first?.['replayed'], second]).toEqual(['false', { id: first?.['id'], replayed: 'true' }]);
  });

  it('reads no more pages than it is asked for', async () => {
    const client = clientOf('pages');
    for (const amount of [700, 1_900]) await client.sdk.paymentIntents.create({ amount, currency: 'usd' });
    expect((await runStep(client, stepOf('performance.pages'), {})).result).toEqual({ seen: 2, amounts: { usd: 2_600 } });
    expect((await runStep(client, stepOf('performance.pages'), { most: '1' })).result).toEqual({ seen: 1, amounts: { usd: 1_900 } });
  });
});

describe('the guide', () => {
  it('in docs/stripe.md is what the chapters say', () => {
    expect({
      isPresent: readFileSync('docs/stripe.md', 'utf8') === `${guide()}\n`,
      otherwise: 'node dist/src/main.js explore --guide > docs/stripe.md',
    }).toMatchObject({
      isPresent: true,
    });
  });
});

describe('a step', () => {
  it('names the step to run first where something is missing, and takes an id in its place', async () => {
    const client = clientOf('missing');
    await expect(runStep(client, stepOf('payments.create'), {})).rejects.toMatchObject({
      code: 'INVALID',
      message: 'The step needs customer.',
      remedy: 'Run “Create a customer” first, or give one of your own.',
    });
    const ran = await runStep(client, stepOf('payments.create'), { customer: 'cus_mine' });
    expect(ran).toMatchObject({ outcome: 'DONE', bound: [{ name: 'payment', isSecret: false }] });
  });

  it.each([
    ['an id of another kind', 'payments.create', { customer: 'pi_1' }],
    ['an amount that is no number', 'payments.create', { customer: 'cus_1', amount: 'much' }],
    ['what it does not take', 'payments.list', { colour: 'red' }],
    ['a live key', 'metering.stream', { streamToken: 'sk_live_51abc', meteredEvent: 'x', customer: 'cus_1' }],
    ['a text without end', 'payments.customer', { name: 'x'.repeat(2_001) }],
  ])('refuses %s before anything is sent', async (_, name, typed) => {
    const client = clientOf('refused');
    await expect(runStep(client, stepOf(name), typed as Record<string, string>)).rejects.toMatchObject({ code: 'INVALID' });
    expect(client.calls).toEqual([]);
  });

  it('is told with the same request for a shell, without its key', async () => {
    const { calls } = await runStep(clientOf('curl'), stepOf('payments.customer'), { name: "O'Hara" });
    expect(calls[0]?.curl).toBe(
      `curl -X POST 'https://api.stripe.com/v1/customers' -u "$STRIPE_KEY:" \\\n  -d 'email=ada@example.com' \\\n  -d 'name=O'\\''Hara'`,
    );
    expect(calls[0]).toMatchObject({ method: 'POST', path: '/v1/customers', status: 200, idempotencyKey: expect.stringContaining('stripe-node') });
  });

  it('tells where nobody answers, instead of failing', async () => {
    const client = openExplorerClient({ key: new Secret('sk_test_x'), apiBase: 'http://127.0.0.1:1' });
    const ran = await runStep(client, stepOf('setup.balance'), {});
    expect(ran).toMatchObject({ outcome: 'REFUSED', isExpected: false, error: { type: 'StripeConnectionError' }, calls: [{ status: null }] });
  });

  it('about a server needs one, and tells where it does not answer', async () => {
    const away = { endpoint: 'http://127.0.0.1:1/', handledTypes: [], sign: () => 't=1,v1=1', arrivalOf: async () => null };
    const client = clientOf('servers');
    await expect(runStep(client, stepOf('webhooks.deliver'), {})).rejects.toMatchObject({ message: 'The step is about a running server.' });
    const ran = await runStep(client, stepOf('webhooks.deliver'), {}, away);
    expect(ran).toMatchObject({ outcome: 'REFUSED', error: { message: expect.stringMatching(/^fetch failed \(.+\)$/) }, bound: [] });
    expect((await runStep(client, stepOf('webhooks.inbox'), { deliveredEvent: 'evt_explorer_1' }, away)).table).toEqual([]);
  });

  it('that is not there is refused', () => {
    expect(() => stepOf('payments.nothing')).toThrow('There is no step "payments.nothing".');
  });
});

describe('a client for learning', () => {
  it.each(['sk_live_51abcdefgh', 'rk_live_51abcdefgh', 'pk_test_123', 'whsec_123', ''])('is not opened with %j', (key) => {
    expect(() => openExplorerClient({ key: new Secret(key), apiBase: simulator.url })).toThrow(/live key|no secret key/);
  });
});

describe('npm run explore', () => {
  const told = async (...args: string[]) => {
    const lines: string[] = [];
    const explored = await explore(
      args,
      (text) => lines.push(text),
      async () => simulator,
    );
    return { ...explored, text: lines.join('\n') };
  };

  it('lists the chapters where none is named', async () => {
    const { text, steps } = await told();
    expect(steps).toBe(0);
    for (const { title } of chapters) expect(text).toContain(title);
  });

  it('runs a chapter with its code, requests and answers, and hides what is a credential', async () => {
    const { text, unexpected } = await told('portal');
    expect(unexpected).toEqual([]);
    expect(text).toContain('│ ({ stripe, customer, returnUrl }) => stripe.billingPortal.sessions.create(');
    expect(text).toMatch(/POST \/v1\/billing_portal\/sessions → 200 · \d+ ms · req_/);
    expect(text).toContain(`portalUrl = ${hidden}`);
    expect(text).toMatch(/customer = cus_/);
    expect((await told('portal', '--reveal')).text).toMatch(/portalUrl = http/);
  });

  it('leaves out what cannot be, where the server it talks to does not know everything', async () => {
    const { text } = await told('metering', '--base', 'http://127.0.0.1:1');
    expect(text).toContain('left out: it needs streamToken');
  });

  it('takes ids of one’s own, other servers, and no live key, and says that a stripe-mock remembers nothing', async () => {
    const { steps, unexpected, text } = await told('portal', '--set', 'customer=cus_nobody', '--base', simulator.url, '--key', 'sk_test_sim_other');
    expect(text).toContain('answers every request from fixtures and remembers nothing: ids are not what was made');
    expect([steps, unexpected]).toEqual([1, ['Open the portal for a customer']]);
    await expect(told('portal', '--key', 'sk_live_51abcdefgh')).rejects.toThrow('live key');
    await expect(told('portal', '--base', 'ftp://x')).rejects.toThrow('--base is');
    await expect(told('poetry')).rejects.toThrow('There is no chapter "poetry"');
    await expect(told('portal', '--set', 'customer')).rejects.toThrow('name=value');
    await expect(told('portal', '--key')).rejects.toThrow('--key takes a value');
  });
});
