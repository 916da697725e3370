import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import pg from 'pg';
import { systemClock } from '../../../src/base/clock.js';
import { applyDueEvents } from '../../../src/events/apply.js';
import { openWorker } from '../../support/worker.js';
import { startServer } from '../databases.js';
import { sendAll } from '../requests.js';
import { distinctOf, eventId, requestOf, shuffledDeliveries } from './deliveries.js';

const perRound = 5_000;
const connections = 128; // Stripe delivers many at a time

const names = ['holdfast', 'bare', 'engine'] as const;
type Name = (typeof names)[number];

interface Contestant {
  process: ChildProcess;
  url: URL;
  databaseUrl: string;
  database: pg.Client;
  rounds: { ms: number; cpuMs: number }[];
}

/**
 * Delivers signed events over HTTP, three of ten twice, in a shuffled order, to the application, to a bare endpoint and to Supabase's engine, in rounds in turn.
 * An answer says that an event is kept, so commits are forced to disk. Fails where any event is lost, or kept more than once.
 */
export async function benchWebhooks(count: number): Promise<void> {
  const server = await startServer({ durable: true });
  const contestants = {} as Record<Name, Contestant>;
  try {
    for (const name of names) contestants[name] = await start(name, await (name === 'holdfast' ? server.migrated : server.empty)(`webhooks_${name}`));
    const numbers = shuffledDeliveries(count);
    for (let begin = 0; begin < count; begin += perRound)
      for (const name of names) await round(contestants[name], numbers.subarray(begin, begin + perRound));

    console.log(
      `\n${count} deliveries of ${distinctOf(count)} events, shuffled, over ${connections} connections, in rounds of ${perRound}; each commit on disk`,
    );
    for (const name of names) console.log(line(told[name], contestants[name]));
    const { holdfast, bare, engine } = contestants;
    console.log(
      `  the application reaches ${Math.round(ratio(holdfast, bare) * 100)} % of the bare endpoint, ${ratio(holdfast, engine).toFixed(1)} times stripe-sync-engine`,
    );
    await assertEachKeptOnce(contestants, distinctOf(count));
    console.log('  each of them kept every event, once');
    await assertEachAppliedOnce(holdfast, numbers);
    console.log('  delivered as many that ask for something, the application applied each, once');
  } finally {
    for (const contestant of Object.values(contestants)) await stop(contestant);
    await server.stop();
  }
}

const told: Record<Name, string> = {
  holdfast: 'application',
  bare: 'bare endpoint',
  engine: 'stripe-sync-engine',
};

async function start(name: Name, databaseUrl: string): Promise<Contestant> {
  const process = fork(join(import.meta.dirname, 'receiving.js'), [name, databaseUrl]);
  const [url] = (await once(process, 'message')) as [string];
  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  return { process, url: new URL(url), databaseUrl, database, rounds: [] };
}

async function stop({ process, database }: Contestant): Promise<void> {
  await database.end();
  process.send('stop');
  await once(process, 'exit');
}

/** Signed before the time is taken, so that only sending is in it. */
async function round(contestant: Contestant, numbers: Uint32Array): Promise<void> {
  const requests = Array.from(numbers, (number) => requestOf(number, 'customer.updated', contestant.url, systemClock.now()));
  const cpuBefore = await cpuOf(contestant);
  const startedMs = performance.now();
  const answered = await sendAll(Number(contestant.url.port), () => requests.pop() ?? null, connections);
  const ms = performance.now() - startedMs;
  if (answered !== numbers.length) throw new Error(`${answered} of ${numbers.length} deliveries were answered`);
  contestant.rounds.push({ ms, cpuMs: (await cpuOf(contestant)) - cpuBefore });
}

async function cpuOf({ process }: Contestant): Promise<number> {
  process.send('usage');
  return ((await once(process, 'message')) as [number])[0];
}

async function assertEachKeptOnce({ holdfast, bare, engine }: Record<Name, Contestant>, distinct: number): Promise<void> {
  const wanted = Array.from({ length: distinct }, (_, number) => eventId(number));
  const lists: [Contestant, string][] = [
    [holdfast, `select stripe_event_id as id from inbox_event order by 1`],
    [bare, 'select id from event order by id'],
    [engine, `select replace(id, 'cus_', 'evt_') as id from stripe.customers order by 1`],
  ];
  for (const [{ database }, text] of lists) {
    const { rows } = await database.query<{ id: string }>(text);
    if (rows.length !== distinct || rows.some(({ id }, number) => id !== wanted[number]))
      throw new Error(`of ${distinct} events ${rows.length} are kept`);
  }
}

/** The server applies them as they come; a worker as another process takes part. */
async function assertEachAppliedOnce({ url, database, databaseUrl }: Contestant, numbers: Uint32Array): Promise<void> {
  const waiting = Array.from(numbers);
  const next = () => {
    const number = waiting.pop();
    return number === undefined ? null : requestOf(number, 'balance.available', url, systemClock.now());
  };
  const worker = openWorker({ databaseUrl, stripeUrl: url.origin, aheadMs: 0, crashAt: null });
  await sendAll(Number(url.port), next, connections);
  const isUnderWay = async () => (await database.query(`select 1 from inbox_event where state = 'RECEIVED' limit 1`)).rows.length > 0;
  while (await isUnderWay()) await applyDueEvents(worker.work, 100);
  await worker.close();
  const { rows } = await database.query(
    `select state, attempt_count as tries, count(*)::int as events from inbox_event where type = 'balance.available' group by 1, 2`,
  );
  const [row, ...others] = rows;
  if (others.length > 0 || row?.state !== 'APPLIED' || row.tries !== 1 || row.events !== distinctOf(numbers.length))
    throw new Error(`not each event is applied once: ${JSON.stringify(rows)}`);
}

function line(what: string, { rounds }: Contestant): string {
  const cells = [
    `${Math.round(median(rounds.map(({ ms }) => perRound / (ms / 1_000))))} events/s`,
    `${Math.round(median(rounds.map(({ cpuMs }) => (cpuMs * 1_000) / perRound)))} µs of processor each`,
  ];
  return `  ${what.padEnd(20)} ${cells.map((cell) => cell.padStart(26)).join('')}`;
}

/** Each round of one beside the same round of the other; the median of these. */
function ratio(of: Contestant, to: Contestant): number {
  return median(of.rounds.map(({ ms }, index) => (to.rounds[index]?.ms ?? Number.NaN) / ms));
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
