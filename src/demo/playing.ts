import { known } from '../base/assert.js';
import { dayMs, hourMs, later, minuteMs, secondMs } from '../base/clock.js';
import { eachInLanes } from '../base/lanes.js';
import type { Work } from '../db/work.js';
import { cast, type Part } from './cast.js';
import { Chance } from './chance.js';
import type { Playing } from './deeds.js';
import { type Deed, planOf } from './plan.js';
import { Stage } from './stage.js';
import { troublesOf } from './troubles.js';

const seed = 20_261_121;
const lanesMax = 6; // buyers at once: fewer than the connections
const windowHours = 24; // of what happens together

export interface DemoSize {
  /** How many times the cast is on the stage. */
  casts: number;
  /** With every purchase, also those that nothing hangs on. */
  isWhole: boolean;
  /** Of these sellers alone, by what they sign in with; of all where absent. */
  only?: readonly string[];
}

/** What a demo came to. */
export interface Played {
  sellerCount: number;
  paymentCount: number;
}

/** A demo that is being played. */
export interface Play {
  /** What it came to; null where it was stopped before its end. */
  done: Promise<Played | null>;
  /** Stops it, once what is under way is done. What it has played stays, and is complete in itself. */
  stop(): Promise<void>;
}

/**
 * Sets the stage for half a year of a marketplace, in an empty database: turns the simulated time back to its beginning, and answers what
 * begins the play, in the background. Everything in it is done by the actions that people and programs use. Null where there is a seller
 * already: then only the time is made up for that a demo cut short has left behind.
 */
export async function setStage(stage: Stage, size: DemoSize): Promise<(() => Play) | null> {
  const endsAt = stage.openWork().wallClock.now();
  if (await stage.openWork().read.selectFrom('account').select('id').limit(1).executeTakeFirst()) {
    if (stage.now() < later(endsAt, -minuteMs)) await stage.turnTo(endsAt);
    return null;
  }
  const sellers: Playing[] = [];
  const deeds = Array.from({ length: size.casts }, (_, nth) => playOf(nth, endsAt, size, sellers))
    .flat()
    .filter(({ isExtra }) => size.isWhole || !isExtra)
    .sort((one, other) => other.hoursAgo - one.hoursAgo);
  const beganHoursAgo = (deeds[0]?.hoursAgo ?? 0) + 1;
  await stage.control('clock/turn-back', { seconds: (beganHoursAgo * hourMs) / secondMs });
  return () => begin(stage, endsAt, deeds, sellers);
}

function begin(stage: Stage, endsAt: Date, deeds: Deed[], sellers: Playing[]): Play {
  let isStopped = false;
  const backToToday = () => (isStopped ? undefined : stage.turnTo(stage.openWork().wallClock.now())); // also where it broke off
  const over = play(stage, endsAt, deeds, () => isStopped).finally(backToToday);
  const done = over.then((isOver) =>
    isOver ? { sellerCount: sellers.length, paymentCount: sellers.reduce((sum, { payments }) => sum + payments.length, 0) } : null,
  );
  return {
    done,
    async stop() {
      isStopped = true;
      await done.catch(() => undefined); // told to whoever waits for it
    },
  };
}

/** Whether the simulated time is behind: a demo is being played. The day it has come to, or null. */
export function dayOfDemo({ clock, wallClock }: Work): Date | null {
  return clock.now() < later(wallClock.now(), -dayMs) ? clock.now() : null;
}

/** One cast's half year. Each after the first has names of its own, and no troubles. */
function playOf(nth: number, endsAt: Date, { only }: DemoSize, sellers: Playing[]): Deed[] {
  const chance = new Chance(seed + nth);
  return cast
    .filter(({ login }) => only?.includes(login) ?? true)
    .flatMap((part) => {
      const seller: { playing: Playing | null } = { playing: null };
      const playing = () => known(seller.playing, 'a seller who has signed up');
      const named: Part = nth === 0 ? part : { ...part, name: `${part.name} ${nth + 1}`, login: `${part.login}${nth + 1}` };
      const entered = (who: Playing) => {
        seller.playing = who;
        sellers.push(who);
      };
      return [...planOf(named, chance, endsAt, playing, entered), ...(nth === 0 ? troublesOf(part, endsAt, playing) : [])];
    });
}

/**
 * Plays deeds in their order, those within a day of each other at once, and what follows from each before the next. Time does not pass while
 * somebody of flesh and blood is about to pay. False where it was stopped.
 */
async function play(stage: Stage, endsAt: Date, deeds: Deed[], isStopped: () => boolean): Promise<boolean> {
  const waiting = [...deeds];
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    await stage.untilNobodyPays(isStopped);
    if (isStopped()) return false;
    const { hoursAgo, isAlone } = next;
    await stage.turnTo(later(endsAt, -hoursAgo * hourMs));
    await stage.follow();
    const together = [next];
    while (!isAlone && waiting[0] && !waiting[0].isAlone && hoursAgo - waiting[0].hoursAgo < windowHours) together.push(waiting.shift() as Deed);
    await eachInLanes(together, lanesMax, (deed) => deed.run(stage));
  }
  await stage.turnTo(stage.openWork().wallClock.now());
  await stage.follow();
  return true;
}
