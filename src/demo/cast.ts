import type { BillingInterval } from '../accounts/account.js';

/** A seller of the demo: what they sell, how busy they are, and where they stand at the end. */
export interface Part {
  name: string;
  /** The first part of their address at demo.test. */
  login: string;
  country: string;
  currency: 'USD' | 'EUR' | 'JPY';
  /** How many days ago they signed up. */
  sinceDays: number;
  /** How far they came with Stripe. */
  comesTo: 'nothing' | 'unfinished' | 'ready';
  membership?: { minor: number; interval: BillingInterval; members: number };
  oneTime?: { minor: number; aWeek: number };
  /** Something on sale again and again, delivered so many days apart, each bought so many times. */
  events?: { titles: readonly string[]; minor: number; everyDays: number; buyers: number };
  /** How many days ago they were restricted or left; buyers cannot pay them directly from then on. */
  closedDaysAgo?: number;
}

export const demoPassword = 'holdfast-demo';

/** Who sells in the demo. The first is who the start introduces. */
export const cast: readonly Part[] = [
  {
    name: 'Venue Luna',
    login: 'luna',
    country: 'US',
    currency: 'USD',
    sinceDays: 180,
    comesTo: 'ready',
    membership: { minor: 1_000, interval: 'MONTH', members: 12 },
    oneTime: { minor: 2_500, aWeek: 0.7 },
    events: { titles: ['A night at the opera', 'Lanterns on the lake', 'Open stage', 'The paper moon'], minor: 2_500, everyDays: 17, buyers: 5 },
  },
  {
    name: 'Atelier Brume',
    login: 'brume',
    country: 'FR',
    currency: 'EUR',
    sinceDays: 172,
    comesTo: 'ready',
    membership: { minor: 1_800, interval: 'MONTH', members: 8 },
    oneTime: { minor: 4_500, aWeek: 0.6 },
  },
  {
    name: 'Kiln & Clay',
    login: 'kiln',
    country: 'DE',
    currency: 'EUR',
    sinceDays: 165,
    comesTo: 'ready',
    events: { titles: ['Throwing for beginners', 'A weekend of glazes', 'Raku by the fire'], minor: 6_400, everyDays: 28, buyers: 4 },
    closedDaysAgo: 9,
  },
  {
    name: 'Hoshizora Teahouse',
    login: 'hoshizora',
    country: 'JP',
    currency: 'JPY',
    sinceDays: 150,
    comesTo: 'ready',
    membership: { minor: 1_500, interval: 'MONTH', members: 7 },
    oneTime: { minor: 3_800, aWeek: 0.5 },
  },
  {
    name: 'North Pier Cinema',
    login: 'northpier',
    country: 'US',
    currency: 'USD',
    sinceDays: 140,
    comesTo: 'ready',
    oneTime: { minor: 1_200, aWeek: 0.8 },
    events: { titles: ['Silent films with piano', 'Midnight double feature'], minor: 1_900, everyDays: 22, buyers: 4 },
  },
  {
    name: 'Papertrail Press',
    login: 'papertrail',
    country: 'US',
    currency: 'USD',
    sinceDays: 128,
    comesTo: 'ready',
    membership: { minor: 6_000, interval: 'YEAR', members: 5 },
    oneTime: { minor: 900, aWeek: 0.6 },
    events: { titles: ['Letterpress in a day'], minor: 8_900, everyDays: 45, buyers: 3 },
  },
  {
    name: 'Sunday Orchestra',
    login: 'sunday',
    country: 'DE',
    currency: 'EUR',
    sinceDays: 118,
    comesTo: 'ready',
    events: { titles: ['Matinee in May light', 'Strings at noon'], minor: 3_200, everyDays: 30, buyers: 4 },
  },
  {
    name: 'Wild Fern Yoga',
    login: 'wildfern',
    country: 'US',
    currency: 'USD',
    sinceDays: 110,
    comesTo: 'ready',
    membership: { minor: 2_900, interval: 'MONTH', members: 6 },
    events: { titles: ['Retreat in the woods'], minor: 15_000, everyDays: 50, buyers: 3 },
    closedDaysAgo: 8,
  },
  {
    name: 'Copper Kettle Suppers',
    login: 'kettle',
    country: 'US',
    currency: 'USD',
    sinceDays: 96,
    comesTo: 'ready',
    events: { titles: ['Five courses, one table', 'Smoke and salt'], minor: 7_500, everyDays: 26, buyers: 4 },
  },
  {
    name: 'Mossgate Readers',
    login: 'mossgate',
    country: 'US',
    currency: 'USD',
    sinceDays: 90,
    comesTo: 'ready',
    membership: { minor: 500, interval: 'MONTH', members: 4 },
    closedDaysAgo: 11,
  },
  {
    name: 'Little Tram Tours',
    login: 'littletram',
    country: 'US',
    currency: 'USD',
    sinceDays: 20,
    comesTo: 'unfinished',
    events: { titles: ['The hill line by night'], minor: 3_500, everyDays: 30, buyers: 3 },
  },
  { name: 'Blue Hour Photography', login: 'bluehour', country: 'US', currency: 'USD', sinceDays: 3, comesTo: 'nothing' },
];

/** Where a seller signs in. */
export function addressOf({ login }: Part): string {
  return `${login}@demo.test`;
}

const firstNames = 'ada ben cleo dina emil fay gus hana iris jon kai lea max nora omar pia quin rosa sam tess uma vera walt yara zoe'.split(' ');
const lastNames = 'abel birk cole dahl eck frey gale hart imhof jonas keller lund marsh noll orr pike rowe stone thorn vale weber'.split(' ');

/** A buyer's address: the same for the same number, and never anybody's. */
export function buyerNamed(n: number): string {
  const first = firstNames[n % firstNames.length];
  const last = lastNames[Math.floor(n / firstNames.length) % lastNames.length];
  return `${first}.${last}@demo.test`;
}
