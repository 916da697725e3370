import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { openGraphql } from '../schema/execute.js';
import { auditChain } from './access/audit/sealing.js';
import { ensureAdministrator } from './access/sessions.js';
import { type Clock, systemClock } from './base/clock.js';
import type { Config } from './base/config.js';
import { armCrashPoint } from './base/crash-points.js';
import { type Log, openLog } from './base/log.js';
import { Secret } from './base/secret.js';
import { type BrokenLink, checkChain } from './db/chain.js';
import { type Database, type DatabaseRole, openDatabase } from './db/database.js';
import { assertSafeDatabase } from './db/guard.js';
import { pendingMigrations } from './db/migrate.js';
import { openScratch } from './db/scratch.js';
import { type Ground, openWork, type Work } from './db/work.js';
import { type DemoSize, type Play, setStage } from './demo/playing.js';
import { DemoBudget, Stage } from './demo/stage.js';
import { entities } from './entities.js';
import { openApplier } from './events/applier.js';
import { openStoring } from './events/intake.js';
import { graphqlRoutes } from './http/graphql.js';
import { startHttp } from './http/server.js';
import { staffRoutes } from './http/staff-routes.js';
import { startJobs } from './jobs/runner.js';
import { bookChain } from './ledger/chain.js';
import { auditMoney, type MoneyAudit } from './reconciliation/audit.js';
import { haltOnUnknownTransfers } from './reconciliation/unknown-transfers.js';
import { type KnownEndpoint, type Simulator, startSimulator } from './simulator/server.js';
import { sharedBudget } from './stripe/budget.js';
import { openStripe, type StripeClient } from './stripe/client.js';
import { openTheatre } from './theatre.js';

export interface AppOptions {
  config: Config;
  databaseUrl: string;
  clock: Clock;
  log: Log;
  /** What this process does: answer requests, work on time, or both. */
  serves: boolean;
  works: boolean;
  /** A Stripe of our own inside this process. */
  simulates: boolean;
  /** False for throw-away test servers alone. */
  durable: boolean;
  /** The demo that is played in an empty database, where there is a simulator. None, where absent. */
  demo?: DemoSize | null;
}

const ideFolder = join(import.meta.dirname, '../ide');
const consoleFolder = join(import.meta.dirname, '../console');

/** The running application: one process of it. */
export interface App {
  /** One unit of work, outside any request. */
  openWork(): Work;
  url: string;
  simulator: Simulator | null;
  /** The demo that is being played; null where there is none to play. */
  demo: Play | null;
  close(): Promise<void>;
}

/** Wires everything, in one place, and starts what this process is for. Throws before anything is answered when the database is unsafe or out of date. */
export async function openApp(options: AppOptions): Promise<App> {
  const opened: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const closeOne of opened.splice(0).reverse()) await closeOne();
  };
  try {
    return { ...(await openParts(options, (closeOne) => opened.push(closeOne))), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Opens the parts in the order they need each other; each says how it is closed, which happens in the opposite order. */
async function openParts(options: AppOptions, whenClosing: (close: () => Promise<void>) => void): Promise<Omit<App, 'close'>> {
  const { log, serves, works } = options;
  let { config } = options;
  armCrashPoint(config.crashAt);
  const database = await openSafeDatabase(options);
  whenClosing(() => database.close());

  const simulator = options.simulates ? await openSimulator(config, options.clock, log, options) : null;
  if (simulator) whenClosing(() => simulator.close());
  const clock = simulator?.clock ?? options.clock; // whoever turns the simulated time turns ours with it
  if (config.stripe.mode === 'simulator') config = withSimulator(config, simulator);
  const shared = sharedBudget(database.pool, config.stripe);
  const budget = simulator && options.demo ? new DemoBudget(shared) : shared;
  const stripe: StripeClient = openStripe({ ...config.stripe, budget });
  const ground = (): Ground => ({ database, clock, wallClock: options.clock, config, log });
  const openScratchTheatre = async () => openTheatre({ database: await openScratch(options.databaseUrl), config, clock: options.clock });
  const reach = { stripe, ...(simulator ? { openTheatre: openScratchTheatre } : {}) };
  const newWork = () => openWork(ground(), reach);
  await ensureAdministrator(newWork());
  const beginDemo = simulator && budget instanceof DemoBudget ? await prepareDemo(options, ground(), simulator, budget) : null;

  const applier = openApplier(newWork);
  whenClosing(() => applier.close());
  if (serves) {
    const openRequest = () => openWork({ ...ground(), readsInTurn: true }, reach);
    const port = await openDoor(options, openRequest, () => applier.wake(), whenClosing);
    if (config.port === 0) config = { ...config, publicUrl: `http://localhost:${port}` };
    simulator?.deliverTo(webhooksTo(`http://127.0.0.1:${port}`, config));
  }
  if (works) {
    await haltOnUnknownTransfers(newWork()); // a restored backup shows before its first settlement could pay twice
    const jobs = startJobs(newWork);
    whenClosing(() => jobs.close());
    applier.wake();
  }
  const demo = beginDemo?.() ?? null;
  if (demo) whenClosing(() => demo.stop());
  return { openWork: newWork, url: config.publicUrl, simulator, demo };
}

/** What begins to play the demo, where there is an empty database and a simulator for it. What Stripe refuses in it is meant so, and not logged. */
async function prepareDemo(
  { databaseUrl, demo: size }: AppOptions,
  ground: Ground,
  simulator: Simulator,
  budget: DemoBudget,
): Promise<() => Play | null> {
  const { config, log } = ground;
  const database = openDatabase({ url: databaseUrl, role: 'holdfast_app', applicationName: 'holdfast demo', entities: [...entities], isHasty: true });
  const stripe = openStripe({ ...config.stripe, budget });
  const quiet = {
    ...ground,
    database,
    config: { ...config, captcha: null, mail: { ...config.mail, smtpUrl: null, printed: false } },
    log: openLog('silent'),
  };
  const stage = new Stage(
    () => openWork(quiet, { stripe }),
    () => simulator.delivered(),
  );
  const over = async () => {
    budget.isPlaying = false;
    await database.close();
  };
  const begin = await setStage(stage, size as DemoSize);
  if (!begin) await over();
  return () => {
    const play = begin?.() ?? null;
    if (!play) return null;
    const done = play.done.catch((error: unknown) => {
      log.error({ err: error }, 'the demo was not played to its end');
      return null;
    });
    const closed = done.finally(over);
    return { done: closed, stop: () => play.stop().then(async () => void (await closed)) };
  };
}

async function openSafeDatabase({ databaseUrl, serves, durable }: Pick<AppOptions, 'databaseUrl' | 'serves' | 'durable'>): Promise<Database> {
  const pending = await pendingMigrations(databaseUrl);
  if (pending.length > 0) throw new Error(`The database lacks ${pending.length} migrations (${pending[0]} first). Run: npm run migrate`);
  const role: DatabaseRole = serves ? 'holdfast_app' : 'holdfast_worker';
  const database = openDatabase({ url: databaseUrl, role, applicationName: `holdfast ${serves ? 'serve' : 'work'}`, entities: [...entities] });
  try {
    await assertSafeDatabase(database.pool, durable);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** The HTTP server with the API in it; answers its port. */
async function openDoor(
  options: AppOptions,
  openRequest: () => Work,
  wakeApplier: () => void,
  whenClosing: (close: () => Promise<void>) => void,
): Promise<number> {
  const { config, log, databaseUrl } = options;
  let draining = false;
  const door = {
    openWork: openRequest,
    storeDelivered: openStoring(openRequest),
    wakeApplier,
    isDraining: () => draining,
    pendingMigrations: () => pendingMigrations(databaseUrl),
  };
  const graphql = await openGraphql({ production: config.production, log });
  whenClosing(() => graphql.close());
  const http = await startHttp({
    host: config.host,
    port: config.port,
    trustedProxies: config.trustedProxies,
    door,
    log,
    plugins: [graphqlRoutes(door, graphql.execute, ideFolder), staffRoutes(door, consoleFolder)],
  });
  whenClosing(() => {
    draining = true;
    return http.close();
  });
  return http.port;
}

/** What an audit of everything finds: the money, and each chain of what never changes. */
export interface WholeAudit {
  money: MoneyAudit;
  chains: { name: string; count: number; hash: string; broken: BrokenLink | null }[];
}

/** The audit of a database, without starting anything that works on it. */
export async function auditBooks(config: Config, databaseUrl: string, durable = true): Promise<WholeAudit> {
  const database = await openSafeDatabase({ databaseUrl, serves: false, durable });
  try {
    const stripe = openStripe({ ...config.stripe, budget: sharedBudget(database.pool, config.stripe) });
    const work = openWork({ database, clock: systemClock, config, log: openLog('silent') }, { stripe });
    const money = await auditMoney(work);
    const chains: WholeAudit['chains'] = [];
    for (const chain of [bookChain, auditChain]) {
      const { head, broken } = await checkChain(work, chain);
      chains.push({ name: chain.name, count: head.number, hash: head.hash, broken });
    }
    return { money, chains };
  } finally {
    await database.close();
  }
}

/** A simulated Stripe over the books in the data folder, acting on the world of our key. Where it need not last, it keeps nothing. */
export function openSimulator(
  config: Config,
  clock: Clock,
  log: Log,
  { durable, host = '127.0.0.1' }: { durable: boolean; host?: string },
): Promise<Simulator> {
  const world = /^sk_test_sim_(\w+)$/.exec(config.stripe.secretKey.reveal())?.[1] ?? 'main';
  return startSimulator({
    host,
    port: config.simulatorPort,
    clock,
    log,
    journalFile: durable ? join(resolve(config.dataDir), 'simulator', 'journal.jsonl') : null,
    world,
  });
}

/** The settings that only the running simulator and the local secrets can tell. */
export function withSimulator(config: Config, simulator: Simulator | null): Config {
  const { platform, connect } = localSecrets(config.dataDir);
  const { platformWebhookSecrets, connectWebhookSecrets } = config.stripe;
  const given = (secrets: Secret[], generated: string) => (secrets.length > 0 ? secrets : [new Secret(generated)]);
  return {
    ...config,
    stripe: {
      ...config.stripe,
      apiBase: simulator?.url ?? config.stripe.apiBase,
      platformWebhookSecrets: given(platformWebhookSecrets, platform),
      connectWebhookSecrets: given(connectWebhookSecrets, connect),
    },
  };
}

/** The endpoints a simulator delivers to: this server, for the platform's events and for those of connected accounts. */
export function webhooksTo(origin: string, { stripe }: Config): KnownEndpoint[] {
  const url = `${origin}/api/webhooks/stripe`;
  const revealed = (secrets: Secret[]) => secrets.map((secret) => secret.reveal());
  return [
    { url, secrets: revealed(stripe.platformWebhookSecrets), connect: false },
    { url, secrets: revealed(stripe.connectWebhookSecrets), connect: true },
  ];
}

/** Webhook secrets for the simulator, made on the first start and kept beside its books. */
function localSecrets(dataDir: string): { platform: string; connect: string } {
  const file = join(resolve(dataDir), 'secrets.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as { platform: string; connect: string };
  const secret = () => `whsec_${randomBytes(24).toString('base64url')}`;
  const secrets = { platform: secret(), connect: secret() };
  mkdirSync(resolve(dataDir), { recursive: true });
  writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 });
  return secrets;
}
