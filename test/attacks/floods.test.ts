import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { hourMs, secondMs, systemClock, TurnableClock } from '../../src/base/clock.js';
import { type Api, readySeller, signInAsAdmin, signUp, stranger } from '../support/api.js';
import { openWorld, type TestWorld } from '../support/world.js';

let world: TestWorld;
let seller: Api;

beforeAll(async () => {
  world = await openWorld({
    CHECKOUTS_PER_ADDRESS: '3',
    CHECKOUTS_PER_EMAIL: '2',
    SIGN_UPS_PER_ADDRESS: '2',
    TRUSTED_PROXIES: '127.0.0.1,::1',
    METRICS_TOKEN: 'a token for prometheus',
  });
  seller = await readySeller(world);
});
afterAll(() => world.close());

const solved = { 'captcha-response': 'solved' };

/** A marketplace whose strangers solve puzzles, and whose forms are not taken at once. */
const guarded = {
  clock: new TurnableClock(systemClock.now()),
  verifier: { isAway: false, close: () => {} },
  world: null as unknown as TestWorld,
  seller: null as unknown as Api,

  async open(): Promise<void> {
    const server = createServer(async (request, response) => {
      const asked = new URLSearchParams(await text(request));
      const success = asked.get('secret') === 'a secret of theirs' && asked.get('response') === 'solved';
      response.writeHead(this.verifier.isAway ? 503 : 200, { 'content-type': 'application/json' }).end(JSON.stringify({ success }));
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    this.verifier.close = () => {
      server.close();
      server.closeAllConnections();
    };
    const { port } = server.address() as AddressInfo;
    const captcha = { CAPTCHA: 'turnstile', CAPTCHA_SITE_KEY: 'the-site', CAPTCHA_SECRET: 'a secret of theirs' };
    this.world = await openWorld(
      { ...captcha, CAPTCHA_VERIFY_URL: `http://127.0.0.1:${port}/siteverify`, FORM_SECONDS_MIN: '2' },
      { clock: this.clock },
    );
    this.seller = await readySeller(this.world, 'Luna', solved);
  },

  /** Looks at the seller's page, as a browser does. */
  look: () => guarded.tell(fetch(`${guarded.world.url}/c/${guarded.seller.accountId}`)),

  /** Sends the form of that page, the puzzle solved. */
  send: (fields: Record<string, string>) =>
    guarded.tell(
      fetch(`${guarded.world.url}/c/${guarded.seller.accountId}`, {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams({ kind: 'one-time', 'cf-turnstile-response': 'solved', ...fields }),
      }),
    ),

  async tell(answering: Promise<Response>): Promise<{ status: number; html: string; form: string; policy: string; location: string | null }> {
    const answer = await answering;
    const html = await answer.text();
    const form = /name="form" value="([^"]+)"/.exec(html)?.[1] ?? '';
    return {
      status: answer.status,
      html,
      form,
      policy: answer.headers.get('content-security-policy') ?? '',
      location: answer.headers.get('location'),
    };
  },
};
beforeAll(() => guarded.open());
afterAll(async () => {
  await guarded.world.close();
  guarded.verifier.close();
});

const json = { 'content-type': 'application/json' };
let buyers = 0;
const somebody = () => `buyer${++buyers}@example.com`;

/** A checkout that is asked for from a network address: the code it is refused with, or nothing. */
async function open(from: string, email = somebody(), headers: Record<string, string> = {}): Promise<{ code: string | null; waitSeconds: number }> {
  const answer = await fetch(`${world.url}/graphql`, {
    method: 'POST',
    headers: { ...json, 'x-forwarded-for': from, ...headers },
    body: JSON.stringify({
      query: `mutation { createPaymentCheckout(input: { accountId: "${seller.accountId}", email: "${email}" }) { checkoutUrl userErrors { code } } }`,
    }),
  });
  const { errors = [] } = (await answer.json()) as { errors?: { extensions: { code: string } }[] };
  return { code: errors[0]?.extensions.code ?? null, waitSeconds: Number(answer.headers.get('retry-after')) };
}

describe('somebody who tests stolen cards', () => {
  it('opens so many checkouts from one address and no more, however many at once, while others buy (A53)', async () => {
    const codes = await Promise.all(Array.from({ length: 20 }, () => open('203.0.113.7')));
    expect(codes.filter(({ code }) => code === null)).toHaveLength(3);
    expect(new Set(codes.map(({ code }) => code))).toEqual(new Set([null, 'RATE_LIMITED']));
    const { waitSeconds } = await open('203.0.113.7');
    expect(waitSeconds).toBeGreaterThan(500);
    expect(waitSeconds).toBeLessThanOrEqual(600);
    expect((await open('203.0.113.8')).code).toBeNull();
  });

  it('opens so many for one e-mail address, from however many networks (A53)', async () => {
    const codes = [];
    for (const from of ['198.51.100.1', '198.51.100.2', '198.51.100.3']) codes.push((await open(from, 'Ada@example.com')).code);
    expect(codes).toEqual([null, null, 'RATE_LIMITED']);
    expect((await open('198.51.100.4', 'ada@EXAMPLE.com')).code).toBe('RATE_LIMITED');
  });

  it('is told so on the page, with the time to come back (A53)', async () => {
    const post = () =>
      fetch(`${world.url}/c/${seller.accountId}`, {
        method: 'POST',
        redirect: 'manual',
        headers: { 'x-forwarded-for': '203.0.113.9', accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ kind: 'one-time', email: somebody() }),
      });
    for (let times = 0; times < 3; times++) expect((await post()).status).toBe(303);
    const refused = await post();
    expect([refused.status, Number(refused.headers.get('retry-after'))]).toEqual([429, expect.any(Number)]);
    expect(await refused.text()).toContain('A little slower');
  });

  it('cannot have a program’s key count for less: programs open checkouts for many buyers', async () => {
    const { createApiKey } = await seller.run<{ createApiKey: { secret: string } }>(
      'mutation { createApiKey(input: { name: "Shop", scopes: ["checkout:write"] }) { secret } }',
    );
    const keyed = { authorization: `Bearer ${createApiKey.secret}` };
    for (let times = 0; times < 5; times++) expect((await open('203.0.113.10', 'one@example.com', keyed)).code).toBeNull();
  });

  it('leaves neither addresses nor networks behind: what is counted is a hash', async () => {
    const client = new pg.Client({ connectionString: world.databaseUrl });
    await client.connect();
    const { rows } = await client.query<{ bucket: string }>('select bucket from request_count');
    await client.end();
    expect(rows.length).toBeGreaterThan(5);
    for (const { bucket } of rows) expect(bucket).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('somebody who signs up again and again', () => {
  const signUp = (from: string) =>
    fetch(`${world.url}/api/auth/sign-up/email`, {
      method: 'POST',
      headers: { ...json, 'x-forwarded-for': from },
      body: JSON.stringify({ name: 'Many', email: somebody(), password: 'a quiet moon rises' }),
    });

  it('is stopped after so many in an hour, and nobody else is', async () => {
    const statuses = [];
    for (let times = 0; times < 3; times++) statuses.push((await signUp('203.0.113.20')).status);
    expect(statuses).toEqual([200, 200, 429]);
    expect((await signUp('203.0.113.21')).status).toBe(200);
  });
});

describe('a program that acts as a person, where puzzles are solved', () => {
  const unsolved = /It was not shown that a person asks/;
  const begin = () =>
    `mutation { createPaymentCheckout(input: { accountId: "${guarded.seller.accountId}", email: "${somebody()}" }) { checkoutUrl userErrors { message } } }`;
  const messageTo = async (asker: Api, headers: Record<string, string> = {}) => {
    const { createPaymentCheckout } = await asker.run<{ createPaymentCheckout: { userErrors: { message: string }[] } }>(begin(), {}, headers);
    return createPaymentCheckout.userErrors[0]?.message ?? null;
  };

  it('opens no checkout without a solved one, by the page or by the API; who is known solves none (A53)', async () => {
    const page = await guarded.look();
    expect(page.html).toContain('data-sitekey="the-site"');
    expect(page.policy).toContain('script-src https://challenges.cloudflare.com; frame-src https://challenges.cloudflare.com');
    guarded.clock.advance(3 * secondMs);
    const refused = await guarded.send({ form: page.form, email: 'ada@example.com', 'cf-turnstile-response': 'forged' });
    expect([refused.status, refused.html]).toEqual([422, expect.stringMatching(unsolved)]);
    expect(refused.html).toContain('value="ada@example.com"');
    expect((await guarded.send({ form: page.form, email: 'ada@example.com' })).status).toBe(303);

    expect(await messageTo(stranger(guarded.world))).toMatch(unsolved);
    expect(await messageTo(stranger(guarded.world), { 'captcha-response': 'forged' })).toMatch(unsolved);
    expect(await messageTo(stranger(guarded.world), solved)).toBeNull();
    expect(await messageTo(guarded.seller)).toBeNull();
  });

  it('signs up without a solved one no more than it pays (A53)', async () => {
    await expect(signUp(guarded.world, 'Robot')).rejects.toThrow(unsolved);
    expect((await signUp(guarded.world, 'Person', solved)).accountId).toMatch(/^acc_/);
    const body = new URLSearchParams({
      name: 'Robot',
      email: 'robot@example.com',
      password: 'a quiet moon rises',
      'cf-turnstile-response': 'solved',
    });
    const page = await (await fetch(`${guarded.world.url}/sign-up`, { method: 'POST', body })).text();
    expect(page).toContain('This form was not filled in on this page');
    expect(page).toContain('value="robot@example.com"');
  });

  it('is refused while nobody tells whether they are solved (A53)', async () => {
    guarded.verifier.isAway = true;
    expect(await messageTo(stranger(guarded.world), solved)).toMatch(/cannot be found out at this moment/);
    guarded.verifier.isAway = false;
  });
});

describe('a program that fills in forms', () => {
  const told = (answer: { status: number; html: string }, words: RegExp) => {
    expect([answer.status, answer.html]).toEqual([422, expect.stringMatching(words)]);
    expect(answer.html).toContain('value="ina@example.com"'); // as it was typed
  };
  const email = 'ina@example.com';

  it('is told so where it was quicker than a person, and is taken a moment later (A53)', async () => {
    const { form } = await guarded.look();
    const early = await guarded.send({ form, email });
    told(early, /quicker than we expect/);
    expect(early.form).toBe(form);
    guarded.clock.advance(2 * secondMs);
    expect((await guarded.send({ form, email })).status).toBe(303);
  });

  it('opens one checkout with one form, however often and however many at once it is sent (A53)', async () => {
    const { form } = await guarded.look();
    guarded.clock.advance(2 * secondMs);
    const all = await Promise.all([1, 2, 3].map(() => guarded.send({ form, email })));
    expect(all.map(({ status }) => status)).toEqual([303, 303, 303]);
    expect(new Set(all.map(({ location }) => location)).size).toBe(1);
    told(await guarded.send({ form: `${form}==`, email }), /not filled in on this page/); // the same in other letters
    const other = await guarded.send({ form, email: 'another@example.com' });
    expect([other.status, other.html]).toEqual([422, expect.stringMatching(/This form was sent before/)]);
    expect(other.form).not.toBe(form);
  });

  it('opens none with a form that nobody was shown, and who looked at it for hours is told so (A53)', async () => {
    const { form } = await guarded.look();
    told(await guarded.send({ email }), /not filled in on this page/);
    told(await guarded.send({ form: form.replace(/\.(.)/, (_, first) => (first === 'A' ? '.B' : '.A')), email }), /not filled in on this page/);
    guarded.clock.advance(2 * hourMs + secondMs);
    const late = await guarded.send({ form, email });
    told(late, /open for longer than two hours/);
    guarded.clock.advance(2 * secondMs);
    expect((await guarded.send({ form: late.form, email })).status).toBe(303);
  });
});

describe('where a request comes from', () => {
  const addresses = async () => {
    const admin = await signInAsAdmin(world);
    const { auditLog } = await admin.run<{ auditLog: { nodes: { address: string }[] } }>('{ auditLog(first: 1) { nodes { address } } }');
    return auditLog.nodes[0]?.address;
  };
  const signInFrom = (to: TestWorld, forwarded: string) =>
    fetch(`${to.url}/api/auth/sign-in/email`, {
      method: 'POST',
      headers: { ...json, 'x-forwarded-for': forwarded },
      body: JSON.stringify({ email: 'admin@demo.test', password: 'holdfast-demo' }),
    });
  const lastAddress = async (of: TestWorld) => {
    const client = new pg.Client({ connectionString: of.databaseUrl });
    await client.connect();
    const { rows } = await client.query<{ address: string }>('select address from audit_entry order by id desc limit 1');
    await client.end();
    return rows[0]?.address;
  };

  it('is what the last trusted proxy says, not what the sender wrote before it (A59)', async () => {
    await signInFrom(world, '6.6.6.6, 203.0.113.30');
    expect(await lastAddress(world)).toBe('203.0.113.30');
    expect(await addresses()).toMatch(/127\.0\.0\.1|::1/);
  });

  it('is never what the sender says where no proxy is trusted (A59)', async () => {
    await signInFrom(guarded.world, '6.6.6.6');
    expect(await lastAddress(guarded.world)).toMatch(/127\.0\.0\.1|::1/);
  });
});

describe('the metrics and the probes', () => {
  it('are read with the token alone, and the probes say no more than whether all is well (A61)', async () => {
    const status = async (headers: Record<string, string> = {}) => (await fetch(`${world.url}/metrics`, { headers })).status;
    expect(await status()).toBe(401);
    expect(await status({ authorization: 'Bearer another token' })).toBe(401);
    expect(await status({ authorization: 'Bearer a token for prometheus' })).toBe(200);
    expect(await (await fetch(`${world.url}/readyz`)).json()).toEqual({ ready: true, draining: false, database: true, migrations: true });
    expect(await (await fetch(`${world.url}/healthz`)).json()).toEqual({ alive: true });
  });
});
