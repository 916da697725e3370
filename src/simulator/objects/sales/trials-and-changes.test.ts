import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type Stripe from 'stripe';
import { marketplaceOf, openSimulated, refused } from '../../../../test/support/simulated.js';
import type { Simulator } from '../../server.js';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await openSimulated();
});
afterAll(() => simulator.close());

/** A customer, prices of 10.00 and 25.00 a month, and what was invoiced so far: total, due and state, the oldest first. */
async function shopIn(world: string) {
  const { stripe, passDays, events, control } = await marketplaceOf(simulator, world);
  const { id: customer } = await stripe.customers.create({ email: 'member@shop.test' });
  const price = async (unit_amount: number) =>
    (await stripe.prices.create({ currency: 'usd', unit_amount, recurring: { interval: 'month' }, product_data: { name: 'Club' } })).id;
  const [basic, plus] = [await price(1_000), await price(2_500)];
  const invoiced = async () =>
    (await stripe.invoices.list({ customer })).data.map(({ total, amount_due, status }) => [total, amount_due, status]).reverse();
  const subscribe = (more: object = {}, to = basic) => stripe.subscriptions.create({ customer, items: [{ price: to }], ...more });
  /** Lets half of the period go by. */
  const passHalf = async ({ items }: Stripe.Subscription) => {
    const { current_period_start: start, current_period_end: end } = items.data[0] as Stripe.SubscriptionItem;
    await control('clock/advance', { seconds: (end - start) / 2 });
  };
  return { stripe, passDays, passHalf, events, control, customer, basic, plus, invoiced, subscribe };
}

const itemOf = ({ items }: Stripe.Subscription) => (items.data[0] as Stripe.SubscriptionItem).id;

describe('a trial', () => {
  it('asks for nothing, is told of three days before it ends, and then begins the first period', async () => {
    const { stripe, subscribe, passDays, invoiced, events } = await shopIn('trial');
    const { id, status, created, trial_end } = await subscribe({ trial_period_days: 14 });
    expect([status, trial_end]).toEqual(['trialing', created + 14 * 86_400]);
    expect(await invoiced()).toEqual([[0, 0, 'paid']]);
    await passDays(10);
    expect(await events()).not.toContain('customer.subscription.trial_will_end');
    await passDays(1);
    expect(await events()).toContain('customer.subscription.trial_will_end');
    await passDays(3);
    expect((await stripe.subscriptions.retrieve(id)).status).toBe('active');
    expect((await invoiced()).at(-1)).toEqual([1_000, 1_000, 'paid']);
    expect((await stripe.charges.list()).data.map(({ amount }) => amount)).toEqual([1_000]);
  });

  it('ends at once where it is asked to, or with the subscription where that is canceled', async () => {
    const { stripe, subscribe, passDays, invoiced } = await shopIn('trial_ends');
    const [first, second] = [await subscribe({ trial_period_days: 2 }), await subscribe({ trial_period_days: 2 })];
    expect((await stripe.subscriptions.update(first.id, { trial_end: 'now' })).status).toBe('active');
    await stripe.subscriptions.update(second.id, { cancel_at_period_end: true });
    await passDays(3);
    expect((await stripe.subscriptions.retrieve(second.id)).status).toBe('canceled');
    expect((await invoiced()).map(([total]) => total)).toEqual([0, 0, 1_000]);
  });

  it('that ends with a card that fails leaves the subscription past due', async () => {
    const { stripe, subscribe, passDays, control } = await shopIn('trial_fails');
    const { id } = await subscribe({ trial_period_days: 7 });
    await control(`subscriptions/${id}/card`, { card: 'failing' });
    await passDays(7);
    expect((await stripe.subscriptions.retrieve(id)).status).toBe('past_due');
  });

  it('of no days, of too many, or with two ends is refused', async () => {
    const { subscribe } = await shopIn('trial_refused');
    for (const more of [{ trial_period_days: 0 }, { trial_period_days: 731 }, { trial_end: 1 }, { trial_period_days: 3, trial_end: 1_900_000_000 }])
      await expect(subscribe(more)).rejects.toThrow();
  });
});

describe('a change within a period', () => {
  it('gives back what is left of the old price and asks for what is left of the new one, with the next invoice', async () => {
    const { stripe, subscribe, plus, passHalf, passDays, invoiced, customer } = await shopIn('upgraded');
    const subscription = await subscribe();
    await passHalf(subscription);
    const items = [{ id: itemOf(subscription), price: plus }];
    const preview = await stripe.invoices.createPreview({ subscription: subscription.id, subscription_details: { items } });
    expect(preview.lines.data.map(({ amount }) => amount)).toEqual([-500, 1_250, 2_500]);
    await stripe.subscriptions.update(subscription.id, { items });
    expect(await invoiced()).toHaveLength(1);
    expect((await stripe.invoiceItems.list({ customer })).data.map(({ amount, proration, invoice }) => [amount, proration, invoice])).toEqual([
      [1_250, true, null],
      [-500, true, null],
    ]);
    await passDays(17);
    expect((await invoiced()).at(-1)).toEqual([3_250, 3_250, 'paid']);
    await passDays(31);
    expect((await invoiced()).at(-1)).toEqual([2_500, 2_500, 'paid']);
  });

  it('is asked for at once where that is wanted', async () => {
    const { stripe, subscribe, plus, passHalf, passDays, invoiced } = await shopIn('at_once');
    const subscription = await subscribe();
    await passHalf(subscription);
    await stripe.subscriptions.update(subscription.id, { items: [{ id: itemOf(subscription), price: plus }], proration_behavior: 'always_invoice' });
    expect((await invoiced()).at(-1)).toEqual([750, 750, 'paid']);
    await passDays(17);
    expect((await invoiced()).at(-1)).toEqual([2_500, 2_500, 'paid']);
  });

  it('to a lower price is credit of the customer’s, which pays the next invoice first', async () => {
    const { stripe, subscribe, basic, plus, passHalf, passDays, invoiced, customer } = await shopIn('downgraded');
    const subscription = await subscribe({}, plus);
    await passHalf(subscription);
    await stripe.subscriptions.update(subscription.id, { items: [{ id: itemOf(subscription), price: basic }], proration_behavior: 'always_invoice' });
    expect((await invoiced()).at(-1)).toEqual([-750, 0, 'paid']);
    expect(await stripe.customers.retrieve(customer)).toMatchObject({ balance: -750 });
    await passDays(17);
    expect((await invoiced()).at(-1)).toEqual([1_000, 250, 'paid']);
    expect(await stripe.customers.retrieve(customer)).toMatchObject({ balance: 0 });
    expect((await stripe.charges.list()).data.map(({ amount }) => amount)).toEqual([250, 2_500]);
  });

  it('and back in the same second costs nothing, whenever that is', async () => {
    const { stripe, subscribe, basic, plus, customer } = await shopIn('there_and_back');
    const subscription = await subscribe();
    const [{ current_period_start: start, current_period_end: end }] = subscription.items.data as [Stripe.SubscriptionItem];
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: start, max: end }), fc.integer({ min: 1, max: 9 }), async (proration_date, quantity) => {
        const id = itemOf(subscription);
        await stripe.subscriptions.update(subscription.id, { items: [{ id, price: plus, quantity }], proration_date });
        await stripe.subscriptions.update(subscription.id, { items: [{ id, price: basic, quantity: 1 }], proration_date });
        const items = (await stripe.invoiceItems.list({ customer, limit: 4 })).data;
        expect(items.reduce((sum, { amount }) => sum + amount, 0)).toBe(0);
      }),
      { numRuns: 10 },
    );
  });

  it('costs nothing in a trial, and is refused where what is left of a discount would have to be reckoned, or outside of the period', async () => {
    const { stripe, subscribe, plus, customer } = await shopIn('not_prorated');
    const trial = await subscribe({ trial_period_days: 9 });
    await stripe.subscriptions.update(trial.id, { items: [{ id: itemOf(trial), price: plus }] });
    expect((await stripe.invoiceItems.list({ customer })).data).toEqual([]);
    const { id: coupon } = await stripe.coupons.create({ percent_off: 10, duration: 'forever' });
    const discounted = await subscribe({ discounts: [{ coupon }] });
    await expect(stripe.subscriptions.update(discounted.id, { items: [{ id: itemOf(discounted), price: plus }] })).rejects.toThrow('a discount');
    const plain = await subscribe();
    const early = stripe.subscriptions.update(plain.id, { items: [{ id: itemOf(plain), price: plus }], proration_date: 1 });
    expect(await refused(early)).not.toBe('accepted');
  });
});
