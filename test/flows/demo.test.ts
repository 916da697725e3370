import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dayMs } from '../../src/base/clock.js';
import { emailKey } from '../../src/base/email.js';
import { demoPassword } from '../../src/demo/cast.js';
import { type Play, type Played, setStage } from '../../src/demo/playing.js';
import { Stage } from '../../src/demo/stage.js';
import { readStatement } from '../../src/settlements/statement.js';
import { workThrough } from '../support/marketplace.js';
import { openWorld, type TestWorld } from '../support/world.js';

const demo = { casts: 1, isWhole: false, only: ['kiln', 'northpier', 'wildfern', 'kettle', 'mossgate'] };

describe('the demo of a first start', () => {
  let world: TestWorld;
  let played: Played | null;
  beforeAll(async () => {
    world = await openWorld({}, { demo });
    played = await (world.app.demo as Play).done;
    await workThrough(world);
  }, 120_000);
  afterAll(() => world.close()); // which audits the books

  it('has something of everything its sellers are for, so that each page has something to show', async () => {
    const { read } = world.app.openWork();
    const found = (rows: object[]) => [...new Set(rows.flatMap((row) => Object.values(row)))];
    const expectAll = (rows: object[], ...words: string[]) => expect(found(rows)).toEqual(expect.arrayContaining(words));
    const settlements = await read.selectFrom('settlement').select(['status', 'failureCode']).execute();
    expectAll(settlements, 'SETTLED', 'PENDING', 'ACCOUNT_DISCONNECTED', 'ACCOUNT_RESTRICTED', 'VERIFICATION_REQUIRED');
    expectAll(await read.selectFrom('dispute').select('status').execute(), 'NEEDS_RESPONSE', 'LOST');
    expectAll(await read.selectFrom('membership').select('endedBecause').execute(), 'DISCONNECTED');
    expectAll(await read.selectFrom('refund').select('status').execute(), 'SUCCEEDED', 'FAILED');
    expectAll(await read.selectFrom('inboxEvent').select('state').execute(), 'APPLIED', 'PARKED');
    expectAll(await read.selectFrom('payment').select('kind').execute(), 'MEMBERSHIP_INVOICE', 'OFFERING', 'ONE_TIME');
    expect(await read.selectFrom('sellerDebt').select('id').execute()).not.toEqual([]);
  });

  it('reaches months back, and ends now', async () => {
    const { read, clock, wallClock } = world.app.openWork();
    const { first, last } = await read
      .selectFrom('payment')
      .select((row) => [row.fn.min('paidAt').as('first'), row.fn.max('paidAt').as('last')])
      .executeTakeFirstOrThrow();
    const daysFrom = (from: Date) => (clock.now().getTime() - from.getTime()) / dayMs;
    expect(daysFrom(first)).toBeGreaterThan(120);
    expect(daysFrom(last)).toBeGreaterThanOrEqual(0);
    expect(Math.abs(clock.now().getTime() - wallClock.now().getTime())).toBeLessThan(2_000);
  });

  it('has a statement for every settlement whose rows sum to what was sent, and to what is left of it', async () => {
    const work = world.app.openWork();
    const settlements = await work.read.selectFrom('settlement').selectAll().execute();
    const rights = { role: 'ADMIN', steppedUp: false, hasSecondFactor: false, mustEnrol: false, tenantId: null, accountId: null } as const;
    const looking = { kind: 'PERSON', personId: 'per_1', email: '', name: '', ...rights } as const;
    for (const { id, amountMinor, reversedMinor } of settlements) {
      const { sentMinor, leftMinor, afterwards } = await readStatement(work, looking, id);
      if (amountMinor !== null) expect({ id, sentMinor, left: leftMinor }).toEqual({ id, sentMinor: amountMinor, left: sentMinor - reversedMinor });
      if (reversedMinor > 0) expect(afterwards).not.toEqual([]);
    }
    expect(settlements.some(({ deductedMinor }) => deductedMinor > 0) || settlements.some(({ reversedMinor }) => reversedMinor > 0)).toBe(true);
  });

  it('lets whoever looks sign in as each of its sellers', async () => {
    const { read } = world.app.openWork();
    expect(played?.sellerCount).toBe(demo.only.length);
    const people = await read.selectFrom('person').select('emailKey').execute();
    expect(people.map((person) => person.emailKey)).toEqual(expect.arrayContaining(demo.only.map((login) => emailKey(`${login}@demo.test`))));
    const seller = await world.browse().open('/sign-in');
    await seller.submit({ email: 'northpier@demo.test', password: demoPassword });
    expect(seller.text()).toContain('North Pier Cinema');
  });

  it('is played once: nothing is added where there is a seller', async () => {
    const count = () => world.app.openWork().read.selectFrom('purchaseSession').select('id').execute();
    const before = await count();
    const stage = new Stage(
      () => world.app.openWork(),
      async () => undefined,
    );
    expect(await setStage(stage, demo)).toBeNull();
    expect(await count()).toEqual(before);
  });
});
