import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { openLog } from '../../src/base/log.js';
import { type Api, openCheckout, readySeller, signInAsAdmin, syncDocument } from '../support/api.js';
import { openWorld, type TestWorld } from '../support/world.js';

/** What only its holder may know, put through every door, and looked for wherever something is kept or told. */
let world: TestWorld;
let seller: Api;
let secrets: Record<string, string>;

beforeAll(async () => {
  world = await openWorld();
  seller = await readySeller(world);
  const admin = await signInAsAdmin(world);
  const { createApiKey: made } = await seller.run<{ createApiKey: { id: string; secret: string } }>(
    'mutation { createApiKey(input: { name: "Shop", scopes: ["payments:read"] }) { id secret } }',
  );
  const { rotateApiKey: rotated } = await seller.run<{ rotateApiKey: { secret: string } }>(
    'mutation ($id: ID!) { rotateApiKey(input: { id: $id }) { secret } }',
    { id: made.id },
  );
  const { inviteStaff } = await admin.run<{ inviteStaff: { url: string } }>(
    'mutation { inviteStaff(input: { email: "ops@example.com", role: VIEWER }) { url } }',
  );
  const { startOnboarding } = await seller.run<{ startOnboarding: { onboardingUrl: string } }>(
    'mutation ($id: ID!) { startOnboarding(input: { accountId: $id }) { onboardingUrl } }',
    { id: seller.accountId },
  );
  const { createPaymentCheckout } = await seller.run<{ createPaymentCheckout: { checkoutUrl: string; checkoutSessionId: string } }>(
    'mutation ($id: ID!) { createPaymentCheckout(input: { accountId: $id, email: "ada@example.com" }) { checkoutUrl checkoutSessionId } }',
    { id: seller.accountId },
  );
  const session = await openCheckout(world, seller.accountId, 'Membership');
  for (const one of [createPaymentCheckout.checkoutSessionId, session]) {
    await world.control(`checkout/sessions/${one}/pay`);
    await seller.run(syncDocument, { id: seller.accountId, session: one });
  }
  secrets = {
    'a password': 'a quiet moon rises',
    'a session': (seller.cookie as string).split('=')[1] as string,
    'an API key': made.secret.slice(35, 70),
    'a rotated API key': rotated.secret.slice(35, 70),
    'an invitation': inviteStaff.url.split('/').at(-1) as string,
    'an onboarding link': new URL(startOnboarding.onboardingUrl).pathname,
    'a checkout page': new URL(createPaymentCheckout.checkoutUrl).pathname.split('/').at(-1) as string,
    'Stripe’s key': 'sk_test_sim_main',
  };
  // a checkout's own id is known to its buyer and stands in its address; it opens nothing but what they may see
  if (secrets['a checkout page'] === createPaymentCheckout.checkoutSessionId) delete secrets['a checkout page'];
});
afterAll(() => world.close());

describe('a secret', () => {
  it('is kept nowhere in the database (A58)', async () => {
    const client = new pg.Client({ connectionString: world.databaseUrl });
    await client.connect();
    const { rows: tables } = await client.query<{ name: string }>(
      `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`,
    );
    const found: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ text: string }>(`select t::text as text from ${name} t`);
      for (const [what, secret] of Object.entries(secrets)) if (rows.some(({ text }) => text.includes(secret))) found.push(`${what} in ${name}`);
    }
    await client.end();
    expect(tables.length).toBeGreaterThan(40);
    expect(found).toEqual([]);
  });

  it('is told by no error, of whatever it is part (A58)', async () => {
    const told: string[] = [];
    const send = async (path: string, init: RequestInit) => told.push(await (await fetch(`${world.url}${path}`, init)).text());
    const json = { 'content-type': 'application/json' };
    for (const secret of Object.values(secrets)) {
      await send('/graphql', {
        method: 'POST',
        headers: { ...json, authorization: `Bearer ${secret}` },
        body: JSON.stringify({ query: '{ viewer { role } }' }),
      });
      await send('/graphql', { method: 'POST', headers: json, body: JSON.stringify({ query: `{ nothing(key: "${secret}") }` }) });
      await send('/api/auth/sign-in/email', { method: 'POST', headers: json, body: JSON.stringify({ email: 'a@example.com', password: secret }) });
      await send('/api/webhooks/stripe', { method: 'POST', headers: { ...json, 'stripe-signature': `t=1,v1=${secret}` }, body: '{}' });
      await send(`/invitation/${encodeURIComponent(secret)}`, { headers: { accept: 'text/html' } });
    }
    const hits = Object.entries(secrets).filter(([what, secret]) => what !== 'an invitation' && told.some((text) => text.includes(secret)));
    expect(hits).toEqual([]);
  });

  it('stays out of the log, and so does a line somebody breaks off to forge another (A57, A58)', () => {
    const lines: string[] = [];
    const log = openLog('debug', { write: (line) => lines.push(line) });
    for (const [what, secret] of Object.entries(secrets)) log.info({ [what]: 'known', token: secret, cookie: secret, password: secret }, 'came by');
    log.info({ name: 'x\n{"level":50,"msg":"forged"}' }, 'one\r\ntwo');
    expect(lines).toHaveLength(Object.keys(secrets).length + 1);
    expect(lines.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true);
    expect(Object.values(secrets).filter((secret) => lines.some((line) => line.includes(secret)))).toEqual([]);
  });
});

describe('a card number', () => {
  it('has no place: no field of the API, no column of the database (A58)', async () => {
    const client = new pg.Client({ connectionString: world.databaseUrl });
    await client.connect();
    const { rows } = await client.query(
      `select table_name || '.' || column_name as name from information_schema.columns
       where table_schema = 'public' and column_name ~ '(^|_)(card|pan|cvc|cvv|iban|account_number)(_|$)'`,
    );
    await client.end();
    expect(rows).toEqual([{ name: 'connected_account.card_payments_capability' }]); // whether the account may take cards
    const schema = readFileSync('schema/schema.graphql', 'utf8');
    expect(schema.match(/^ *(card|pan|cvc|cvv|iban|accountNumber)\w*[:(]/gim)).toBeNull();
  });
});
