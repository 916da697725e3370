import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { watchCrashPoints } from '../../../src/base/crash-points.js';
import { Chance } from '../chance.js';
import type { Run, Scheduler } from './scheduler.js';

let seed = 'none';
let chances = new WeakMap<Run, Chance>();
let elsewhere = new Chance(seed);

/** From now on, every draw of the code under test comes from this seed. */
export function seedChance(from: string): void {
  seed = from;
  chances = new WeakMap();
  elsewhere = new Chance(seed);
}

/** Each run draws for itself: of two that one commit lets go on, either may draw first. */
function chanceOf(run: Run | null): Chance {
  if (!run) return elsewhere;
  const chance = chances.get(run) ?? new Chance(`${seed}, run ${run.nth}`);
  chances.set(run, chance);
  return chance;
}

const waitMaxMs = 2_000; // shorter timers are waits of the code; longer ones guard against silence, and what is simulated is never silent
const realTimeout = globalThis.setTimeout;

/** Real time, for the proving ground itself. */
export function realPause(ms: number): Promise<void> {
  return new Promise((resolve) => realTimeout(resolve, ms));
}

/**
 * Takes chance and waiting away from this process: random numbers, ids and tokens come from the seed, and whoever waits is parked until
 * the simulated time has come. Nothing of the code under test is replaced for it. For a process of its own only.
 */
export function determine(scheduler: Scheduler): void {
  const chance = () => chanceOf(scheduler.current());
  Math.random = () => chance().next();
  const uuid = () => {
    const hex = chance().bytes(16).toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}` as crypto.UUID;
  };
  Object.assign(crypto, { randomBytes: (count: number) => chance().bytes(count), randomUUID: uuid });
  syncBuiltinESMExports();
  watchCrashPoints((point) => scheduler.current()?.passed.push(point));
  const timeout = (run: (...values: unknown[]) => void, ms = 0, ...values: unknown[]) => {
    if (ms >= waitMaxMs) return scheduler.isInside() ? realTimeout(run, ms, ...values).unref() : realTimeout(run, ms, ...values); // of a run that dies, it is never taken back
    if (!scheduler.isInside()) return realTimeout(run, 0, ...values); // where nobody meets anybody, nobody need wait
    void scheduler.pass('wait', ms).then(() => run(...values));
    return undefined;
  };
  globalThis.setTimeout = timeout as unknown as typeof setTimeout;
  const realNow = performance.now.bind(performance);
  performance.now = () => (scheduler.isInside() ? scheduler.clock.now().getTime() : realNow());
}
