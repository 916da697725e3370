import { AsyncLocalStorage } from 'node:async_hooks';
import type { TurnableClock } from '../../../src/base/clock.js';
import type { CrashPoint } from '../../../src/base/crash-points.js';
import { type Backends, Flights } from './flights.js';
import type { Watched } from './watching.js';

/** One thing that one process does: a request, or a run of a job. */
export interface Run {
  /** Which one it is of all that were begun since the history's beginning. */
  nth: number;
  process: string;
  what: string;
  isOver: boolean;
  /** Nobody else does anything meanwhile: it stands nowhere but where one of its own lanes is under way. */
  isAlone: boolean;
  /** It was killed: whatever it waits for never comes, and nothing of it runs any more. */
  isDead: boolean;
  failure: unknown;
  /** When it is over; never, for the dead. */
  end: Promise<void>;
  /** The crash points it passed with its last step. */
  passed: CrashPoint[];
  /** Its last step made changes to the database that everybody sees. */
  hasChanged: boolean;
  /** What its statements touch, where somebody wants to know. */
  watched: Watched | null;
  /** What the process has open: given up when it dies. */
  readonly onDeath: Set<() => Promise<void>>;
  /** The same when it stands still for long: the database ends its transactions. */
  readonly onFreeze: Set<() => Promise<void>>;
}

/** A place where a run stands until it is let on. */
export interface Gate {
  run: Run;
  label: string;
  /** The simulated millisecond before which it is not let on. */
  readyAt: number;
  open(): void;
}

const never = () => new Promise<never>(() => undefined);

/**
 * Lets one run at a time take one step: to the next statement, request or wait. Everything that may happen in any order stands at a gate,
 * and whoever drives opens one after the other; between two openings nothing runs. So the order of the openings is the whole story.
 */
export class Scheduler {
  gates: Gate[] = [];
  readonly #flights: Flights;
  /** All that has begun and was not killed, also what is over: one of its lanes may have failed and left others behind. */
  readonly #begun = new Set<Run>();
  readonly #runs = new AsyncLocalStorage<Run>();
  #started = 0;

  constructor(
    readonly clock: TurnableClock,
    backends: Backends,
  ) {
    this.#flights = new Flights(backends);
  }

  /** Nobody stands anywhere, and nobody has begun. */
  clear(): void {
    this.gates = [];
    this.#started = 0;
  }

  begun(): Run[] {
    return [...this.#begun];
  }

  isInside(): boolean {
    return this.#runs.getStore() !== undefined;
  }

  /** Begins a run; it goes as far as its first gate. */
  start(process: string, what: string, task: () => Promise<unknown>, isAlone = false): Run {
    const run: Run = {
      nth: this.#started++,
      process,
      what,
      isOver: false,
      isAlone,
      isDead: false,
      failure: null,
      end: Promise.resolve(),
      passed: [],
      hasChanged: false,
      watched: null,
      onDeath: new Set(),
      onFreeze: new Set(),
    };
    this.#begun.add(run);
    run.end = this.#runs.run(run, async () => {
      try {
        await this.pass('begin');
        await task();
      } catch (failure) {
        run.failure = failure;
      }
      run.isOver = true;
    });
    return run;
  }

  /** Does something while nobody else does anything: one of its lanes after the other, each as far as it goes, so that it goes the same way each time. */
  async alone<T>(task: () => Promise<T>): Promise<T> {
    const answers: T[] = [];
    const run = this.start('everybody', 'alone', async () => answers.push(await task()), true);
    for (await this.quiet(); !run.isOver; await this.quiet()) {
      const now = this.clock.now().getTime();
      const gate = this.gates.find(({ readyAt }) => readyAt <= now) ?? this.gates.toSorted((one, other) => one.readyAt - other.readyAt)[0];
      if (!gate) throw new Error('it stands still');
      this.clock.advance(Math.max(0, gate.readyAt - now));
      this.#flights.pass();
      this.#open(gate);
    }
    this.#begun.delete(run);
    if (run.failure !== null) throw run.failure;
    return answers[0] as T;
  }

  /** Stands here until let on, and no earlier than `ms` from now. Outside any run, and where it is alone: goes on at once. */
  pass(label: string, ms = 0): Promise<void> {
    const run = this.#runs.getStore();
    return !run || (run.isAlone && ms === 0) ? Promise.resolve() : this.#stand(run, label, ms);
  }

  #stand(run: Run, label: string, ms = 0): Promise<void> {
    return new Promise((open) => {
      if (!run.isDead) this.#put({ run, label, readyAt: this.clock.now().getTime() + Math.ceil(ms), open });
    });
  }

  /** Keeps the gates in an order that is none of arrival: of two that one commit lets go, either may come first. */
  #put(gate: Gate): void {
    const name = ({ run, label }: Gate) => `${run.process} ${label}`;
    const at = this.gates.findIndex((other) => name(other) > name(gate));
    this.gates.splice(at === -1 ? this.gates.length : at, 0, gate);
  }

  /** Does something real, and lets nothing else go on meanwhile, unless the database keeps it waiting for another's lock. */
  async fly<T>(pid: number, what: string, real: () => Promise<T>): Promise<T> {
    const run = this.#runs.getStore();
    if (!run) return real();
    if (run.isDead) return never(); // a guard against silence may wake it, long after
    if (run.isAlone && this.#flights.some(({ isPassed }) => !isPassed)) await this.#stand(run, what);
    const flight = this.#flights.begin(run, pid, what);
    try {
      return await real();
    } catch (error) {
      throw flight.isLost ? Object.assign(new Error('deadlock detected'), { code: '40P01' }) : error;
    } finally {
      this.#flights.land(flight);
      if (run.isDead) await never();
      if (flight.isPassed) await this.#stand(run, what); // whoever let it go may be under way as well
    }
  }

  /** The run of the caller; null outside any. */
  current(): Run | null {
    return this.#runs.getStore() ?? null;
  }

  /** Whether something of a run goes on: while it is over, that is unseen by whoever began it. */
  isUnderWay(run: Run): boolean {
    return this.gates.some((gate) => gate.run === run) || this.#flights.some((flight) => flight.run === run);
  }

  /** Opens one gate and comes back when everything stands again, or waits for a lock. */
  async step(gate: Gate): Promise<void> {
    gate.run.passed = [];
    gate.run.hasChanged = false;
    this.#open(gate);
    await this.quiet();
  }

  #open(gate: Gate): void {
    this.gates.splice(this.gates.indexOf(gate), 1);
    gate.open();
  }

  /** Ends a process as a power cut would: no line of it runs any more, and what it had open is given up. */
  async kill(process: string): Promise<void> {
    await this.quiet();
    for (const run of this.#begun) {
      if (run.process !== process) continue;
      this.#begun.delete(run);
      run.isDead = true;
      run.isOver = true;
      this.gates = this.gates.filter((gate) => gate.run !== run);
      for (const giveUp of run.onDeath) await giveUp();
      this.#flights.forget(run);
    }
    await this.quiet();
  }

  /** Stops what a process of the database is doing. */
  cancel(pid: number): Promise<void> {
    return this.#flights.cancel(pid);
  }

  /** When everything stands. */
  quiet(): Promise<void> {
    return this.#flights.quiet();
  }
}
