import { dirname, join, normalize } from 'node:path';
import type { Source } from './sources.js';

/** What breaks a rule, in words; empty where it holds. */
export type Rule = (sources: Source[]) => string[];

const floors = [
  'base',
  'db',
  'stripe',
  'access',
  'ledger',
  'operations',
  'accounts',
  'offerings',
  'settlements',
  'payments',
  'disputes',
  'reconciliation',
  'events',
  'explorer',
  'attention',
  'demo',
  'scenarios',
];
const top = floors.length;
const entries = ['entities', 'theatre', 'app', 'commands', 'main'];

/** The floor of a folder; the rooms on one floor above all features do not import each other. */
function floorOf(room: string): number {
  if (['jobs', 'http', 'schema'].includes(room)) return top;
  if (entries.includes(room)) return top + 1 + entries.indexOf(room);
  return floors.indexOf(room);
}

/** The room a file is in: its folder below src, `schema`, or for files of src itself their own name. */
export function roomOf(path: string): string {
  const [first = '', second = ''] = path.split('/');
  return first === 'src' ? second.replace(/\.(tsx?|js)$/, '') : first;
}

function isTest(path: string): boolean {
  return path.startsWith('test/') || /\.test\.tsx?$/.test(path);
}

/** A file imports only from rooms to its left. */
export const floorRule: Rule = (sources) =>
  sources
    .filter(({ path }) => !isTest(path) && (path.startsWith('src/') || path.startsWith('schema/') || path.startsWith('console/')))
    .flatMap(({ path, imports }) =>
      imports.filter((module) => module.startsWith('.')).map((module) => [path, normalize(join(dirname(path), module))] as const),
    )
    .filter(([path, target]) => !mayImport(roomOf(path), roomOf(target)))
    .map(([path, target]) => `${path} imports ${target}`);

function mayImport(from: string, to: string): boolean {
  if (from === to) return true;
  if (from === 'simulator' || from === 'migrations') return from === 'simulator' && to === 'base';
  if (from === 'console') return false;
  if (to === 'simulator') return floorOf(from) > top;
  return floorOf(to) >= 0 && floorOf(to) < floorOf(from);
}

/** Packages and words that live in a few rooms only. */
const confined: { what: RegExp; rooms: string[] }[] = [
  { what: /^stripe($|\/)/, rooms: ['stripe', 'simulator', 'explorer'] },
  { what: /^(@mikro-orm\/|kysely$|pg$)/, rooms: [...floors.slice(1), 'migrations', 'jobs', 'http'] },
  { what: /^(graphql($|\/)|type-graphql|@apollo\/|graphql-jit|dataloader)/, rooms: ['schema', 'console'] },
  { what: /^(fastify|@fastify\/)/, rooms: ['http', 'simulator'] },
  { what: /^react/, rooms: ['http', 'simulator', 'console'] },
  { what: /^node-cron$/, rooms: ['jobs'] },
  { what: /^(nodemailer|otplib)$/, rooms: ['access'] },
];

/** A confined package is imported only in its rooms. */
export const packageRule: Rule = (sources) =>
  sources
    .filter(({ path }) => !isTest(path))
    .flatMap(({ path, imports }) =>
      imports
        .filter((module) => confined.some(({ what, rooms }) => what.test(module) && !rooms.includes(roomOf(path))))
        .map((module) => `${path} imports ${module}`),
    );

/** What is said in one file, or in one folder, alone. */
const confinedWords: { what: RegExp; file: string; says: string }[] = [
  { what: /\bprocess\.env\b/, file: 'src/base/config.ts', says: 'reads the environment' },
  { what: /\bnew Date\(|\bDate\.now\(/, file: 'src/base/clock.ts', says: 'asks the time by itself' },
  { what: /\bentering(<[^(]*>)?\(work,/, file: 'src/access/', says: 'finds out whose something is' },
  {
    what: /\bMath\.(round|floor|ceil|trunc)\([^)]*(Minor|Bps|amount)\b|\b\w*(Minor|Bps)\s*\/(?![/*])/,
    file: 'src/base/money.ts',
    says: 'divides or rounds an amount',
  },
];

/** The environment, the time and the rounding of amounts are asked of one file each. */
export const wordRule: Rule = (sources) =>
  sources
    .filter(({ path }) => path.startsWith('src/') && !isTest(path))
    .flatMap(({ path, text }) => {
      const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
      return confinedWords.filter(({ what, file }) => !path.startsWith(file) && what.test(code)).map(({ says }) => `${path} ${says}`);
    });

/**
 * Claims of so many rows stand in a WITH of their own. As a subquery of the UPDATE, PostgreSQL may run them once for each row, and claim them all.
 * Source: postgresql.org/docs/current/queries-with.html, on what is evaluated once
 */
export const claimRule: Rule = (sources) =>
  sources
    .filter(({ path, text }) => path.startsWith('src/') && !isTest(path) && /\.skipLocked\(\)/.test(text))
    .filter(({ text }) =>
      [...text.matchAll(/\.skipLocked\(\)/g)].some(({ index }) => !/\.with\('\w+', \(query\) =>[^;]*$/.test(text.slice(0, index))),
    )
    .map(({ path }) => `${path} claims in a subquery`);

const linesMax = 400;
const functionLinesMax = 60;

/** Files and functions that a reader can see as a whole, named as the house names them. */
export const tidyRule: Rule = (sources) => sources.flatMap((file) => [...tooLong(file), ...badName(file)]);

function tooLong({ path, text }: Source): string[] {
  const lines = text.split('\n');
  const said = lines.length > linesMax ? [`${path} has ${lines.length} lines`] : [];
  if (isTest(path)) return said;
  lines.forEach((line, start) => {
    const [, indent, name] = /^( *)(?:export )?(?:default )?(?:async )?function (\w+)/.exec(line) ?? [];
    if (name === undefined) return;
    const length = lines.slice(start).indexOf(`${indent}}`);
    if (length > functionLinesMax && !/\.tsx$/.test(path)) said.push(`${path}: ${name} has ${length} lines`);
  });
  return said;
}

function badName({ path }: Source): string[] {
  const name = path.split('/').at(-1) as string;
  if (/^(utils?|helpers?|common|manager|index)\.tsx?$/.test(name) && path !== 'schema/common.ts') return [`${path} is named for nothing`];
  if (!path.startsWith('migrations/') && !/^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.d)?\.tsx?$/.test(name)) return [`${path} is not in kebab-case`];
  return [];
}

/** What is left undone, switched off, or tells of other things than the project. */
export const wordsRule: Rule = (sources) =>
  sources
    .filter(({ path }) => !path.startsWith('test/rules/'))
    .flatMap(({ path, text }) => [...text.matchAll(forbidden)].map(([found]) => `${path} says ${found}`));

const forbidden =
  /\b(TODO|FIXME|HACK|not implemented)\b|\b(it|test|describe)\.(skip|only|todo)\b|@ts-(ignore|nocheck|expect-error)|biome-ignore|\bas any\b|\/work\/(main|wt|shared)|registry\.npmjs|npm\.pkg/g;
