import { type CrashPoint, crashPoints } from '../../src/base/crash-points.js';
import type { Told } from './history.js';

const enough = 500; // histories, in which somebody has died at every crash point

/** What many histories come to. */
export class Summary {
  readonly wrong: string[] = [];
  readonly #steps: number[] = [];
  readonly #places = new Set<string>();
  readonly #deaths = new Map<string, number>();
  readonly #faults = new Map<string, number>();

  add({ seed, steps, problems, places, deaths, faults }: Told): void {
    this.#steps.push(steps);
    if (problems.length > 0) this.wrong.push(seed);
    for (const place of places) this.#places.add(place);
    for (const place of deaths) count(this.#deaths, place);
    for (const fault of faults) count(this.#faults, fault.split(/ of | before| after|:/, 1)[0] as string);
  }

  get count(): number {
    return this.#steps.length;
  }

  /** Crash points at which nobody has died, where enough histories were told for that. */
  get unkilled(): CrashPoint[] {
    return this.count < enough ? [] : crashPoints.filter((point) => this.#deathsAt(point) === 0);
  }

  lines(seconds: number): string[] {
    const steps = this.#steps.toSorted((a, b) => a - b);
    const total = steps.reduce((sum, one) => sum + one, 0);
    const mean = Math.round(total / this.count);
    const bound = `At 95 % confidence, fewer than ${(300 / this.count).toFixed(2)} % of all histories go wrong.`;
    const unkilled = this.unkilled;
    return [
      `${this.count} histories in ${seconds.toFixed(0)} s, ${(this.count / seconds).toFixed(1)} a second; of ${steps[0]} to ${steps.at(-1)} steps, ${mean} in the mean, ${total} in all.`,
      `What went wrong around them: ${told(this.#faults)}.`,
      `${sum(this.#deaths)} deaths, at ${this.#deaths.size} of ${this.#places.size} places where somebody stood.`,
      `At crash points: ${told(new Map(crashPoints.map((point) => [point, this.#deathsAt(point)])))}.`,
      ...(unkilled.length > 0 ? [`NOBODY DIED at ${unkilled.join(', ')}.`] : []),
      `${this.wrong.length} of ${this.count} went wrong${this.wrong.length === 0 ? `. ${bound}` : `: ${this.wrong.join(', ')}`}`,
    ];
  }

  #deathsAt(point: CrashPoint): number {
    return sum(new Map([...this.#deaths].filter(([place]) => place.endsWith(`: ${point}`))));
  }
}

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((so, one) => so + one, 0);
}

function told(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([what, times]) => `${what} ${times}`).join(', ') || 'nothing';
}
