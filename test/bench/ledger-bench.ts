import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { systemClock } from '../../src/base/clock.js';
import { readConfig } from '../../src/base/config.js';
import { openLog } from '../../src/base/log.js';
import { Secret } from '../../src/base/secret.js';
import { openDatabase } from '../../src/db/database.js';
import { atomically, openWork, type Work } from '../../src/db/work.js';
import { entities } from '../../src/entities.js';
import { balances, carryBalances } from '../../src/ledger/balances.js';
import { credit, debit, post } from '../../src/ledger/posting.js';
import { sharedBudget } from '../../src/stripe/budget.js';
import { openStripe } from '../../src/stripe/client.js';

const movementCount = 2_500_000;
const sidesEach = 4;
const sellerCount = 1_000;
const writers = 8;
const roundMs = 1_500;
const roundCount = 5;
const sellerId = (n: number) => `acc_${String(n).padStart(26, '0')}`;

/** Measures balances over ten million postings beside summing them, and posting beside the two other ways: no balances, and one row that all update. */
export async function benchLedger(databaseUrl: string): Promise<void> {
  const owner = new pg.Client({ connectionString: databaseUrl });
  await owner.connect();
  const database = openDatabase({ url: databaseUrl, role: 'holdfast_worker', applicationName: 'bench', entities: [...entities] });
  const budget = sharedBudget(database.pool, { requestsPerSecondMax: 1, endpointRequestsPerSecondMax: 1 });
  const stripe = openStripe({ secretKey: new Secret('sk_test_sim_bench'), apiBase: 'http://127.0.0.1:1', budget }); // which nothing here asks
  const work = openWork({ database, clock: systemClock, config: readConfig({ NODE_ENV: 'test' }), log: openLog('silent') }, { stripe });
  try {
    await fill(owner);
    console.log(`\n${movementCount * sidesEach} postings of ${sellerCount} sellers; ${writers} writers at once; medians of ${roundCount}`);
    await comparePosting(owner, work);
    await compareReading(owner, work);
  } finally {
    await database.close();
    await owner.end();
  }
}

/** Written past the triggers, as only the owner can. The other way to keep balances takes its rows in one order, so that no two wait for each other in a ring. */
async function fill(owner: pg.Client): Promise<void> {
  const seller = `'acc_' || lpad((1 + n % ${sellerCount})::text, 26, '0')`;
  const id = `'ldg_' || lpad(n::text, 26, '0')`;
  await owner.query(`
    insert into tenant (id, name, created_at) select 'ten_' || n, 'Seller ' || n, now() from generate_series(1, ${sellerCount}) n;
    insert into account (id, tenant_id, display_name, membership_interval, created_at)
      select ${seller}, 'ten_' || n, 'Seller', 'MONTH', now() from generate_series(1, ${sellerCount}) n;
    set session_replication_role = replica;
    insert into ledger_transaction select ${id}, 'PAYMENT', 'pay_' || n, now(), now() from generate_series(1, ${movementCount}) n;
    insert into posting
      select ${id}, number, side, case side when 'seller_payable' then ${seller} end, 'USD', amount
      from generate_series(1, ${movementCount}) n,
        (values (1, 'stripe_balance', 5600), (2, 'seller_payable', -5000), (3, 'commission', -496), (4, 'vat_payable', -104)) as sides (number, side, amount);
    insert into ledger_balance select account_id, ledger_account, currency, sum(amount_minor) from posting group by 1, 2, 3;
    set session_replication_role = origin;
    create function app.update_balances() returns trigger language plpgsql security definer as $$
    begin
      insert into ledger_balance (account_id, ledger_account, currency, amount_minor)
        select account_id, ledger_account, currency, sum(amount_minor) from posted group by 1, 2, 3 order by 1, 2, 3
      on conflict on constraint one_balance_per_ledger_account do update set amount_minor = ledger_balance.amount_minor + excluded.amount_minor;
      return null;
    end $$;
    create trigger balances_at_once after insert on posting referencing new table as posted for each statement execute function app.update_balances();`);
  await owner.query('vacuum analyze posting');
  await owner.query('vacuum analyze ledger_transaction');
}

const ways = {
  'no balances': { queued: false, atOnce: false },
  'one row each': { queued: false, atOnce: true },
  'queued, as here': { queued: true, atOnce: false },
};

async function comparePosting(owner: pg.Client, work: Work): Promise<void> {
  const rates = new Map<string, number[]>();
  for (let round = 0; round < roundCount; round++) {
    for (const [name, { queued, atOnce }] of Object.entries(ways)) {
      await owner.query(`alter table posting ${queued ? 'enable' : 'disable'} trigger balances_follow_the_postings;
        alter table posting ${atOnce ? 'enable' : 'disable'} trigger balances_at_once`);
      rates.set(name, [...(rates.get(name) ?? []), await postFor(work)]);
    }
  }
  for (const [name, each] of rates) console.log(`  posting, ${name.padEnd(16)} ${Math.round(median(each))} movements/s`);
  await owner.query(`drop trigger balances_at_once on posting; truncate ledger_balance;
    insert into ledger_balance select account_id, ledger_account, currency, sum(amount_minor) from posting group by 1, 2, 3; truncate ledger_balance_change`);
}

async function postFor(work: Work): Promise<number> {
  const startedMs = performance.now();
  let posted = 0;
  const write = async (writer: number) => {
    while (performance.now() - startedMs < roundMs) {
      await payOnce(work, sellerId(1 + ((posted * writers + writer) % sellerCount)));
      posted++;
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  return posted / ((performance.now() - startedMs) / 1_000);
}

function payOnce(work: Work, seller: string): Promise<boolean> {
  return atomically(work, (tx) =>
    post(tx, {
      cause: { kind: 'PAYMENT', id: randomUUID() },
      currency: 'USD',
      effectiveAt: tx.clock.now(),
      sides: [debit('stripe_balance', 5_600), credit('seller_payable', 5_000, seller), credit('commission', 496), credit('vat_payable', 104)],
    }),
  );
}

async function compareReading(owner: pg.Client, work: Work): Promise<void> {
  const query = (text: string) => () => owner.query(text);
  const ofOne = `account_id = '${sellerId(7)}'`;
  const sum = 'select ledger_account, account_id, currency, sum(amount_minor) from posting';
  await tell('every balance', () => balances(work.read));
  await tell('every balance, by summing', query(`${sum} group by 1, 2, 3`));
  await tell('a seller’s', () => balances(work.read, { accountId: sellerId(7) }));
  await tell('a seller’s, by summing', query(`${sum} where ${ofOne} group by 1, 2, 3`));
  await postFor(work);
  const { rows } = await owner.query<{ count: string }>('select count(*) from ledger_balance_change');
  await tell(`a seller’s, ${rows[0]?.count} changes not carried`, () => balances(work.read, { accountId: sellerId(7) }));
  await tell('carrying up to 1,000', () => carryBalances(work, 1_000));
  for (const check of ['check_ledger_balances', 'check_movements_balance', 'check_balances_are_the_postings']) {
    const startedMs = performance.now();
    const { rows: offenders } = await owner.query(`select * from ${check}`);
    console.log(`  ${check.padEnd(42)} ${(performance.now() - startedMs).toFixed(0)} ms`);
    if (offenders.length > 0) throw new Error(`${check}: ${JSON.stringify(offenders[0])}`);
  }
  const plan = await owner.query<{ 'QUERY PLAN': string }>(`explain (costs off) select * from ledger_standing where ${ofOne}`);
  for (const row of plan.rows) console.log(`    ${row['QUERY PLAN']}`);
}

async function tell(what: string, read: () => Promise<unknown>): Promise<void> {
  const took: number[] = [];
  for (let n = 0; n < roundCount; n++) {
    const startedMs = performance.now();
    await read();
    took.push(performance.now() - startedMs);
  }
  console.log(`  ${what.padEnd(42)} ${median(took).toFixed(1)} ms`);
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
