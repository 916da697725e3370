import { createHmac } from 'node:crypto';
import { signUp } from '../../src/accounts/sign-up.js';
import { at, TurnableClock } from '../../src/base/clock.js';
import { readConfig } from '../../src/base/config.js';
import { newId } from '../../src/base/ids.js';
import { openLog } from '../../src/base/log.js';
import { Secret } from '../../src/base/secret.js';
import { type Database, type DatabaseRole, openDatabase } from '../../src/db/database.js';
import { openWork, type Work } from '../../src/db/work.js';
import { entities } from '../../src/entities.js';
import { openStripe } from '../../src/stripe/client.js';
import { openTestDatabase } from './database.js';
import { boundless } from './gateway.js';
import { lookInto } from './looking.js';

export const webhookSecrets = { platform: 'whsec_of_the_platform_in_tests', connect: 'whsec_of_connected_in_tests' };

/** A database, a clock that is turned by hand, and units of work over them: everything but a Stripe that answers. */
export interface TestGround {
  clock: TurnableClock;
  work: Work;
  /** The same as another process would have it: its own connections, under its own role. */
  another(role: DatabaseRole): Work;
  /** Another unit of work of this process, over the same connections. */
  open(how?: { readsInTurn?: boolean }): Work;
  /** A seller that has signed up. */
  seller(): Promise<{ tenantId: string; accountId: string }>;
  /** A seller whose Stripe account is `stripeAccountId`, ready to be paid. */
  connected(stripeAccountId: string): Promise<{ id: string; tenantId: string; accountId: string }>;
  url: string;
  rows(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

const startMs = 1_795_000_000_000;

/** Opens a ground of its own for one test file. Stripe is at `apiBase`, or nowhere. */
export async function openGround(apiBase = 'http://127.0.0.1:1'): Promise<TestGround> {
  const temporary = await openTestDatabase();
  const databases: Database[] = [];
  const clock = new TurnableClock(at(startMs));
  const config = readConfig({
    NODE_ENV: 'test',
    STRIPE_WEBHOOK_SECRET: webhookSecrets.platform,
    STRIPE_CONNECT_WEBHOOK_SECRET: webhookSecrets.connect,
  });
  const stripe = openStripe({ secretKey: new Secret('sk_test_sim_none'), apiBase, budget: boundless });
  const openOver = (database: Database, how: { readsInTurn?: boolean } = {}) =>
    openWork({ database, clock, config, log: openLog('silent'), ...how }, { stripe });
  const another = (role: DatabaseRole) => {
    const database = openDatabase({ url: temporary.url, role, applicationName: 'test', entities: [...entities] });
    databases.push(database);
    return openOver(database);
  };
  const work = another('holdfast_app');
  const looking = lookInto(temporary.url);
  let people = 0;
  const seller: TestGround['seller'] = async () => {
    const { viewer } = await signUp(work, { name: 'Luna', email: `luna${++people}@example.com`, password: 'a quiet moon rises' });
    if (viewer.kind !== 'PERSON' || viewer.role !== 'SELLER') throw new Error('who signs up is a seller');
    return viewer;
  };
  const rows: TestGround['rows'] = async (text, values = []) => (await looking.query(text, values)).rows as Record<string, unknown>[];
  return {
    clock,
    work,
    another,
    open: (how) => openOver(databases[0] as Database, how),
    url: temporary.url,
    seller,
    async connected(stripeAccountId) {
      const { tenantId, accountId } = await seller();
      const id = newId('connectedAccount', clock);
      await rows(
        `insert into connected_account (id, tenant_id, account_id, stripe_account_id, profile, country, service_agreement, connected_at, created_at,
           details_submitted, charges_enabled, payouts_enabled, card_payments_capability, transfers_capability)
         values ($1, $2, $3, $4, 'express', 'US', 'full', $5, $5, true, true, true, 'active', 'active')`,
        [id, tenantId, accountId, stripeAccountId, clock.now()],
      );
      return { id, tenantId, accountId };
    },
    rows,
    async close() {
      await looking.end();
      for (const database of databases) await database.close();
      await temporary.close();
    },
  };
}

/** The header Stripe sends with `body`. */
export function signatureOf(body: string, secret: string, signedAt: Date): string {
  const t = Math.floor(signedAt.getTime() / 1_000);
  return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`;
}
