import type { Sought } from '../ground/explained.js';
import { type Changed, type Held, nothing, type Touched, tableOf } from '../ground/watching.js';

const stripe = 'Stripe';
const anyOfStripe: Sought = { table: stripe, where: new Map(), isOfKey: false };
const thereAlready: Sought = { ...anyOfStripe, where: new Map([['since', new Set(['long'])]]) };
const pages = ['/v1/account_links', '/v1/billing_portal/sessions']; // for what was there already; they are shown once, and nobody asks for them again
const beginners = ['/v1/accounts']; // what they make changes nothing that was there

/**
 * What a step at Stripe means: requests that read see what those did that write; and a request that is on its way keeps another with its key waiting.
 * Null for a label that is none of Stripe's.
 */
export function footprintAtStripe(label: string): Touched | null {
  const [, what, method, path] = /^(ask|Stripe works on|answer to) (\w+) (\S+)/.exec(label) ?? [];
  if (what === undefined) return null;
  if (what === 'answer to') return nothing;
  if (method === 'GET') return { ...nothing, reads: [anyOfStripe] };
  if (pages.includes(path as string)) return what === 'ask' ? nothing : { ...nothing, reads: [thereAlready] };
  const key = `key#${method} ${path}`; // of one place, it may be the same
  if (what === 'ask') return { ...nothing, holds: new Set([key]) };
  const row = beginners.includes(path as string) ? { since: 'now' } : null;
  return { ...nothing, reads: [anyOfStripe], holds: new Set([key, stripe]), publishes: [{ table: stripe, row, isStill: false }] };
}

/** Whether it can matter which of two steps of different actors comes first. Of what nobody knows it may. */
export function matters(one: Touched | 'unknown', other: Touched | 'unknown'): boolean {
  if (one === nothing || other === nothing) return false;
  if (one === 'unknown' || other === 'unknown') return true;
  return meet(one.holds, other.holds) || affects(one, other) || affects(other, one);
}

function affects(one: Touched, other: Touched): boolean {
  return sees(other.reads, one.publishes) || hinders(one, other) || hinders(one.releases, other) || meet(one.releases.holds, other.holds);
}

/** Whether somebody looked for what has changed. */
function sees(reads: readonly Sought[], publishes: readonly Changed[]): boolean {
  return reads.some((sought) => publishes.some((changed) => sought.table === changed.table && fits(sought, changed)));
}

function fits({ where, isOfKey }: Sought, { row, isStill }: Changed): boolean {
  if (row === null) return true;
  if (isOfKey && isStill) return false;
  return [...where].every(([column, values]) => values.has(row[column] as string));
}

function hinders({ holds, bars, keeps }: Held, other: Touched): boolean {
  return meet(bars, other.keeps) || meet(keeps, other.bars) || meet(holds, other.skips);
}

/** Whether there is something in both: the same row, or a row of a table, or a table. */
function meet(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  if (one.size === 0 || other.size === 0) return false;
  for (const name of one) if (other.has(name) || other.has(tableOf(name))) return true;
  for (const name of other) if (one.has(tableOf(name))) return true;
  return false;
}
