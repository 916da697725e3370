import type { Seller } from '../access/viewer.js';
import type { Work } from '../db/work.js';
import type { Marketplace } from './marketplace.js';

/** How a request to Stripe can fail: before anything is done, after all of it, or with an answer that is kept under its key. */
export const faults = ['rate_limit', 'server_error', 'server_error_stored', 'drop_before', 'drop_after', 'refuse', 'error_after'] as const;
export type Fault = (typeof faults)[number];

/** A process of Holdfast: one that answers requests, or one that works on time. */
export type ProcessName = 'serve 1' | 'work 1';

/** An object as Stripe has it. */
export interface StripeObject {
  id: string;
  object: string;
  [field: string]: unknown;
}

/** Whose money, as Stripe keeps it: an account's or the platform's, the cards buyers paid with, or Stripe's own. */
export type Purse = 'cards' | 'stripe_fees' | `${string}:pending` | `${string}:available`;

/** Stripe, as who works there sees it. */
export interface AtStripe {
  /** Its objects of a kind, the newest first: the platform's, or where `owner` is null everybody's. */
  all(kind: string, owner: string | null): StripeObject[];
  /** What people, banks and Stripe itself do there. Throws what Stripe would refuse. */
  control(path: string, body?: object): unknown;
  /** What the platform asks for by itself, in its dashboard. */
  ask(method: string, path: string, form: Record<string, string>): unknown;
  /** What is in a purse, in minor units. */
  balance(currency: string, purse: Purse): number;
}

export const platform = 'platform';

/** Where a scenario is played: a marketplace with a time and a Stripe of its own, in which whatever is asked for goes wrong, and nothing else. */
export interface Theatre {
  readonly market: Marketplace;
  readonly stripe: AtStripe;
  /** The seller it is about. */
  readonly seller: Seller;
  /** To look at what is there; nobody acts with it. */
  openWork(): Work;
  /** Lets one process do one thing to its end, or to where it is to die. A refusal is an end. */
  as(process: ProcessName, task: (work: Work) => Promise<unknown>): Promise<void>;
  /** A job of the worker's by its name; null where there is none. */
  job(name: string): ((work: Work) => Promise<number>) | null;
  /** Has who acts next die, as by a power cut, before what is named: `ask POST /v1/transfers`, `answer to POST /v1/transfers`. */
  dieBefore(step: string): void;
  /** Has requests fail, so many, whose method and path begin so: `POST /v1/transfers`. */
  fail(fault: Fault, path: string, times: number): void;
  /** Lets time pass. */
  turn(ms: number): Promise<void>;
  /** Keeps a copy of the database as it is. */
  backUp(): Promise<void>;
  /** Puts the copy in its place, and starts every process anew. Stripe goes on where it is. */
  restore(): Promise<void>;
  /** The events that Stripe has delivered; the others it has yet to. */
  readonly told: ReadonlySet<string>;
  /** Stripe delivers an event. */
  deliver(work: Work, event: StripeObject): Promise<void>;
}

/** A theatre of the running server, to be closed. */
export interface OpenTheatre extends Theatre {
  /** What was logged of defects: nobody catches those, and nobody may. */
  readonly defects: string[];
  close(): Promise<void>;
}

/** The newest object of a kind that the platform has at Stripe, or where `owner` is null anybody. Throws where there is none. */
export function latest({ stripe }: Theatre, kind: string, owner: string | null = platform): StripeObject {
  const [object] = stripe.all(kind, owner);
  if (!object) throw new Error(`there is no ${kind.replaceAll(/[._]/g, ' ')}`);
  return object;
}

/** What Stripe has paid to a seller and not taken back, over all accounts they ever had; whether they have it there or at their bank. */
export function paidTo(stripe: Pick<AtStripe, 'all'>, accountId: string): number {
  const accounts = new Set(
    stripe
      .all('account', platform)
      .filter(({ metadata }) => (metadata as Record<string, string>)['account'] === accountId)
      .map(({ id }) => id),
  );
  return stripe
    .all('transfer', platform)
    .filter(({ destination }) => accounts.has(destination as string))
    .reduce((sum, { amount, amount_reversed: back }) => sum + (amount as number) - (back as number), 0);
}

/** What an account, or the platform, has at Stripe with what is on its way to it. */
export function heldAt({ stripe }: Theatre, owner: string, currency: string): number {
  return stripe.balance(currency, `${owner}:available`) + stripe.balance(currency, `${owner}:pending`);
}
