import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { type Api, readySeller, signInAsAdmin, signUp } from '../support/api.js';
import { told } from '../support/refused.js';
import { openWorld, type TestWorld } from '../support/world.js';

interface Issued {
  id: string;
  secret: string;
  apiKey: { name: string; scopes: string[]; lastUsedAt: string | null; formerUntil: string | null };
}

let world: TestWorld;
let luna: Api;
let sol: Api;
let admin: Api;

beforeAll(async () => {
  world = await openWorld();
  luna = await readySeller(world, 'Luna');
  sol = await readySeller(world, 'Sol');
  admin = await signInAsAdmin(world);
});
afterAll(() => world.close());

const createDocument = `mutation ($input: CreateApiKeyInput!) {
  createApiKey(input: $input) { id secret apiKey { name scopes lastUsedAt formerUntil } userErrors { code message path } }
}`;

async function issue(maker: Api, scopes: string[], more: object = {}): Promise<Issued> {
  const { createApiKey } = await maker.run<{ createApiKey: Issued }>(createDocument, { input: { name: 'The shop', scopes, ...more } });
  return createApiKey;
}

/** A request with a key: its status, and the codes it was refused with or its data. */
async function send(secret: string, query: string, headers: Record<string, string> = {}): Promise<{ status: number; codes: string[]; data: never }> {
  const answer = await fetch(`${world.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}`, ...headers },
    body: JSON.stringify({ query }),
  });
  const { data, errors = [] } = (await answer.json()) as { data: never; errors?: { extensions: { code: string } }[] };
  return { status: answer.status, codes: errors.map(({ extensions }) => extensions.code), data };
}

const refused = (code: string) => expect.objectContaining({ codes: [code] });
const unknown = { status: 401, codes: ['UNAUTHENTICATED'], data: undefined };

describe('a key of an account', () => {
  it('is its program’s way in: to its own account, and to what its scopes name', async () => {
    const { secret, id } = await issue(luna, ['accounts:read', 'prices:write']);
    expect((await send(secret, '{ viewer { role email account { id displayName status } } }')).data).toEqual({
      viewer: { role: 'PARTNER', email: null, account: { id: luna.accountId, displayName: 'Luna', status: 'READY' } },
    });
    const price = `mutation { setOneTimePrice(input: { accountId: "${luna.accountId}", amount: 4200, currency: "USD" }) { account { oneTimePrice { decimal } } } }`;
    expect((await send(secret, price)).data).toEqual({ setOneTimePrice: { account: { oneTimePrice: { decimal: '42.00' } } } });
    const { node } = await luna.run<{ node: object }>('query ($id: ID!) { node(id: $id) { id ... on ApiKey { lastUsedAt revokedAt } } }', { id });
    expect(node).toEqual({ id, lastUsedAt: expect.any(String), revokedAt: null });
  });

  it('is refused what its scopes do not name, also inside of what they do', async () => {
    const { secret } = await issue(luna, ['accounts:read']);
    const mine = `account(id: "${luna.accountId}")`;
    expect(await send(secret, '{ payments { nodes { id } } }')).toEqual(refused('FORBIDDEN'));
    expect(await send(secret, `{ ${mine} { revenue { paymentCount } } }`)).toEqual(refused('FORBIDDEN'));
    expect(await send(secret, `{ ${mine} { balance { held { amount } } } }`)).toEqual(refused('FORBIDDEN'));
    expect(await send(secret, `{ ${mine} { settlements { nodes { id } } } }`)).toEqual(refused('FORBIDDEN'));
    expect(await send(secret, `mutation { setOneTimePrice(input: { accountId: "${luna.accountId}", amount: 1 }) { userErrors { code } } }`)).toEqual(
      refused('FORBIDDEN'),
    );
    expect(await send(secret, 'mutation { createApiKey(input: { name: "x", scopes: ["accounts:read"] }) { id } }')).toEqual(refused('FORBIDDEN'));
  });

  it('speaks of another’s account as of a missing one, and lists none but its own', async () => {
    const { secret } = await issue(luna, ['accounts:read', 'payments:read', 'settlements:read', 'checkout:write']);
    expect(await send(secret, `{ account(id: "${sol.accountId}") { status } }`)).toEqual(refused('NOT_FOUND'));
    expect(await send(secret, `{ payments(accountId: "${sol.accountId}") { nodes { id } } }`)).toEqual(refused('NOT_FOUND'));
    expect(await send(secret, '{ accounts { nodes { id } } }')).toEqual(refused('FORBIDDEN'));
    const checkout = `mutation { createPaymentCheckout(input: { accountId: "${sol.accountId}", email: "a@example.com" }) { userErrors { code } } }`;
    expect(await send(secret, checkout)).toEqual(refused('NOT_FOUND'));
  });

  it('masks buyers’ addresses but for the scope that shows them', async () => {
    const begun = await luna.run<{ createPaymentCheckout: { checkoutSessionId: string } }>(
      'mutation ($id: ID!) { createPaymentCheckout(input: { accountId: $id, email: "grace@example.com" }) { checkoutSessionId } }',
      { id: luna.accountId },
    );
    const session = begun.createPaymentCheckout.checkoutSessionId;
    await world.control(`checkout/sessions/${session}/pay`);
    await luna.run('mutation ($id: ID!, $s: String!) { syncCheckoutSession(input: { accountId: $id, checkoutSessionId: $s }) { payment { id } } }', {
      id: luna.accountId,
      s: session,
    });
    const emails = async (scopes: string[]) => (await send((await issue(luna, scopes)).secret, '{ payments { nodes { buyerEmail } } }')).data;
    expect(await emails(['payments:read'])).toEqual({ payments: { nodes: [{ buyerEmail: 'g…e@e…e.com' }] } });
    expect(await emails(['payments:read', 'payments:read_pii'])).toEqual({ payments: { nodes: [{ buyerEmail: 'grace@example.com' }] } });
  });

  it('opens no page: those are for people', async () => {
    const { secret } = await issue(luna, ['accounts:read']);
    for (const path of ['/connect', '/admin']) {
      const answer = await fetch(`${world.url}${path}`, { redirect: 'manual', headers: { authorization: `Bearer ${secret}` } });
      expect([answer.status, answer.headers.get('location')]).toEqual([303, `/sign-in?to=${encodeURIComponent(path)}`]);
    }
  });

  it('counts before the cookie that comes with it', async () => {
    const { secret } = await issue(sol, ['accounts:read']);
    const { data } = await send(secret, '{ viewer { account { displayName } } }', { cookie: luna.cookie as string });
    expect(data).toEqual({ viewer: { account: { displayName: 'Sol' } } });
  });
});

describe('a key of the platform', () => {
  it('reaches every account, as far as its scopes', async () => {
    const { secret } = await issue(admin, ['accounts:read', 'books:read']);
    const { data } = await send(secret, '{ accounts { nodes { displayName } } moneyAudit { ok } viewer { account { id } } }');
    expect(data).toEqual({
      accounts: { nodes: [{ displayName: 'Sol' }, { displayName: 'Luna' }] },
      moneyAudit: { ok: true },
      viewer: { account: null },
    });
    expect(await send(secret, '{ payments { nodes { id } } }')).toEqual(refused('FORBIDDEN'));
  });

  it('is listed for staff, and for no seller', async () => {
    const { id } = await issue(admin, ['books:read'], { name: 'The accountant’s' });
    const all = '{ apiKeys(first: 100) { nodes { id account { displayName } } } }';
    expect((await admin.run<{ apiKeys: { nodes: object[] } }>(all)).apiKeys.nodes).toContainEqual({ id, account: null });
    const own = (await luna.run<{ apiKeys: { nodes: { account: object }[] } }>(all)).apiKeys.nodes;
    expect(own.length).toBeGreaterThan(0);
    for (const { account } of own) expect(account).toEqual({ displayName: 'Luna' });
    expect(await told(luna, 'query ($id: ID!) { node(id: $id) { id } }', { id })).toBe('NOT_FOUND');
    expect(await told(luna, 'mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { revoked } }', { id })).toBe('NOT_FOUND');
    expect(await told(luna, 'mutation ($id: ID!) { rotateApiKey(input: { id: $id }) { secret } }', { id })).toBe('NOT_FOUND');
  });
});

describe('a key', () => {
  it('is shown once, and kept as a hash alone', async () => {
    const { secret } = await issue(luna, ['accounts:read']);
    const client = new pg.Client({ connectionString: world.databaseUrl });
    await client.connect();
    const { rows } = await client.query<{ row: string }>('select row_to_json(k)::text as row from api_key k');
    await client.end();
    const bare = secret.slice('hf_test_'.length + 27, -6);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.filter(({ row }) => row.includes(bare))).toEqual([]);
  });

  it('is refused from the moment it is revoked, and for good', async () => {
    const { id, secret } = await issue(luna, ['accounts:read']);
    expect((await send(secret, '{ viewer { role } }')).status).toBe(200);
    const revoke = 'mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { revoked userErrors { code } } }';
    expect(await luna.run(revoke, { id })).toEqual({ revokeApiKey: { revoked: true, userErrors: [] } });
    expect(await send(secret, '{ viewer { role } }')).toEqual(unknown);
    expect(await luna.run(revoke, { id })).toEqual({ revokeApiKey: { revoked: true, userErrors: [] } });
    expect(await told(luna, 'mutation ($id: ID!) { rotateApiKey(input: { id: $id }) { secret userErrors { code path } } }', { id })).toBe(
      'CONFLICT id',
    );
  });

  it('is refused once it has expired', async () => {
    const { id, secret } = await issue(luna, ['accounts:read'], { expiresAt: '2030-01-01T00:00:00Z' });
    expect((await send(secret, '{ viewer { role } }')).status).toBe(200);
    const client = new pg.Client({ connectionString: world.databaseUrl });
    await client.connect();
    await client.query('update api_key set expires_at = now() where id = $1', [id]);
    await client.end();
    expect(await send(secret, '{ viewer { role } }')).toEqual(unknown);
  });

  it('changes its secret with both taken for a while, and then the new one alone', async () => {
    const { id, secret: first } = await issue(luna, ['accounts:read']);
    const rotate = async (overlapHours: number) => {
      const { rotateApiKey } = await luna.run<{ rotateApiKey: Issued }>(
        'mutation ($input: RotateApiKeyInput!) { rotateApiKey(input: $input) { id secret apiKey { formerUntil } } }',
        { input: { id, overlapHours } },
      );
      return rotateApiKey;
    };
    const { id: same, secret: second } = await rotate(1);
    expect(same).toBe(id);
    for (const secret of [first, second]) expect((await send(secret, '{ viewer { role } }')).status).toBe(200);
    const { secret: third } = await rotate(0);
    expect((await send(third, '{ viewer { role } }')).status).toBe(200);
    for (const secret of [first, second]) expect(await send(secret, '{ viewer { role } }')).toEqual(unknown);
  });

  it('is never given another reach, not even by a statement', async () => {
    const { id } = await issue(luna, ['accounts:read']);
    const client = new pg.Client({ connectionString: world.databaseUrl, options: '-c role=holdfast_app -c app.tenants=*' });
    await client.connect();
    const widen = client.query(`update api_key set scopes = '{books:read}' where id = $1`, [id]);
    await expect(widen).rejects.toMatchObject({ constraint: 'a_key_keeps_its_reach' });
    await expect(client.query('delete from api_key')).rejects.toMatchObject({ code: '42501' });
    await client.end();
  });

  it('that is none is told the same, whatever is wrong with it', async () => {
    const { secret } = await issue(luna, ['accounts:read']);
    const swapped = secret.slice(0, -1) + (secret.endsWith('A') ? 'B' : 'A');
    for (const wrong of [swapped, secret.slice(0, -1), secret.replace('hf_test', 'hf_live'), 'hf_test_', 'x', `${'a'.repeat(5_000)}`])
      expect(await send(wrong, '{ viewer { role } }')).toEqual(unknown);
  });

  it.each([
    ['no scope', { scopes: [] }, 'INVALID scopes'],
    ['a scope that is none', { scopes: ['everything'] }, 'INVALID scopes'],
    ['a scope of the platform, for an account', { scopes: ['books:read'] }, 'INVALID scopes'],
    ['a name of nothing', { name: ' ' }, 'INVALID name'],
    ['an end that has passed', { expiresAt: '2020-01-01T00:00:00Z' }, 'DATE_INVALID expiresAt'],
    ['an end in a hundred years', { expiresAt: '2126-01-01T00:00:00Z' }, 'DATE_INVALID expiresAt'],
  ])('is not made with %s', async (_, wrong, expected) => {
    expect(await told(luna, createDocument, { input: { name: 'x', scopes: ['accounts:read'], ...wrong } })).toBe(expected);
  });

  it('is not made for another’s account, nor for the platform by a seller', async () => {
    const wanted = { name: 'x', scopes: ['accounts:read'] };
    expect(await told(luna, createDocument, { input: { ...wanted, accountId: sol.accountId } })).toBe('NOT_FOUND');
    expect(await told(luna, createDocument, { input: { ...wanted, scopes: ['books:read'] } })).toBe('INVALID scopes');
    expect(await told(admin, createDocument, { input: { ...wanted, accountId: 'acc_none' } })).toBe('NOT_FOUND');
  });

  it('is one of fifty at most', async () => {
    const many = await signUp(world, 'Many');
    for (let i = 0; i < 50; i++) await issue(many, ['accounts:read']);
    expect(await told(many, createDocument, { input: { name: 'x', scopes: ['accounts:read'] } })).toBe('INVALID');
  });
});
