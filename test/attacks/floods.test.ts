import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { type Api, readySeller, signInAsAdmin } from '../support/api.js';
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
    const plain = await openWorld();
    await signInFrom(plain, '6.6.6.6');
    expect(await lastAddress(plain)).toMatch(/127\.0\.0\.1|::1/);
    await plain.close();
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
