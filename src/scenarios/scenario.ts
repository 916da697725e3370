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

/** Reads a scenario: a sentence a line, remarks after `#`, `beside:` and another's name, and `at once:` before those that happen at once. */
export function readScenario(name: string, text: string): Scenario {
  const all = text.split('\n').map((line) => line.trim());
  const said = all.filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('beside:'));
  const where = said.indexOf('at once:');
  return {
    name,
    about:
      all
        .find((line) => line.startsWith('#'))
        ?.slice(1)
        .trim() ?? name,
    lines: where === -1 ? said : said.slice(0, where),
    atOnce: where === -1 ? [] : said.slice(where + 1),
    beside:
      all
        .find((line) => line.startsWith('beside:'))
        ?.slice('beside:'.length)
        .trim() ?? null,
  };
}
