import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Defect, defects } from './planted.js';

/** What came of looking for one defect. */
interface Hunt {
  defect: Defect;
  /** How many histories it took; null where none went wrong. */
  foundAfter: number | null;
  /** What was wrong, in the words of the history. */
  by: string;
}

/**
 * Plants one defect after the other into a copy of the build and lets histories happen until one goes wrong. Answers whether all were found;
 * says of each after how many histories, and by what.
 */
export async function plantAll(options: { historiesMax: number; only: string | null }): Promise<boolean> {
  const wanted = defects.filter(({ does, file }) => options.only === null || `${file} ${does}`.includes(options.only));
  const hunts: Hunt[] = [];
  for (const defect of wanted) {
    const hunt = await plant(defect, options.historiesMax);
    hunts.push(hunt);
    console.log(
      `${hunt.foundAfter === null ? 'MISSED  ' : `after ${hunt.foundAfter}`.padEnd(9)} ${defect.does} (${defect.file})\n          ${hunt.by}`,
    );
  }
  const found = hunts.filter(({ foundAfter }) => foundAfter !== null).length;
  console.log(`${found} of ${hunts.length} planted defects were found.`);
  return found === hunts.length;
}

async function plant(defect: Defect, historiesMax: number): Promise<Hunt> {
  const house = mkdtempSync(join(tmpdir(), 'holdfast-planted-'));
  try {
    for (const part of ['dist', 'package.json']) cpSync(part, join(house, part), { recursive: true });
    symlinkSync(resolve('node_modules'), join(house, 'node_modules'));
    const file = join(house, 'dist', defect.file);
    const [before, after, ...more] = readFileSync(file, 'utf8').split(defect.from);
    if (before === undefined || after === undefined || more.length > 0)
      return { defect, foundAfter: null, by: 'It cannot be planted: its line is not there once.' };
    writeFileSync(file, before + defect.to + after);
    return { defect, ...(await hunt(house, historiesMax)) };
  } finally {
    rmSync(house, { recursive: true });
  }
}

/** Also a house that falls over is found out. */
async function hunt(house: string, historiesMax: number): Promise<Pick<Hunt, 'foundAfter' | 'by'>> {
  const asked = ['dist/test/proving/main.js', '--until-wrong', '--histories', String(historiesMax)];
  const child = spawn(process.execPath, asked, { cwd: house, stdio: ['ignore', 'pipe', 'pipe'] });
  const told: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => told.push(chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  const lines = told.join('').split('\n');
  if (code === 0) return { foundAfter: null, by: 'Nothing went wrong.' };
  const problem = lines.findIndex((line) => line.startsWith('seed '));
  const count = Number(/^(\d+) histories/m.exec(told.join(''))?.[1] ?? 1);
  return {
    foundAfter: count,
    by: (problem === -1 ? (lines.find((line) => /error/i.test(line)) ?? '') : (lines[problem + 1] ?? '')).trim().slice(0, 200),
  };
}
