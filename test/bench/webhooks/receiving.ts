import { createRequire } from 'node:module';
import type * as SyncEngine from '@supabase/stripe-sync-engine';
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import pg from 'pg';
import Stripe from 'stripe';
import { openServed } from '../served.js';
import { secret } from './deliveries.js';

const { runMigrations, StripeSync } = createRequire(import.meta.url)('@supabase/stripe-sync-engine') as typeof SyncEngine; // its ES module finds no migrations
const connectionsMax = 10; // of each to the database: the pool's own number
const key = 'sk_test_none';

interface Receiver {
  url: string;
  close(): Promise<void>;
}

/** Those who receive, each in a process of its own over a database of its own. */
const receivers: Record<string, (databaseUrl: string) => Promise<Receiver>> = { holdfast, bare, engine };

// Told "usage" it tells the processor time used so far, in milliseconds; told "stop" it ends.
const [name = '', databaseUrl = ''] = process.argv.slice(2);
const receiver = await (receivers[name] as (url: string) => Promise<Receiver>)(databaseUrl);
process.on('message', (message) => {
  if (message === 'stop') void receiver.close().then(() => process.disconnect?.());
  const { user, system } = process.cpuUsage();
  if (message === 'usage') process.send?.((user + system) / 1_000);
});
process.send?.(receiver.url);

/** The application as it is served. */
async function holdfast(url: string): Promise<Receiver> {
  const app = await openServed(url, { STRIPE_WEBHOOK_SECRET: secret, STRIPE_CONNECT_WEBHOOK_SECRET: secret });
  return { url: `${app.url.replace('localhost', '127.0.0.1')}/api/webhooks/stripe`, close: () => app.close() };
}

/** The least that receiving could be: verify and insert, and nothing is done about it. */
async function bare(url: string): Promise<Receiver> {
  const pool = new pg.Pool({ connectionString: url, max: connectionsMax });
  await pool.query(
    'create table event (id text primary key, type text not null, payload text not null, received_at timestamptz not null default now())',
  );
  const { webhooks } = new Stripe(key);
  return listen(pool, async ({ body, headers }) => {
    const event = webhooks.constructEvent(body as Buffer, headers['stripe-signature'] as string, secret);
    await pool.query({
      name: 'store',
      text: 'insert into event (id, type, payload) values ($1, $2, $3) on conflict (id) do nothing',
      values: [event.id, event.type, (body as Buffer).toString('utf8')],
    });
  });
}

/** Supabase's, by its own function over its own schema: it keeps the object, not the event. */
async function engine(url: string): Promise<Receiver> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('create role postgres'); // which its migrations take to be there
  await client.end();
  await runMigrations({ databaseUrl: url, schema: 'stripe' });
  const sync = new StripeSync({
    poolConfig: { connectionString: url, max: connectionsMax },
    schema: 'stripe',
    stripeSecretKey: key,
    stripeWebhookSecret: secret,
  });
  return listen({ end: () => sync.postgresClient.pool.end() }, ({ body, headers }) =>
    sync.processWebhook(body as Buffer, headers['stripe-signature'] as string),
  );
}

async function listen(pool: { end(): Promise<unknown> }, receive: (request: FastifyRequest) => Promise<void>): Promise<Receiver> {
  const app: FastifyInstance = Fastify();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.post('/webhooks', async (request) => {
    await receive(request);
    return { received: true };
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    url: `${url}/webhooks`,
    async close() {
      await app.close();
      await pool.end();
    },
  };
}
