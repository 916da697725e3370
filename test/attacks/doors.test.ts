import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildSchema, type GraphQLInputType, getNamedType, isInputObjectType, isObjectType } from 'graphql';
import { applyDueEvents } from '../../src/events/apply.js';
import { type Api, openCheckout, readySeller, signInAsAdmin, signUp, stranger, syncDocument } from '../support/api.js';
import { signatureOf } from '../support/ground.js';
import { offer } from '../support/marketplace.js';
import { openWorld, type TestWorld } from '../support/world.js';

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

const json = { 'content-type': 'application/json' };
const person = { email: 'eve@example.com', password: 'a quiet moon rises' };

const signIn = (body: object, headers: Record<string, string> = {}) =>
  fetch(`${world.url}/api/auth/sign-in/email`, { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify(body) });
const cookieOf = (answer: Response) => (answer.headers.getSetCookie()[0] ?? '').split(';')[0] as string;

/** Whom a browser that holds this cookie is taken for. */
async function whoIs(cookie: string): Promise<unknown> {
  const { text } = await graphql('{ viewer { role } }', { cookie });
  return (JSON.parse(text) as { data: { viewer: unknown } }).data.viewer;
}

async function graphql(query: string, headers: Record<string, string> = {}): Promise<{ status: number; text: string; codes: string[] }> {
  const answer = await fetch(`${world.url}/graphql`, { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify({ query }) });
  const text = await answer.text();
  const { errors = [] } = JSON.parse(text) as { errors?: { extensions: { code: string } }[] };
  return { status: answer.status, text, codes: errors.map(({ extensions }) => extensions.code) };
}

describe('a session', () => {
  it('is a new one at each sign-in, and ends the one the browser had; one that was planted is nobody’s, before and after (A28)', async () => {
    await signUp(world, 'Eve');
    await fetch(`${world.url}/api/auth/sign-up/email`, { method: 'POST', headers: json, body: JSON.stringify({ name: 'Eve', ...person }) });
    const planted = `holdfast_session=${'a'.repeat(43)}`;
    const first = cookieOf(await signIn(person, { cookie: planted }));
    const second = cookieOf(await signIn(person, { cookie: first }));
    expect(new Set([planted, first, second]).size).toBe(3);
    expect(await whoIs(planted)).toBeNull();
    expect([await whoIs(first), await whoIs(second)]).toEqual([null, { role: 'SELLER' }]);
  });

  it('that was stolen is worth nothing once its person has signed out (A29)', async () => {
    const cookie = cookieOf(await signIn(person));
    await fetch(`${world.url}/api/auth/sign-out`, { method: 'POST', headers: { cookie } });
    expect(await whoIs(cookie)).toBeNull();
    const page = await fetch(`${world.url}/connect`, { redirect: 'manual', headers: { cookie } });
    expect([page.status, page.headers.get('location')]).toEqual([303, '/sign-in?to=%2Fconnect']);
  });

  it('is out of reach of scripts and of other sites (A33)', async () => {
    const [set = ''] = (await signIn(person)).headers.getSetCookie();
    expect(set).toMatch(/; HttpOnly/);
    expect(set).toMatch(/; SameSite=Lax/);
    expect(set).toMatch(/; Path=\//);
    const cookie = cookieOf(await signIn(person));
    const forged = await graphql(`mutation { setOneTimePrice(input: { accountId: "${luna.accountId}", amount: 100 }) { userErrors { code } } }`, {
      cookie,
      origin: 'https://evil.example',
    }).catch(() => ({ status: 403 }));
    expect(forged.status).toBe(403);
  });
});

describe('a wrong password', () => {
  it('is told in the same status, headers and bytes as an address that nobody has (A26)', async () => {
    const answers = await Promise.all(
      [
        { ...person, password: 'the wrong one of them' },
        { email: 'nobody@example.com', password: 'the wrong one of them' },
      ].map(async (asked) => {
        const answer = await signIn(asked);
        return [answer.status, answer.headers.get('content-length'), (await answer.text()).replace(/"requestId":"[^"]*"/, '')];
      }),
    );
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]?.[0]).toBe(401);
  });

  it('is stopped after ten, also by GraphQL’s aliases, for it has no sign-in (A14, A27)', async () => {
    const takesPassword = (type: GraphQLInputType) => {
      const named = getNamedType(type);
      return isInputObjectType(named) && Object.keys(named.getFields()).some((field) => /password|^code$/i.test(field));
    };
    const mutations = Object.values(schema.getMutationType()?.getFields() ?? {}).filter(({ args }) => args.some(({ type }) => takesPassword(type)));
    expect(mutations.map(({ name }) => name)).toEqual(['changePassword', 'confirmSecondFactor', 'stepUp']); // which count each of their aliases
    const eve = await signUp(world, 'Eve’s guesser');
    const guess = (n: number) =>
      `g${n}: changePassword(input: { currentPassword: "guess number ${n}", newPassword: "another sun rises" }) { userErrors { code } }`;
    const aliased = (from: number) => `mutation { ${Array.from({ length: 10 }, (_, n) => guess(from + n)).join(' ')} }`;
    await eve.codes(aliased(0));
    expect(await eve.codes(aliased(10))).toEqual(expect.arrayContaining(['RATE_LIMITED']));
    const statuses = [];
    for (let times = 0; times < 12; times++)
      statuses.push((await signIn({ email: 'guessed@example.com', password: `guess number ${times}` })).status);
    expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
  });
});

describe('what a caller adds to a request', () => {
  it('makes nobody more than they are: a role, a tenant, a fee (A18)', async () => {
    const answer = await fetch(`${world.url}/api/auth/sign-up/email`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify({
        name: 'Mallory',
        email: 'mallory@example.com',
        password: 'a quiet moon rises',
        role: 'ADMIN',
        staffRole: 'ADMIN',
        tenantId: 'x',
      }),
    });
    expect(await answer.json()).toMatchObject({ viewer: { role: 'SELLER' } });
    for (const extra of ['role: ADMIN', 'tenantId: "ten_1"', 'percentageFee: 0', 'status: "READY"']) {
      const { status, codes } = await graphql(
        `mutation { setOneTimePrice(input: { accountId: "${luna.accountId}", amount: 100, ${extra} }) { userErrors { code } } }`,
      );
      expect([status, codes]).toEqual([400, ['BAD_USER_INPUT']]);
    }
  });

  it('sets no price: what a buyer pays is what the seller asks (A34)', async () => {
    for (const extra of ['amount: 1', 'price: 1', 'currency: "JPY"', 'applicationFee: 0', 'unitPrice: 1', 'destination: "acct_1"']) {
      const { status, codes } = await graphql(
        `mutation { createPaymentCheckout(input: { accountId: "${luna.accountId}", email: "a@example.com", ${extra} }) { checkoutUrl } }`,
      );
      expect([status, codes]).toEqual([400, ['BAD_USER_INPUT']]);
    }
  });

  it('is no SQL, wherever it goes (A25)', async () => {
    const { accounts } = await admin.run<{ accounts: { nodes: object[] } }>(
      `query ($search: String) { accounts(search: $search) { nodes { id } } }`,
      {
        search: `' or '1'='1`,
      },
    );
    expect(accounts.nodes).toEqual([]);
    for (const search of [`x'; drop table account; --`, '%', '_', '\\', `" or ""="`]) {
      const found = await admin.run<{ accounts: { nodes: object[] } }>(`query ($search: String) { accounts(search: $search) { nodes { id } } }`, {
        search,
      });
      expect(found.accounts.nodes).toEqual([]);
    }
    expect((await graphql(`{ accounts(status: ["READY' or 1=1"]) { nodes { id } } }`)).codes).toEqual(['BAD_USER_INPUT']);
  });
});

const schema = buildSchema(readFileSync('schema/schema.graphql', 'utf8'));

describe('the way from what is public', () => {
  it('leads to nothing that is not (A17)', () => {
    const reached = new Set<string>();
    const visit = (name: string) => {
      const type = schema.getType(name);
      if (reached.has(name) || !isObjectType(type)) return;
      reached.add(name);
      for (const field of Object.values(type.getFields())) visit(getNamedType(field.type).name);
    };
    const roots = schema.getQueryType()?.getFields() ?? {};
    for (const root of ['publicAccount', 'publicOffering']) visit(String(getNamedType(roots[root]?.type)));
    expect([...reached].sort()).toEqual(['Money', 'PublicAccount', 'PublicOffering']);
  });

  it('is not opened by a payment that a buyer was shown: nothing behind it is told (A17)', async () => {
    const session = await openCheckout(world, luna.accountId);
    await world.control(`checkout/sessions/${session}/pay`);
    const inside = (field: string) => syncDocument.replace('payment { id }', `payment { account { ${field} } }`);
    for (const field of [
      'revenue { paymentCount }',
      'payments { nodes { id } }',
      'settlements { nodes { id } }',
      'balance { held { amount } }',
      'createdAt',
    ]) {
      expect(await stranger(world).codes(inside(field), { id: luna.accountId, session })).toContain('UNAUTHENTICATED');
      expect((await sol.codes(inside(field), { id: luna.accountId, session })).every((code) => ['FORBIDDEN', 'NOT_FOUND'].includes(code))).toBe(true);
    }
  });

  it('takes no address to return to from anybody: there is nothing to redirect to another site with (A50)', () => {
    const names = Object.values(schema.getTypeMap())
      .filter(isInputObjectType)
      .flatMap((type) => Object.keys(type.getFields()).map((field) => `${type.name}.${field}`));
    expect(names.filter((name) => /url|return|redirect|callback|next/i.test(name)).sort()).toEqual([
      'CreateWebhookEndpointInput.url',
      'RefundPaymentInput.returnFee',
      'RunExplorerStepInput.baseUrl', // of an administrator, and no live key goes there
      'UpdateWebhookEndpointInput.url',
    ]);
  });
});

describe('a stranger’s document', () => {
  it('is bounded to a tenth of what others may ask, before anything of it is run (A13)', async () => {
    const costly = '{ payments(first: 100) { nodes { account { payments(first: 2) { nodes { id } } } } } }';
    const { status, text } = await graphql(costly);
    expect([status, JSON.parse(text).errors[0].extensions.reason]).toEqual([400, 'QUERY_TOO_COSTLY']);
    expect((await graphql(costly, { cookie: luna.cookie as string })).codes).toEqual([]);
    expect((await graphql(`{ publicAccount(id: "${luna.accountId}") { displayName } }`)).codes).toEqual([]);
  });
});

describe('an event of one account about what is another’s', () => {
  it('changes nothing: the object is looked for at Stripe in the account that the event names (A47)', async () => {
    const session = await openCheckout(world, sol.accountId);
    await world.control(`checkout/sessions/${session}/pay`);
    const { syncCheckoutSession } = await sol.run<{ syncCheckoutSession: { payment: { id: string } } }>(syncDocument, { id: sol.accountId, session });
    const { id } = syncCheckoutSession.payment;
    const work = world.app.openWork();
    const { chargeId } = await work.read.selectFrom('payment').select('chargeId').where('id', '=', id).executeTakeFirstOrThrow();
    const { account } = await luna.run<{ account: { stripeAccount: { stripeId: string } } }>(
      'query ($id: ID!) { account(id: $id) { stripeAccount { stripeId } } }',
      { id: luna.accountId },
    );
    const [now, created] = [work.wallClock.now(), Math.floor(work.clock.now().getTime() / 1_000)];
    const object = { id: chargeId, object: 'charge', amount_refunded: 2_500, refunded: true };
    const body = JSON.stringify({
      ...{ id: 'evt_of_luna', object: 'event', type: 'charge.refunded', created, livemode: false },
      ...{ account: account.stripeAccount.stripeId, data: { object } },
    });
    const secret = work.config.stripe.connectWebhookSecrets[0]?.reveal() as string;
    const headers = { ...json, 'stripe-signature': signatureOf(body, secret, now) };
    expect((await fetch(`${world.url}/api/webhooks/stripe`, { method: 'POST', headers, body })).status).toBe(200);
    await applyDueEvents(world.app.openWork(), 50);
    const { payment } = await sol.run<{ payment: { status: string } }>('query ($id: ID!) { payment(id: $id) { status } }', { id });
    expect(payment.status).toBe('PAID');
  });
});

describe('an answer', () => {
  it('says what it is in which letters, is kept by no cache that others read, and binds browsers to TLS', async () => {
    for (const [path, type] of [
      ['/sign-in', 'text/html'],
      ['/healthz', 'application/json'],
      ['/nowhere', 'application/json'],
    ]) {
      const { headers } = await fetch(`${world.url}${path}`);
      expect([path, headers.get('content-type')]).toEqual([path, `${type}; charset=utf-8`]);
      const [, seconds] = /max-age=(\d+)/.exec(headers.get('strict-transport-security') ?? '') ?? [];
      expect(Number(seconds)).toBeGreaterThanOrEqual(31_536_000); // a year
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(headers.get('x-powered-by') ?? headers.get('server')).toBeNull();
    }
    const own = await fetch(`${world.url}/connect`, { headers: { cookie: luna.cookie as string } });
    expect(own.headers.get('cache-control')).toBe('no-store');
  });

  it('to who signs out leaves nothing of theirs in the browser', async () => {
    const cookie = cookieOf(await signIn(person));
    const { headers } = await fetch(`${world.url}/api/auth/sign-out`, { method: 'POST', headers: { cookie } });
    expect(headers.get('clear-site-data')).toBe('"cache", "storage"');
    expect(headers.getSetCookie()[0]).toMatch(/^holdfast_session=; Max-Age=0/);
  });
});

describe('somebody else’s checkout', () => {
  it('is recorded for nobody: another seller’s, one that was forged, one that is not paid (A39, A40)', async () => {
    const session = await openCheckout(world, luna.accountId);
    const sync = (id: string, of: string) => stranger(world).codes(syncDocument, { id, session: of });
    expect(await sync(sol.accountId, session)).toEqual(['NOT_FOUND']);
    for (const forged of [`${session}x`, session.slice(0, -1), 'stub_1', `cs_live_${session.slice(8)}`])
      expect(await sync(luna.accountId, forged)).toEqual(['NOT_FOUND']);
    expect(await stranger(world).run(syncDocument, { id: luna.accountId, session })).toEqual({
      syncCheckoutSession: { payment: null, membership: null, userErrors: [] },
    });
  });

  it('keeps the price it was opened at, whatever the seller asks meanwhile (A42)', async () => {
    const session = await openCheckout(world, sol.accountId);
    await sol.run('mutation ($id: ID!) { setOneTimePrice(input: { accountId: $id, amount: 99900 }) { userErrors { code } } }', { id: sol.accountId });
    await world.control(`checkout/sessions/${session}/pay`);
    const { syncCheckoutSession } = await stranger(world).run<{ syncCheckoutSession: { payment: { amount: object } } }>(
      syncDocument.replace('payment { id }', 'payment { amount { decimal } }'),
      { id: sol.accountId, session },
    );
    expect(syncCheckoutSession.payment).toEqual({ amount: { decimal: '25.00' } });
  });
});

describe('a page', () => {
  const markup = `<script>alert(1)</script><img src=x onerror=alert(2)>"'--></title>`;
  let mallory: Api;
  let pages: [string, Record<string, string>][];
  beforeAll(async () => {
    mallory = await readySeller(world, markup);
    const { id } = await offer(mallory, { title: `A night ${markup}`, unitPrice: 5_000, inDays: 10 });
    pages = [
      ['/', {}],
      ['/sign-in', {}],
      ['/sign-up', {}],
      [`/c/${mallory.accountId}`, {}],
      [`/o/${id}`, {}],
      ['/connect', { cookie: mallory.cookie as string }],
      ['/admin', { cookie: admin.cookie as string }],
      ['/nowhere', {}],
    ];
  });

  it('shows what a seller calls things as text, wherever it stands (A54)', async () => {
    for (const [path, headers] of pages) {
      const html = await (await fetch(`${world.url}${path}`, { headers: { accept: 'text/html', ...headers } })).text();
      expect([path, html.includes('<script>alert'), html.includes('<img src=x')]).toEqual([path, false, false]);
    }
    const own = await (await fetch(`${world.url}/c/${mallory.accountId}`)).text();
    expect(own).toContain('&lt;script&gt;alert(1)');
  });

  it('runs no script of anybody’s, is in nobody’s frame, and sends its forms nowhere else (A54, A55)', async () => {
    for (const [path, headers] of pages) {
      const answer = await fetch(`${world.url}${path}`, { headers: { accept: 'text/html', ...headers } });
      const policy = answer.headers.get('content-security-policy') ?? '';
      expect([path, policy]).toEqual([path, expect.stringContaining("default-src 'none'")]);
      expect([path, policy]).toEqual([path, expect.stringContaining("frame-ancestors 'none'")]);
      expect([path, policy]).toEqual([path, expect.stringMatching(/form-action '(self|none)'/)]);
      expect([path, /script-src[^;]*'unsafe-(inline|eval)'/.test(policy)]).toEqual([path, false]);
      expect([path, answer.headers.get('x-content-type-options'), answer.headers.get('x-frame-options')]).toEqual([path, 'nosniff', 'DENY']);
    }
  });

  it('of a seller is the same bytes for whoever never was, in other letters, and for what is not an id (A51)', async () => {
    const bodies = await Promise.all(
      [`acc_${'0'.repeat(26)}`, luna.accountId.toUpperCase(), 'acc_1', `ten_${luna.accountId.slice(4)}`, '%20', "'--"].map(async (id) => {
        const answer = await fetch(`${world.url}/c/${id}`);
        return [answer.status, await answer.text()];
      }),
    );
    expect(bodies[0]?.[0]).toBe(404);
    for (const body of bodies) expect(body).toEqual(bodies[0]);
  });

  it('has an address that tells nothing of when it was made, nor of who came before (A52)', async () => {
    const ids = [luna.accountId, sol.accountId, mallory.accountId];
    expect(new Set(ids.map((id) => id.slice(4, 8))).size).toBe(3); // ids by time would begin alike
    for (const id of ids) expect(id).toMatch(/^acc_[0-9a-hjkmnp-tv-z]{26}$/); // 128 random bits
  });
});
