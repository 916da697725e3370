import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { openSimulated, refused, sdkOf } from '../../../../test/support/simulated.js';
import type { Simulator } from '../../server.js';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await openSimulated();
});
afterAll(() => simulator.close());

/** A world with one customer. */
async function customerIn(world: string) {
  const stripe = sdkOf(simulator, world);
  const { id: customer } = await stripe.customers.create({ email: 'buyer@shop.test' });
  const events = async () => (await stripe.events.list({ limit: 100 })).data.map(({ type }) => type).reverse();
  return { stripe, customer, events };
}

describe('a card', () => {
  it('that is kept for a customer pays for that customer, under an id of its own', async () => {
    const { stripe, customer, events } = await customerIn('kept');
    const card = await stripe.paymentMethods.attach('pm_card_visa', { customer });
    expect(card).toMatchObject({ id: expect.stringMatching(/^pm_(?!card_)/), customer, card: { brand: 'visa', last4: '4242' } });
    const asked = { amount: 2_000, currency: 'usd', payment_method: card.id, confirm: true };
    const paid = await stripe.paymentIntents.create({ ...asked, customer, expand: ['payment_method'] });
    expect([paid.status, (paid.payment_method as Stripe.PaymentMethod).id]).toEqual(['succeeded', card.id]);
    await expect(stripe.paymentIntents.create(asked)).rejects.toThrow('belongs to a Customer');
    expect((await stripe.paymentMethods.list({ customer })).data.map(({ id }) => id)).toEqual([card.id]);
    expect(await events()).toContain('payment_method.attached');
  });

  it('that was detached pays no more, and is kept for nobody again', async () => {
    const { stripe, customer } = await customerIn('detached');
    const { id } = await stripe.paymentMethods.attach('pm_card_mastercard', { customer });
    expect((await stripe.paymentMethods.detach(id)).customer).toBeNull();
    await expect(stripe.paymentMethods.attach(id, { customer })).rejects.toThrow('was detached');
    await expect(stripe.paymentMethods.detach(id)).rejects.toThrow('not attached');
    await expect(stripe.paymentIntents.create({ amount: 2_000, currency: 'usd', payment_method: id, confirm: true })).rejects.toThrow('was detached');
  });

  it('is made of a token, and has its details changed', async () => {
    const { stripe } = await customerIn('token');
    const { id } = await stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' }, billing_details: { name: 'Ada' } });
    const changed = await stripe.paymentMethods.update(id, { billing_details: { email: 'ada@shop.test' }, metadata: { kept: 'yes' } });
    expect(changed).toMatchObject({ billing_details: { name: 'Ada', email: 'ada@shop.test' }, metadata: { kept: 'yes' } });
    expect((await stripe.paymentMethods.retrieve(id)).id).toBe(id);
    expect(await refused(stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_gold' } }))).toBe('resource_missing');
    await expect(stripe.paymentMethods.create({ type: 'sepa_debit' })).rejects.toThrow('must be one of card');
  });
});

describe('a SetupIntent', () => {
  it('keeps a card for a customer, without charging it', async () => {
    const { stripe, customer, events } = await customerIn('setup');
    const intent = await stripe.setupIntents.create({ customer, usage: 'off_session' });
    expect(intent).toMatchObject({ status: 'requires_payment_method', usage: 'off_session', client_secret: expect.stringContaining(intent.id) });
    const done = await stripe.setupIntents.confirm(intent.id, { payment_method: 'pm_card_visa' });
    expect(done.status).toBe('succeeded');
    const [card] = (await stripe.paymentMethods.list({ customer })).data;
    expect(card?.id).toBe(done.payment_method);
    expect((await stripe.charges.list()).data).toEqual([]);
    expect(await refused(stripe.setupIntents.confirm(intent.id, { payment_method: 'pm_card_visa' }))).toBe('setup_intent_unexpected_state');
    expect(await events()).toEqual(['customer.created', 'setup_intent.created', 'payment_method.attached', 'setup_intent.succeeded']);
  });

  it('tells of a declined card, and takes another', async () => {
    const { stripe, customer } = await customerIn('declined');
    const intent = await stripe.setupIntents.create({ customer });
    const error = await stripe.setupIntents.confirm(intent.id, { payment_method: 'pm_card_chargeDeclined' }).catch((refusal: unknown) => refusal);
    expect(error).toBeInstanceOf(Stripe.errors.StripeCardError);
    expect((await stripe.setupIntents.retrieve(intent.id)).last_setup_error?.code).toBe('card_declined');
    expect((await stripe.setupIntents.confirm(intent.id, { payment_method: 'pm_card_visa' })).status).toBe('succeeded');
  });

  it('is changed and listed while it is open, and is over once canceled', async () => {
    const { stripe, customer } = await customerIn('canceled');
    const { id } = await stripe.setupIntents.create({ payment_method: 'pm_card_visa' });
    expect((await stripe.setupIntents.update(id, { customer, description: 'Club' })).customer).toBe(customer);
    expect((await stripe.setupIntents.list({ customer })).data.map((one) => one.id)).toEqual([id]);
    expect(await stripe.setupIntents.cancel(id, { cancellation_reason: 'abandoned' })).toMatchObject({
      status: 'canceled',
      cancellation_reason: 'abandoned',
    });
    expect(await refused(stripe.setupIntents.update(id, { description: 'late' }))).toBe('setup_intent_unexpected_state');
  });
});
