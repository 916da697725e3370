import { type Schema, type Touched, tableOf } from '../ground/watching.js';

/** What one step may mean to others: what it sees of them, what of it holds them up, and what they see of it once it has ended a transaction. */
export interface Footprint extends Touched {
  /** Tables whose rows others see changed from here on. */
  publishes: ReadonlySet<string>;
  /** What the transaction that ends with it held, barred and kept. */
  releases: Held;
}

/** What a transaction keeps others from. */
export type Held = Pick<Touched, 'holds' | 'bars' | 'keeps'>;

const none: ReadonlySet<string> = new Set();
const free: Held = { holds: none, bars: none, keeps: none };
export const nothing: Footprint = { ...free, reads: none, writes: none, skips: none, publishes: none, releases: free };

/** What an open transaction has touched so far: what ends with it. */
export type Open = Record<'writes' | keyof Held, Set<string>>;

export function nothingOpen(): Open {
  return { writes: new Set(), holds: new Set(), bars: new Set(), keeps: new Set() };
}

/** What it means that a transaction ends: all that it wrote is seen, or none. */
export function footprintOfEnd(open: Open, isCommit: boolean, { readLate }: Schema): Footprint {
  const reads = new Set(isCommit ? [...open.writes].flatMap((table) => readLate.get(table) ?? []) : []);
  return { ...nothing, reads, publishes: isCommit ? open.writes : none, releases: open };
}

const pages = ['/v1/account_links', '/v1/billing_portal/sessions']; // what they make is shown once, and nobody asks for it again

/**
 * What a step at Stripe means: requests that read see what those did that write; and a request that is on its way keeps another with its key waiting.
 * Null for a label that is none of Stripe's.
 */
export function footprintAtStripe(label: string): Footprint | null {
  const [, what, method, path] = /^(ask|Stripe works on|answer to) (\w+) (\S+)/.exec(label) ?? [];
  if (what === undefined) return null;
  if (what === 'answer to') return nothing;
  const reads = new Set(['Stripe']);
  if (method === 'GET' || pages.includes(path as string)) return { ...nothing, reads: what === 'ask' && method !== 'GET' ? none : reads };
  const key = `key#${method} ${path}`; // of one place, it may be the same
  return what === 'ask' ? { ...nothing, holds: new Set([key]) } : { ...nothing, reads, holds: new Set([key, 'Stripe']), publishes: reads };
}

/** Whether it can matter which of two steps of different actors comes first. Of what nobody knows it may. */
export function matters(one: Footprint | 'unknown', other: Footprint | 'unknown'): boolean {
  if (one === nothing || other === nothing) return false;
  if (one === 'unknown' || other === 'unknown') return true;
  return meet(one.holds, other.holds) || affects(one, other) || affects(other, one);
}

function affects(one: Footprint, other: Footprint): boolean {
  return meet(one.publishes, other.reads) || hinders(one, other) || hinders(one.releases, other) || meet(one.releases.holds, other.holds);
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
