import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { known } from '../../src/base/assert.js';
import { findScenario, scenarioNames } from '../../src/scenarios/scenario.js';
import type { Explored } from './at-once/exploring.js';
import { openProvingDatabases } from './ground/proving-databases.js';
import { type Told, tell } from './history.js';
import { type House, openHouse } from './house.js';
import { killMany } from './kills/killing.js';
import { plantAll } from './planted/planting.js';
import { play } from './scenario.js';
import { Summary } from './summary.js';
import { exploreAll, tellAll } from './telling.js';

const { values } = parseArgs({
  options: {
    /** One history, with all that happens in it. */
    seed: { type: 'string' },
    /** So many, of the seeds from `from` on; no more than fit into `seconds`. */
    histories: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seconds: { type: 'string', default: 'Infinity' },
    'until-wrong': { type: 'boolean', default: false },
    /** So many of them a second time, for the same seed must tell the same. */
    again: { type: 'string', default: '10' },
    /** So many at once, each in a process of its own. */
    workers: { type: 'string', default: String(availableParallelism()) },
    /** Not histories of the house as it is, but of one with each known defect in turn, which must go wrong. */
    planted: { type: 'boolean', default: false },
    /** Each by what is known to show it. */
    known: { type: 'boolean', default: false },
    only: { type: 'string' },
    /** One for each worker that is there, instead of some of its own. */
    database: { type: 'string', multiple: true },
    /** The scenarios instead. */
    scenarios: { type: 'boolean', default: false },
    /** Those of test/scenarios/at-once: two things at once, in every order, or in so many. */
    pairs: { type: 'boolean', default: false },
    orders: { type: 'string', default: 'Infinity' },
    /** Once there were so many in all, the pairs that are left happen in one each. */
    'orders-in-all': { type: 'string', default: 'Infinity' },
    /** And so many orders of each that chance chooses, which must end as one of those did. */
    drawn: { type: 'string', default: '20' },
    /** Not simulated: so many servers and workers killed under load, and PostgreSQL so often. */
    kills: { type: 'string' },
    'postgres-kills': { type: 'string', default: '0' },
  },
});

/** What is told of a history that went wrong, beside its trace. */
const shown = ['payment', 'settlement', 'dispute', 'transfer_reversal', 'seller_debt', 'refund', 'operation'];
const hidden = ['tenant_id', 'created_at', 'email', 'currency'];
const progressEvery = 10_000; // histories

if (!(await main())) process.exitCode = 1;

async function main(): Promise<boolean> {
  if (values.kills !== undefined) return killMany(Number(values.kills), Number(values['postgres-kills']));
  return values.planted ? plantAll({ historiesMax: Number(values.histories), only: values.only ?? null, isKnown: values.known }) : prove();
}

async function prove(): Promise<boolean> {
  const isOne = values.scenarios || values.seed !== undefined;
  const count = isOne ? 1 : Number(values.workers);
  const databases = values.database ? { urls: values.database, close: async () => undefined } : await openProvingDatabases(count);
  try {
    if (values.pairs) return await exploreMany(databases.urls);
    if (!isOne) return await tellMany(databases.urls);
    const house = await openHouse(databases.urls[0] as string);
    const isWell = values.seed === undefined ? await playAll(house) : await replay(house, values.seed);
    await house.close();
    return isWell;
  } finally {
    await databases.close();
  }
}

async function playAll(house: House): Promise<boolean> {
  const names = scenarioNames().filter((name) => name.includes(values.only ?? ''));
  let wrongCount = 0;
  for (const name of names) {
    const wrong = await play(house, known(findScenario(name), name));
    if (wrong.length > 0) wrongCount++;
    console.log([`${wrong.length === 0 ? 'holds ' : 'WRONG '} ${name}`, ...wrong].join('\n  '));
    if (wrongCount > 0 && values['until-wrong']) break;
  }
  console.log(`${wrongCount} of ${names.length} scenarios went wrong.`);
  return wrongCount === 0;
}

async function replay(house: House, seed: string): Promise<boolean> {
  const told = await tell(house, seed, (line) => console.log(line));
  console.log(`\nseed ${seed}: ${told.steps} steps, trace ${told.hash}, ${told.problems.length} problems`);
  if (told.problems.length === 0) return true;
  for (const table of shown) {
    const text = `select jsonb_strip_nulls(to_jsonb(x) - $1::text[]) as row from ${table} x order by created_at`;
    const rows = await house.books.rows<{ row: object }>(text, [hidden]);
    console.log([`\n${table}`, ...rows.map(({ row }) => JSON.stringify(row))].join('\n  '));
  }
  return false;
}

/** Lets each pair happen in every order, or in so many; once that was enough, in one. */
async function exploreMany(databaseUrls: string[]): Promise<boolean> {
  const folder = 'test/scenarios/at-once';
  const names = readdirSync(folder)
    .filter((name) => name.includes(values.only ?? ''))
    .values();
  const ordersIn = (explored: Explored[]) => explored.reduce((sum, { orders }) => sum + orders, 0);
  const all: Explored[] = [];
  const next = () => {
    const { value: name } = names.next();
    const ordersMax = ordersIn(all) < Number(values['orders-in-all']) ? Number(values.orders) : 1;
    const extent = { ordersMax, drawn: Number(values.drawn) };
    return name === undefined ? null : { name, text: readFileSync(`${folder}/${name}`, 'utf8'), extent };
  };
  await exploreAll(databaseUrls, next, (explored) => {
    const { name, orders, givenUp, possible, isAll, ends, drawn, problems } = explored;
    all.push(explored);
    console.log(
      [
        `${problems.length === 0 ? 'holds ' : 'WRONG '} ${name}, in ${isAll ? 'all' : 'the first'} ${orders} orders that differ, of ${possible.toPrecision(3)}, with ${ends} ends; ${drawn} drawn (${givenUp} given up)`,
        ...problems,
      ].join('\n  '),
    );
  });
  const wrong = all.filter(({ problems }) => problems.length > 0);
  console.log(
    `${wrong.length} of ${all.length} pairs went wrong, in ${ordersIn(all)} orders; ${all.filter(({ isAll }) => isAll).length} pairs in all orders there are.`,
  );
  return wrong.length === 0;
}

/** Tells histories of one seed after the other, and the first few once more: whoever told them, they must be the same. */
async function tellMany(databaseUrls: string[]): Promise<boolean> {
  const startedMs = performance.now();
  const passed = () => (performance.now() - startedMs) / 1_000;
  const summary = new Summary();
  const again = new Map<string, string>();
  let asked = 0;
  const next = () => {
    const isEnough = asked >= Number(values.histories) || passed() > Number(values.seconds) || (values['until-wrong'] && summary.wrong.length > 0);
    return isEnough ? null : { seed: String(Number(values.from) + asked++) };
  };
  await tellAll(databaseUrls, next, (told) => {
    summary.add(told);
    if (again.size < Number(values.again)) again.set(told.seed, told.hash);
    if (told.problems.length > 0) console.log(wrongIn(told));
    if (summary.count % progressEvery === 0)
      console.log(`${summary.count} told in ${passed().toFixed(0)} s, ${summary.wrong.length} of them went wrong`);
  });
  for (const line of summary.lines(passed())) console.log(line);

  const changed: string[] = [];
  const seeds = [...again.keys()].reverse().values();
  await tellAll(
    databaseUrls,
    () => {
      const { value: seed } = seeds.next();
      return seed === undefined ? null : { seed };
    },
    ({ seed, hash }) => void (again.get(seed) !== hash && changed.push(seed)),
  );
  console.log(
    changed.length === 0
      ? `The same seed tells the same: ${again.size} were told again.`
      : `Told something else the second time: ${changed.join(', ')}.`,
  );
  return summary.wrong.length + summary.unkilled.length + changed.length === 0;
}

function wrongIn({ seed, steps, hash, problems }: Told): string {
  return [`seed ${seed}, step ${steps}, trace ${hash}`, ...problems.slice(0, 5)].join('\n  ');
}
