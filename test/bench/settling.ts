import pg from 'pg';
import { systemClock } from '../../src/base/clock.js';
import { readConfig } from '../../src/base/config.js';
import { openLog } from '../../src/base/log.js';
import { Secret } from '../../src/base/secret.js';
import { openDatabase } from '../../src/db/database.js';
import { openWork } from '../../src/db/work.js';
import { entities } from '../../src/entities.js';
import { settleDue } from '../../src/settlements/settling.js';
import { sharedBudget } from '../../src/stripe/budget.js';
import { openStripe } from '../../src/stripe/client.js';

/** What one round of settling took. */
export interface Settled {
  ms: number;
  cpuMs: number;
  statements: number;
}

const batch = 100;
const lanes = 6;

// A process of its own, so that the simulator's work is not counted: told "settle" or "bare", it empties what is due and tells what that took.
const [databaseUrl = '', apiBase = ''] = process.argv.slice(2);
const database = openDatabase({ url: databaseUrl, role: 'holdfast_worker', applicationName: 'bench', entities: [...entities] });
const stripe = openStripe({
  secretKey: new Secret('sk_test_sim_bench'),
  apiBase,
  budget: sharedBudget(database.pool, { requestsPerSecondMax: 100_000, endpointRequestsPerSecondMax: 100_000 }),
});
const work = openWork({ database, clock: systemClock, config: readConfig({ NODE_ENV: 'test' }), log: openLog('silent') }, { stripe });
const bare = new pg.Pool({ connectionString: databaseUrl, max: lanes });
let statements = 0;
countStatements(database.pool);
countStatements(bare);

process.on('message', (message) => {
  void (message === 'stop' ? stop() : run(message === 'settle' ? settleAll : bareLoop));
});
process.send?.('ready');

async function run(what: () => Promise<void>): Promise<void> {
  const [startedMs, startedCpu, before] = [performance.now(), process.cpuUsage(), statements];
  await what();
  const { user, system } = process.cpuUsage(startedCpu);
  process.send?.({ ms: performance.now() - startedMs, cpuMs: (user + system) / 1_000, statements: statements - before } satisfies Settled);
}

async function settleAll(): Promise<void> {
  while ((await settleDue(work, batch)) > 0);
}

/** The least that settling could be: claim one, mark it done; nobody is paid, nothing is booked. */
async function bareLoop(): Promise<void> {
  const one = async () => {
    for (;;) {
      const { rows } = await bare.query<{ id: string }>(
        `update settlement set status = 'SETTLING', claim_token = 'bare', claimed_at = now() where id =
           (select id from settlement where status = 'PENDING' and next_attempt_at <= now() order by next_attempt_at limit 1 for update skip locked) returning id`,
      );
      if (!rows[0]) return;
      await bare.query(
        `update settlement set status = 'SETTLED', claim_token = null, claimed_at = null, settled_at = now(), amount_minor = 0, closed_at = now() where id = $1`,
        [rows[0].id],
      );
    }
  };
  await Promise.all(Array.from({ length: lanes }, one));
}

function countStatements(pool: pg.Pool): void {
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...asked: unknown[]) => unknown;
    Object.assign(client, {
      query: (...asked: unknown[]) => {
        statements++;
        return query(...asked);
      },
    });
  });
}

async function stop(): Promise<void> {
  await database.close();
  await bare.end();
  process.disconnect?.();
}
