import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { buildSchema, isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql';
import { claimRule, floorRule, packageRule, type Rule, tidyRule, wordRule, wordsRule } from './rules.js';
import { allSources, importsOf, source, trackedFiles } from './sources.js';

const long = (lines: number) => `export function long() {\n${'  void 0;\n'.repeat(lines)}}\n`;

/** Each rule with samples that break it: a rule that cannot fail would be no rule. */
const rules: [string, Rule, [path: string, text: string][]][] = [
  [
    'imports only from rooms to its left',
    floorRule,
    [
      ['src/base/money.ts', "import { atomically } from '../db/work.js';"],
      ['src/accounts/account.ts', "import type { PaymentRow } from '../payments/payment.js';"],
      ['src/http/server.ts', "import { schedule } from '../jobs/schedule.js';"],
      ['schema/account.ts', "import { x } from '../src/http/door.js';"],
      ['src/simulator/server.ts', "export { x } from '../stripe/client.js';"],
      ['src/payments/checkout.ts', "const x = await import('../simulator/server.js');"],
      ['console/ide/ide.tsx', "import { x } from '../../src/base/money.js';"],
    ],
  ],
  [
    'keeps packages to their rooms',
    packageRule,
    [
      ['src/payments/checkout.ts', "import Stripe from 'stripe';"],
      ['src/http/server.ts', "import { Field } from 'type-graphql';"],
      ['src/base/config.ts', "import pg from 'pg';"],
      ['src/events/intake.ts', "import fastify from 'fastify';"],
      ['src/payments/checkout.ts', "import cron from 'node-cron';"],
    ],
  ],
  [
    'asks the environment, the time, the rounding and what is another tenant’s of one file each',
    wordRule,
    [
      ['src/http/server.ts', "const port = process.env['PORT'];"],
      ['src/payments/checkout.ts', 'const now = new Date();'],
      ['src/payments/checkout.ts', 'const now = Date.now();'],
      ['src/payments/checkout.ts', 'const { tenants } = await entering(work, name, [accountId]);'],
      ['src/payments/commission.ts', 'const fee = Math.round(subtotalMinor * 0.08);'],
      ['src/payments/commission.ts', 'const half = totalMinor / 2;'],
    ],
  ],
  [
    'claims so many rows and no more',
    claimRule,
    [['src/events/apply.ts', "tx.sql.updateTable('x').where('id', 'in', (query) => query.selectFrom('x').limit(1).forUpdate().skipLocked());"]],
  ],
  [
    'keeps files and functions to what a reader can see as a whole',
    tidyRule,
    [
      ['src/base/long.ts', '\n'.repeat(401)],
      ['src/base/long.ts', long(61)],
      ['src/base/utils.ts', ''],
      ['src/base/CamelCase.ts', ''],
    ],
  ],
  [
    'leaves nothing undone or switched off',
    wordsRule,
    [
      ['src/base/x.ts', '// TODO later'],
      ['src/base/x.test.ts', "it.skip('x', () => undefined);"],
      ['src/base/x.ts', 'const x = y as any;'],
    ],
  ],
];

describe('every file of the house', () => {
  const sources = allSources();

  it.each(rules)('%s', (_, rule) => {
    expect(sources.length).toBeGreaterThan(100);
    expect(rule(sources)).toEqual([]);
  });

  it.each(rules)('%s, and is reported where it does not', (_, rule, broken) => {
    for (const [path, text] of broken) expect([path, text, rule([source(path, text)])]).toEqual([path, text, [expect.any(String)]]);
  });

  it('is read with all its imports', () => {
    const text =
      "import a from 'a';\nimport {\n  b,\n} from 'b';\nimport type { C } from 'c';\nexport * from 'd';\nimport 'e';\nconst f = await import('f');\n// import g from 'g';\n";
    expect(importsOf(text)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });
});

describe('the project', () => {
  it('locks every optional package of its dependencies, and names no address to fetch them from', () => {
    const lock = readFileSync('package-lock.json', 'utf8');
    expect(lock).not.toMatch(/"resolved": *"http/);
    const { packages } = JSON.parse(lock) as { packages: Record<string, { optionalDependencies?: Record<string, string> }> };
    const missing = Object.entries(packages).flatMap(([at, { optionalDependencies }]) =>
      Object.keys(optionalDependencies ?? {}).filter((name) => !isLocked(packages, at, name)),
    );
    expect(missing).toEqual([]);
  });

  it('pins every direct dependency exactly', () => {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
      string,
      Record<string, string>
    >;
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies }))
      expect([name, version]).toEqual([name, expect.stringMatching(/^\d+\.\d+\.\d+(-[\w.]+)?$/)]);
  });

  it('names every package that runs among what is installed where it runs', () => {
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> };
    const running = allSources().filter(({ path }) => /^(src|schema|migrations)\//.test(path) && !/\.test\.tsx?$/.test(path));
    const packages = running.flatMap(({ imports }) => imports.filter((module) => !/^(\.|node:)/.test(module)));
    const names = [
      ...new Set(
        packages.map((module) =>
          module
            .split('/')
            .slice(0, module.startsWith('@') ? 2 : 1)
            .join('/'),
        ),
      ),
    ];
    expect(names).toContain('react-dom');
    expect(names.filter((name) => !Object.hasOwn(dependencies, name))).toEqual([]);
  });

  it('describes every type, field, argument and value of its API', () => {
    const schema = buildSchema(readFileSync('schema/schema.graphql', 'utf8'));
    const silent: string[] = [];
    const told = (name: string, thing: { description?: string | null | undefined }) => thing.description || silent.push(name);
    for (const type of Object.values(schema.getTypeMap()).filter(
      ({ name }) => !name.startsWith('__') && !['String', 'Int', 'Boolean', 'ID', 'Float'].includes(name),
    ))
      told(type.name, type);
    for (const type of Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'))) {
      if (isEnumType(type)) for (const value of type.getValues()) told(`${type.name}.${value.name}`, value);
      if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) told(`${type.name}.${field.name}`, field);
      if (!isObjectType(type) && !isInterfaceType(type)) continue;
      for (const field of Object.values(type.getFields())) {
        told(`${type.name}.${field.name}`, field);
        for (const argument of field.args) told(`${type.name}.${field.name}(${argument.name})`, argument);
      }
    }
    expect(silent).toEqual([]);
  });

  it('tells the same settings in its README as the code reads', async () => {
    const { settingsTable } = await import('../../src/base/settings.js');
    expect(readFileSync('README.md', 'utf8')).toContain(settingsTable());
  });

  it('keeps nothing large or made by a build under version control', () => {
    expect(trackedFiles().filter((path) => /^(dist|node_modules|\.data|console\/generated)\//.test(path))).toEqual([]);
    const images = trackedFiles().filter((path) => /\.(png|webp|jpe?g)$/.test(path));
    expect(images.length).toBeGreaterThan(5);
    expect(images.filter((path) => statSync(path).size > 150_000)).toEqual([]);
    expect(execFileSync('git', ['ls-files', '-s', 'package-lock.json'], { encoding: 'utf8' })).toContain('package-lock.json');
  });
});

function isLocked(packages: Record<string, unknown>, at: string, name: string): boolean {
  for (let folder = at; ; folder = folder.includes('/node_modules/') ? folder.slice(0, folder.lastIndexOf('/node_modules/')) : '') {
    if (`${folder ? `${folder}/` : ''}node_modules/${name}` in packages) return true;
    if (folder === '') return false;
  }
}
