import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openGround, type TestGround } from '../../test/support/ground.js';
import type { Staff } from '../access/viewer.js';
import { dayMs, later } from '../base/clock.js';
import { type CommissionPlanInput, setCommissionPlan } from './commission-planning.js';
import { commissionPlansOf, commissionTermsOf } from './commission-terms.js';
import { stillActive } from './connected-account.js';

const admin: Staff = {
  kind: 'PERSON',
  personId: 'per_admin',
  email: 'ada@example.com',
  name: 'Ada',
  role: 'ADMIN',
  steppedUp: true,
  hasSecondFactor: false,
  mustEnrol: false,
  tenantId: null,
  accountId: null,
};
const euros = { currency: 'EUR', sold: 'DIRECT' } as const;

let ground: TestGround;
beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground.close());

const plan = (accountId: string, asked: Partial<CommissionPlanInput> = {}): CommissionPlanInput => ({
  accountId,
  percentageBps: 1000,
  fixedFeeMinor: 0,
  feeFloorMinor: null,
  feeCapMinor: null,
  vatBps: 2100,
  feeMode: 'ADDED',
  currency: null,
  validFrom: null,
  ...asked,
});
const set = (accountId: string, asked: Partial<CommissionPlanInput> = {}) => setCommissionPlan(ground.work, admin, plan(accountId, asked));
const inDays = (days: number) => later(ground.clock.now(), days * dayMs);
const rateOf = async (accountId: string, purchase: { currency: string; sold: 'DIRECT' | 'OFFERING' } = euros) =>
  (await commissionTermsOf(ground.work, accountId, purchase)).percentageBps;

describe('the commission of an account', () => {
  it('is the platform’s default until it has its own: in the price of direct payments, on top of offerings', async () => {
    const { accountId } = await ground.seller();
    const common = { percentageBps: 800, fixedFeeMinor: 100, feeFloorMinor: null, feeCapMinor: null, vatBps: 0 };
    expect(await commissionTermsOf(ground.work, accountId, euros)).toEqual({ ...common, feeMode: 'INCLUDED' });
    expect(await commissionTermsOf(ground.work, accountId, { ...euros, sold: 'OFFERING' })).toEqual({ ...common, feeMode: 'ADDED' });
  });

  it('is its own for all it sells, and that of the currency before that for all', async () => {
    const [{ accountId }, other] = [await ground.seller(), await ground.seller()];
    await set(accountId);
    await set(accountId, { currency: 'EUR', percentageBps: 500, fixedFeeMinor: 20, feeFloorMinor: 50, feeCapMinor: 2000 });
    expect(await commissionTermsOf(ground.work, accountId, { currency: 'EUR', sold: 'OFFERING' })).toEqual({
      percentageBps: 500,
      fixedFeeMinor: 20,
      feeFloorMinor: 50,
      feeCapMinor: 2000,
      vatBps: 2100,
      feeMode: 'ADDED',
    });
    expect(await rateOf(accountId, { currency: 'USD', sold: 'DIRECT' })).toBe(1000);
    expect(await rateOf(other.accountId)).toBe(800);
  });

  it('changes at the instant it was set to, and not before', async () => {
    const { accountId } = await ground.seller();
    await set(accountId);
    await set(accountId, { percentageBps: 1200, validFrom: inDays(30) });
    ground.clock.advance(30 * dayMs - 1);
    expect(await rateOf(accountId)).toBe(1000);
    ground.clock.advance(1);
    expect(await rateOf(accountId)).toBe(1200);
  });

  it('goes on to what was set for later, when it is changed before that', async () => {
    const { accountId } = await ground.seller();
    const later = inDays(30);
    await set(accountId, { percentageBps: 1200, validFrom: later });
    await set(accountId, { percentageBps: 900 });
    const plans = await commissionPlansOf(ground.work, [accountId]);
    expect(plans).toMatchObject([
      { percentageBps: 900, validFrom: ground.clock.now(), validUntil: later, createdBy: 'per_admin' },
      { percentageBps: 1200, validFrom: later, validUntil: stillActive },
    ]);
  });

  it('is replaced where another begins at the same instant, which the table goes on telling', async () => {
    const { accountId } = await ground.seller();
    const validFrom = inDays(10);
    await set(accountId);
    await set(accountId, { percentageBps: 1200, validFrom });
    await set(accountId, { percentageBps: 1100, validFrom });
    expect((await commissionPlansOf(ground.work, [accountId])).map(({ percentageBps }) => percentageBps)).toEqual([1000, 1100]);
    expect(await ground.rows('select percentage_bps from commission_plan where account_id = $1 and valid_from = valid_until', [accountId])).toEqual([
      { percentage_bps: 1200 },
    ]);
  });

  it('is one of those that several administrators set at once', async () => {
    const { accountId } = await ground.seller();
    const rates = Array.from({ length: 10 }, (_, index) => 100 * (index + 1));
    await Promise.all(rates.map((percentageBps) => set(accountId, { percentageBps })));
    expect(rates).toContain(await rateOf(accountId));
    expect(await commissionPlansOf(ground.work, [accountId])).toHaveLength(1);
  });

  it('is known for every instant, whatever was set when: the last word on it before it came', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ ahead: fc.integer({ min: 0, max: 6 }), waits: fc.integer({ min: 0, max: 2 }) }), { minLength: 1, maxLength: 8 }),
        async (steps) => {
          const { accountId } = await ground.seller();
          const said = new Map<number, number>(); // by the day it begins: the rate
          let day = 0;
          for (const [index, { ahead, waits }] of steps.entries()) {
            await set(accountId, { percentageBps: index, validFrom: ahead === 0 ? null : inDays(ahead) });
            said.set(day + ahead, index);
            ground.clock.advance(waits * dayMs);
            day += waits;
          }
          for (const last = day + 7; day <= last; day++) {
            const begun = [...said.keys()].filter((begins) => begins <= day);
            expect(await rateOf(accountId)).toBe(begun.length === 0 ? 800 : said.get(Math.max(...begun)));
            ground.clock.advance(dayMs);
          }
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe('a commission plan', () => {
  it.each([
    [{ percentageBps: 10_001 }, 'INVALID', 'percentageFee'],
    [{ percentageBps: 8.5 }, 'INVALID', 'percentageFee'],
    [{ vatBps: -1 }, 'INVALID', 'vatRate'],
    [{ fixedFeeMinor: -1 }, 'INVALID', 'fixedFee'],
    [{ fixedFeeMinor: 0.5 }, 'INVALID', 'fixedFee'],
    [{ fixedFeeMinor: 100_000_000 }, 'INVALID', 'fixedFee'],
    [{ fixedFeeMinor: 15, currency: 'KWD' }, 'INVALID', 'fixedFee'],
    [{ fixedFeeMinor: 50, currency: 'ISK' }, 'INVALID', 'fixedFee'],
    [{ feeFloorMinor: -1, currency: 'EUR' }, 'INVALID', 'feeFloor'],
    [{ feeCapMinor: 100_000_000, currency: 'EUR' }, 'INVALID', 'feeCap'],
    [{ feeCapMinor: 100 }, 'INVALID', 'feeCap'],
    [{ feeFloorMinor: 0 }, 'INVALID', 'feeFloor'],
    [{ feeFloorMinor: 101, feeCapMinor: 100, currency: 'EUR' }, 'INVALID', 'feeFloor'],
    [{ currency: 'XXX' }, 'CURRENCY_UNSUPPORTED', 'currency'],
  ])('of %j is refused with %s, by its %s', async (asked, code, field) => {
    const { accountId } = await ground.seller();
    await expect(set(accountId, asked)).rejects.toMatchObject({ code, path: [field] });
    expect(await commissionPlansOf(ground.work, [accountId])).toEqual([]);
  });

  it('may take as much as its currency can be charged', async () => {
    const { accountId } = await ground.seller();
    await set(accountId, { fixedFeeMinor: 99_999_999 });
    await set(accountId, { fixedFeeMinor: 999_999_999_999, feeCapMinor: 999_999_999_999, currency: 'IDR' });
    expect(await commissionPlansOf(ground.work, [accountId])).toHaveLength(2);
  });

  it('begins neither in the past nor in a far future', async () => {
    const { accountId } = await ground.seller();
    for (const validFrom of [later(ground.clock.now(), -1), inDays(3 * 365 + 1)])
      await expect(set(accountId, { validFrom })).rejects.toMatchObject({ code: 'DATE_INVALID', path: ['validFrom'] });
  });

  it('is one of at most 24 of its currency that have not begun', async () => {
    const { accountId } = await ground.seller();
    for (let days = 1; days <= 24; days++) await set(accountId, { currency: 'EUR', validFrom: inDays(days) });
    await expect(set(accountId, { currency: 'EUR', validFrom: inDays(25) })).rejects.toMatchObject({ code: 'INVALID', path: ['validFrom'] });
    await set(accountId, { currency: 'EUR', validFrom: inDays(24), percentageBps: 1 });
    await set(accountId, { currency: 'USD', validFrom: inDays(25) });
    await set(accountId, { currency: 'EUR' });
    expect(await commissionPlansOf(ground.work, [accountId])).toHaveLength(26);
  });

  it('is set by administrators alone', async () => {
    const { accountId } = await ground.seller();
    await expect(setCommissionPlan(ground.work, { ...admin, role: 'OPERATOR' }, plan(accountId))).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});
