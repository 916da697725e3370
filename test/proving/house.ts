import { at, TurnableClock } from '../../src/base/clock.js';
import { type Config, readConfig } from '../../src/base/config.js';
import { type Log, openLog } from '../../src/base/log.js';
import type { Database, DatabaseRole } from '../../src/db/database.js';
import { openWork, type Work } from '../../src/db/work.js';
import { handledTypes } from '../../src/events/handlers.js';
import { usualTerms } from '../../src/scenarios/marketplace.js';
import { type FaultOf, InProcessStripe } from '../../src/simulator/in-process.js';
import { openStripe, type StripeClient } from '../../src/stripe/client.js';
import { boundless } from '../support/gateway.js';
import { type Books, openBooks } from './ground/books.js';
import { determine, seedChance } from './ground/determined.js';
import { openGatedDatabase } from './ground/gated-database.js';
import { Partners, postInProcess } from './ground/partners.js';
import { Scheduler } from './ground/scheduler.js';
import type { Exposure } from './weather.js';

export const webhookSecret = 'whsec_of_the_proving_ground';
const startMs = 1_795_000_000_000;

/** One process of Holdfast: what it is for, and how it opens a unit of work. It does one thing at a time here. */
export interface HouseProcess {
  name: string;
  serves: boolean;
  openWork(): Work;
}

/** A whole installation in this process: several processes of it over one database and one Stripe, all of it driven by one schedule. */
export class House {
  readonly clock = new TurnableClock(at(startMs));
  readonly config: Config;
  readonly processes: HouseProcess[] = [];
  readonly scheduler: Scheduler;
  readonly books: Books;
  /** What was logged of defects: nobody catches those, and nobody may. */
  readonly defects: string[] = [];
  stripe: InProcessStripe;
  partners = new Partners();
  /** The events that the house has taken. */
  readonly delivered = new Set<string>();
  /** The database's processes that work for it. */
  readonly pids: number[];
  readonly #log: Log;
  readonly #databases: Database[] = [];
  #weather: Exposure | null = null;
  #seed = '';
  #histories = 0;
  #clients: StripeClient[] = [];

  constructor(
    books: Books,
    readonly databaseUrl: string,
  ) {
    this.pids = [...books.pids];
    this.config = readConfig({
      NODE_ENV: 'test',
      STRIPE_SECRET_KEY: 'sk_test_sim_proving',
      STRIPE_WEBHOOK_SECRET: webhookSecret,
      STRIPE_CONNECT_WEBHOOK_SECRET: webhookSecret,
      PLATFORM_FEE_BPS: String(usualTerms.percentageBps),
      PLATFORM_FEE_FIXED: String(usualTerms.fixedFeeMinor),
      PLATFORM_VAT_BPS: String(usualTerms.vatBps),
    });
    this.#log = openLog('warn', { write: (line) => this.#note(line) });
    this.scheduler = new Scheduler(this.clock, books);
    this.books = this.#asSteps(books);
    determine(this.scheduler);
    postInProcess(
      this.scheduler,
      () => this.partners,
      () => this.#weather?.faultOf('POST', 'a partner') ?? null,
    );
    this.stripe = new InProcessStripe('none', this.clock, handledTypes);
  }

  /** Gives each process its own connections to the database. */
  async connect(): Promise<void> {
    for (const [index, name] of (['serve 1', 'serve 2', 'work 1', 'work 2'] as const).entries()) {
      const serves = name.startsWith('serve');
      const role: DatabaseRole = serves ? 'holdfast_app' : 'holdfast_worker';
      const losesConnection = (label: string) => this.#weather?.losesConnection(label) ?? null;
      const epoch = () => this.#seed;
      const { database, pids } = await openGatedDatabase({ url: this.databaseUrl, role, name, scheduler: this.scheduler, losesConnection, epoch });
      const ground = { database, clock: this.clock, config: this.config, log: this.#log };
      this.pids.push(...pids);
      this.#databases.push(database);
      this.processes.push({ name, serves, openWork: () => openWork(ground, { stripe: this.#clients[index] as StripeClient }) });
    }
  }

  /** An empty house at the beginning of a history, and a Stripe of its own. */
  async begin(seed: string): Promise<void> {
    this.#seed = `${seed} ${++this.#histories}`;
    seedChance(`chance ${seed}`);
    await this.books.clear();
    this.defects.length = 0;
    this.delivered.clear();
    this.scheduler.clear();
    this.clock.advance(startMs - this.clock.now().getTime());
    await this.books.setNow(this.clock.now());
    await this.books.rows(
      `insert into event_stream (name, seen_until, resync_wanted, next_poll_at, opened_at) select 'platform', now, false, now, now from app.proving_clock`,
    );
    this.#weather = null;
    this.stripe = new InProcessStripe(seed, this.clock, handledTypes);
    this.partners = new Partners();
    const faultOf: FaultOf = (method, path) => this.#weather?.faultOf(method, path) ?? null;
    const line = this.stripe.line(this.scheduler, faultOf);
    const { secretKey } = this.config.stripe;
    this.#clients = this.processes.map(() => openStripe({ secretKey, apiBase: 'http://stripe.simulated', budget: boundless, transport: line }));
  }

  /** From now on, this goes wrong; null for nothing. */
  expose(weather: Exposure | null): void {
    this.#weather = weather;
  }

  /** Lets time pass. Stripe meanwhile finishes what it has begun, and the database ends transactions that stand still. */
  async turn(ms: number): Promise<void> {
    this.stripe.finishBegun();
    this.clock.advance(ms);
    this.stripe.pass();
    await this.books.setNow(this.clock.now());
  }

  async close(): Promise<void> {
    for (const database of this.#databases) await database.close();
    await this.books.close();
  }

  /** Where a run asks the books, nothing else goes on meanwhile. */
  #asSteps(books: Books): Books {
    const [pid = 0] = books.pids;
    return {
      ...books,
      rows: (text, values) => this.scheduler.fly(pid, 'books', () => books.rows(text, values)),
      broken: (except) => this.scheduler.fly(pid, 'books', () => books.broken(except)),
      setNow: (now) => this.scheduler.fly(pid, 'books', () => books.setNow(now)),
    };
  }

  #note(line: string): void {
    if (line.includes('"type":"Bug"')) this.defects.push((JSON.parse(line) as { err: { message: string } }).err.message);
  }
}

/** Opens a house over a database with the present schema. */
export async function openHouse(databaseUrl: string): Promise<House> {
  const house = new House(await openBooks(databaseUrl), databaseUrl);
  await house.connect();
  return house;
}
