import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { schedule } from '../../src/jobs/schedule.js';
import { carryBalances } from '../../src/ledger/balances.js';
import { ingestBalance } from '../../src/reconciliation/ingesting.js';
import { type Api, openCheckout, readySeller, signInAsAdmin, stranger, syncDocument } from '../support/api.js';
import { buyOffering, offer, workThrough } from '../support/marketplace.js';
import { enrol } from '../support/one-time-codes.js';
import { countStatements } from '../support/statements.js';
import { openWorld, type TestWorld } from '../support/world.js';

let world: TestWorld;
let luna: Api;
let sol: Api;

beforeAll(async () => {
  world = await openWorld({}, { works: false });
  luna = await readySeller(world, 'Luna');
  sol = await readySeller(world, 'Sol');
});
afterAll(() => world.close());

/** Tables of which a tenant may have no rows in this story, or for a moment. */
const emptyHere = [
  'bulk_retry',
  'bulk_retry_item',
  'debt_deduction',
  'inbox_event',
  'kept_view', // staff’s
  'ledger_balance_change',
  'seller_debt',
  'transfer_reversal',
  'webhook_attempt',
];

/** Sells in every way, refunds, is disputed, and hands out a key. */
async function everythingOf(seller: Api): Promise<void> {
  const endpoint = 'mutation ($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input) { userErrors { message } } }';
  await seller.run(endpoint, { input: { name: 'Shop', url: `${world.stripeUrl}/nowhere` } });
  const { id } = await offer(seller, { unitPrice: 5_000, inDays: 10 });
  const payment = await buyOffering(world, id, 2);
  await buyOffering(world, id);
  const session = await openCheckout(world, seller.accountId, 'Membership');
  await world.control(`checkout/sessions/${session}/pay`);
  await seller.run(syncDocument, { id: seller.accountId, session });
  const refund = 'mutation ($input: RefundPaymentInput!) { refundPayment(input: $input) { userErrors { message } } }';
  await seller.run(refund, { input: { paymentId: payment, amount: 1_000 } });
  await seller.run('mutation { createApiKey(input: { name: "Shop", scopes: ["accounts:read"] }) { id } }');
  await seller.run('mutation ($id: ID!) { inviteToAccount(input: { accountId: $id, email: "ina@example.com", role: MEMBER }) { url } }', {
    id: seller.accountId,
  });
  await enrol(seller);
  const plan = 'mutation ($input: SetCommissionPlanInput!) { setCommissionPlan(input: $input) { userErrors { message } } }';
  const admin = await signInAsAdmin(world);
  await admin.run(plan, { input: { accountId: seller.accountId, percentageFee: 700, fixedFee: 0, vatRate: 0, feeMode: 'INCLUDED' } });
  const work = world.app.openWork();
  const { chargeId } = await work.read.selectFrom('payment').select('chargeId').where('id', '=', payment).executeTakeFirstOrThrow();
  await world.control(`charges/${chargeId}/dispute`, { reason: 'fraudulent' });
  await workThrough(world);
  while ((await ingestBalance(work)) > 0);
  await carryBalances(work, 1_000);
  await schedule['send letters']?.run(work);
}

const shop = 'query ($id: ID!) { publicAccount(id: $id) { displayName oneTimeEnabled membershipEnabled oneTimePrice { decimal } } }';

describe('a seller in another seller’s shop', () => {
  it('sees of it what every buyer sees', async () => {
    const seen = await stranger(world).run(shop, { id: sol.accountId });
    expect(seen).toEqual({
      publicAccount: { displayName: 'Sol', oneTimeEnabled: true, membershipEnabled: true, oneTimePrice: { decimal: '25.00' } },
    });
    expect(await luna.run(shop, { id: sol.accountId })).toEqual(seen);
  });

  it('buys there as anybody does, and is shown what they bought', async () => {
    const begun = await luna.run<{ createPaymentCheckout: { checkoutSessionId: string } }>(
      'mutation ($id: ID!) { createPaymentCheckout(input: { accountId: $id, email: "luna@example.com" }) { checkoutSessionId } }',
      { id: sol.accountId },
    );
    const session = begun.createPaymentCheckout.checkoutSessionId;
    await world.control(`checkout/sessions/${session}/pay`);
    const bought = await luna.run<{ syncCheckoutSession: { payment: object } }>(
      syncDocument.replace('payment { id }', 'payment { id amount { decimal } account { displayName } }'),
      { id: sol.accountId, session },
    );
    expect(bought.syncCheckoutSession.payment).toMatchObject({ amount: { decimal: '25.00' }, account: { displayName: 'Sol' } });
  });

  it('reads nothing of it that is not a buyer’s, although the request has been in the shop', async () => {
    const document = `query ($id: ID!) { publicAccount(id: $id) { id } account(id: $id) { id } payments(accountId: $id) { nodes { id } } node(id: $id) { id } }`;
    expect(await luna.codes(document, { id: sol.accountId })).toEqual(expect.arrayContaining(['NOT_FOUND']));
    const { payments } = await luna.run<{ payments: { nodes: object[] } }>(
      `query ($id: ID!) { publicAccount(id: $id) { id } payments { nodes { id account { displayName } } } }`,
      { id: sol.accountId },
    );
    expect(payments.nodes).toEqual([]);
  });
});

describe('finding out who asks', () => {
  const askers = {
    seller: () => ({ cookie: luna.cookie ?? '' }),
    staff: async () => ({ cookie: (await signInAsAdmin(world)).cookie ?? '' }),
    key: async () => {
      const issue = 'mutation ($id: ID!, $scopes: [String!]!) { createApiKey(input: { accountId: $id, name: "Count", scopes: $scopes }) { secret } }';
      const { createApiKey } = await luna.run<{ createApiKey: { secret: string } }>(issue, { id: luna.accountId, scopes: ['checkout:write'] });
      return { authorization: `Bearer ${createApiKey.secret}` };
    },
  };
  const begin = 'mutation ($id: ID!) { createPaymentCheckout(input: { accountId: $id, email: "ina@example.com" }) { checkoutSessionId } }';
  let counter: ReturnType<typeof countStatements>;
  beforeAll(() => {
    counter = countStatements();
  });
  afterAll(() => counter.stop());

  /** What a request sends to the database when nobody else does anything in between: the least of several times; of no more, once it is as little as is enough. */
  async function statementsOf(headers: Record<string, string>, query: string, variables: object, enough = 0): Promise<number> {
    const counts = [];
    while (counts.length < (enough > 0 ? 20 : 4) && Math.min(...counts) > enough) {
      const before = counter.count();
      const answer = await fetch(`${world.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query, variables }),
      });
      expect(await answer.json()).not.toHaveProperty('errors');
      counts.push(counter.count() - before);
    }
    return Math.min(...counts);
  }

  it.each([
    ['a query', 'seller', shop],
    ['a query', 'staff', shop],
    ['a query', 'key', shop],
    ['a mutation', 'seller', begin],
    ['a mutation', 'staff', syncDocument],
    ['a mutation', 'key', begin],
  ] as const)('adds at most one statement to %s, by a %s', async (_, who, document) => {
    const headers = await askers[who]();
    for (const { accountId } of document === shop ? [luna, sol] : [luna]) {
      const variables = { id: accountId, session: document === syncDocument ? await openCheckout(world, accountId) : '' };
      const bare = await statementsOf({}, document, variables);
      expect(bare).toBeGreaterThan(1);
      expect(await statementsOf(headers, document, variables, bare + 1)).toBeLessThanOrEqual(bare + 1);
    }
  });
});

describe('an offering', () => {
  it('is bought by strangers and by other sellers, and its settlement is its seller’s and staff’s alone', async () => {
    const { id } = await offer(sol, { unitPrice: 4_000, inDays: 10 });
    await buyOffering(world, id);
    const title = 'query ($id: ID!) { publicOffering(id: $id) { title seller { displayName } } }';
    expect(await luna.run(title, { id })).toEqual({ publicOffering: { title: 'A night at the opera', seller: { displayName: 'Sol' } } });
    expect(await luna.codes('query ($id: ID!) { offering(id: $id) { title } }', { id })).toEqual(['NOT_FOUND']);
    const all =
      '{ settlements(first: 5) { nodes { amount { decimal } account { displayName } payments(first: 5) { nodes { amount { decimal } } } } } }';
    const mine = {
      settlements: {
        nodes: [{ amount: { decimal: '40.00' }, account: { displayName: 'Sol' }, payments: { nodes: [{ amount: { decimal: '44.20' } }] } }],
      },
    };
    expect(await sol.run(all)).toEqual(mine);
    expect(await luna.run(all)).toEqual({ settlements: { nodes: [] } });
    expect(await (await signInAsAdmin(world)).run(all)).toEqual(mine);
  });
});

describe('every table that holds tenants’ rows', () => {
  it('shows each of two tenants their own rows, none of the other’s, and what is the platform’s to neither', async () => {
    for (const seller of [luna, sol]) await everythingOf(seller);
    const superuser = new pg.Client({ connectionString: world.databaseUrl });
    await superuser.connect();
    const { rows: tables } = await superuser.query<{ name: string }>(
      `select relname as name from pg_class where relkind = 'r' and relforcerowsecurity and relnamespace = 'public'::regnamespace order by 1`,
    );
    const { rows: tenants } = await superuser.query<{ id: string }>('select tenant_id as id from account where id = any ($1) order by id', [
      [luna.accountId, sol.accountId],
    ]);
    await superuser.end();
    const seen = async (scope: string) => {
      const client = new pg.Client({ connectionString: world.databaseUrl, options: `-c role=holdfast_app -c app.tenants=${scope}` });
      await client.connect();
      const found = new Map<string, Set<string>>();
      for (const { name } of tables) {
        const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} t`);
        found.set(name, new Set(rows.map(({ row }) => row)));
      }
      await client.end();
      return found;
    };
    const [one, other, all, none] = [await seen(tenants[0]?.id ?? ''), await seen(tenants[1]?.id ?? ''), await seen('*'), await seen('')];
    const leaks = tables.flatMap(({ name }) => {
      const [mine, theirs, whole] = [one.get(name) ?? new Set<string>(), other.get(name) ?? new Set<string>(), all.get(name) ?? new Set<string>()];
      const shared = [...mine].filter((row) => theirs.has(row)).length;
      return [
        shared > 0 ? `${name} shows ${shared} rows to both` : '',
        none.get(name)?.size ? `${name} shows rows to nobody` : '',
        [...mine].every((row) => whole.has(row)) ? '' : name,
      ];
    });
    expect(leaks.filter((leak) => leak !== '')).toEqual([]);
    const filled = tables.map(({ name }) => name).filter((name) => (one.get(name)?.size ?? 0) > 0 && (other.get(name)?.size ?? 0) > 0);
    expect(tables.map(({ name }) => name).filter((name) => !filled.includes(name) && !emptyHere.includes(name))).toEqual([]);
  });
});
