import { hourMs, later } from '../base/clock.js';
import { buyerNamed, type Part } from './cast.js';
import type { Chance } from './chance.js';
import { buy, enter, giveUp, offer, type Playing, type Ware } from './deeds.js';
import type { Stage } from './stage.js';

/** Something that happens at its time. */
export interface Deed {
  hoursAgo: number;
  /** Nothing else hangs on it: left out of a small demo. */
  isExtra?: boolean;
  /** Nothing else happens meanwhile. */
  isAlone?: boolean;
  run(stage: Stage): Promise<void>;
}

type Buying = (hoursAgo: number, ware: () => Ware, isExtra: boolean) => Deed;

const day = 24;
const onSaleForDays = 14;
const aheadDays = 45;
const buyersMax = 480;

/** What one seller and their buyers do, from the day they sign up; `playing` is told once they are on the stage. */
export function planOf(part: Part, chance: Chance, endsAt: Date, playing: () => Playing, entered: (seller: Playing) => void): Deed[] {
  const enters: Deed = { hoursAgo: part.sinceDays * day, isAlone: true, run: async (stage) => entered(await enter(stage, part)) };
  const buying: Buying = (hoursAgo, ware, isExtra) => {
    const email = buyerNamed(chance.between(0, buyersMax));
    const act = chance.draw() < 0.06 ? giveUp : buy;
    return { hoursAgo, isExtra, run: (stage) => act(stage, playing(), ware(), email) };
  };
  const openFor = (part.closedDaysAgo ?? 0) * day + 2;
  const deeds = [enters];
  if (part.comesTo === 'ready') {
    for (let member = 0; member < (part.membership?.members ?? 0); member++)
      deeds.push(buying(chance.between(openFor, (part.sinceDays - 1) * day), () => ({ kind: 'MEMBERSHIP' }), member >= 3));
    const sales = Math.floor(((part.oneTime?.aWeek ?? 0) * part.sinceDays) / 7);
    for (let sale = 0; sale < sales; sale++)
      deeds.push(buying(busyHour(chance, openFor, part.sinceDays - 1, endsAt), () => ({ kind: 'ONE_TIME' }), sale >= 2));
  }
  return [...deeds, ...eventsOf(part, chance, endsAt, playing, buying)];
}

/** Something on sale every so often, bought by some, delivered in the evening and settled after it. */
function eventsOf(part: Part, chance: Chance, endsAt: Date, playing: () => Playing, buying: Buying): Deed[] {
  const deeds: Deed[] = [];
  const { titles = [], minor = 0, everyDays = 30, buyers = 0 } = part.events ?? {};
  if (titles.length === 0) return deeds;
  for (let daysAgo = part.sinceDays - onSaleForDays - 2, nth = 0; daysAgo > -aheadDays; daysAgo -= everyDays, nth++) {
    const made = { id: '' };
    const title = titles[nth % titles.length] as string;
    const refundableForDays = nth % 3;
    const opensAt = (daysAgo + onSaleForDays) * day;
    if (opensAt <= day) break;
    deeds.push({
      hoursAgo: opensAt,
      isAlone: true,
      run: async (stage) => {
        const deliversAt = later(endsAt, -daysAgo * day * hourMs);
        made.id = (await offer(stage, playing(), { title, minor, deliversAt, refundableForDays })).id;
      },
    });
    for (let buyer = 0; buyer < buyers; buyer++) {
      const quantity = chance.of([1, 1, 2, 2, 3]);
      const hoursAgo = opensAt - chance.between(6, Math.min((onSaleForDays - 3) * day, opensAt - 1)); // what is still on sale has sold, too
      deeds.push(buying(hoursAgo, () => ({ kind: 'OFFERING', offeringId: made.id, quantity }), buyer >= 1));
    }
  }
  return deeds;
}

/** An hour of the last so many days: more of them in evenings and at the week's end. */
function busyHour(chance: Chance, from: number, withinDays: number, endsAt: Date): number {
  for (let tries = 0; ; tries++) {
    const hoursAgo = chance.between(from, withinDays * day);
    const when = later(endsAt, -hoursAgo * hourMs);
    const weight = (when.getUTCHours() >= 9 ? 0.6 : 0.1) + ([5, 6, 0].includes(when.getUTCDay()) ? 0.4 : 0);
    if (chance.draw() < weight || tries > 20) return hoursAgo;
  }
}
