import { hourMs, later, secondMs } from '../base/clock.js';
import { emailKey } from '../base/email.js';
import type { Work } from '../db/work.js';
import { addressOf, cast, demoPassword, type Part } from './cast.js';
import { Chance } from './chance.js';
import type { Playing } from './deeds.js';
import { type Deed, planOf, type Weight, weights } from './plan.js';
import { Stage } from './stage.js';
import { present, settleAll, troubles } from './troubles.js';

const seed = 20_261_121;
const lanesMax = 6; // buyers at once: fewer than the connections
const windowHours = 24; // of what happens together
const settlesEveryHours = 48;

export interface DemoSize {
  /** How many times the cast is on the stage. */
  casts: number;
  /** Up to which weight: purchases that nothing hangs on are extra. */
  upTo: Weight;
  /** How long it may take: where time runs short, first purchases that nothing hangs on are left out, in the end everything but who sells. */
  maxMs: number;
}

/** What a demo came to. */
export interface Filled {
  sellerCount: number;
  paymentCount: number;
  leftOutCount: number;
}

/**
 * Plays half a year of a marketplace into an empty database: sellers in every state, purchases, refunds, disputes, failed settlements.
 * Everything is done by the actions that people and programs use, at a simulated time that begins half a year ago and ends now; what Stripe
 * tells of it is delivered afterwards. Null where there is a seller already: then only the time is made up for that a demo cut short has left behind.
 */
export async function fillDemo(openWork: () => Work, { casts, upTo, maxMs }: DemoSize): Promise<Filled | null> {
  const stage = new Stage(openWork);
  const endsAt = openWork().wallClock.now();
  if (await openWork().read.selectFrom('account').select('id').limit(1).executeTakeFirst()) {
    await stage.turnTo(endsAt);
    return null;
  }
  await stage.control('webhooks', { mode: 'delay' });
  const sellers: Playing[] = [];
  const deeds = Array.from({ length: casts }, (_, nth) => playOf(nth, endsAt, sellers)).flat();
  const beganHoursAgo = Math.max(...deeds.map(({ hoursAgo }) => hoursAgo)) + 1;
  await stage.control('clock/turn-back', { seconds: (beganHoursAgo * hourMs) / secondMs });
  const wanted = deeds.filter(({ weight = 'usual' }) => weights.indexOf(weight) <= weights.indexOf(upTo));
  let leftOutCount = 0;
  try {
    leftOutCount = await play(stage, endsAt, beganHoursAgo, wanted, maxMs);
  } finally {
    await stage.turnTo(openWork().wallClock.now());
    await stage.control('webhooks', { mode: 'normal' });
  }
  return { sellerCount: sellers.length, paymentCount: sellers.reduce((sum, { payments }) => sum + payments.length, 0), leftOutCount };
}

/** The seller whom the start introduces: how to sign in as them, and where buyers pay them. */
export interface DemoSeller {
  email: string;
  password: string;
  payPath: string;
}

/** Null where no demo was played. */
export async function findDemoSeller({ read }: Work): Promise<DemoSeller | null> {
  const email = addressOf(cast[0] as Part);
  const found = await read
    .selectFrom('person')
    .innerJoin('seat', 'seat.personId', 'person.id')
    .innerJoin('account', 'account.tenantId', 'seat.tenantId')
    .select('account.id')
    .where('person.emailKey', '=', emailKey(email))
    .executeTakeFirst();
  return found ? { email, password: demoPassword, payPath: `/c/${found.id}` } : null;
}

/** One whole cast's half year. Each after the first has names of its own. */
function playOf(nth: number, endsAt: Date, sellers: Playing[]): Deed[] {
  const chance = new Chance(seed + nth);
  const onStage = new Map<string, Playing>();
  const of = (login: string) => present(onStage.get(login));
  const parts = nth === 0 ? cast : cast.map((part): Part => ({ ...part, name: `${part.name} ${nth + 1}`, login: `${part.login}${nth + 1}` }));
  return [
    ...parts.flatMap((part, at) => {
      const { login } = cast[at] as Part;
      return planOf(
        part,
        chance,
        endsAt,
        () => of(login),
        (seller) => {
          onStage.set(login, seller);
          sellers.push(seller);
        },
      );
    }),
    ...(nth === 0 ? troubles(endsAt, of) : []),
  ];
}

/** Plays the deeds in their order, those within a day of each other at once. Answers how many were left out for want of time. */
async function play(stage: Stage, endsAt: Date, beganHoursAgo: number, deeds: Deed[], maxMs: number): Promise<number> {
  const startedMs = performance.now();
  const waiting = [...deeds].sort((one, other) => other.hoursAgo - one.hoursAgo);
  let leftOutCount = 0;
  let settledHoursAgo = beganHoursAgo;
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const { hoursAgo } = next;
    await stage.turnTo(later(endsAt, -hoursAgo * hourMs));
    if (settledHoursAgo - hoursAgo >= settlesEveryHours) {
      await settleAll(stage);
      settledHoursAgo = hoursAgo;
    }
    const together = [next];
    while (!next.isAlone && waiting[0] && !waiting[0].isAlone && hoursAgo - waiting[0].hoursAgo < windowHours) together.push(waiting.shift() as Deed);
    const spent = (performance.now() - startedMs) / maxMs;
    const weight = spent > 1 ? 'needed' : spent > 1 - hoursAgo / beganHoursAgo ? 'usual' : 'extra';
    const played = together.filter((deed) => weights.indexOf(deed.weight ?? 'usual') <= weights.indexOf(weight));
    leftOutCount += together.length - played.length;
    await inLanes(played, (deed) => deed.run(stage));
  }
  return leftOutCount;
}

async function inLanes<T>(all: readonly T[], take: (one: T) => Promise<void>): Promise<void> {
  const queue = all.values();
  const lane = async () => {
    for (const one of queue) await take(one);
  };
  await Promise.all(Array.from({ length: lanesMax }, lane));
}
