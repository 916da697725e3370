import { AsyncLocalStorage } from 'node:async_hooks';
import type { TurnableClock } from '../../../src/base/clock.js';
import type { CrashPoint } from '../../../src/base/crash-points.js';
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

interface Flight {
  run: Run;
  what: string;
  /** The database's process that works on it. */
  pid: number;
  /** It was chosen to end a deadlock. */
  isLost: boolean;
  /** Others of its run were let on while it waited for a lock. */
  isPassed: boolean;
}

const realTimeout = globalThis.setTimeout; // the one of the code under test is the scheduler's
const landingMaxMs = 2; // longer, and somebody may be waiting for a lock
const stuckAfterMs = 15_000;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const never = () => new Promise<never>(() => undefined);

/**
 * Lets one run at a time take one step: to the next statement, request or wait. Everything that may happen in any order stands at a gate,
 * and whoever drives opens one after the other; between two openings nothing runs. So the order of the openings is the whole story.
 */
export class Scheduler {
  gates: Gate[] = [];
  readonly #flights = new Set<Flight>();
  /** All that has begun and was not killed, also what is over: one of its lanes may have failed and left others behind. */
  readonly #begun = new Set<Run>();
  readonly #runs = new AsyncLocalStorage<Run>();
  #started = 0;
  #landed: (() => void) | null = null;

  constructor(
    readonly clock: TurnableClock,
    /** Of these processes of the database, those that wait for locks, with whom each of them waits for. */
    readonly blocked: (pids: number[]) => Promise<Map<number, number[]>>,
    /** Stops what one of them is doing. */
    readonly cancel: (pid: number) => Promise<void>,
  ) {}

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
      for (const flight of this.#flights) flight.isPassed = true;
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
    if (run.isAlone && [...this.#flights].some(({ isPassed }) => !isPassed)) await this.#stand(run, what);
    const flight: Flight = { run, pid, what, isLost: false, isPassed: false };
    this.#flights.add(flight);
    try {
      return await real();
    } catch (error) {
      throw flight.isLost ? Object.assign(new Error('deadlock detected'), { code: '40P01' }) : error;
    } finally {
      this.#flights.delete(flight);
      this.#landed?.();
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
    return this.gates.some((gate) => gate.run === run) || [...this.#flights].some((flight) => flight.run === run);
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
      for (const flight of this.#flights) if (flight.run === run) this.#flights.delete(flight);
    }
    await this.quiet();
  }

  /** When everything stands. */
  async quiet(): Promise<void> {
    let sinceMs = performance.now();
    for (;;) {
      if (performance.now() - sinceMs > stuckAfterMs) throw new Error(`nothing goes on: ${[...this.#flights].map(told).join(', ')}`);
      await turn();
      if (this.#flights.size === 0) {
        await turn();
        if (this.#flights.size === 0) return;
      }
      if ((await this.#landing()) || this.#flights.size === 0) {
        sinceMs = performance.now();
        continue;
      }
      const asked = [...this.#flights];
      const waiting = await this.blocked(asked.map(({ pid }) => pid));
      if (!asked.every((flight) => this.#flights.has(flight))) continue; // who landed meanwhile may have let go who was waiting
      const loser = [...this.#flights].findLast(({ pid }) => waitsForItself(pid, waiting));
      if (loser) await this.#endDeadlock(loser);
      else if ([...this.#flights].every(({ pid }) => waiting.has(pid))) return;
    }
  }

  /** Of those who wait for each other in a circle, who came last loses, and is told what PostgreSQL would tell it. */
  async #endDeadlock(loser: Flight): Promise<void> {
    if (loser.isLost) return;
    loser.isLost = true; // before it is told: it may hear of it sooner than whoever tells it
    await this.cancel(loser.pid);
  }

  /** Whether something that was under way has come back, shortly. */
  #landing(): Promise<boolean> {
    return new Promise((answer) => {
      const late = realTimeout(answer, landingMaxMs, false);
      this.#landed = () => {
        clearTimeout(late);
        this.#landed = null;
        answer(true);
      };
    });
  }
}

/** Whether who waits for this process is one that it waits for itself. */
function waitsForItself(pid: number, waiting: ReadonlyMap<number, number[]>): boolean {
  const met = new Set<number>();
  const reached = (from: number): boolean =>
    (waiting.get(from) ?? []).some((by) => by === pid || (!met.has(by) && met.add(by) !== undefined && reached(by)));
  return reached(pid);
}

function told({ run, pid, what }: Flight): string {
  return `${run.process} in ${run.what} at ${what} (${pid})`;
}
