import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { openTestDatabase } from '../../test/support/database.js';
import { reachInto } from '../../test/support/looking.js';
import { type Budget, sharedBudget } from './budget.js';

let database: Awaited<ReturnType<typeof openTestDatabase>>;
let pools: pg.Pool[];

beforeAll(async () => {
  database = await openTestDatabase();
  pools = Array.from({ length: 4 }, () => reachInto(database.url));
  for (const one of pools) one.on('connect', (client) => client.on('error', () => undefined)); // a connection that `end` has not yet closed hears that its database goes
});
beforeEach(() => pool().query('truncate stripe_budget'));
afterAll(async () => {
  await Promise.all(pools.map((one) => one.end()));
  await database.close();
});

const pool = (process = 0) => pools[process] as pg.Pool;
const wide = 10_000;
function budgets(requestsPerSecondMax: number, endpointRequestsPerSecondMax = wide): Budget[] {
  return pools.map((one) => sharedBudget(one, { requestsPerSecondMax, endpointRequestsPerSecondMax }));
}
async function queueMs(bucket = 'all'): Promise<number> {
  const { rows } = await pool().query(
    'select (extract(epoch from next_at - clock_timestamp()) * 1000)::float8 as ms from stripe_budget where bucket = $1',
    [bucket],
  );
  return rows[0].ms;
}
/** Makes a bucket's next request due that much later than now. */
async function fill(bucket: string, ms: number): Promise<void> {
  await pool().query(
    `insert into stripe_budget values ($1, clock_timestamp() + make_interval(secs => $2::float8 / 1000)) on conflict (bucket) do update set next_at = excluded.next_at`,
    [bucket, ms],
  );
}

describe('the budget of requests to Stripe', () => {
  it('sends the first request of an idle installation at once', async () => {
    const [first] = budgets(25) as [Budget];
    expect(await first.reserve('charges.retrieve', false)).toBe(0);
  });

  it('is one for all processes: forty requests of four take forty places', async () => {
    const all = budgets(25);
    const startedAt = performance.now();
    const waits = await Promise.all(Array.from({ length: 40 }, (_, i) => (all[i % 4] as Budget).reserve(`endpoint${i}`, true)));
    const tookMs = performance.now() - startedAt;

    expect(waits).not.toContain(null);
    const ahead = await queueMs();
    expect(ahead).toBeLessThanOrEqual(40 * 50);
    expect(ahead).toBeGreaterThan(40 * 50 - tookMs - 50);
    const latest = Math.max(...(waits as number[]));
    expect(latest).toBeGreaterThan(39 * 50 - tookMs - 50);
  });

  it.each([1, 4, 25, 100])('lets no second see more than its limit of %d', async (limit) => {
    const [one] = budgets(limit) as [Budget];
    await fill('all', -60_000); // idle for a minute: all that may be saved up is
    const sentMs: number[] = [];
    const startedAt = performance.now();
    for (let i = 0; i < limit * 2; i++) {
      const waitMs = await one.reserve('x', true);
      if (waitMs === null) break;
      sentMs.push(performance.now() - startedAt + waitMs);
    }
    const slackMs = 25; // between the database's reading of the time and ours
    for (const from of sentMs) expect(sentMs.filter((at) => at >= from && at < from + 1_000 - slackMs).length).toBeLessThanOrEqual(limit);
    expect(sentMs.length).toBeGreaterThan(1);
  });

  it('limits one endpoint without holding up another', async () => {
    const [one] = budgets(wide, 5) as [Budget];
    for (let i = 0; i < 10; i++) await one.reserve('accounts.create', true);
    expect(await one.reserve('accounts.create', true)).toBeGreaterThan(1_500);
    expect(await one.reserve('refunds.create', true)).toBeLessThan(100);
  });

  it('refuses what would wait too long, and takes nothing for it', async () => {
    const [one] = budgets(10) as [Budget];
    await fill('all', 8_500);
    await fill('endpoint:refunds.create', 0);
    for (let i = 0; i < 20; i++) expect(await one.reserve('refunds.create', true)).toBeNull();
    expect(await queueMs()).toBeLessThanOrEqual(8_500);
    expect(await queueMs('endpoint:refunds.create')).toBeLessThanOrEqual(0);
  });

  it('takes nothing from the whole for an endpoint that is full', async () => {
    const [one] = budgets(10, 10) as [Budget];
    await one.reserve('other', true);
    await fill('endpoint:accounts.create', 60_000);
    const before = await queueMs();
    expect(await one.reserve('accounts.create', true)).toBeNull();
    expect(await queueMs()).toBeLessThanOrEqual(before);
  });

  it('lets a batch of fifty events read what each is about, without a refusal', async () => {
    const all = budgets(25, 25);
    const reads = await Promise.all(Array.from({ length: 50 }, (_, i) => (all[i % 4] as Budget).reserve('charges.retrieve', false)));
    expect(reads).not.toContain(null);
  });

  it('keeps room for writes however many reads there are', async () => {
    const all = budgets(10);
    const reads = await Promise.all(Array.from({ length: 200 }, (_, i) => (all[i % 4] as Budget).reserve('checkout.sessions.retrieve', false)));
    expect(reads).toContain(null);
    const writes = await Promise.all(Array.from({ length: 15 }, (_, i) => (all[i % 4] as Budget).reserve('refunds.create', true)));
    expect(writes).not.toContain(null);
  });

  it('holds an endpoint up for half a second when Stripe asks to slow down, and no other', async () => {
    const [one, other] = budgets(wide, 25) as [Budget, Budget];
    await one.reserve('accounts.create', true);
    await one.slowDown('accounts.create');
    const waitMs = await other.reserve('accounts.create', true);
    expect(waitMs).toBeGreaterThan(400);
    expect(waitMs).toBeLessThanOrEqual(500);
    expect(await other.reserve('refunds.create', true)).toBe(0);
  });

  it('goes on after the database lost the rows in a crash', async () => {
    const [one] = budgets(25) as [Budget];
    await one.reserve('x', true);
    await pool().query('truncate stripe_budget');
    expect(await one.reserve('x', true)).toBe(0);
  });

  it('never deadlocks among requests to many endpoints', async () => {
    const all = budgets(wide);
    const waits = await Promise.all(Array.from({ length: 400 }, (_, i) => (all[i % 4] as Budget).reserve(`endpoint${i % 7}`, i % 2 === 0)));
    expect(waits).not.toContain(null);
  });
});
