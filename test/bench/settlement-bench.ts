import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import pg from 'pg';
import { systemClock } from '../../src/base/clock.js';
import { openLog } from '../../src/base/log.js';
import { type Simulator, startSimulator } from '../../src/simulator/server.js';
import { fillDue, fillHistory, historyCount, sellerCount } from './settlements.js';
import type { Settled } from './settling.js';

const roundCount = 5;
const perRound = 2_000;

/** Settles 10,000 due settlements over a million old ones, in rounds beside a bare claim-and-update loop, and shows the plans of the two scans. */
export async function benchSettling(databaseUrl: string): Promise<void> {
  const simulator = await startSimulator({ port: 0, clock: systemClock, log: openLog('silent'), journalFile: null, world: 'bench' });
  let child: ChildProcess | null = null;
  try {
    await fillHistory(databaseUrl, await openAccounts(simulator));
    child = fork(join(import.meta.dirname, 'settling.js'), [databaseUrl, simulator.url]);
    await once(child, 'message');
    const [settled, bare]: [Settled[], Settled[]] = [[], []];
    for (let round = 1; round <= roundCount; round++) {
      await fillDue(databaseUrl, 2 * round, perRound);
      settled.push(await ask(child, 'settle'));
      await fillDue(databaseUrl, 2 * round + 1, perRound);
      bare.push(await ask(child, 'bare'));
    }
    console.log(
      `\n${roundCount * perRound} due settlements of two purchases each, over ${historyCount} old ones; one worker, a simulator without delay`,
    );
    console.log(line('bare loop', bare));
    console.log(line('settling', settled));
    const ratios = settled.map(({ ms }, index) => (bare[index] as Settled).ms / ms);
    console.log(
      `  settling reaches ${Math.round(median(ratios) * 100)} % of the rate of a loop that claims and marks, pays nobody and books nothing`,
    );
    await showPlans(databaseUrl);
    await assertPaidOnce(simulator, databaseUrl);
  } finally {
    child?.send('stop');
    if (child) await once(child, 'exit');
    await simulator.close();
  }
}

async function openAccounts(simulator: Simulator): Promise<string[]> {
  const post = async (path: string, body: Record<string, string>) => {
    const answer = await fetch(`${simulator.url}${path}`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test_sim_bench' },
      body: new URLSearchParams(body),
    });
    return (await answer.json()) as { id: string };
  };
  const ids: string[] = [];
  for (let n = 0; n < sellerCount; n++) {
    const { id } = await post('/v1/accounts', {
      country: 'US',
      'controller[stripe_dashboard][type]': 'express',
      'controller[fees][payer]': 'application',
      'controller[losses][payments]': 'application',
      'capabilities[transfers][requested]': 'true',
      'capabilities[card_payments][requested]': 'true',
    });
    await fetch(`${simulator.url}/_simulator/accounts/${id}/onboard`, { method: 'POST', body: JSON.stringify({ outcome: 'complete' }) });
    ids.push(id);
  }
  await post('/v1/topups', { amount: String(roundCount * perRound * 5_000), currency: 'usd' });
  return ids;
}

async function ask(child: ChildProcess, what: 'settle' | 'bare'): Promise<Settled> {
  child.send(what);
  const [settled] = (await once(child, 'message')) as [Settled];
  return settled;
}

function line(name: string, rounds: Settled[]): string {
  const of = (cost: (round: Settled) => number) => median(rounds.map(cost));
  const cells = [
    `${Math.round(of(({ ms }) => perRound / (ms / 1_000)))} settlements/s`,
    `${of(({ cpuMs }) => cpuMs / perRound).toFixed(2)} ms of processor each`,
    `${of(({ statements }) => statements / perRound).toFixed(1)} SQL statements each`,
  ];
  return `  ${name.padEnd(10)} ${cells.map((cell) => cell.padStart(26)).join('')}`;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function showPlans(databaseUrl: string): Promise<void> {
  await fillDue(databaseUrl, 99, 100);
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const scans = {
      due: `select id from settlement where status = 'PENDING' and next_attempt_at <= now() order by next_attempt_at limit 50 for update skip locked`,
      stuck: `select id from settlement where status = 'SETTLING' and claimed_at < now() - interval '10 minutes' order by claimed_at limit 50 for update skip locked`,
    };
    for (const [name, scan] of Object.entries(scans)) {
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain (costs off) ${scan}`);
      const index = rows.map((row) => row['QUERY PLAN']).find((step) => step.includes('Index'));
      if (!index) throw new Error(`the scan of what is ${name} uses no index: ${JSON.stringify(rows)}`);
      console.log(`  what is ${name}: ${index.replace('->', '').trim()}`);
    }
  } finally {
    await client.end();
  }
}

async function assertPaidOnce(simulator: Simulator, databaseUrl: string): Promise<void> {
  const { transfers } = (await (await fetch(`${simulator.url}/_simulator/state`)).json()) as { transfers: { transfer_group: string }[] };
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ count: string }>('select count(*) from settlement where stripe_transfer_id is not null');
  await client.end();
  const groups = new Set(transfers.map(({ transfer_group }) => transfer_group));
  if (groups.size !== transfers.length || transfers.length !== Number(rows[0]?.count))
    throw new Error('a settlement was paid twice, or not recorded');
  console.log(`  ${transfers.length} transfers at Stripe, one for each settlement`);
}
