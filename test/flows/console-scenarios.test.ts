import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { type Api, signInAsAdmin } from '../support/api.js';
import { until } from '../support/until.js';
import { openWorld, type TestWorld } from '../support/world.js';

interface Frame {
  line: string;
  buyers: { decimal: string };
  held: { decimal: string };
  seller: { decimal: string };
  platform: { decimal: string };
  stripe: { decimal: string };
  things: { kind: string; state: string }[];
  wrong: string[];
}

let world: TestWorld;
let admin: Api;
beforeAll(async () => {
  world = await openWorld({}, { works: false });
  admin = await signInAsAdmin(world);
});
afterAll(() => world.close());

const play = async (name: string) =>
  (
    await admin.run<{ playScenario: { frames: Frame[] | null; userErrors: { code: string }[] } }>(
      `mutation ($name: String!) { playScenario(input: { name: $name }) { frames { line wrong buyers { decimal } held { decimal } seller { decimal }
        platform { decimal } stripe { decimal } things { kind state } } userErrors { code } } }`,
      { name },
    )
  ).playScenario;
const frameAfter = (frames: Frame[] | null, line: string) => frames?.find((frame) => frame.line === line);

describe('a scenario', () => {
  it('shows a lost dispute costing the platform 66.87 where sellers are paid at once, and 16.87 where their money is held', async () => {
    const eager = (await play('lost-where-it-was-paid-at-once')).frames;
    const held = (await play('lost-where-it-was-held')).frames;
    expect([...(eager ?? []), ...(held ?? [])].flatMap(({ wrong }) => wrong)).toEqual([]);
    expect(frameAfter(eager, 'the buyer pays')?.buyers.decimal).toBe('54.00');
    expect(frameAfter(eager, 'the seller is paid out')).toMatchObject({
      platform: { decimal: '2.13' },
      held: { decimal: '0.00' },
      seller: { decimal: '50.00' },
    });
    expect(frameAfter(held, 'the bank takes it back')).toMatchObject({
      buyers: { decimal: '0.00' },
      platform: { decimal: '-16.87' },
      stripe: { decimal: '16.87' },
    });
    expect(eager?.at(-1)).toMatchObject({
      platform: { decimal: '-66.87' },
      things: [
        { kind: 'SETTLEMENT', state: 'SETTLED' },
        { kind: 'DISPUTE', state: 'LOST' },
        { kind: 'REVERSAL', state: 'OWED' },
      ],
    });
    expect(held?.at(-1)).toMatchObject({
      platform: { decimal: '-16.87' },
      things: [
        { kind: 'SETTLEMENT', state: 'CANCELED' },
        { kind: 'DISPUTE', state: 'LOST' },
      ],
    });
  });

  it('is played alone, and leaves nothing behind', async () => {
    const both = await Promise.all([play('two-for-fifty-six'), play('two-for-fifty-six')]);
    expect(both.flatMap(({ userErrors }) => userErrors.map(({ code }) => code))).toEqual(['ALREADY_IN_PROGRESS']);
    expect((await world.app.openWork().read.selectFrom('payment').select('id').execute()).length).toBe(0);
    const client = new pg.Client({ connectionString: world.databaseUrl });
    await client.connect();
    const scratch = async () =>
      (await client.query<{ datname: string }>(`select datname from pg_database where datname like 'holdfast_scratch_%'`)).rows;
    const there = new Set((await scratch()).map(({ datname }) => datname)); // other tests' among them, which go when those are over
    await until(scratch, (left) => !left.some(({ datname }) => there.has(datname)));
    await client.end();
  });

  it('is found by its name, among all there are', async () => {
    const { scenarios } = await admin.run<{ scenarios: { name: string; about: string; beside: string | null }[] }>(
      '{ scenarios { name about beside } }',
    );
    expect(scenarios).toContainEqual(expect.objectContaining({ name: 'lost-where-it-was-held', beside: 'lost-where-it-was-paid-at-once' }));
    expect((await play('../package')).userErrors).toEqual([{ code: 'INVALID' }]);
  });
});
