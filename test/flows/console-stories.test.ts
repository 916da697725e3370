import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { type Api, signInAsAdmin } from '../support/api.js';
import { openWorld, type TestWorld } from '../support/world.js';

interface Frame {
  line: string;
  platform: { decimal: string };
  seller: { decimal: string };
  owed: { decimal: string };
  settlement: string | null;
  dispute: string | null;
}

let world: TestWorld;
let admin: Api;
beforeAll(async () => {
  world = await openWorld({}, { works: false });
  admin = await signInAsAdmin(world);
}, 30_000);
afterAll(() => world.close());

const play = async (story: string, defended: boolean) =>
  (
    await admin.run<{ playStory: { frames: Frame[] | null; userErrors: { code: string }[] } }>(
      `mutation ($story: StoryName!, $defended: Boolean!) { playStory(input: { story: $story, defended: $defended }) {
        frames { line platform { decimal } seller { decimal } owed { decimal } settlement dispute } userErrors { code } } }`,
      { story, defended },
    )
  ).playStory;
const money = (frames: Frame[] | null) => frames?.map(({ platform, seller }) => `${platform.decimal} ${seller.decimal}`);

describe('a story', () => {
  it('shows a lost dispute costing the platform 66.87 where sellers are paid at once, and 16.87 where their money is held', async () => {
    const eager = (await play('DISPUTE_LOST', false)).frames;
    const held = (await play('DISPUTE_LOST', true)).frames;
    expect(money(eager)?.slice(0, 6)).toEqual(['0.00 0.00', '52.13 0.00', '52.13 0.00', '2.13 50.00', '2.13 0.00', '-66.87 0.00']);
    expect(eager?.at(-1)).toMatchObject({ platform: { decimal: '-66.87' }, owed: { decimal: '50.00' }, settlement: 'SETTLED', dispute: 'LOST' });
    expect(money(held)?.slice(0, 6)).toEqual(['0.00 0.00', '52.13 0.00', '52.13 0.00', '52.13 0.00', '52.13 0.00', '-16.87 0.00']);
    expect(held?.at(-1)).toMatchObject({ platform: { decimal: '-16.87' }, owed: { decimal: '0.00' }, settlement: 'CANCELED', dispute: 'LOST' });
    expect(eager?.length).toBe(held?.length);
  });

  it('ends the same both ways where the dispute is won: the seller has their 50.00, once', async () => {
    const held = (await play('DISPUTE_WON', true)).frames;
    expect(held?.at(-1)).toMatchObject({ platform: { decimal: '2.13' }, seller: { decimal: '50.00' }, settlement: 'SETTLED', dispute: 'WON' });
  });

  it('is played alone, and leaves nothing behind', async () => {
    const both = await Promise.all([play('DISPUTE_WON', true), play('DISPUTE_WON', true)]);
    expect(both.flatMap(({ userErrors }) => userErrors.map(({ code }) => code))).toEqual(['ALREADY_IN_PROGRESS']);
    expect((await world.app.openWork().read.selectFrom('payment').select('id').execute()).length).toBe(0);
    const client = new pg.Client({ connectionString: world.databaseUrl });
    await client.connect();
    const { rows } = await client.query(`select datname from pg_database where datname like 'holdfast_scratch_%'`);
    await client.end();
    expect(rows).toEqual([]);
  });
});
