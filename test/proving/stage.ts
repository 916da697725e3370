import { actAs } from '../../src/access/acting.js';
import type { Viewer } from '../../src/access/viewer.js';
import type { Work } from '../../src/db/work.js';
import type { Marketplace } from '../../src/scenarios/marketplace.js';
import type { Chance } from './chance.js';
import type { House } from './house.js';

/** Something that a process of the house does, from its request or tick to its end. */
export interface Deed {
  what: string;
  task(work: Work): Promise<unknown>;
}

/** Those who make a house busy, and whose chance decides what they do. */
export interface Stage {
  house: House;
  market: Marketplace;
  chance: Chance;
  duplicates: number;
  /** How much more or less of each this history sees than others. */
  tastes: Map<unknown, number>;
}

export type Maker = (stage: Stage) => Promise<Deed | null> | Deed | null;

/** Weights as this history likes them: what is much done in one is left out of another. */
export function tasted<T>({ chance, tastes }: Stage, choices: readonly (readonly [weight: number, value: T])[]): [number, T][] {
  return choices.map(([weight, value]) => {
    const taste = tastes.get(value) ?? chance.of([0.2, 1, 1, 4]);
    tastes.set(value, taste);
    return [weight * taste, value];
  });
}

/** What somebody asks for. */
export function as(viewer: Viewer, what: string, task: (work: Work) => Promise<unknown>): Deed {
  return {
    what,
    task(work) {
      actAs(work, viewer, { address: null, requestId: null });
      return task(work);
    },
  };
}
