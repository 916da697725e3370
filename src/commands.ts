import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type App, auditBooks, openApp, openSimulator, webhooksTo, withSimulator } from './app.js';
import { systemClock } from './base/clock.js';
import { type Config, ConfigError, demoAdministrator, readConfig } from './base/config.js';
import { Refusal } from './base/errors.js';
import { openLog } from './base/log.js';
import { startEmbeddedPostgres } from './db/embedded.js';
import { UnsafeDatabase } from './db/guard.js';
import { migrateUp } from './db/migrate.js';
import { openCopy } from './db/scratch.js';
import { findDemoSeller } from './demo/introducing.js';
import type { DemoSize, Played } from './demo/playing.js';
import { explore } from './explorer/exploring.js';
import { type SettlementProof, verifyProof } from './reconciliation/proof.js';
import { scenariosOf, tellAll } from './scenarios/telling.js';
import { type Simulator, startSimulator } from './simulator/server.js';
import { openTheatre } from './theatre.js';

const commands: Record<string, () => Promise<void>> = {
  start: () => start(null),
  demo: () => start(largeDemo),
  serve: () => runProcess(true),
  work: () => runProcess(false),
  simulate,
  explore: exploreStripe,
  play,
  migrate,
  schema,
  audit,
  'verify-proof': verifyProofFile,
};
export const commandNames = Object.keys(commands);

/** Runs one command of the command line; answers the exit code. */
export async function runCommand(name: string): Promise<number> {
  const command = commands[name];
  if (!command) {
    console.error(`There is no command ${JSON.stringify(name)}; there are ${Object.keys(commands).join(', ')}.`);
    return 2;
  }
  try {
    await command();
    return 0;
  } catch (error) {
    if (
      error instanceof ConfigError ||
      error instanceof UnsafeDatabase ||
      error instanceof BooksBroken ||
      error instanceof Unproven ||
      error instanceof Unexpected
    )
      console.error(error.message);
    else if (error instanceof Refusal) console.error([error.message, error.remedy].filter((text) => text !== null).join(' '));
    else if (isPortTaken(error)) console.error(`Port ${error.port} is taken. Set PORT or SIMULATOR_PORT to another.`);
    else console.error(error);
    return 1;
  }
}

function isPortTaken(error: unknown): error is { port: number } {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE' && 'port' in error;
}

const usualDemo: DemoSize = { casts: 1, isWhole: true };
const largeDemo: DemoSize = { casts: 5, isWhole: true };

/** Everything in one process: database, simulator where no key is given, API, pages and worker. In an empty one, the demo is played as large as is asked, or where settings say so. */
async function start(size: DemoSize | null): Promise<void> {
  const startedMs = performance.now();
  const config = readConfig();
  let isPlaying = false;
  const log = openLog(
    config.logLevel === 'info' ? 'warn' : config.logLevel,
    withoutWarnings(() => isPlaying),
  );
  const embedded = config.databaseUrl ? null : await startEmbeddedPostgres({ dataDir: config.dataDir, durable: true });
  const databaseUrl = config.databaseUrl?.reveal() ?? (embedded?.url as string);
  let app: App;
  try {
    await migrateUp(databaseUrl);
    app = await openApp({
      config,
      databaseUrl,
      clock: systemClock,
      log,
      serves: true,
      works: true,
      simulates: config.stripe.mode === 'simulator',
      durable: true,
      demo: size ?? (config.demoData ? usualDemo : null),
    });
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
  console.log(banner(config, app, startedMs, embedded?.folder ?? null, await demoLines(app)));
  isPlaying = app.demo !== null;
  void app.demo?.done.then(async (played) => {
    isPlaying = false;
    if (played) await tellOfDemo(app, played);
  });
  await untilStopped();
  await app.close();
  await embedded?.stop();
}

function banner(config: Config, app: App, startedMs: number, databaseFolder: string | null, demo: string[]): string {
  const simulated = config.stripe.mode === 'simulator';
  const lines = [
    `ready in ${((performance.now() - startedMs) / 1_000).toFixed(1)} s · ${simulated ? 'demo (simulated Stripe, no keys)' : `Stripe ${config.stripe.mode} mode`}`,
    `  Sell       ${app.url}/sign-up`,
    `  Dashboard  ${app.url}/connect`,
    `  GraphQL    ${app.url}/graphql`,
    ...(app.simulator ? [`  Stripe     ${app.simulator.url.replace('127.0.0.1', 'localhost')} (simulated)`] : []),
    ...(simulated && config.administrator?.email === demoAdministrator.email
      ? [`  Staff      ${demoAdministrator.email} / ${demoAdministrator.password}`]
      : []),
    ...demo,
    `  Data       ${dataFolders(config.dataDir, databaseFolder)} (delete to start again)`,
  ];
  return lines.join('\n');
}

/** Writes the log, but no warnings while a demo is being played: what Stripe refuses in it, and what waits for it, is meant so. Letters are written always. */
function withoutWarnings(isPlaying: () => boolean): { write(line: string): void } {
  return {
    write(line) {
      if (!isPlaying() || !line.startsWith('{"level":40,') || line.includes('"subject":')) process.stdout.write(line);
    },
  };
}

/** That a demo is being played, or how to look at one that was. */
async function demoLines(app: App): Promise<string[]> {
  if (app.demo) return ['  Demo       half a year of a marketplace is being played; until that is told complete here, it is an earlier day'];
  const seller = await findDemoSeller(app.openWork());
  return seller ? [`  Seller     ${seller.email} / ${seller.password}`, `  Pay page   ${app.url}${seller.payPath}`] : [];
}

/** Says when the demo is complete, and whom to be in it. */
async function tellOfDemo(app: App, { sellerCount, paymentCount }: Played): Promise<void> {
  console.log(`The demo is complete: ${sellerCount} sellers, ${paymentCount} purchases. It is today again.`);
  for (const line of await demoLines({ ...app, demo: null })) console.log(line);
}

/** Where everything is: the data folder, and the database's own where its user cannot reach that. */
function dataFolders(dataDir: string, databaseFolder: string | null): string {
  if (databaseFolder === null || databaseFolder.startsWith(resolve(dataDir))) return dataDir;
  return `${dataDir} and ${databaseFolder}`;
}

/** One process of many: it answers requests, or works on time. */
async function runProcess(serves: boolean): Promise<void> {
  const config = readConfig();
  if (!config.databaseUrl) throw new ConfigError(['DATABASE_URL is missing; processes that share the work share a database.']);
  const app = await openApp({
    config,
    databaseUrl: config.databaseUrl.reveal(),
    clock: systemClock,
    log: openLog(config.logLevel),
    serves,
    works: !serves,
    simulates: false,
    durable: true,
  });
  console.log(serves ? `serving at ${app.url}` : 'working');
  await untilStopped();
  await app.close();
}

/** The simulated Stripe alone, for processes that share it. */
async function simulate(): Promise<void> {
  const config = readConfig();
  const simulator = await openSimulator(config, systemClock, openLog(config.logLevel), { durable: true, host: config.host });
  simulator.deliverTo(webhooksTo(config.publicUrl, withSimulator(config, simulator)));
  console.log(`simulating Stripe on port ${simulator.port}`);
  await untilStopped();
  await simulator.close();
}

/** Stripe's API step by step, against a simulator of its own that is forgotten afterwards, unless a test key or an address is given. */
async function exploreStripe(): Promise<void> {
  let simulator: Simulator | null = null;
  const simulate = async () => {
    simulator = await startSimulator({ port: 0, clock: systemClock, log: openLog('silent'), journalFile: null, world: 'explorer' });
    return simulator;
  };
  try {
    const { unexpected } = await explore(process.argv.slice(3), console.log, simulate);
    if (unexpected.length > 0) throw new Unexpected(unexpected);
  } finally {
    await (simulator as Simulator | null)?.close();
  }
}

/** Scenarios told line by line, each in a marketplace of its own: those named, files of one's own, or all there are. Fails where one goes wrong. */
async function play(): Promise<void> {
  const scenarios = scenariosOf(process.argv.slice(3));
  const config = readConfig();
  const dataDir = mkdtempSync(join(tmpdir(), 'holdfast-play-'));
  const embedded = await startEmbeddedPostgres({ dataDir, durable: false });
  try {
    await migrateUp(embedded.url);
    const open = async () => openTheatre({ database: await openCopy(embedded.url), config, clock: systemClock });
    const wrong = await tellAll(scenarios, open, console.log);
    if (wrong.length > 0) throw new Unexpected(wrong);
    console.log(`\n${scenarios.length} played, none went wrong.`);
  } finally {
    await embedded.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

class Unexpected extends Error {
  constructor(steps: string[]) {
    super(`Went another way than it is meant to: ${steps.join(', ')}.`);
  }
}

async function migrate(): Promise<void> {
  const config = readConfig();
  const embedded = config.databaseUrl ? null : await startEmbeddedPostgres({ dataDir: config.dataDir, durable: true });
  try {
    const applied = await migrateUp(config.databaseUrl?.reveal() ?? (embedded?.url as string));
    console.log(applied.length === 0 ? 'The database is up to date.' : `Applied ${applied.join(', ')}.`);
  } finally {
    await embedded?.stop();
  }
}

/** Whether the books are right: each promise with what breaks it, and the chains over what never changes. Fails where one is broken. */
async function audit(): Promise<void> {
  const config = readConfig();
  const embedded = config.databaseUrl ? null : await startEmbeddedPostgres({ dataDir: config.dataDir, durable: true });
  try {
    const databaseUrl = config.databaseUrl?.reveal() ?? (embedded?.url as string);
    const { money, chains } = await auditBooks(config, databaseUrl);
    const { checks, halt } = money;
    for (const { name, ok, promise, offenders } of checks) {
      console.log(`${ok ? 'holds ' : 'BROKEN'}  ${promise}`);
      for (const { id, detail } of offenders) console.log(`        ${name} ${id}: ${detail}`);
    }
    if (halt) console.log(`Outgoing money is halted since ${halt.raisedAt.toISOString()}: ${halt.reason}, ${halt.detail}`);
    for (const { name, count, hash, broken } of chains) {
      console.log(
        broken
          ? `BROKEN  The ${name} chain does not hold: its link ${broken.number}, ${broken.rowId}, is not what it was.`
          : `holds   The ${name} chain holds through ${count} links to its head ${hash}.`,
      );
    }
    if (checks.some(({ ok }) => !ok) || chains.some(({ broken }) => broken)) throw new BooksBroken();
  } finally {
    await embedded?.stop();
  }
}

/** Checks a settlement's proof from its file alone: no database, no server, no network. */
async function verifyProofFile(): Promise<void> {
  const file = process.argv[3];
  if (!file) throw new Unproven(['Name the file: npm run verify-proof -- proof.json']);
  const problems = verifyProof(proofIn(file));
  if (problems.length > 0) throw new Unproven(problems);
  console.log('The proof holds.');
}

function proofIn(file: string): SettlementProof {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as SettlementProof;
  } catch (error) {
    throw new Unproven([`${file} cannot be read as a proof: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

class Unproven extends Error {
  constructor(problems: string[]) {
    super(problems.join('\n'));
  }
}

class BooksBroken extends Error {
  override message = 'The books are broken.';
}

async function schema(): Promise<void> {
  const { printedSchema } = await import('../schema/print.js');
  const file = 'schema/schema.graphql';
  if (!process.argv.includes('--check')) writeFileSync(file, printedSchema());
  else if (readFileSync(file, 'utf8') !== printedSchema()) throw new Error(`${file} is not what the code says. Run: npm run schema`);
}

/** Until somebody asks the process to stop; a second signal ends it at once. */
export function untilStopped(): Promise<void> {
  return new Promise((stop) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        stop();
        process.once(signal, () => process.exit(1));
      });
    }
  });
}
