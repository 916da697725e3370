import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import pg from 'pg';
import { at, later, minuteMs, secondMs, TurnableClock } from '../../../src/base/clock.js';
import { readConfig } from '../../../src/base/config.js';
import { openLog } from '../../../src/base/log.js';
import { Secret } from '../../../src/base/secret.js';
import { openDatabase } from '../../../src/db/database.js';
import { openWork, type Work } from '../../../src/db/work.js';
import { entities } from '../../../src/entities.js';
import { pollDueStreams } from '../../../src/events/streams/polling.js';
import type { Budget } from '../../../src/stripe/budget.js';
import { openStripe } from '../../../src/stripe/client.js';
import { busyEvery, busySecond, failing, hanging } from './listing.js';

const accountCount = 10_000;
const requestsPerSecond = 20; // what the shared budget gives one endpoint of 25 a second
const tickMs = 10 * secondMs;
const busyPerSecond = accountCount / busyEvery / 60; // each is polled once a minute, also while the others wait for their first time
const cycleMaxMs = (accountCount / (requestsPerSecond - busyPerSecond)) * secondMs + 2 * minuteMs;
const steadyMs = 5 * minuteMs;
const idleCount = 1_000;
const lagMaxMs = 2 * minuteMs;
const startSecond = 1_800_000_000; // later than any stream was opened

/**
 * Polls 10,000 accounts in simulated time within Stripe's own limit: first all of them at once, as after a night without a worker, then as they fall due.
 * One in twenty is busy, one hangs for thirty seconds each time, one fails. Webhooks bring nothing. Fails where a busy one is read late, or an event is missing.
 */
export async function benchStreams(databaseUrl: string): Promise<void> {
  const lists = fork(join(import.meta.dirname, 'listing.js'), [String(startSecond)]);
  const [{ port }] = (await once(lists, 'message')) as [{ port: number }];
  const looking = new pg.Client({ connectionString: databaseUrl });
  await looking.connect();
  const clock = new TurnableClock(at(startSecond * secondMs));
  const poller = openPoller(databaseUrl, `http://127.0.0.1:${port}`, clock);
  const turns = new Set<Promise<unknown>>();
  try {
    await fillStreams(looking, clock.now());

    /** A tick of the schedule: polls what is due, and waits for all but who hangs. */
    const tick = async () => {
      clock.advance(tickMs);
      poller.allow((requestsPerSecond * tickMs) / secondMs);
      lists.send(Math.floor(clock.now().getTime() / secondMs));
      await once(lists, 'message');
      const turn = pollDueStreams(poller.work).finally(() => turns.delete(turn));
      turns.add(turn);
      await Promise.race([turn, allButHanging(looking, clock, () => turns.has(turn), poller.maySend)]);
    };
    let cycleMs = 0;
    for (; (await unpolled(looking)) > 0 && cycleMs <= cycleMaxMs; cycleMs += tickMs) await tick();
    if (cycleMs > cycleMaxMs) throw new Error(`${await unpolled(looking)} accounts were not read within ${cycleMaxMs / minuteMs} minutes`);

    const steadySince = clock.now();
    const { polls } = await poller.used(async () => {
      for (let ms = 0; ms < steadyMs; ms += tickMs) await tick();
    });
    const { lagMs, p99Ms } = await lagOf(looking, steadySince);
    await assertNothingMissing(looking, later(clock.now(), -lagMaxMs));
    console.log(
      `\n${accountCount} accounts, one in ${busyEvery} busy, one hanging, one failing; ${requestsPerSecond} requests a second, in simulated time`,
    );
    console.log(`  all read once in ${(cycleMs / minuteMs).toFixed(1)} minutes; then ${polls} polls in ${steadyMs / minuteMs} minutes`);
    console.log(`  what happens on a busy one is known after ${seconds(p99Ms)} s (p99), ${seconds(lagMs)} s at most, though no webhook tells of it`);
    if (lagMs >= lagMaxMs) throw new Error(`a busy stream was read ${seconds(lagMs)} s late`);

    await makeIdleDue(looking, clock.now());
    poller.allow(idleCount);
    const idle = await poller.used(() => pollDueStreams(poller.work));
    if (idle.polls !== idleCount) throw new Error(`${idle.polls} of ${idleCount} idle streams were polled`);
    console.log(
      `  a poll that finds nothing takes ${(idle.cpuMs / idleCount).toFixed(2)} ms of processor and ${(idle.statements / idleCount).toFixed(2)} statements, and one of the shared budget`,
    );
  } finally {
    lists.send('release');
    await Promise.all(turns);
    await looking.end();
    await poller.close();
    lists.send('stop');
    await once(lists, 'exit');
  }
}

const seconds = (ms: number) => Math.round(ms / secondMs);

interface Poller {
  work: Work;
  /** From now on, so many requests and no more. */
  allow(requests: number): void;
  maySend(): boolean;
  /** What `run` took. */
  used(run: () => Promise<unknown>): Promise<{ polls: number; statements: number; cpuMs: number }>;
  close(): Promise<void>;
}

function openPoller(databaseUrl: string, apiBase: string, clock: TurnableClock): Poller {
  const database = openDatabase({ url: databaseUrl, role: 'holdfast_worker', applicationName: 'bench', entities: [...entities] });
  let [polls, statements, left] = [0, 0, 0];
  database.pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...asked: unknown[]) => unknown;
    Object.assign(client, {
      query: (...asked: unknown[]) => {
        statements++;
        return query(...asked);
      },
    });
  });
  const budget: Budget = {
    async reserve() {
      if (left === 0) return null;
      left--;
      polls++;
      return 0;
    },
    slowDown: async () => undefined,
  };
  const stripe = openStripe({ secretKey: new Secret('sk_test_sim_bench'), apiBase, budget });
  return {
    work: openWork({ database, clock, config: readConfig({ NODE_ENV: 'test' }), log: openLog('silent') }, { stripe }),
    allow(requests) {
      left = requests;
    },
    maySend: () => left > 0,
    async used(run) {
      const [pollsBefore, statementsBefore, cpuBefore] = [polls, statements, process.cpuUsage()];
      await run();
      const { user, system } = process.cpuUsage(cpuBefore);
      return { polls: polls - pollsBefore, statements: statements - statementsBefore, cpuMs: (user + system) / 1_000 };
    },
    close: () => database.close(),
  };
}

async function fillStreams(client: pg.Client, now: Date): Promise<void> {
  const id = (prefix: string) => `'${prefix}_' || lpad(n::text, 26, '0')`;
  const all = `from generate_series(1, ${accountCount}) n`;
  await client.query(`
    insert into tenant (id, name, created_at) select ${id('ten')}, 'Seller ' || n, now() ${all};
    insert into account (id, tenant_id, display_name, membership_interval, created_at) select ${id('acc')}, ${id('ten')}, 'Seller ' || n, 'MONTH', now() ${all};
    insert into connected_account (id, tenant_id, account_id, stripe_account_id, profile, country, service_agreement, details_submitted, charges_enabled, connected_at, created_at)
      select ${id('con')}, ${id('ten')}, ${id('acc')}, 'acct_' || n, 'express', 'US', 'full', true, true, now(), now() ${all};
    analyze;`);
  await client.query(
    `update event_stream set resync_wanted = false, seen_until = $1, opened_at = $1::timestamptz - interval '100 days', next_poll_at = $1,
       last_event_at = case when name <> 'platform' and substr(name, 14)::int % ${busyEvery} = 0 then $1::timestamptz end,
       closed_at = case when name = 'platform' then $1::timestamptz end`,
    [now],
  );
}

/** So many idle streams fall due, and no other. */
async function makeIdleDue(client: pg.Client, now: Date): Promise<void> {
  await client.query(
    `update event_stream set next_poll_at = case when last_event_at is null and substr(name, 14)::int not in (${hanging}, ${failing}) and substr(name, 14)::int <= $2 then $1::timestamptz else $1::timestamptz + interval '1 day' end
     where name <> 'platform'`,
    [now, Math.ceil((idleCount * busyEvery) / (busyEvery - 1)) + 2],
  );
}

async function unpolled(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::int from event_stream where last_polled_at is null and failure_count = 0 and closed_at is null and name <> 'connect:acct_${hanging}'`,
  );
  return rows[0]?.count ?? 0;
}

/** Answers once no stream is leased but the one that hangs, and nothing is due or may be sent; or once the turn is over. */
async function allButHanging(client: pg.Client, clock: TurnableClock, isUnderWay: () => boolean, maySend: () => boolean): Promise<void> {
  const others = `select from event_stream where closed_at is null and name <> 'connect:acct_${hanging}' and (locked_until > $1 or ($2 and next_poll_at <= $1)) limit 1`;
  do await new Promise((resolve) => setTimeout(resolve, 50));
  while (isUnderWay() && (await client.query(others, [clock.now(), maySend()])).rowCount !== 0);
}

async function lagOf(client: pg.Client, since: Date): Promise<{ lagMs: number; p99Ms: number }> {
  const { rows } = await client.query<{ lag: number; p99: number }>(
    `select max(ms)::float8 as lag, percentile_disc(0.99) within group (order by ms)::float8 as p99
     from (select extract(epoch from received_at - happened_at) * 1000 as ms from inbox_event where happened_at > $1) lags`,
    [since],
  );
  return { lagMs: rows[0]?.lag ?? Number.NaN, p99Ms: rows[0]?.p99 ?? Number.NaN };
}

async function assertNothingMissing(client: pg.Client, until: Date): Promise<void> {
  const untilSecond = Math.floor(until.getTime() / secondMs);
  const { rows } = await client.query<{ account: number; count: number }>(
    `select substr(stream, 14)::int as account, count(*)::int from inbox_event where happened_at <= $1 group by 1`,
    [at(untilSecond * secondMs)],
  );
  const stored = new Map(rows.map(({ account, count }) => [account, count]));
  for (let account = busyEvery; account <= accountCount; account += busyEvery) {
    let expected = 0;
    while (busySecond(account, expected, startSecond) <= untilSecond) expected++;
    if (stored.get(account) !== expected) throw new Error(`of ${expected} events of account ${account}, ${stored.get(account) ?? 0} are known`);
  }
}
