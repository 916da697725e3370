import { createHash } from 'node:crypto';
import type { Stored } from '../../../src/simulator/world.js';
import type { Chance } from '../chance.js';
import type { Schema } from '../ground/watching.js';
import type { House } from '../house.js';
import type { Course, Step } from './orders.js';

/** An order that chance chooses: where all that make a difference were played, it must end as one of them did. */
export class Drawn implements Course {
  readonly steps: Step[] = [];

  constructor(readonly chance: Chance) {}

  add(step: Step): void {
    this.steps.push(step);
  }

  choose(open: number[]): number | null {
    return this.chance.of(open);
  }
}

/** How something has ended: all that is in the books, and what Stripe has moved, but for what is an id or a time. */
export async function endOf(house: House, { tables, rows }: Schema): Promise<string> {
  const text = [...tables].map((table) => `select '${table}' as table, to_jsonb(x) as row from ${table} x`).join(' union all ');
  const all = await rows<{ table: string; row: Record<string, unknown> }>(text);
  const moved = house.stripe.world.all<Stored>('balance_transaction', null).map(({ type, amount }) => `${type} ${amount}`);
  const kept = all.map(({ table, row }) => `${table} ${JSON.stringify(Object.entries(row).filter(([column, value]) => isKept(column, value)))}`);
  return createHash('sha256')
    .update([...kept, ...moved].sort().join('\n'))
    .digest('hex');
}

/** Amounts, counts, and words that are one of a few. */
function isKept(column: string, value: unknown): boolean {
  if (/(^|_)(id|xid|sequence)$/.test(column)) return false;
  return typeof value === 'number' || typeof value === 'boolean' || value === null || (typeof value === 'string' && /^[A-Z_]+$/.test(value));
}
