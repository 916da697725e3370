import type { Seller } from './access/viewer.js';
import { signUp } from './accounts/sign-up.js';
import { assert, known } from './base/assert.js';
import { type Clock, TurnableClock } from './base/clock.js';
import type { Config } from './base/config.js';
import { newId } from './base/ids.js';
import { type Log, openLog } from './base/log.js';
import { Secret } from './base/secret.js';
import { backUp, restore } from './db/backup.js';
import { type Database, openDatabase } from './db/database.js';
import { openWork, type Work } from './db/work.js';
import { entities } from './entities.js';
import { handledTypes } from './events/handlers.js';
import { receiveWebhook } from './events/intake.js';
import { schedule } from './jobs/schedule.js';
import { emptyMarketplace, onboard, usualTerms } from './scenarios/marketplace.js';
import type { Fault, OpenTheatre, ProcessName, StripeObject } from './scenarios/theatre.js';
import { InProcessStripe, type Turns } from './simulator/in-process.js';
import { postOf } from './simulator/webhooks/posts.js';
import type { Budget } from './stripe/budget.js';
import { openStripe } from './stripe/client.js';

/** What a theatre is built over: an empty database with the present schema, which goes with it, and the settings of whoever opens it. */
export interface TheatreOptions {
  database: { url: string; drop(): Promise<void> };
  config: Config;
  clock: Clock;
}

const boundless: Budget = { reserve: async () => 0, slowDown: async () => undefined };
const webhookSecret = 'whsec_of_the_theatre';

/** Opens a theatre, with a seller in it who can be paid. */
export async function openTheatre(options: TheatreOptions): Promise<OpenTheatre> {
  const theatre = new LiveTheatre(options);
  try {
    await theatre.enter();
    return theatre;
  } catch (error) {
    await theatre.close();
    throw error;
  }
}

/** A marketplace for a scenario in the running server: its processes are the product's own, over a Stripe without a network. */
class LiveTheatre implements OpenTheatre {
  readonly market = emptyMarketplace();
  readonly told = new Set<string>();
  readonly defects: string[] = [];
  readonly stripe: InProcessStripe;
  readonly clock: TurnableClock;
  readonly config: Config;
  readonly log: Log = openLog('warn', { write: (line) => this.#note(line) });
  readonly #processes = new Map<ProcessName, Process>();
  readonly #faults: { fault: Fault; path: string; times: number }[] = [];
  #diesBefore: string | null = null;

  constructor(readonly options: TheatreOptions) {
    const { config, clock } = options;
    const secret = new Secret(webhookSecret);
    this.config = {
      ...config,
      defaultTerms: { ...usualTerms, feeMode: 'INCLUDED' },
      offeringTerms: usualTerms,
      captcha: null,
      mail: { ...config.mail, smtpUrl: null, printed: false },
      stripe: { ...config.stripe, mode: 'simulator', platformWebhookSecrets: [secret], connectWebhookSecrets: [secret] },
    };
    this.clock = new TurnableClock(clock.now());
    this.stripe = new InProcessStripe(newId('operation', clock), this.clock, handledTypes);
  }

  /** Somebody signs up, and shows Stripe who they are. */
  async enter(): Promise<void> {
    const { viewer } = await signUp(this.openWork(), { name: 'Venue Luna', email: 'luna@demo.test', password: 'a scene of a story' });
    assert(viewer.kind === 'PERSON' && viewer.role === 'SELLER', 'who signs up is a seller');
    this.market.sellers.push(viewer);
    await this.as('serve 1', (work) => onboard(work, viewer));
    for (const { id } of this.stripe.all('account', null)) this.stripe.control(`accounts/${id}/onboard`);
  }

  get seller(): Seller {
    return known(this.market.sellers[0], 'the seller');
  }

  openWork(): Work {
    return this.#process('serve 1').openWork();
  }

  async as(name: ProcessName, task: (work: Work) => Promise<unknown>): Promise<void> {
    this.clock.advance(1);
    const process = this.#process(name);
    const failure = await Promise.race([
      process.death,
      task(process.openWork()).then(
        () => null,
        (error: unknown) => error,
      ),
    ]);
    if (process.isDead) this.#processes.delete(name);
    else if (failure instanceof Error && !['Refusal', 'Denied'].includes(failure.name)) throw failure;
  }

  job(name: string): ((work: Work) => Promise<number>) | null {
    return schedule[name]?.run ?? null;
  }

  dieBefore(step: string): void {
    this.#diesBefore = step;
  }

  fail(fault: Fault, path: string, times: number): void {
    this.#faults.push({ fault, path, times });
  }

  async turn(ms: number): Promise<void> {
    this.stripe.finishBegun();
    this.clock.advance(ms);
    this.stripe.pass();
  }

  backUp(): Promise<void> {
    return backUp(this.options.database.url);
  }

  async restore(): Promise<void> {
    for (const process of this.#processes.values()) await process.close();
    this.#processes.clear();
    await restore(this.options.database.url);
  }

  async deliver(work: Work, event: StripeObject): Promise<void> {
    const { body, signature } = postOf(event, [webhookSecret], this.stripe.world.now);
    const { outcome } = await receiveWebhook(work, Buffer.from(body), signature);
    if (outcome === 'STORED' || outcome === 'DUPLICATE') this.told.add(event.id);
  }

  async close(): Promise<void> {
    for (const process of this.#processes.values()) await process.close();
    await this.options.database.drop();
  }

  /** Whether the process that is about to take a step dies there. */
  endsAt(step: string): boolean {
    if (this.#diesBefore === null || !step.startsWith(this.#diesBefore)) return false;
    this.#diesBefore = null;
    return true;
  }

  faultOf(asked: string): Fault | null {
    const found = this.#faults.find(({ path, times }) => times > 0 && asked.startsWith(path));
    if (!found) return null;
    found.times--;
    return found.fault;
  }

  #process(name: ProcessName): Process {
    const process = this.#processes.get(name) ?? new Process(this, name);
    this.#processes.set(name, process);
    return process;
  }

  #note(line: string): void {
    if (line.includes('"type":"Bug"')) this.defects.push((JSON.parse(line) as { err: { message: string } }).err.message);
  }
}

/** A process of Holdfast inside this one. Dead, it reaches neither the database nor Stripe any more, and nobody waits for it. */
class Process implements Turns {
  isDead = false;
  readonly onDeath = new Set<() => Promise<void>>();
  readonly death: Promise<void>;
  readonly openWork: () => Work;
  readonly #database: Database;
  #died: () => void = () => undefined;

  constructor(
    readonly theatre: LiveTheatre,
    name: ProcessName,
  ) {
    const { options, clock, config, log, stripe } = theatre;
    this.death = new Promise((died) => {
      this.#died = died;
    });
    this.#database = openDatabase({
      url: options.database.url,
      role: name === 'serve 1' ? 'holdfast_app' : 'holdfast_worker',
      applicationName: `holdfast theatre ${name}`,
      entities: [...entities],
      isHasty: true,
    });
    const client = openStripe({
      secretKey: new Secret('sk_test_sim_theatre'),
      apiBase: 'http://stripe.simulated',
      budget: boundless,
      transport: stripe.line(this, (method, path) => theatre.faultOf(`${method} ${path}`)),
    });
    this.openWork = () => openWork({ database: this.#database, clock, config, log }, { stripe: client });
  }

  current(): this {
    return this;
  }

  async pass(step: string): Promise<void> {
    this.theatre.clock.advance(1);
    if (!this.isDead && this.theatre.endsAt(step)) await this.#die();
    if (this.isDead) throw new Error('this process is dead');
  }

  /** What it is writing at that moment is written or not, as a whole; Stripe ends what it has begun. */
  async #die(): Promise<void> {
    this.isDead = true;
    await this.close();
    for (const giveUp of this.onDeath) await giveUp();
    this.#died();
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}
