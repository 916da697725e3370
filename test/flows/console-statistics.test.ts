import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dayMs, later } from '../../src/base/clock.js';
import { auditAndHalt } from '../../src/reconciliation/audit.js';
import { type Api, readySeller, signInAsAdmin } from '../support/api.js';
import { buyOffering, disputePayment, offer, turnTo, workThrough } from '../support/marketplace.js';
import { openWorld, type TestWorld } from '../support/world.js';

interface Answer {
  statistics: {
    currency: string;
    currencies: string[];
    days: { day: string; held: { decimal: string }; fees: { decimal: string }; paymentCount: number; disputeCount: number }[];
    period: { gross: { decimal: string }; fees: { decimal: string }; paymentCount: number; disputeCount: number };
    before: { gross: { decimal: string }; paymentCount: number };
    outcomes: { status: string; count: number }[];
    failures: { code: string; count: number }[];
    overdue: { fromDays: number; count: number; total: { decimal: string } }[];
    books: { promiseCount: number; brokenCount: number } | null;
  };
}

let world: TestWorld;
let seller: Api;
let admin: Api;
const wait = async (days: number) => {
  await turnTo(world, later(world.app.openWork().clock.now(), days * dayMs));
  await workThrough(world);
};
const ask = async (days: number, currency: string | null = null) =>
  (
    await admin.run<Answer>(
      `query ($days: Int, $currency: CurrencyCode) { statistics(days: $days, currency: $currency) { currency currencies
        days { day held { decimal } fees { decimal } paymentCount disputeCount } period { gross { decimal } fees { decimal } paymentCount disputeCount }
        before { gross { decimal } paymentCount } outcomes { status count } failures { code count } overdue { fromDays count total { decimal } }
        books { promiseCount brokenCount } } }`,
      { days, currency },
    )
  ).statistics;

beforeAll(async () => {
  world = await openWorld({ PLATFORM_FEE_FIXED: '0' }, { works: false });
  seller = await readySeller(world);
  admin = await signInAsAdmin(world);
  const offering = await offer(seller, { unitPrice: 5_000, inDays: 1 });
  await buyOffering(world, offering.id);
  await wait(10); // paid to the seller
  await world.control('faults', { method: 'POST', path: '/v1/transfers', kind: 'refuse', code: 'account_closed', times: 1 });
  const another = await offer(seller, { unitPrice: 5_000, inDays: 1 });
  await buyOffering(world, another.id, 2);
  await wait(10); // refused
  await disputePayment(world, await buyOffering(world, (await offer(seller, { unitPrice: 1_000, currency: 'EUR', inDays: 30 })).id));
});
afterAll(() => world.close());

describe('the statistics of the marketplace', () => {
  it('tell every day of the period, and the sums of it beside those of as many days before', async () => {
    const { days, period, before, currencies } = await ask(15);
    expect(currencies).toEqual(['USD', 'EUR']);
    expect(days).toHaveLength(15);
    expect(days.filter(({ paymentCount }) => paymentCount > 0)).toEqual([
      { day: expect.stringMatching(/T00:00:00/), held: { decimal: '108.00' }, fees: { decimal: '8.00' }, paymentCount: 1, disputeCount: 0 },
    ]);
    expect(period).toEqual({ gross: { decimal: '108.00' }, fees: { decimal: '8.00' }, paymentCount: 1, disputeCount: 0 });
    expect(before).toEqual({ gross: { decimal: '54.00' }, paymentCount: 1 });
  });

  it('tell each currency by itself', async () => {
    const { period, outcomes } = await ask(15, 'EUR');
    expect(period).toMatchObject({ gross: { decimal: '10.80' }, paymentCount: 1, disputeCount: 1 });
    expect(outcomes).toEqual([]);
  });

  it('tell what became of settlements, what went wrong at Stripe, and for how long sellers have waited', async () => {
    await wait(5);
    const { outcomes, failures, overdue } = await ask(30);
    expect(new Set(outcomes.map(({ status, count }) => `${status} ${count}`))).toEqual(new Set(['SETTLED 1', 'FAILED 1']));
    expect(failures).toEqual([{ code: 'account_closed', count: 1 }]);
    expect(overdue.map(({ fromDays, count, total }) => [fromDays, count, total.decimal])).toEqual([
      [0, 0, '0.00'],
      [8, 1, '100.00'],
      [31, 0, '0.00'],
      [91, 0, '0.00'],
    ]);
  });

  it('tell what the last audit found, without one being made for it', async () => {
    expect((await ask(30)).books).toBeNull();
    await auditAndHalt(world.app.openWork());
    expect((await ask(30)).books).toEqual({ promiseCount: expect.any(Number), brokenCount: 0 });
  });

  it('are of 1 to 90 days, in a currency that there is', async () => {
    await expect(ask(91)).rejects.toThrow('days 91 is not a whole number from 1 to 90.');
    await expect(ask(30, 'XXX')).rejects.toThrow('Nobody is paid in XXX here.');
  });
});
