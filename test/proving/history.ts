import { createHash } from 'node:crypto';
import { dayMs, hourMs, minuteMs, secondMs } from '../../src/base/clock.js';
import { Denied, Refusal } from '../../src/base/errors.js';
import { emptyMarketplace } from '../../src/scenarios/marketplace.js';
import { Chance } from './chance.js';
import { jobNamed, nextJob, nextRequest } from './deeds.js';
import { onlyInTheEnd } from './ground/books.js';
import type { Gate, Run } from './ground/scheduler.js';
import { happen } from './happenings.js';
import { heal } from './healing.js';
import type { House, HouseProcess } from './house.js';
import { doneTwice } from './model.js';
import { type Opening, open, untilDue } from './opening.js';
import type { Deed, Stage } from './stage.js';
import { type Climate, drawClimate, Weather } from './weather.js';

/** One history: what its seed made happen, and what was wrong in it. */
export interface Told {
  seed: string;
  steps: number;
  /** Of everything that happened, in order: the same seed tells the same. */
  hash: string;
  problems: string[];
  /** Where processes were: what they did, and before which step or after which crash point they stood; and where they died. */
  places: Set<string>;
  deaths: string[];
  faults: string[];
}

const stepsMin = 15;
const stepsOfWhatIsLong = 45; // a poll of several streams and pages, a transfer; beside what else goes on
const stepsSpread = [40, 80, 160, 400]; // most histories are short, for most of what goes wrong needs little; a few are long
const frozenMaxMs = 50 * minuteMs; // Stripe keeps keys an hour longer than they are sent: nobody is frozen for longer and then sends
const idleTransactionMaxMs = 10 * secondMs;

/** Lets one history happen, all of it decided by its seed, and looks after every commit whether everything that must be true is. Each line is shown as it happens. */
export async function tell(house: House, seed: string, show: (line: string) => void = () => undefined): Promise<Told> {
  await house.begin(seed);
  const history = new History(house, seed, show);
  await history.open();
  await history.run();
  return history.told;
}

class History {
  readonly told: Told;
  readonly #chance: Chance;
  readonly #hash = createHash('sha256');
  readonly #stage: Stage;
  readonly #market = emptyMarketplace();
  readonly #runs = new Map<string, Run>();
  readonly #climate: Climate;
  readonly #weather: Weather;
  #last: Run | null = null;
  #opening: Opening = { underWay: [], isLong: false };

  constructor(
    readonly house: House,
    seed: string,
    readonly show: (line: string) => void,
  ) {
    this.#chance = new Chance(`schedule ${seed}`);
    this.#climate = drawClimate(this.#chance);
    this.#stage = { house, market: this.#market, chance: this.#chance, duplicates: this.#climate.duplicates, tastes: new Map() };
    this.#weather = new Weather(this.#climate, new Chance(`weather ${seed}`), (what) => this.#met(what));
    this.told = { seed, steps: 0, hash: '', problems: [], places: new Set(), deaths: [], faults: [] };
  }

  async open(): Promise<void> {
    this.#opening = await this.house.scheduler.alone(() => open(this.#stage, this.#climate));
    this.house.expose(this.#weather);
  }

  async run(): Promise<void> {
    const { underWay, isLong } = this.#opening;
    const steps = (isLong ? stepsOfWhatIsLong : stepsMin) + this.#chance.below(this.#chance.of(stepsSpread));
    for (const worker of this.house.processes.filter(({ serves }) => !serves))
      if (underWay.length > 0 && this.#chance.happens(0.7)) await this.#start(worker, jobNamed(this.#chance.of(underWay)));
    while (this.told.steps < steps && this.told.problems.length === 0) {
      this.told.steps++;
      this.house.clock.advance(1);
      this.#weather.turn();
      await this.#step();
      await this.#endOver();
    }
    this.house.expose(null);
    for (const { name } of this.house.processes) await this.house.scheduler.kill(name);
    if (this.told.problems.length === 0) {
      this.#line('everything goes well from here on');
      for (const problem of await heal(this.house, this.#market)) this.#problem(problem);
      for (const defect of this.house.defects) this.#problem(`a defect: ${defect}`);
    }
    this.told.hash = this.#hash.digest('hex').slice(0, 16);
  }

  async #step(): Promise<void> {
    const { scheduler, processes } = this.house;
    const now = this.house.clock.now().getTime();
    const ready = scheduler.gates.filter(({ readyAt }) => readyAt <= now);
    const busy = [...this.#runs.values()];
    const idle = processes.filter(({ name }) => !this.#runs.has(name));
    const act = this.#chance.weighted<() => Promise<void>>([
      [ready.length > 0 ? 10 : 0, () => this.#let(ready)],
      [ready.length === 0 && scheduler.gates.length > 0 ? 10 : 0, () => this.#wait(scheduler.gates)],
      [idle.length > 0 ? 2 : 0, () => this.#begin(this.#chance.of(idle).name)],
      [1, async () => this.#happen()],
      [this.#climate.jumps * 10, () => this.#jump()],
      [busy.length > 0 ? this.#climate.dies * 10 : 0, () => this.#die(this.#chance.of(busy).process)],
    ]);
    await act?.();
  }

  /** Lets one of those who stand at a gate go on to the next. */
  async #let(ready: Gate[]): Promise<void> {
    const same = ready.filter(({ run }) => run === this.#last);
    const gate = same.length > 0 && this.#chance.happens(this.#climate.stays) ? this.#chance.of(same) : this.#chance.of(ready);
    this.#last = gate.run;
    this.#line(`${gate.run.process}, ${gate.run.what}: ${gate.label}`);
    this.told.places.add(placeOf(gate.run, gate.label));
    await this.house.scheduler.step(gate);
    if (gate.run.hasChanged) await this.#audit();
    for (const point of gate.run.passed) this.told.places.add(placeOf(gate.run, point));
    if (this.#weather.diesAt(gate.run.passed)) await this.#die(gate.run.process);
  }

  async #wait(gates: Gate[]): Promise<void> {
    const first = Math.min(...gates.map(({ readyAt }) => readyAt));
    this.house.clock.advance(Math.max(0, first - this.house.clock.now().getTime()));
  }

  async #begin(name: string): Promise<void> {
    const process = this.house.processes.find((one) => one.name === name);
    if (!process) return;
    const deed = process.serves ? await nextRequest(this.#stage) : nextJob(this.#stage);
    if (deed) await this.#start(process, deed);
  }

  async #start({ name, openWork }: HouseProcess, deed: Deed): Promise<void> {
    this.#line(`${name} begins: ${deed.what}`);
    this.#runs.set(
      name,
      this.house.scheduler.start(name, deed.what, () => deed.task(openWork())),
    );
    await this.house.scheduler.quiet();
  }

  #happen(): void {
    const what = happen(this.#stage);
    if (what) this.#line(what);
  }

  async #jump(): Promise<void> {
    const ms = await this.#howFar();
    if (ms > frozenMaxMs) for (const { name } of this.house.processes) await this.#die(name);
    if (ms > idleTransactionMaxMs) await this.#endIdleTransactions();
    await this.house.turn(ms);
    this.#line(`${Math.round(ms / secondMs)} s go by`);
  }

  async #howFar(): Promise<number> {
    const far = this.#chance.of(this.#climate.jumpsBy);
    switch (far) {
      case 'seconds':
        return this.#chance.below(60) * secondMs;
      case 'minutes':
        return this.#chance.below(10) * minuteMs;
      case 'lease':
        return 11 * minuteMs;
      case 'most of an hour':
        return frozenMaxMs;
      case 'half a day':
        return 12 * hourMs;
      case 'a day':
        return 1 * dayMs;
      case 'more than a day':
        return 26 * hourMs;
      case 'due':
        return untilDue(this.house);
    }
  }

  /** Those of transactions whose process stands still for longer than the database waits. */
  async #endIdleTransactions(): Promise<void> {
    const losing = this.house.scheduler.begun().flatMap(({ onFreeze }) => [...onFreeze]);
    await Promise.all(losing.map((lose) => lose())); // each decides at once, before what one gives up lets another go on
    await this.house.scheduler.quiet();
  }

  async #die(process: string): Promise<void> {
    const { scheduler } = this.house;
    const run = this.#runs.get(process);
    const labels = [...(run?.passed ?? []), ...scheduler.gates.filter((gate) => gate.run === run).map(({ label }) => label)];
    this.#line(`${process} dies in ${run?.what ?? 'nothing'}, at ${labels.join(' and ') || 'nothing'}`);
    if (run) this.told.deaths.push(...labels.map((label) => placeOf(run, label)));
    await scheduler.kill(process);
    this.#runs.delete(process);
  }

  async #endOver(): Promise<void> {
    for (const [name, run] of this.#runs) {
      if (!run.isOver) continue;
      this.#runs.delete(name);
      if (this.house.scheduler.isUnderWay(run)) this.#problem(`${run.what} ended, and some of it goes on`);
      const { failure } = run;
      if (failure === null) continue;
      this.#line(`${name} ends ${run.what} with ${failure instanceof Error ? `${failure.name}: ${failure.message}` : String(failure)}`);
      if (!isExpected(failure)) this.#problem(`${run.what} ended with ${failure instanceof Error ? failure.stack : String(failure)}`);
    }
  }

  async #audit(): Promise<void> {
    for (const { check, id, detail } of await this.house.books.broken(onlyInTheEnd)) this.#problem(`${check}: ${id} ${detail}`);
    for (const twice of doneTwice(this.house.stripe.world)) this.#problem(twice);
    for (const defect of this.house.defects.splice(0)) this.#problem(`a defect: ${defect}`);
  }

  #met(what: string): void {
    this.told.faults.push(what);
    this.#line(`! ${what}`);
  }

  #problem(problem: string): void {
    this.told.problems.push(problem);
    this.#line(`PROBLEM: ${problem}`);
  }

  #line(text: string): void {
    const line = `${String(this.told.steps).padStart(4)} ${this.house.clock.now().toISOString()} ${text}`;
    this.#hash.update(`${line}\n`);
    this.show(line);
  }
}

/** What a process does, and where in it it is, without the ids. */
function placeOf({ what }: Run, label: string): string {
  return `${what}: ${label.replaceAll(/\b[a-z]+_\w{8,}/g, ':id')}`;
}

/** What callers are told, and what a lost connection leaves: everything else is a defect. */
function isExpected(failure: unknown): boolean {
  if (failure instanceof Refusal || failure instanceof Denied) return true;
  for (let error = failure; error instanceof Error; error = error.cause) if ('code' in error && error.code === '08006') return true;
  return false;
}
