import type { CrashPoint } from '../../src/base/crash-points.js';
import type { RequestFault } from '../../src/simulator/in-process.js';
import type { Chance } from './chance.js';

export const jumps = ['seconds', 'minutes', 'lease', 'most of an hour', 'due', 'half a day', 'a day', 'more than a day'] as const;
export type Jump = (typeof jumps)[number];

/** What goes wrong in one history, and how often: each history has a few things of all, strong or weak, so that rare ones meet. */
export interface Climate {
  requests: Partial<Record<RequestFault, number>>;
  losesConnection: number;
  dies: number;
  /** How likely a process dies where a crash point says that it may. */
  diesAtPoints: number;
  /** How likely the run that took the last step takes the next one too. */
  stays: number;
  jumps: number;
  /** How far the time jumps: a few ways in each history, so that the same one comes again. */
  jumpsBy: Jump[];
  duplicates: number;
  /** How often Stripe is away altogether, until it comes back. */
  outages: number;
}

/** How likely somebody dies at crash points that few pass: so that not only those die who pass the others. */
const diesWhereFewPass: Partial<Record<CrashPoint, number>> = { 'settlement.recorded': 0.5, 'stream.page_taken': 0.5, 'delivery.answered': 0.2 };
const outageSteps = 120; // that one lasts, in the mean
const requestFaults: RequestFault[] = ['rate_limit', 'server_error', 'server_error_stored', 'drop_before', 'drop_after', 'refuse', 'error_after'];

export function drawClimate(chance: Chance): Climate {
  const some = (strengths: number[]) => (chance.happens(0.5) ? 0 : chance.of(strengths));
  return {
    requests: Object.fromEntries(requestFaults.map((kind) => [kind, some([0.02, 0.1, 0.4])])),
    losesConnection: some([0.002, 0.01, 0.05]),
    dies: some([0.005, 0.02, 0.06]),
    diesAtPoints: some([0.1, 0.3]),
    stays: chance.of([0, 0.5, 0.9]),
    jumps: chance.of([0.01, 0.03, 0.1]),
    jumpsBy: ['due', ...Array.from({ length: 1 + chance.below(3) }, () => chance.of(jumps))],
    duplicates: some([0.1, 0.5]),
    outages: some([0.01, 0.05]),
  };
}

/** What decides what becomes of each request and each statement. */
export type Exposure = Pick<Weather, 'faultOf' | 'losesConnection'>;

/** The climate at work: what becomes of each request and each statement. */
export class Weather {
  #outage: RequestFault | null = null;

  constructor(
    readonly climate: Climate,
    readonly chance: Chance,
    readonly met: (what: string) => void,
  ) {}

  /** Stripe goes away, or comes back, now and then. */
  turn(): void {
    if (this.#outage ? !this.chance.happens(1 / outageSteps) : !this.chance.happens(this.climate.outages)) return;
    this.#outage = this.#outage ? null : this.chance.of(['drop_before', 'drop_after', 'server_error'] as const);
    this.met(this.#outage ? `Stripe is away: ${this.#outage}` : 'Stripe is back');
  }

  /** Whether a process dies where it has just passed these. */
  diesAt(points: readonly CrashPoint[]): boolean {
    const probabilities = points.map((point) => Math.max(this.climate.diesAtPoints, diesWhereFewPass[point] ?? 0));
    return points.length > 0 && this.chance.happens(Math.max(...probabilities));
  }

  faultOf(method: string, path: string): RequestFault | null {
    if (this.#outage) return method === 'GET' ? 'drop_before' : this.#outage;
    for (const [kind, probability] of Object.entries(this.climate.requests) as [RequestFault, number][]) {
      if (!this.chance.happens(probability) || !fits(kind, method, path)) continue;
      this.met(`${kind} of ${method} ${path}`);
      return kind;
    }
    return null;
  }

  losesConnection(label: string): 'before' | 'after' | null {
    if (!this.chance.happens(this.climate.losesConnection)) return null;
    const loss = this.chance.of(['before', 'after'] as const);
    this.met(`the connection is lost ${loss} ${label}`);
    return loss;
  }
}

/** Reads have no side to them, and only what pays a seller is refused for what the seller is. */
function fits(kind: RequestFault, method: string, path: string): boolean {
  if (kind === 'refuse') return method === 'POST' && /^\/v1\/transfers/.test(path);
  return method !== 'GET' || kind === 'rate_limit' || kind === 'server_error' || kind === 'drop_before';
}
