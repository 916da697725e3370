import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { Browser } from '../../../../test/support/browser.js';
import { marketplaceOf, openSimulated, refused } from '../../../../test/support/simulated.js';
import type { Simulator } from '../../server.js';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await openSimulated();
});
afterAll(() => simulator.close());

/** A world with a customer, two monthly prices, and what was invoiced, the oldest first. */
async function shopIn(world: string) {
  const { stripe, passDays, events, control } = await marketplaceOf(simulator, world);
  const { id: customer } = await stripe.customers.create({ email: 'member@shop.test' });
  const price = async (unit_amount: number) =>
    (await stripe.prices.create({ currency: 'usd', unit_amount, recurring: { interval: 'month' }, product_data: { name: 'Club' } })).id;
  const [basic, plus] = [await price(1_000), await price(2_500)];
  const invoiced = async () => (await stripe.invoices.list({ customer })).data.map(({ total, status }) => [total, status]).reverse();
  const subscribe = (more: object = {}) => stripe.subscriptions.create({ customer, items: [{ price: basic }], ...more });
  return { stripe, passDays, events, control, customer, basic, plus, invoiced, subscribe };
}
const itemOf = ({ items }: Stripe.Subscription) => (items.data[0] as Stripe.SubscriptionItem).id;

describe('a subscription', () => {
  it('renews at another price after it was changed without proration', async () => {
    const { stripe, subscribe, plus, passDays, invoiced } = await shopIn('changed');
    const subscription = await subscribe();
    const items = [{ id: itemOf(subscription), price: plus, quantity: 2 }];
    const changed = await stripe.subscriptions.update(subscription.id, { items, proration_behavior: 'none' });
    expect(changed.items.data[0]).toMatchObject({ price: { id: plus }, quantity: 2 });
    await passDays(31);
    expect(await invoiced()).toEqual([
      [1_000, 'paid'],
      [5_000, 'paid'],
    ]);
  });

  it.each([
    ['void', 'void'],
    ['keep_as_draft', 'draft'],
    ['mark_uncollectible', 'uncollectible'],
  ] as const)('whose collection is paused (%s) asks for nothing until it goes on', async (behavior, status) => {
    const { stripe, subscribe, passDays, invoiced } = await shopIn(`paused_${behavior}`);
    const { id, created } = await subscribe();
    await stripe.subscriptions.update(id, { pause_collection: { behavior, resumes_at: created + 45 * 86_400 } });
    await passDays(100);
    expect((await invoiced()).map(([, one]) => one)).toEqual(['paid', status, 'paid', 'paid']);
    expect((await stripe.subscriptions.retrieve(id)).pause_collection).toBeNull();
    expect((await stripe.subscriptions.update(id, { pause_collection: '' })).pause_collection).toBeNull();
  });

  it('that is paused stands still, and begins a new period when it is resumed', async () => {
    const { stripe, subscribe, passDays, invoiced, events } = await shopIn('resumed');
    const { id } = await subscribe();
    expect((await stripe.subscriptions.pause(id)).status).toBe('paused');
    await passDays(100);
    expect(await invoiced()).toHaveLength(1);
    expect((await stripe.subscriptions.resume(id)).status).toBe('active');
    await passDays(31);
    expect((await invoiced()).map(([, status]) => status)).toEqual(['paid', 'paid', 'paid']);
    await expect(stripe.subscriptions.resume(id)).rejects.toThrow('Only a paused');
    expect((await events()).filter((type) => /paused|resumed/.test(type))).toEqual(['customer.subscription.paused', 'customer.subscription.resumed']);
  });

  it('that is resumed where it was asks for nothing of the time between', async () => {
    const { stripe, subscribe, passDays, invoiced } = await shopIn('unchanged');
    const { id } = await subscribe();
    await stripe.subscriptions.pause(id);
    await passDays(100);
    await stripe.subscriptions.resume(id, { billing_cycle_anchor: { type: 'unchanged' } });
    expect(await invoiced()).toHaveLength(1);
    await passDays(31);
    expect(await invoiced()).toHaveLength(2);
  });

  it('is paid with the card it was given, and past due where that fails', async () => {
    const { stripe, subscribe, customer, passDays } = await shopIn('cards');
    const card = async (id: string) => (await stripe.paymentMethods.attach(id, { customer })).id;
    const { id } = await subscribe({ default_payment_method: await card('pm_card_visa') });
    await stripe.subscriptions.update(id, { default_payment_method: await card('pm_card_chargeDeclined') });
    await passDays(31);
    expect((await stripe.subscriptions.retrieve(id)).status).toBe('past_due');
    expect(await refused(subscribe({ default_payment_method: 'pm_nobody' }))).toBe('resource_missing');
  });
});

describe('a customer who is deleted', () => {
  it('takes along what they subscribed to, and what they were going to', async () => {
    const { stripe, subscribe, customer, basic, passDays, invoiced } = await shopIn('deleted');
    const { id, created } = await subscribe();
    const later = { customer, start_date: created + 9 * 86_400, phases: [{ items: [{ price: basic }] }] };
    const schedule = await stripe.subscriptionSchedules.create(later);
    await stripe.customers.del(customer);
    expect((await stripe.subscriptions.retrieve(id)).status).toBe('canceled');
    await passDays(40);
    expect((await stripe.subscriptionSchedules.retrieve(schedule.id)).status).toBe('canceled');
    expect(await invoiced()).toHaveLength(1);
  });
});

describe('a subscription schedule', () => {
  it('subscribes, changes the price with each phase, and lets go', async () => {
    const { stripe, customer, basic, plus, passDays, invoiced, events } = await shopIn('phases');
    const schedule = await stripe.subscriptionSchedules.create({
      customer,
      start_date: 'now',
      end_behavior: 'release',
      phases: [
        { items: [{ price: basic, quantity: 1 }], duration: { interval: 'month', interval_count: 2 } },
        { items: [{ price: plus, quantity: 2 }], duration: { interval: 'month', interval_count: 1 } },
      ],
    });
    expect(schedule).toMatchObject({ status: 'active', current_phase: { start_date: schedule.created } });
    expect(schedule.phases[1]?.start_date).toBe(schedule.phases[0]?.end_date);
    await passDays(130);
    expect((await invoiced()).map(([total]) => total)).toEqual([1_000, 1_000, 5_000, 5_000, 5_000]);
    const released = await stripe.subscriptionSchedules.retrieve(schedule.id);
    expect(released).toMatchObject({ status: 'released', subscription: null, released_subscription: schedule.subscription });
    expect(await stripe.subscriptions.retrieve(schedule.subscription as string)).toMatchObject({ status: 'active', schedule: null });
    expect((await events()).filter((type) => type.startsWith('subscription_schedule'))).toEqual(
      ['created', 'updated', 'released'].map((what) => `subscription_schedule.${what}`),
    );
  });

  it('begins on its day, and ends the subscription where it says so', async () => {
    const { stripe, customer, basic, passDays, invoiced } = await shopIn('later');
    const { created } = await stripe.customers.retrieve(customer).then((one) => one as Stripe.Customer);
    const { id } = await stripe.subscriptionSchedules.create({
      customer,
      start_date: created + 10 * 86_400,
      end_behavior: 'cancel',
      phases: [{ items: [{ price: basic }], duration: { interval: 'month', interval_count: 2 } }],
    });
    expect((await stripe.subscriptionSchedules.retrieve(id)).status).toBe('not_started');
    expect(await invoiced()).toEqual([]);
    await passDays(100);
    expect((await stripe.subscriptionSchedules.retrieve(id)).status).toBe('completed');
    expect(await invoiced()).toHaveLength(2);
    expect((await stripe.subscriptions.list({ customer, status: 'canceled' })).data).toHaveLength(1);
  });

  it('takes over a subscription, has its phases replaced, is released or canceled', async () => {
    const { stripe, subscribe, basic, plus, passDays, invoiced } = await shopIn('over');
    const subscription = await subscribe();
    const { id, phases } = await stripe.subscriptionSchedules.create({ from_subscription: subscription.id });
    const [first] = phases as [Stripe.SubscriptionSchedule.Phase];
    await stripe.subscriptionSchedules.update(id, {
      phases: [
        { items: [{ price: basic }], start_date: first.start_date, end_date: first.end_date },
        { items: [{ price: plus }], duration: { interval: 'month' } },
      ],
    });
    await passDays(31);
    expect((await invoiced()).map(([total]) => total)).toEqual([1_000, 2_500]);
    expect((await stripe.subscriptionSchedules.release(id)).status).toBe('released');
    await expect(stripe.subscriptionSchedules.cancel(id)).rejects.toThrow('released cannot be changed');
    const again = await stripe.subscriptionSchedules.create({ from_subscription: subscription.id });
    expect((await stripe.subscriptionSchedules.cancel(again.id)).status).toBe('canceled');
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('canceled');
  });

  it('refuses phases that make no sense', async () => {
    const { stripe, customer, basic } = await shopIn('senseless');
    const create = (phase: object) => stripe.subscriptionSchedules.create({ customer, phases: [{ items: [{ price: basic }], ...phase }] });
    await expect(create({ end_date: 1 })).rejects.toThrow('ends after it begins');
    await expect(create({ iterations: 3 })).rejects.toThrow('unknown parameter: phases[0][iterations]');
    await expect(create({ items: [{ price: 'price_nobody' }] })).rejects.toThrow('No such price');
    await expect(stripe.subscriptionSchedules.create({ customer })).rejects.toThrow('at least one phase');
  });
});

describe('a coupon', () => {
  it('is made, renamed, listed and deleted', async () => {
    const { stripe, events } = await shopIn('coupons');
    const { id } = await stripe.coupons.create({ percent_off: 12.5, duration: 'repeating', duration_in_months: 3 });
    expect(await stripe.coupons.update(id, { name: 'Early bird' })).toMatchObject({ name: 'Early bird', percent_off: 12.5, valid: true });
    expect((await stripe.coupons.list()).data).toHaveLength(1);
    expect(await stripe.coupons.del(id)).toEqual(expect.objectContaining({ id, deleted: true }));
    expect((await events()).filter((type) => type.startsWith('coupon.'))).toEqual(['coupon.created', 'coupon.updated', 'coupon.deleted']);
  });

  it.each([
    ['once', { percent_off: 25, duration: 'once' }, [750, 1_000, 1_000, 1_000]],
    ['for two months', { amount_off: 300, currency: 'usd', duration: 'repeating', duration_in_months: 2 }, [700, 700, 1_000, 1_000]],
    ['for ever', { percent_off: 100, duration: 'forever' }, [0, 0, 0, 0]],
  ] as const)('is taken off a subscription’s invoices %s', async (name, asked, totals) => {
    const { stripe, subscribe, passDays, invoiced, customer } = await shopIn(`off_${name.replaceAll(' ', '_')}`);
    const coupon = await stripe.coupons.create(asked);
    const { id, discounts } = await subscribe({ discounts: [{ coupon: coupon.id }] });
    await passDays(95);
    expect(await invoiced()).toEqual(totals.map((total) => [total, 'paid']));
    const charged = (await stripe.charges.list({ customer })).data.map(({ amount }) => amount);
    expect(charged.reverse()).toEqual(totals.filter((total) => total > 0));
    const [first] = (await stripe.invoices.list({ subscription: id })).data.reverse();
    expect(first?.total_discount_amounts).toEqual([{ amount: 1_000 - totals[0], discount: expect.stringMatching(/^di_/) }]);
    expect(discounts).toHaveLength(asked.duration === 'once' ? 0 : 1);
    expect((await stripe.coupons.retrieve(coupon.id)).times_redeemed).toBe(1);
  });

  it('is redeemed so often and so long as it says, and given and taken back later', async () => {
    const { stripe, subscribe, control, events } = await shopIn('redeemed');
    const { id: coupon, created } = await stripe.coupons.create({ percent_off: 50, duration: 'forever', max_redemptions: 1 });
    const late = await stripe.coupons.create({ percent_off: 50, duration: 'forever', redeem_by: created + 60 });
    const { id } = await subscribe();
    expect((await stripe.subscriptions.update(id, { discounts: [{ coupon }] })).discounts).toHaveLength(1);
    expect(await refused(subscribe({ discounts: [{ coupon }] }))).toBe('coupon_expired');
    expect((await stripe.coupons.retrieve(coupon)).valid).toBe(false);
    expect((await stripe.subscriptions.update(id, { discounts: '' })).discounts).toEqual([]);
    await control('clock/advance', { seconds: 60 });
    expect(await refused(subscribe({ discounts: [{ coupon: late.id }] }))).toBe('coupon_expired');
    expect((await events()).filter((type) => type === 'customer.discount.created')).toHaveLength(1);
  });

  it.each([
    ['nothing off', {}],
    ['two things off', { percent_off: 5, amount_off: 5 }],
    ['more than all', { percent_off: 101 }],
    ['an amount of no currency', { amount_off: 500 }],
    ['months of no repetition', { percent_off: 5, duration: 'once', duration_in_months: 2 }],
  ])('of %s is refused', async (_, asked) => {
    const { stripe } = await marketplaceOf(simulator, 'wrong_coupons');
    await expect(stripe.coupons.create(asked)).rejects.toMatchObject({ statusCode: 400 });
  });
});

describe('the billing portal', () => {
  it('shows customers their subscriptions, and lets them end one', async () => {
    const { stripe, customer, subscribe } = await shopIn('portal');
    const { id } = await subscribe();
    const session = await stripe.billingPortal.sessions.create({ customer, return_url: 'http://shop.test/account' });
    const page = await new Browser(simulator.url).open(new URL(session.url).pathname);
    expect(page.text()).toContain('10.00 USD each month · active');
    await page.submit({ cancel: id });
    expect((await stripe.subscriptions.retrieve(id)).status).toBe('canceled');
    expect(page.text()).toContain('canceled');
  });
});
