import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { marketplaceOf, openSimulated } from '../../test/support/simulated.js';
import type { Simulator } from './server.js';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await openSimulated();
});
afterAll(() => simulator.close());

/** A member who pays 10.00 each month, whose card has just begun to fail. */
async function memberWithFailingCard(world: string) {
  const place = await marketplaceOf(simulator, world);
  const { stripe, control, onSeller } = place;
  const session = await stripe.checkout.sessions.create(
    {
      mode: 'subscription',
      line_items: [
        { quantity: 1, price_data: { currency: 'usd', unit_amount: 1_000, product_data: { name: 'Club' }, recurring: { interval: 'month' } } },
      ],
      subscription_data: { application_fee_percent: 8 },
      success_url: 'http://shop.test/',
    },
    onSeller,
  );
  await control(`checkout/sessions/${session.id}/pay`);
  const [subscription] = (await stripe.subscriptions.list({}, onSeller)).data;
  const { id } = subscription as Stripe.Subscription;
  await control(`subscriptions/${id}/card`, { card: 'failing' });
  const status = async () => (await stripe.subscriptions.retrieve(id, {}, onSeller)).status;
  const invoices = async () =>
    (await stripe.invoices.list({ subscription: id }, onSeller)).data.map((invoice) => [
      invoice.status,
      invoice.attempt_count,
      invoice.next_payment_attempt !== null,
    ]);
  return { ...place, id, status, invoices };
}

describe('a renewal whose card fails', () => {
  it('is past due at once, tried again after 3, 5 and 7 days, and then canceled', async () => {
    const { status, invoices, passDays, events, seller } = await memberWithFailingCard('canceled');
    await passDays(31);
    expect([await status(), (await invoices())[0]]).toEqual(['past_due', ['open', 1, true]]);
    await passDays(3);
    expect((await invoices())[0]).toEqual(['open', 2, true]);
    await passDays(5);
    expect([await status(), (await invoices())[0]]).toEqual(['past_due', ['open', 3, true]]);
    await passDays(7);
    expect([await status(), (await invoices())[0]]).toEqual(['canceled', ['open', 4, false]]);
    const told = (await events(seller)).filter((type) => type.startsWith('invoice.') || type === 'customer.subscription.deleted');
    expect(told).toEqual(['invoice.paid', ...Array<string>(4).fill('invoice.payment_failed'), 'customer.subscription.deleted']);
  });

  it.each(['unpaid', 'past_due'] as const)('is %s in the end where the account says so', async (afterRetries) => {
    const { status, invoices, passDays, control } = await memberWithFailingCard(afterRetries);
    await control('settings', { afterRetries });
    await passDays(31 + 15);
    expect([await status(), (await invoices())[0]]).toEqual([afterRetries, ['open', 4, false]]);
  });

  it('is paid with the next try once the card is mended, and goes on', async () => {
    const { status, invoices, passDays, control, id, stripe, onSeller } = await memberWithFailingCard('mended');
    await passDays(31);
    await control(`subscriptions/${id}/card`, { card: 'ok' });
    expect(await status()).toBe('past_due');
    await passDays(3);
    expect([await status(), await invoices()]).toEqual([
      'active',
      [
        ['paid', 2, false],
        ['paid', 1, false],
      ],
    ]);
    await passDays(31);
    expect((await invoices()).map(([paid]) => paid)).toEqual(['paid', 'paid', 'paid']);
    const fees = (await stripe.charges.list({}, onSeller)).data.map(({ application_fee_amount }) => application_fee_amount);
    expect(fees).toEqual([80, 80, 80]);
  });

  it('happens each at its own moment, however far the clock is turned at once', async () => {
    const { passDays, id, stripe, onSeller } = await memberWithFailingCard('far');
    await passDays(400);
    const failed = (await stripe.events.list({ type: 'invoice.payment_failed', limit: 100 }, onSeller)).data.reverse();
    const days = failed.map(({ created }) => created / 86_400).map((day, index, all) => Math.round(day - (all[index - 1] ?? day)));
    expect(days).toEqual([0, 3, 5, 7]);
    expect((await stripe.subscriptions.retrieve(id, {}, onSeller)).status).toBe('canceled');
  });
});
