import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openProvingDatabases } from './ground/proving-databases.js';
import { type Defect, defects } from './planted.js';

const lanesMax = 3; // at once, each with a database of its own

/** What came of looking for one defect. */
interface Hunt {
  defect: Defect;
  /** How many histories it took, 0 where a scenario went wrong; null where nothing did. */
  foundAfter: number | null;
  /** What was wrong, in the words of the history. */
  by: string;
}

/**
 * Plants one defect after the other into a copy of the build, plays the scenarios, and lets histories happen until one goes wrong.
 * Answers whether all were found; says of each by which scenario, or after how many histories, and by what.
 */
export async function plantAll(options: { historiesMax: number; only: string | null }): Promise<boolean> {
  const wanted = defects.filter(({ does, file }) => options.only === null || `${file} ${does}`.includes(options.only));
  const hunts: Hunt[] = [];
  const queue = wanted.values();
  const databases = await openProvingDatabases(lanesMax);
  const lanes = databases.urls.map(async (url) => {
    for (const defect of queue) {
      const found = await plant(defect, url, options.historiesMax);
      hunts.push(found);
      console.log(`${sayOf(found)} ${defect.does} (${defect.file})\n  ${found.by}`);
    }
  });
  await Promise.all(lanes).finally(databases.close);
  const found = hunts.filter(({ foundAfter }) => foundAfter !== null).length;
  console.log(`${found} of ${hunts.length} planted defects were found.`);
  return found === hunts.length;
}

function sayOf({ foundAfter }: Hunt): string {
  if (foundAfter === null) return 'MISSED';
  return foundAfter === 0 ? 'played' : `after ${foundAfter}`;
}

async function plant(defect: Defect, databaseUrl: string, historiesMax: number): Promise<Hunt> {
  const house = mkdtempSync(join(tmpdir(), 'holdfast-planted-'));
  try {
    for (const part of ['dist', 'package.json', 'scenarios', 'test/scenarios']) cpSync(part, join(house, part), { recursive: true });
    symlinkSync(resolve('node_modules'), join(house, 'node_modules'));
    const file = join(house, 'dist', defect.file);
    const [before, after, ...more] = readFileSync(file, 'utf8').split(defect.from);
    if (before === undefined || after === undefined || more.length > 0)
      return { defect, foundAfter: null, by: 'It cannot be planted: its line is not there once.' };
    writeFileSync(file, before + defect.to + after);
    return { defect, ...(await hunt(house, databaseUrl, historiesMax)) };
  } finally {
    rmSync(house, { recursive: true });
  }
}

/** First by the scenarios, which take a second each, then by chance. Found is what a scenario or a history tells; a run that tells nothing is none. */
async function hunt(house: string, databaseUrl: string, historiesMax: number): Promise<Pick<Hunt, 'foundAfter' | 'by'>> {
  const played = await run(house, ['--scenarios', '--database', databaseUrl]);
  if (played.code !== 0 && /^WRONG /m.test(played.told)) return { foundAfter: 0, by: saidAfter(played.told, 'WRONG ') };
  const lived = await run(house, ['--until-wrong', '--histories', String(historiesMax), '--database', databaseUrl]);
  if (/^0 of \d+ went wrong/m.test(lived.told)) return { foundAfter: null, by: 'Nothing went wrong.' };
  const told = /^(\d+) histories/m.exec(lived.told)?.[1];
  if (told === undefined || !/^seed /m.test(lived.told)) return { foundAfter: null, by: `The run broke off: ${lived.told.slice(-200)}` };
  return { foundAfter: Number(told), by: saidAfter(lived.told, 'seed ') };
}

async function run(house: string, options: string[]): Promise<{ code: number | null; told: string }> {
  const child = spawn(process.execPath, ['dist/test/proving/main.js', ...options], { cwd: house, stdio: ['ignore', 'pipe', 'pipe'] });
  const told: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => told.push(chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, told: told.join('') };
}

/** The line that tells what was wrong, and the one after it, which says where. */
function saidAfter(told: string, begins: string): string {
  const lines = told.split('\n');
  const where = lines.findIndex((line) => line.startsWith(begins));
  return `${lines[where]}: ${lines[where + 1]?.trim()}`.slice(0, 240);
}
