import { describe, expect, it } from '@jest/globals';
import { openTestDatabase } from '../../test/support/database.js';
import { known } from '../base/assert.js';
import { systemClock } from '../base/clock.js';
import { readConfig } from '../base/config.js';
import { openTheatre } from '../theatre.js';
import { type Frame, play } from './playing.js';
import { findScenario, readScenario, type Scenario, scenarioNames } from './scenario.js';
import { isKnown } from './sentences.js';
import { scenariosOf, tellAll } from './telling.js';
import type { OpenTheatre } from './theatre.js';

async function newTheatre(): Promise<OpenTheatre> {
  const { url, close } = await openTestDatabase();
  return openTheatre({ database: { url, drop: close }, config: readConfig({ NODE_ENV: 'test' }), clock: systemClock });
}

async function played(scenario: Scenario): Promise<Frame[]> {
  const theatre = await newTheatre();
  try {
    return await play(theatre, scenario);
  } finally {
    await theatre.close();
  }
}

const named = (name: string) => known(findScenario(name), name);

describe('the files of scenarios', () => {
  const all = scenarioNames().map(named);

  it('say what they show, in sentences that are known', () => {
    expect(all.length).toBeGreaterThan(30);
    for (const { name, about, lines, atOnce, afterwards } of all) {
      expect([name, about]).toEqual([name, expect.stringMatching(/^[A-Z].*\.$/)]);
      expect([name, ...lines.filter((line) => !isKnown(line)), ...atOnce, ...afterwards]).toEqual([name]);
    }
  });

  it('that stand beside each other do so both, line for line', () => {
    const pairs = all.filter(({ beside }) => beside !== null);
    expect(pairs.length).toBeGreaterThanOrEqual(6);
    for (const { name, lines, beside } of pairs) {
      const other = named(beside as string);
      expect([name, other.beside, other.lines.length]).toEqual([name, name, lines.length]);
    }
  });
});

describe('a scenario in the running server', () => {
  it.each(['a-worker-dies-before-it-records', 'a-refund-outlives-its-server', 'paid-to-the-account-connected-anew'])(
    'goes as on the proving ground, and after every line what buyers paid is with the platform, the seller and Stripe: %s',
    async (name) => {
      const frames = await played(named(name));
      expect(frames.flatMap(({ wrong }) => wrong)).toEqual([]);
      expect(frames.map(({ line }) => line)).toEqual(named(name).lines);
      for (const { buyersMinor, platformMinor, sellerMinor, stripeMinor } of frames)
        expect(platformMinor + sellerMinor + stripeMinor).toBe(buyersMinor);
    },
  );

  it('is told line by line, no further than to the one that something is wrong after, and what', async () => {
    const text =
      '# Mine.\nsomething is on sale for 50.00, delivered in 3 days\na buyer buys 1\nthe buyer pays\nthe buyer has paid 54.00\n1 days go by';
    const told: string[] = [];
    const own = [readScenario('mine', text), readScenario('unknown', 'a buyer sings'), readScenario('early', 'the buyer pays')];
    expect(await tellAll(own, newTheatre, (line) => told.push(line.trim()))).toEqual(['mine', 'unknown', 'early']);
    expect(told).toEqual([
      'mine: Mine.',
      '1  something is on sale for 50.00, delivered in 3 days',
      '2  a buyer buys 1',
      '3  the buyer pays  → buyers have paid 55.00, the platform has 53.10, Stripe has kept 1.90',
      '4  the buyer has paid 54.00',
      'WRONG: it is 55.00',
      'unknown: unknown',
      '1  a buyer sings',
      'WRONG: nobody knows what that means',
      'early: early',
      '1  the buyer pays',
      'WRONG: there is no checkout session',
    ]);
  });

  it('is one there is, or a file', () => {
    expect(scenariosOf(['told-twice', 'scenarios/told-twice.txt']).map(({ lines }) => lines.length)).toEqual([14, 14]);
    expect(() => scenariosOf(['told-thrice'])).toThrow('There is neither a scenario nor a file told-thrice.');
  });
});
