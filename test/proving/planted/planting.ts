import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openProvingDatabases } from '../ground/proving-databases.js';
import { defectsAtOnce } from './at-once.js';
import { type Defect, defects, type Edit } from './defects.js';

const lanesMax = 3; // at once, each with a database of its own

/** What came of looking for one defect. */
interface Hunt {
  defect: Defect;
  /** What shows it, as the options of a run; null where nothing does. */
  shownBy: string[] | null;
  /** What was wrong then, in the words of that run. */
  by: string;
}

/** What has shown each defect, by what it does: written here, and read where that alone is looked at again. */
const knownFile = 'test/proving/planted/known.json';
type Known = Record<string, string[]>;

/**
 * Plants one defect after the other into a copy of the build, plays the scenarios, and lets histories happen until one goes wrong; what only two at
 * once can show, by their pair. Where `isKnown`, by what showed it before, and by nothing else. Answers whether all were found; notes by what.
 */
export async function plantAll(options: { historiesMax: number; only: string | null; isKnown: boolean }): Promise<boolean> {
  const wanted = [...defects, ...defectsAtOnce].filter(
    (defect) => options.only === null || options.only.split(',').some((part) => told(defect).includes(part)),
  );
  const known = JSON.parse(readFileSync(knownFile, 'utf8')) as Known;
  const hunts: Hunt[] = [];
  const queue = wanted.values();
  const databases = await openProvingDatabases(Math.min(lanesMax, wanted.length));
  const lanes = databases.urls.map(async (url) => {
    for (const defect of queue) {
      const found = await plant(defect, (house) =>
        options.isKnown ? show(house, url, known[defect.does] ?? []) : hunt(house, url, options.historiesMax, defect),
      );
      hunts.push(found);
      console.log(`${found.shownBy ? `shown by ${found.shownBy.join(' ')}:` : 'MISSED:'} ${told(defect)}\n  ${found.by}`);
    }
  });
  await Promise.all(lanes).finally(databases.close);
  if (!options.isKnown) note(hunts, known);
  const found = hunts.filter(({ shownBy }) => shownBy !== null).length;
  console.log(`${found} of ${hunts.length} planted defects were found.`);
  return found === hunts.length;
}

/** Notes what has shown each defect, in the order of the defects. */
function note(hunts: Hunt[], known: Known): void {
  for (const { defect, shownBy } of hunts) if (shownBy) known[defect.does] = shownBy;
  const all = [...defects, ...defectsAtOnce].flatMap(({ does }) => (known[does] ? [[does, known[does]] as const] : []));
  writeFileSync(
    knownFile,
    `{\n${all.map(([does, shownBy]) => `  ${JSON.stringify(does)}: ${JSON.stringify(shownBy).replaceAll(',', ', ')}`).join(',\n')}\n}\n`,
  );
}

function told({ does, edits, pair }: Defect): string {
  return `${does} (${edits.map(({ file }) => file).join(', ')}${pair === undefined ? '' : `; ${pair}`})`;
}

/** Changes a file of the build; false where it does not have what is to be changed, or has it twice. */
function change(house: string, { file, from, to }: Edit): boolean {
  const path = join(house, 'dist', file);
  const [before, after, ...more] = flush(readFileSync(path, 'utf8')).split(flush(from));
  if (before === undefined || after === undefined || more.length > 0) return false;
  writeFileSync(path, before + to + after);
  return true;
}

/** Without indentation: a line may move into another block. */
function flush(text: string): string {
  return text.replaceAll(/\n +/g, '\n');
}

type Found = Omit<Hunt, 'defect'>;

async function plant(defect: Defect, look: (house: string) => Promise<Found>): Promise<Hunt> {
  const house = mkdtempSync(join(tmpdir(), 'holdfast-planted-'));
  try {
    for (const part of ['dist', 'package.json', 'scenarios', 'test/scenarios']) cpSync(part, join(house, part), { recursive: true });
    symlinkSync(resolve('node_modules'), join(house, 'node_modules'));
    const isPlanted = defect.edits.every((edit) => change(house, edit));
    return { defect, ...(isPlanted ? await look(house) : { shownBy: null, by: 'It cannot be planted: its line is not there once.' }) };
  } finally {
    rmSync(house, { recursive: true });
  }
}

/** First by the scenarios, which take a second each, then by chance. Found is what a run tells; one that tells nothing finds none. */
async function hunt(house: string, databaseUrl: string, historiesMax: number, { pair }: Defect): Promise<Found> {
  if (pair !== undefined) return show(house, databaseUrl, ['--pairs', '--only', pair]);
  const scenarios = await run(house, ['--scenarios', '--until-wrong', '--database', databaseUrl]);
  const name = /^WRONG\s+(\S+)/m.exec(scenarios)?.[1];
  if (name !== undefined) return { shownBy: ['--scenarios', '--only', name], by: saidIn(scenarios) };
  const lived = await run(house, ['--until-wrong', '--histories', String(historiesMax), '--workers', '1', '--database', databaseUrl]);
  const seed = /^seed (\d+)/m.exec(lived)?.[1];
  return seed === undefined ? { shownBy: null, by: lived.slice(-200) } : show(house, databaseUrl, ['--seed', seed]);
}

async function show(house: string, databaseUrl: string, options: string[]): Promise<Found> {
  if (options.length === 0) return { shownBy: null, by: 'Nothing is known to show it.' };
  const said = await run(house, [...options, '--database', databaseUrl]);
  return wrong.test(said) ? { shownBy: options, by: saidIn(said) } : { shownBy: null, by: said.slice(-200) };
}

const wrong = /^WRONG |PROBLEM: /m;

async function run(house: string, options: string[]): Promise<string> {
  const child = spawn(process.execPath, ['dist/test/proving/main.js', ...options], { cwd: house, stdio: ['ignore', 'pipe', 'pipe'] });
  const told: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => told.push(chunk.toString()));
  await once(child, 'close');
  return told.join('');
}

/** The first line that tells what was wrong, and the one after it, which may say where. */
function saidIn(told: string): string {
  const lines = told.split('\n');
  const where = lines.findIndex((line) => wrong.test(line));
  return `${lines[where]?.trim()} ${lines[where + 1]?.trim() ?? ''}`.slice(0, 240);
}
