import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import Stripe from 'stripe';
import { readySeller } from '../support/api.js';
import { openWorld, type TestWorld } from '../support/world.js';

let world: TestWorld;
let path: string;

beforeAll(async () => {
  world = await openWorld({ STRIPE_CONNECT_WEBHOOK_SECRET: 'whsec_of_a_test_that_takes_the_database_away' });
  path = `/c/${(await readySeller(world)).accountId}`;
});
afterAll(() => world.close());

/** Lets nobody connect to the world's database and ends all connections; or lets them again. */
async function allowConnections(allowed: boolean): Promise<void> {
  const url = new URL(world.databaseUrl);
  const name = url.pathname.slice(1);
  url.pathname = '/postgres';
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  await client.query(`alter database ${name} allow_connections ${allowed}`);
  await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
  await client.end();
}

function deliver(): Promise<Response> {
  const payload = JSON.stringify({
    id: 'evt_away',
    object: 'event',
    type: 'account.updated',
    livemode: false,
    created: 1,
    data: { object: { id: 'acct_1' } },
  });
  const header = Stripe.webhooks.generateTestHeaderString({ payload, secret: 'whsec_of_a_test_that_takes_the_database_away' });
  return fetch(`${world.url}/api/webhooks/stripe`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'stripe-signature': header },
    body: payload,
  });
}

describe('while the database cannot be reached', () => {
  beforeAll(() => allowConnections(false));

  it('a webhook is not taken, so that Stripe sends it again', async () => {
    const answer = await deliver();
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
    expect(await answer.json()).toMatchObject({ error: { code: 'UNAVAILABLE', message: 'The database does not answer.' } });
  });

  it('a page says so and shows nothing of the inside', async () => {
    const visitor = await world.browse().open(path);
    expect([visitor.status, visitor.text()]).toEqual([503, expect.stringContaining('The database does not answer.')]);
    expect(visitor.html).not.toMatch(/postgresql:|test_[0-9a-f]{16}|FATAL/);
  });

  it('the API says so, and when to ask again', async () => {
    const query = `{ publicAccount(id: "${path.replace('/c/', '')}") { displayName } }`;
    const answer = await fetch(`${world.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
    expect(await answer.json()).toMatchObject({
      errors: [{ message: 'The database does not answer.', extensions: { code: 'INTERNAL', retryAfterSeconds: 2 } }],
    });
  });

  it('the server is alive and not ready, and still tells its numbers', async () => {
    expect((await fetch(`${world.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${world.url}/metrics`)).status).toBe(200);
    const ready = await fetch(`${world.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([503, { ready: false, draining: false, database: false, migrations: false }]);
  });
});

describe('when it can be reached again', () => {
  beforeAll(() => allowConnections(true));

  it('everything goes on without a restart, and what was not taken is taken once', async () => {
    expect(await (await fetch(`${world.url}/readyz`)).json()).toEqual({ ready: true, draining: false, database: true, migrations: true });
    expect((await world.browse().open(path)).status).toBe(200);
    expect(await (await deliver()).json()).toEqual({ received: 'STORED' });
    expect(await (await deliver()).json()).toEqual({ received: 'DUPLICATE' });
    const metrics = await (await fetch(`${world.url}/metrics`)).text();
    expect(metrics).toMatch(/holdfast_http_requests_total\{method="POST",route="\/api\/webhooks\/stripe",status="503"\} 1/);
  });
});
