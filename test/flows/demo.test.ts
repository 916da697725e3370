import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dayMs } from '../../src/base/clock.js';
import { emailKey } from '../../src/base/email.js';
import { cast, demoPassword } from '../../src/demo/cast.js';
import { fillDemo } from '../../src/demo/filling.js';
import { readStatement } from '../../src/settlements/statement.js';
import { workThrough } from '../support/marketplace.js';
import { openWorld, type TestWorld } from '../support/world.js';

const demo = { casts: 1, upTo: 'usual', maxMs: 60_000 } as const;

describe('the demo of a first start', () => {
  let world: TestWorld;
  beforeAll(async () => {
    world = await openWorld({}, { demo });
    await workThrough(world);
  }, 120_000);
  afterAll(() => world.close()); // which audits the books

  it('has something of everything, so that each page shows what it is for', async () => {
    const { read } = world.app.openWork();
    const settlements = await read.selectFrom('settlement').select(['status', 'failureCode']).execute();
    const found = (rows: object[]) => [...new Set(rows.flatMap((row) => Object.values(row)))];
    expect(found(settlements)).toEqual(
      expect.arrayContaining([
        'SETTLED',
        'PENDING',
        'ACCOUNT_DISCONNECTED',
        'ACCOUNT_RESTRICTED',
        'INVALID_ACCOUNT',
        'UNCLASSIFIED',
        'VERIFICATION_REQUIRED',
      ]),
    );
    expect(found(await read.selectFrom('dispute').select('status').execute())).toEqual(
      expect.arrayContaining(['NEEDS_RESPONSE', 'UNDER_REVIEW', 'WON', 'LOST']),
    );
    expect(found(await read.selectFrom('membership').select(['status', 'endedBecause']).execute())).toEqual(
      expect.arrayContaining(['ACTIVE', 'PAST_DUE', 'CANCELED', 'DISCONNECTED']),
    );
    expect(found(await read.selectFrom('refund').select('status').execute())).toEqual(expect.arrayContaining(['SUCCEEDED', 'FAILED']));
    expect(found(await read.selectFrom('inboxEvent').select('state').execute())).toEqual(expect.arrayContaining(['APPLIED', 'PARKED']));
    expect(found(await read.selectFrom('payment').select(['kind', 'currency']).execute()).toSorted()).toEqual([
      'EUR',
      'JPY',
      'MEMBERSHIP_INVOICE',
      'OFFERING',
      'ONE_TIME',
      'USD',
    ]);
    expect(await read.selectFrom('sellerDebt').select('id').execute()).not.toEqual([]);
  });

  it('reaches half a year back, and ends now', async () => {
    const { read, clock, wallClock } = world.app.openWork();
    const { first, last } = await read
      .selectFrom('payment')
      .select((row) => [row.fn.min('paidAt').as('first'), row.fn.max('paidAt').as('last')])
      .executeTakeFirstOrThrow();
    const daysFrom = (from: Date) => (clock.now().getTime() - from.getTime()) / dayMs;
    expect(daysFrom(first)).toBeGreaterThan(150);
    expect(daysFrom(last)).toBeGreaterThanOrEqual(0);
    expect(Math.abs(clock.now().getTime() - wallClock.now().getTime())).toBeLessThan(2_000);
  });

  it('has a statement for every settlement whose rows sum to what was sent, and to what is left of it', async () => {
    const work = world.app.openWork();
    const settlements = await work.read.selectFrom('settlement').selectAll().execute();
    const looking = { kind: 'PERSON', role: 'ADMIN', personId: 'per_1', email: '', name: '', tenantId: null, accountId: null } as const;
    for (const { id, amountMinor, reversedMinor } of settlements) {
      const { sentMinor, leftMinor, afterwards } = await readStatement(work, looking, id);
      if (amountMinor !== null) expect({ id, sentMinor, left: leftMinor }).toEqual({ id, sentMinor: amountMinor, left: sentMinor - reversedMinor });
      if (reversedMinor > 0) expect(afterwards).not.toEqual([]);
    }
    expect(settlements.some(({ deductedMinor }) => deductedMinor > 0) || settlements.some(({ reversedMinor }) => reversedMinor > 0)).toBe(true);
  });

  it('lets whoever looks sign in as each of its sellers', async () => {
    const { read } = world.app.openWork();
    expect(world.app.demo).toMatchObject({ sellerCount: cast.length, leftOutCount: 0 });
    const people = await read.selectFrom('person').select('emailKey').execute();
    expect(people.map((person) => person.emailKey)).toEqual(expect.arrayContaining(cast.map(({ login }) => emailKey(`${login}@demo.test`))));
    const seller = await world.browse().open('/sign-in');
    await seller.submit({ email: 'luna@demo.test', password: demoPassword });
    expect(seller.text()).toContain('Venue Luna');
  });

  it('is played once: nothing is added where there is a seller', async () => {
    const count = () => world.app.openWork().read.selectFrom('purchaseSession').select('id').execute();
    const before = await count();
    expect(await fillDemo(() => world.app.openWork(), demo)).toBeNull();
    expect(await count()).toEqual(before);
  });
});
