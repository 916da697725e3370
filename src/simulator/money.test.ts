import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { marketplaceOf, openSimulated, refused } from '../../test/support/simulated.js';
import type { Simulator } from './server.js';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await openSimulated();
});
afterAll(() => simulator.close());

const marketplace = (world: string) => marketplaceOf(simulator, world);

describe('money at the simulated Stripe', () => {
  it('of a platform’s charge of 54.00 is 52.13, pending for two days; 50.00 of it moved to the seller leave 2.13', async () => {
    const { stripe, seller, passDays, available, pending, charge, books } = await marketplace('separate');
    await charge(5400);
    expect([await pending(), await available()]).toEqual([5213, 0]);
    expect(await refused(stripe.transfers.create({ amount: 5000, currency: 'usd', destination: seller }))).toBe('balance_insufficient');
    await passDays(2);
    const transfer = await stripe.transfers.create({
      amount: 5000,
      currency: 'usd',
      destination: seller,
      transfer_group: 'event_1',
      metadata: { settlement: 's1' },
    });
    expect([await available(), await available(seller)]).toEqual([213, 5000]);
    expect((await stripe.transfers.list({ transfer_group: 'event_1' })).data.map(({ id, metadata }) => [id, metadata])).toEqual([
      [transfer.id, { settlement: 's1' }],
    ]);
    expect((await books()).reduce((sum, minor) => sum + minor, 0)).toBe(0);
  });

  it('moves with its charge before it is available, and not more than the charge brought', async () => {
    const { stripe, seller, passDays, available, charge } = await marketplace('source');
    const { latest_charge } = await charge(5400);
    const source = (latest_charge as Stripe.Charge).id;
    await stripe.transfers.create({ amount: 5000, currency: 'usd', destination: seller, source_transaction: source });
    expect(await refused(stripe.transfers.create({ amount: 500, currency: 'usd', destination: seller, source_transaction: source }))).toBe(
      'transfer_source_balance_parameters_mismatch',
    );
    expect(await available(seller)).toBe(0);
    await passDays(2);
    expect([await available(), await available(seller)]).toEqual([213, 5000]);
  });

  it('comes back from a seller by reversal, in parts, while the balance there lasts', async () => {
    const { stripe, seller, control, passDays, available, charge } = await marketplace('reversal');
    await charge(5400);
    await passDays(2);
    const { id } = await stripe.transfers.create({ amount: 5000, currency: 'usd', destination: seller });
    await stripe.transfers.createReversal(id, { amount: 2000 });
    expect([await available(), await available(seller), (await stripe.transfers.retrieve(id)).amount_reversed]).toEqual([2213, 3000, 2000]);
    expect(await refused(stripe.transfers.createReversal(id, { amount: 3001 }))).toBe('amount_too_large');
    await control(`accounts/${seller}/payout`);
    expect(await refused(stripe.transfers.createReversal(id, { amount: 3000 }))).toBe('balance_insufficient');
  });

  it('is taken with 15.00 by a dispute: kept back, a lost one costs 16.87; paid out first, 66.87', async () => {
    for (const [world, transferred, left] of [
      ['deferred', false, -1687],
      ['eager', true, -6687],
    ] as const) {
      const { stripe, seller, control, passDays, available, charge, books } = await marketplace(world);
      const { latest_charge } = await charge(5400);
      await passDays(2);
      if (transferred) await stripe.transfers.create({ amount: 5000, currency: 'usd', destination: seller });
      await control(`charges/${(latest_charge as Stripe.Charge).id}/dispute`, { reason: 'fraudulent' });
      const [dispute] = (await stripe.disputes.list()).data;
      expect([dispute?.status, dispute?.amount, dispute?.balance_transactions.map(({ net }) => net)]).toEqual(['needs_response', 5400, [-6900]]);
      await control(`disputes/${dispute?.id}/close`, { outcome: 'lost' });
      expect(await available()).toBe(left);
      expect((await books()).reduce((sum, minor) => sum + minor, 0)).toBe(0);
    }
  });

  it('comes back with the 15.00 when a dispute is won, also by evidence', async () => {
    const { stripe, passDays, available, charge } = await marketplace('won');
    await charge(5400, 'pm_card_createDispute');
    await passDays(2);
    expect(await available()).toBe(-1687);
    const [dispute] = (await stripe.disputes.list()).data;
    await stripe.disputes.update(dispute?.id as string, { evidence: { uncategorized_text: 'winning_evidence' } });
    expect(await available()).toBe(5213);
    expect(await refused(stripe.disputes.close(dispute?.id as string))).toBe('status_transition_invalid');
  });

  it('is refused to sellers who are unknown, restricted or gone, each in Stripe’s own words', async () => {
    const { stripe, seller, control } = await marketplace('refusals');
    await stripe.topups.create({ amount: 10_000, currency: 'usd' });
    const transfer = () => refused(stripe.transfers.create({ amount: 1000, currency: 'usd', destination: seller }));
    expect(await transfer()).toBe('accepted');
    await control(`accounts/${seller}/onboard`, { outcome: 'restricted' });
    expect(await transfer()).toBe('insufficient_capabilities_for_transfer');
    await control(`accounts/${seller}/deauthorize`);
    expect(await transfer()).toBe('resource_missing');
  });

  it('of a declined card never moves', async () => {
    const { charge, books } = await marketplace('declined');
    expect(await refused(charge(5400, 'pm_card_chargeDeclined'))).toBe('card_declined');
    expect(await books()).toEqual([]);
  });
});

describe('the catalogue of the simulated Stripe', () => {
  it('keeps customers, products and prices', async () => {
    const { stripe } = await marketplace('catalogue');
    const customer = await stripe.customers.create({ email: 'ada@example.com', name: 'Ada' });
    expect((await stripe.customers.update(customer.id, { name: 'Ada L.' })).name).toBe('Ada L.');
    expect((await stripe.customers.list({ email: 'ada@example.com' })).data).toHaveLength(1);
    expect((await stripe.customers.del(customer.id)).deleted).toBe(true);
    const price = await stripe.prices.create({
      currency: 'usd',
      unit_amount: 2000,
      recurring: { interval: 'month' },
      product_data: { name: 'Club' },
    });
    expect([price.type, (await stripe.products.retrieve(price.product as string)).name]).toEqual(['recurring', 'Club']);
  });

  it('begins subscriptions, refunds fees, and keeps settings, endpoints and clocks', async () => {
    const { stripe, seller } = await marketplace('rest');
    const on = { stripeAccount: seller };
    const customer = await stripe.customers.create({ email: 'ada@example.com' }, on);
    const price = await stripe.prices.create(
      { currency: 'usd', unit_amount: 2000, recurring: { interval: 'month' }, product_data: { name: 'Club' } },
      on,
    );
    const subscription = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }], application_fee_percent: 10 }, on);
    expect(
      (await stripe.invoicePayments.list({ invoice: subscription.latest_invoice as string }, on)).data.map(({ amount_paid }) => amount_paid),
    ).toEqual([2000]);
    const [fee] = (await stripe.applicationFees.list()).data;
    expect((await stripe.applicationFees.createRefund(fee?.id as string, { amount: 50 })).amount).toBe(50);
    expect((await stripe.applicationFees.retrieve(fee?.id as string)).amount_refunded).toBe(50);

    await stripe.balanceSettings.update({ payments: { payouts: { schedule: { interval: 'daily' } } } });
    expect((await stripe.balanceSettings.retrieve()).payments.payouts?.schedule?.interval).toBe('daily');
    const endpoint = await stripe.webhookEndpoints.create({ url: 'http://127.0.0.1:9/hook', enabled_events: ['*'] });
    expect((await stripe.webhookEndpoints.del(endpoint.id)).deleted).toBe(true);
    const clock = await stripe.testHelpers.testClocks.create({ frozen_time: 1_000 });
    await stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: 1_000 + 33 * 86_400 });
    expect((await stripe.charges.list({}, on)).data).toHaveLength(2);
  });
});
