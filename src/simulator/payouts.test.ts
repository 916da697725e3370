import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { marketplaceOf, openSimulated } from '../../test/support/simulated.js';
import type { Simulator } from './server.js';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await openSimulated();
});
afterAll(() => simulator.close());

describe('payouts', () => {
  it('that a bank refuses bring the money back, and leave the seller without a bank account until they give one', async () => {
    const { stripe, seller, onSeller, control, available, charge, passDays, events } = await marketplaceOf(simulator, 'failed');
    await charge(5_400, 'pm_card_bypassPending');
    await stripe.transfers.create({ amount: 5_000, currency: 'usd', destination: seller });
    await control(`accounts/${seller}/payout`, { outcome: 'failed' });
    const [payout] = (await stripe.payouts.list({}, onSeller)).data;
    expect(payout).toMatchObject({ status: 'failed', amount: 5_000, failure_code: 'account_closed' });
    expect(await available(seller)).toBe(5_000);
    expect((await stripe.balanceTransactions.list({ source: String(payout?.id) }, onSeller)).data.map(({ type, net }) => [type, net])).toEqual([
      ['payout_failure', 5_000],
      ['payout', -5_000],
    ]);
    expect(await events(seller)).toEqual(expect.arrayContaining(['payout.failed', 'account.external_account.updated']));
    expect((await stripe.accounts.retrieve(seller)).external_accounts?.data[0]).toMatchObject({ status: 'errored' });

    await stripe.balanceSettings.update({ payments: { payouts: { schedule: { interval: 'daily' } } } }, onSeller);
    await passDays(1);
    expect(await available(seller)).toBe(5_000);
    await control(`accounts/${seller}/onboard`);
    await passDays(1);
    expect(await available(seller)).toBe(0);
  });

  it('happen by themselves at midnight where they are asked for, and leave what is to stay', async () => {
    const { stripe, available, charge, passDays } = await marketplaceOf(simulator, 'daily');
    await charge(5_400, 'pm_card_bypassPending');
    const payouts = { schedule: { interval: 'daily' }, minimum_balance_by_currency: { usd: 2_000 } } as const;
    await stripe.balanceSettings.update({ payments: { payouts } });
    expect(await available()).toBe(5_213);
    await passDays(1);
    expect(await available()).toBe(2_000);
    expect((await stripe.payouts.list()).data).toMatchObject([{ amount: 3_213, automatic: true, status: 'paid' }]);
    await stripe.balanceSettings.update({ payments: { payouts: { minimum_balance_by_currency: { usd: '' } } } });
    await passDays(1);
    expect(await available()).toBe(0);
    await stripe.balanceSettings.update({ payments: { payouts: { schedule: { interval: 'manual' } } } });
    await charge(5_400, 'pm_card_bypassPending');
    await passDays(60);
    expect(await available()).toBe(5_213);
  });

  it.each([
    ['weekly', 8],
    ['monthly', 32],
  ] as const)('happen %s as well', async (interval, days) => {
    const { stripe, available, charge, passDays } = await marketplaceOf(simulator, interval);
    await charge(5_400, 'pm_card_bypassPending');
    await stripe.balanceSettings.update({ payments: { payouts: { schedule: { interval } } } });
    await passDays(days);
    expect(await available()).toBe(0);
  });
});
