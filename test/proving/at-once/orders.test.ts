import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nothing, type Touched } from '../ground/watching.js';
import { Orders } from './orders.js';

/** A step of a small program: adds what it reads in one place to another, and one. */
interface Sum {
  from: string;
  to: string;
}

const places = ['a', 'b', 'c'];
const program = fc.array(fc.record({ from: fc.constantFrom(...places), to: fc.constantFrom(...places) }), { minLength: 1, maxLength: 4 });

function footprintOf({ from, to }: Sum): Touched {
  const reads = [from, to].map((table) => ({ table, where: new Map(), isOfKey: false }));
  return { ...nothing, reads, holds: new Set([to]), publishes: [{ table: to, row: null, isStill: false }] };
}

/** What is in the places when each step has been taken in this order. */
function endOf(programs: Sum[][], order: number[]): string {
  const values = new Map(places.map((place, index) => [place, index]));
  const left = programs.map((steps) => [...steps]);
  for (const actor of order) {
    const { from, to } = (left[actor] as Sum[]).shift() as Sum;
    values.set(to, (values.get(to) as number) * 3 + (values.get(from) as number) + actor + 1);
  }
  return JSON.stringify([...values]);
}

function* everyOrder(counts: number[], begun: number[] = []): Generator<number[]> {
  if (counts.every((count) => count === 0)) yield begun;
  for (const [actor, count] of counts.entries()) if (count > 0) yield* everyOrder(counts.with(actor, count - 1), [...begun, actor]);
}

/** The orders that are played, each to its end; null for one that was given up. */
function played(programs: Sum[][]): (number[] | null)[] {
  const orders = new Orders();
  const found: (number[] | null)[] = [];
  do {
    orders.begin();
    const left = programs.map((steps) => [...steps]);
    for (;;) {
      const open = left.flatMap((steps, actor) => (steps.length > 0 ? [actor] : []));
      const actor = open.length > 0 ? orders.choose(open) : null;
      if (actor === null) {
        found.push(open.length === 0 ? orders.steps.map((step) => step.actor) : null);
        break;
      }
      const step = left[actor]?.shift() as Sum;
      orders.add({ actor, label: `${actor} ${left[actor]?.length}`, footprint: footprintOf(step), heldUntil: null });
    }
  } while (orders.turnBack());
  return found;
}

describe('the orders that are played', () => {
  it('lead wherever any order leads, and each of them somewhere else or by another way', () => {
    fc.assert(
      fc.property(fc.tuple(program, program), (programs) => {
        const orders = played(programs).filter((order) => order !== null);
        const all = [...everyOrder(programs.map(({ length }) => length))];
        expect(new Set(orders.map((order) => endOf(programs, order)))).toEqual(new Set(all.map((order) => endOf(programs, order))));
        expect(orders.length).toBeLessThanOrEqual(all.length);
      }),
    );
  });

  it('are as few as there can be: one where nothing matters, and all where everything does', () => {
    const alone = (place: string): Sum[] => Array.from({ length: 4 }, () => ({ from: place, to: place }));
    expect(played([alone('a'), alone('b')])).toHaveLength(1);
    expect(played([alone('a'), alone('a')])).toHaveLength(70);
  });
});
