import { readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openProvingDatabase } from './ground/proving-database.js';
import { type Told, tell } from './history.js';
import { type House, openHouse } from './house.js';
import { plantAll } from './planting.js';
import { play } from './scenario.js';

const { values } = parseArgs({
  options: {
    /** One history, with all that happens in it. */
    seed: { type: 'string' },
    /** So many, of the seeds from `from` on; no more than fit into `seconds`. */
    histories: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seconds: { type: 'string', default: 'Infinity' },
    'until-wrong': { type: 'boolean', default: false },
    /** Not histories of the house as it is, but of one with each known defect in turn, which must go wrong. */
    planted: { type: 'boolean', default: false },
    only: { type: 'string' },
    /** One that is there, instead of one of its own. */
    database: { type: 'string' },
    /** The scenarios of test/scenarios instead. */
    scenarios: { type: 'boolean', default: false },
  },
});

/** What is told of a history that went wrong, beside its trace. */
const shown = ['payment', 'settlement', 'dispute', 'transfer_reversal', 'seller_debt', 'refund', 'operation'];
const hidden = ['tenant_id', 'created_at', 'email', 'currency'];

if (!(await (values.planted ? plantAll({ historiesMax: Number(values.histories), only: values.only ?? null }) : prove()))) process.exitCode = 1;

async function prove(): Promise<boolean> {
  const database = values.database ? { url: values.database, close: async () => undefined } : await openProvingDatabase();
  const house = await openHouse(database.url);
  try {
    if (values.scenarios) return await playAll(house);
    return values.seed === undefined ? await tellMany(house) : await replay(house, values.seed);
  } finally {
    await house.close();
    await database.close();
  }
}

async function playAll(house: House): Promise<boolean> {
  const folder = 'test/scenarios';
  const names = readdirSync(folder).filter((name) => name.includes(values.only ?? ''));
  let wrongCount = 0;
  for (const name of names) {
    const wrong = await play(house, name, readFileSync(`${folder}/${name}`, 'utf8'));
    if (wrong.length > 0) wrongCount++;
    console.log([`${wrong.length === 0 ? 'holds ' : 'WRONG '} ${name}`, ...wrong].join('\n  '));
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

async function tellMany(built: House): Promise<boolean> {
  const startedMs = performance.now();
  const passed = () => (performance.now() - startedMs) / 1_000;
  const all: Told[] = [];
  const isEnough = () => values['until-wrong'] && all.some(({ problems }) => problems.length > 0);
  while (all.length < Number(values.histories) && passed() < Number(values.seconds) && !isEnough()) {
    const told = await tell(built, String(Number(values.from) + all.length));
    all.push(told);
    if (told.problems.length > 0)
      console.log([`seed ${told.seed}, step ${told.steps}, trace ${told.hash}`, ...told.problems.slice(0, 5)].join('\n  '));
  }
  const [first] = all;
  const isSame = first === undefined || (await tell(built, first.seed)).hash === first.hash;
  console.log(isSame ? 'The same seed tells the same.' : `Seed ${first?.seed} tells something else the second time.`);
  sum(all, passed());
  return isSame && all.every(({ problems }) => problems.length === 0);
}

function sum(all: Told[], seconds: number): void {
  const total = (count: (told: Told) => number) => all.reduce((so, told) => so + count(told), 0);
  const [steps, deaths, faults] = [total((told) => told.steps), total((told) => told.deaths.length), total((told) => told.faults.length)];
  console.log(`${all.length} histories of ${steps} steps, with ${deaths} deaths and ${faults} other faults, in ${seconds.toFixed(0)} s.`);
  const wrong = all.filter(({ problems }) => problems.length > 0).map(({ seed }) => seed);
  const bound = `At 95 % confidence, fewer than ${(300 / all.length).toFixed(2)} % of all histories go wrong.`;
  console.log(`${wrong.length} of ${all.length} went wrong${wrong.length === 0 ? `. ${bound}` : `: ${wrong.join(', ')}`}`);
}
