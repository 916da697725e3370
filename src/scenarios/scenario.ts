import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** A story of one seller in lines of plain words, each of which `sentences.ts` knows. */
export interface Scenario {
  name: string;
  /** What it shows: its first remark. */
  about: string;
  lines: string[];
  /** Those that happen at once after them, where it says so. */
  atOnce: string[];
  /** What is done after those, where it says so. */
  afterwards: string[];
  /** The one that it is to be looked at beside; null for none. */
  beside: string | null;
}

const folder = resolve(import.meta.dirname, '../../../scenarios');
const suffix = '.txt';

/** The names of all scenarios there are, in order. */
export function scenarioNames(): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(suffix))
    .map((name) => name.slice(0, -suffix.length))
    .sort();
}

/** The scenario of a name; null where there is none. */
export function findScenario(name: string): Scenario | null {
  return scenarioNames().includes(name) ? readScenario(name, readFileSync(join(folder, name + suffix), 'utf8')) : null;
}

/** Reads a scenario: a sentence a line, remarks after `#`, `beside:` and another's name, and `at once:` and `afterwards:` before what happens so. */
export function readScenario(name: string, text: string): Scenario {
  const all = text.split('\n').map((line) => line.trim());
  const said = all.filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('beside:'));
  const from = (mark: string): number => (said.includes(mark) ? said.indexOf(mark) : said.length);
  const [atOnce, afterwards] = [from('at once:'), from('afterwards:')];
  return {
    name,
    about:
      all
        .find((line) => line.startsWith('#'))
        ?.slice(1)
        .trim() ?? name,
    lines: said.slice(0, atOnce),
    atOnce: said.slice(atOnce + 1, afterwards),
    afterwards: said.slice(afterwards + 1),
    beside:
      all
        .find((line) => line.startsWith('beside:'))
        ?.slice('beside:'.length)
        .trim() ?? null,
  };
}
