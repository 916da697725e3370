import type { Run } from './scheduler.js';

/** What one lane of a run asks the database, until the answer is there. */
export interface Flight {
  run: Run;
  what: string;
  /** The database's process that works on it. */
  pid: number;
  /** It was chosen to end a deadlock. */
  isLost: boolean;
  /** Others of its run were let on while it waited for a lock. */
  isPassed: boolean;
  /** It waits for a lock, or waited until just now, and stands still until it is let go. */
  isHeld: boolean;
}

/** The database's processes, for whoever decides which of them goes on. */
export interface Backends {
  /** Of these, those that wait for locks, with whom each of them waits for. */
  blocked(pids: number[]): Promise<Map<number, number[]>>;
  /** Stops what one of them is doing. */
  cancel(pid: number): Promise<void>;
  /** Has one stand still, also where what it waits for comes; answers whether it does. */
  hold(pid: number): boolean;
  letGo(pid: number): void;
}

const realTimeout = globalThis.setTimeout; // the one of the code under test is the scheduler's
const landingMaxMs = 2; // longer, and somebody may be waiting for a lock
const stuckAfterMs = 15_000;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/**
 * All that is under way at the database. Whoever waits for a lock is held there, and those whom the end of a transaction lets go on are let go one at a
 * time, who set out first before the others: else PostgreSQL's chance would decide which of them comes first to what they all want.
 */
export class Flights {
  readonly #all = new Set<Flight>();
  #landed: (() => void) | null = null;

  constructor(readonly backends: Backends) {}

  begin(run: Run, pid: number, what: string): Flight {
    const flight: Flight = { run, pid, what, isLost: false, isPassed: false, isHeld: false };
    this.#all.add(flight);
    return flight;
  }

  land(flight: Flight): void {
    this.#all.delete(flight);
    this.#landed?.();
  }

  some(is: (flight: Flight) => boolean): boolean {
    return [...this.#all].some(is);
  }

  /** Whoever waits for a lock now has been passed by others of its run. */
  pass(): void {
    for (const flight of this.#all) flight.isPassed = true;
  }

  /** Whatever becomes of those of a run that is dead. */
  forget(run: Run): void {
    for (const flight of this.#all) {
      if (flight.run !== run) continue;
      this.#letGo(flight);
      this.#all.delete(flight);
    }
  }

  /** Stops what a process is doing, also one that is held. */
  async cancel(pid: number): Promise<void> {
    await this.backends.cancel(pid);
    for (const flight of this.#all) if (flight.pid === pid) this.#letGo(flight);
  }

  /** When everybody stands at a gate, or waits for the lock of somebody who does. */
  async quiet(): Promise<void> {
    let sinceMs = performance.now();
    for (;;) {
      if (performance.now() - sinceMs > stuckAfterMs) throw new Error(`nothing goes on: ${[...this.#all].map(told).join(', ')}`);
      await turn();
      if (!this.some(isUnderWay)) await turn(); // who has landed may set out again
      if (this.#all.size === 0) return;
      if (this.some(isUnderWay) && ((await this.#landing()) || this.#all.size === 0)) {
        sinceMs = performance.now();
        continue;
      }
      const asked = [...this.#all];
      const waiting = await this.backends.blocked(asked.map(({ pid }) => pid));
      if (!asked.every((flight) => this.#all.has(flight))) continue; // who landed meanwhile may have let go who was waiting
      const loser = asked.findLast(({ pid }) => waitsForItself(pid, waiting));
      if (loser) {
        await this.#endDeadlock(loser);
        continue;
      }
      if (this.some((flight) => isUnderWay(flight) && (flight.isLost || !waiting.has(flight.pid)))) continue;
      for (const flight of asked) flight.isHeld ||= this.backends.hold(flight.pid); // now nobody is left who could let them go
      const first = asked.find(({ pid, isHeld }) => isHeld && !waiting.has(pid));
      if (!first) return;
      this.#letGo(first);
      sinceMs = performance.now();
    }
  }

  #letGo(flight: Flight): void {
    if (flight.isHeld) this.backends.letGo(flight.pid);
    flight.isHeld = false;
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

const isUnderWay = ({ isHeld }: Flight) => !isHeld;

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
