import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { dayMs, later } from '../../src/base/clock.js';
import { type Api, openCheckout, signUp, stranger } from '../support/api.js';
import { startAnswerer } from '../support/gateway.js';
import { openWorld, type TestWorld } from '../support/world.js';

/** The examples of the partner guide, run in their order as a partner would. */
describe('the examples of the API', () => {
  let world: TestWorld;
  let seller: Api;
  let checkoutSessionId: string;

  beforeAll(async () => {
    world = await openWorld();
    seller = await signUp(world);
  });
  afterAll(() => world.close());

  const example = (name: string) => readFileSync(`schema/examples/${name}.graphql`, 'utf8');

  it('onboard a seller', async () => {
    const { startOnboarding } = await seller.run<{ startOnboarding: { onboardingUrl: string; account: { onboardingInProgress: boolean } } }>(
      example('1-onboard'),
      { accountId: seller.accountId },
    );
    expect(startOnboarding.account.onboardingInProgress).toBe(true);
    await world.control(`accounts/${/acct_\w+/.exec(startOnboarding.onboardingUrl)?.[0]}/onboard`);
  });

  it('set prices', async () => {
    const answer = await seller.run<Record<string, { account: object; userErrors: object[] }>>(example('2-prices'), { accountId: seller.accountId });
    expect(answer).toMatchObject({
      refreshOnboardingStatus: { account: { ready: true } },
      setOneTimePrice: { account: { oneTimeEnabled: true } },
      setMembershipPrice: { account: { membershipEnabled: true } },
    });
  });

  it('open a checkout', async () => {
    const { createPaymentCheckout } = await stranger(world).run<{ createPaymentCheckout: { checkoutSessionId: string; total: object } }>(
      example('3-checkout'),
      { accountId: seller.accountId, email: 'ada@example.com', key: 'k1' },
    );
    expect(createPaymentCheckout.total).toEqual({ decimal: '25.00', currency: 'USD' });
    ({ checkoutSessionId } = createPaymentCheckout);
  });

  it('see it unpaid, then paid', async () => {
    const sync = () =>
      stranger(world).run<{ syncCheckoutSession: { payment: object | null } }>(example('4-sync'), { accountId: seller.accountId, checkoutSessionId });
    expect((await sync()).syncCheckoutSession).toEqual({ payment: null, membership: null, userErrors: [] });
    await world.control(`checkout/sessions/${checkoutSessionId}/pay`);
    expect((await sync()).syncCheckoutSession.payment).toMatchObject({ status: 'PAID', amount: { decimal: '25.00', currency: 'USD' } });
  });

  it('list payments with their splits', async () => {
    const { payments } = await seller.run<{ payments: { nodes: object[] } }>(example('5-payments'));
    expect(payments.nodes).toMatchObject([
      {
        amount: { decimal: '25.00' },
        account: { displayName: 'Venue Luna' },
        snapshot: { platformFee: { decimal: '3.00' }, sellerTransfer: { decimal: '22.00' } },
      },
    ]);
  });

  it('offer something that is delivered later, and buy it', async () => {
    const now = world.app.openWork().clock.now();
    const { createOffering } = await seller.run<{ createOffering: { offering: { id: string } } }>(example('6-offer'), {
      accountId: seller.accountId,
      deliversAt: later(now, 10 * dayMs),
      refundableUntil: later(now, 13 * dayMs),
    });
    const buyer = stranger(world);
    const { createOfferingCheckout } = await buyer.run<{ createOfferingCheckout: { checkoutSessionId: string; total: object } }>(example('7-buy'), {
      offeringId: createOffering.offering.id,
      email: 'ada@example.com',
      key: 'k2',
    });
    expect(createOfferingCheckout.total).toEqual({ decimal: '56.00', currency: 'USD' });
    await world.control(`checkout/sessions/${createOfferingCheckout.checkoutSessionId}/pay`);
    await buyer.run(example('4-sync'), { accountId: seller.accountId, checkoutSessionId: createOfferingCheckout.checkoutSessionId });
  });

  it('tell what will be settled, and why', async () => {
    expect(await seller.run(example('8-settlements'), { accountId: seller.accountId })).toMatchObject({
      account: {
        balance: { held: { decimal: '50.00', currency: 'USD' } },
        settlements: {
          nodes: [
            {
              status: 'PENDING',
              amount: { decimal: '50.00' },
              failure: null,
              explanation: { amount: [{ code: 'SOLD' }], blocker: { because: 'It is not due yet.' } },
            },
          ],
        },
      },
    });
  });

  it('have a program told of a payment', async () => {
    const receiver = await startAnswerer();
    const { promise: heard, resolve } = Promise.withResolvers<void>();
    receiver.answer((response) => {
      response.end();
      resolve();
    });
    const [beTold, told] = example('9-being-told').split(/^(?=# What it was told)/m) as [string, string];
    const { createWebhookEndpoint } = await seller.run<{
      createWebhookEndpoint: { secret: string; webhookEndpoint: { id: string; topics: string[] } };
    }>(beTold, { url: receiver.url });
    await world.control(`checkout/sessions/${await openCheckout(world, seller.accountId)}/pay`);
    await heard;
    const [message] = receiver.requests;
    expect(new Webhook(createWebhookEndpoint.secret).verify(message?.body ?? '', message?.headers as Record<string, string>)).toMatchObject({
      type: 'payment.paid',
    });
    const { webhookDeliveries } = await seller.run<{ webhookDeliveries: { nodes: object[] } }>(told, {
      endpointId: createWebhookEndpoint.webhookEndpoint.id,
    });
    expect(webhookDeliveries.nodes).toEqual([expect.objectContaining({ topic: 'payment.paid', sequence: 1 })]);
    await receiver.close();
  });
});
