import type { Touched } from '../ground/watching.js';
import { matters } from './footprint.js';

/** One step of an order that was played. */
export interface Step {
  actor: number;
  label: string;
  footprint: Touched | 'unknown';
  /** After which step of another it came back, where it had to wait for a lock; `Infinity` while it waits. */
  heldUntil: number | null;
}

/** One order of steps as it is being played: it says who goes on, and is told what that was. */
export interface Course {
  readonly steps: readonly Step[];
  add(step: Step): void;
  /** Who of those who may go on does; null where nothing new can come of it. */
  choose(open: number[]): number | null;
}

/** Where an order may go on in more than one way. */
interface Fork {
  /** Who may go on here. */
  open: number[];
  chosen: number;
  /** Whose going first here has been played to all its ends, or need not be, and what that step was. */
  asleep: Map<number, Touched | 'unknown'>;
  /** Whose going first here may lead elsewhere. */
  wanted: Set<number>;
}

/**
 * All orders in which steps can happen, of which each that can make a difference is played once: dynamic partial-order reduction with sleep sets.
 * After each order it is looked for pairs of steps that mattered to each other and could have happened the other way round, and only those are turned.
 * Source: Abdulla, Aronis, Jonsson, Sagonas, Optimal dynamic partial order reduction, POPL 2014.
 */
export class Orders implements Course {
  #forks: Fork[] = [];
  steps: Step[] = [];
  #before: Step[] = [];

  /** Begins the next order. */
  begin(): void {
    this.#before = this.steps.slice(0, Math.max(0, this.#forks.length - 1));
    this.steps = [];
  }

  /** Takes down what was done as chosen. Throws where the same beginning leads elsewhere: then nothing here would be true. */
  add(step: Step): void {
    const before = this.#before[this.steps.length];
    if (before && before.label !== step.label)
      throw new Error(`at step ${this.steps.length} it is "${step.label}", where it was "${before.label}" before`);
    this.steps.push(step);
  }

  /** Who of those who may go on does; null where all that can come of it has been played. */
  choose(open: number[]): number | null {
    const depth = this.steps.length;
    const fork = this.#forks[depth] ?? this.#fork(open);
    if (fork === null) return null;
    if (this.#forks[depth] && fork.open.join() !== open.join())
      throw new Error(`at step ${depth}, ${open} may go on, where it was ${fork.open} before`);
    this.#forks[depth] = fork;
    return fork.chosen;
  }

  #fork(open: number[]): Fork | null {
    const asleep = this.#asleepNow();
    const awake = open.filter((actor) => !asleep.has(actor));
    const last = this.steps.at(-1)?.actor;
    const chosen = awake.find((actor) => actor === last) ?? awake[0];
    return chosen === undefined ? null : { open, chosen, asleep, wanted: new Set([chosen]) };
  }

  /** Those whose next step was played before, from here or from where nothing that mattered to it has happened since. */
  #asleepNow(): Fork['asleep'] {
    const [before, step] = [this.#forks.at(-1), this.steps.at(-1)];
    if (!before || !step) return new Map();
    return new Map([...before.asleep].filter(([actor, footprint]) => actor !== step.actor && !matters(footprint, step.footprint)));
  }

  /** Looks where this order could have gone another way, and goes back to the last such place; false where there is none. */
  turnBack(): boolean {
    for (const [early, late] of races(this.steps)) {
      const actor = this.steps[late]?.actor as number;
      const fork = this.#forks[early];
      if (fork?.open.includes(actor)) fork.wanted.add(actor);
    }
    for (let fork = this.#forks.at(-1); fork; this.#forks.pop(), fork = this.#forks.at(-1)) {
      const { asleep, wanted } = fork;
      asleep.set(fork.chosen, this.steps[this.#forks.length - 1]?.footprint ?? 'unknown');
      const other = [...wanted].find((actor) => !asleep.has(actor));
      if (other === undefined) continue;
      fork.chosen = other;
      return true;
    }
    return false;
  }
}

/** The pairs of steps of different actors, by their places, that mattered to each other with nothing between them that had to come between. */
export function races(steps: readonly Step[]): [early: number, late: number][] {
  const found: [number, number][] = [];
  /** Of each step, which steps had to come before it: as a clock, the last one of each actor. */
  const clocks: Map<number, number>[] = [];
  const last = new Map<number, number>();
  for (const [late, step] of steps.entries()) {
    const own = last.get(step.actor);
    const clock = new Map(own === undefined ? [] : clocks[own]);
    const held = own === undefined ? null : (steps[own] as Step).heldUntil;
    if (held !== null && held < late) join(clock, clocks[held] as Map<number, number>);
    for (let early = late - 1; early >= 0; early--) {
      const { actor, footprint } = steps[early] as Step;
      if (actor === step.actor || (clock.get(actor) ?? -1) >= early || !matters(footprint, step.footprint)) continue;
      found.push([early, late]);
      join(clock, clocks[early] as Map<number, number>);
    }
    clock.set(step.actor, late);
    clocks.push(clock);
    last.set(step.actor, late);
  }
  return found;
}

function join(clock: Map<number, number>, other: ReadonlyMap<number, number>): void {
  for (const [actor, at] of other) clock.set(actor, Math.max(clock.get(actor) ?? -1, at));
}
