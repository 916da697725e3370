import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { known } from '../../src/base/assert.js';
import { deliverDue } from '../../src/events/outgoing/delivering.js';
import { type Api, openCheckout, readySeller, signInAsAdmin, syncDocument } from '../support/api.js';
import { type Answerer, startAnswerer } from '../support/gateway.js';
import { openWorld, type TestWorld } from '../support/world.js';

let world: TestWorld;
let seller: Api;
let other: Api;
let admin: Api;
let receiver: Answerer;

beforeAll(async () => {
  world = await openWorld({}, { works: false });
  [seller, other, admin] = [await readySeller(world), await readySeller(world, 'Venue Sol'), await signInAsAdmin(world)];
  receiver = await startAnswerer();
  receiver.answer((response) => void response.end('thanks'));
});
afterAll(async () => {
  await receiver.close();
  await world.close();
});

interface Made {
  webhookEndpoint: { id: string; enabled: boolean };
  secret: string;
  userErrors: { code: string; path: string[]; remedy: string }[];
}
const create = async (who: Api, input: object = {}) =>
  (
    await who.run<{ createWebhookEndpoint: Made }>(
      `mutation ($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input) {
         webhookEndpoint { id name url topics enabled account { id } } secret userErrors { code path message remedy } } }`,
      { input: { name: 'Shop', url: `${receiver.url}/hooks`, ...input } },
    )
  ).createWebhookEndpoint;
const deliveries = async (who: Api, endpointId: string) =>
  (
    await who.run<{ webhookDeliveries: { nodes: { id: string; topic: string; state: string }[] } }>(
      `query ($id: ID!) { webhookDeliveries(endpointId: $id) { nodes { id topic subjectId sequence recordedAt state attemptCount nextAttemptAt concludedAt
         attempts { number status error answer tookMs } } } }`,
      { id: endpointId },
    )
  ).webhookDeliveries.nodes;
const deliver = () => deliverDue(world.app.openWork());
const heard = () =>
  receiver.requests
    .splice(0)
    .map(({ body, headers }) => ({ body, headers: headers as Record<string, string>, told: JSON.parse(body) as { type: string } }));

async function pay(who: Api): Promise<string> {
  const session = await openCheckout(world, who.accountId);
  await world.control(`checkout/sessions/${session}/pay`);
  const { syncCheckoutSession } = await who.run<{ syncCheckoutSession: { payment: { id: string } } }>(syncDocument, { id: who.accountId, session });
  return syncCheckoutSession.payment.id;
}

describe('a seller’s program', () => {
  it('is told of a payment within seconds, in words that any library of the specification verifies, and not of another’s', async () => {
    const { webhookEndpoint, secret, userErrors } = await create(seller, { topics: ['payment'] });
    expect([userErrors, webhookEndpoint.enabled]).toEqual([[], true]);
    const paymentId = await pay(seller);
    await pay(other);
    expect(await deliver()).toBe(1);
    const [message] = heard();
    expect(new Webhook(secret).verify(message?.body ?? '', message?.headers ?? {})).toEqual({
      type: 'payment.paid',
      timestamp: expect.any(String),
      data: { id: paymentId, sequence: 1, accountId: seller.accountId },
    });
    expect(await deliveries(seller, webhookEndpoint.id)).toEqual([
      expect.objectContaining({
        topic: 'payment.paid',
        subjectId: paymentId,
        state: 'DELIVERED',
        nextAttemptAt: null,
        attempts: [{ number: 1, status: 200, error: null, answer: 'thanks', tookMs: expect.any(Number) }],
      }),
    ]);
  });

  it('verifies with the former and the new secret while one is replaced', async () => {
    const { webhookEndpoint, secret } = await create(seller, { topics: ['payment.paid'] });
    const { rotateWebhookSecret } = await seller.run<{ rotateWebhookSecret: { secret: string } }>(
      'mutation ($id: ID!) { rotateWebhookSecret(input: { id: $id }) { secret webhookEndpoint { rotatedAt } userErrors { code } } }',
      { id: webhookEndpoint.id },
    );
    await pay(seller);
    await deliver();
    const message = known(
      heard().find(({ headers }) => headers['webhook-signature']?.includes(' ')),
      'the delivery signed twice',
    );
    for (const one of [secret, rotateWebhookSecret.secret]) expect(new Webhook(one).verify(message.body, message.headers)).toBeTruthy();
    const { testWebhookEndpoint } = await seller.run<{ testWebhookEndpoint: object }>(
      'mutation ($id: ID!) { testWebhookEndpoint(input: { id: $id }) { taken status error userErrors { code } } }',
      { id: webhookEndpoint.id },
    );
    expect(testWebhookEndpoint).toEqual({ taken: true, status: 200, error: null, userErrors: [] });
    expect(heard()).toMatchObject([{ told: { type: 'test' } }]);
  });

  it('misses nothing while its endpoint is off, and nothing reaches an endpoint that was removed', async () => {
    const since = new Date().toISOString();
    const { webhookEndpoint } = await create(other, { topics: ['payment'] });
    const turn = (enabled: boolean) =>
      other.run(
        'mutation ($input: UpdateWebhookEndpointInput!) { updateWebhookEndpoint(input: $input) { webhookEndpoint { enabled } userErrors { code } } }',
        {
          input: { id: webhookEndpoint.id, enabled },
        },
      );
    expect(await turn(false)).toMatchObject({ updateWebhookEndpoint: { webhookEndpoint: { enabled: false } } });
    const paymentId = await pay(other);
    expect(await deliveries(other, webhookEndpoint.id)).toEqual([]);
    await turn(true);
    const replay = 'mutation ($input: ReplayDeliveriesInput!) { replayDeliveries(input: $input) { count userErrors { code } } }';
    expect(await other.run(replay, { input: { endpointId: webhookEndpoint.id, since } })).toEqual({ replayDeliveries: { count: 1, userErrors: [] } });
    await deliver();
    expect(heard()).toMatchObject([{ told: { type: 'payment.paid', data: { id: paymentId } } }]);

    await other.run('mutation ($id: ID!) { removeWebhookEndpoint(input: { id: $id }) { removed userErrors { code } } }', { id: webhookEndpoint.id });
    await pay(other);
    expect(await deliver()).toBe(0);
    expect(await other.codes('query ($id: ID!) { webhookDeliveries(endpointId: $id) { nodes { id } } }', { id: webhookEndpoint.id })).toEqual([
      'NOT_FOUND',
    ]);
  });
});

describe('an endpoint', () => {
  it.each([
    [{ url: 'https://10.0.0.1/' }, 'url'],
    [{ url: 'https://169.254.169.254/latest' }, 'url'],
    [{ url: 'http://shop.example.com/' }, 'url'],
    [{ url: 'not an address' }, 'url'],
    [{ name: ' ' }, 'name'],
    [{ topics: ['payment.stolen'] }, 'topics'],
  ])('with %j is refused', async (input, path) => {
    expect(await create(seller, input)).toMatchObject({ webhookEndpoint: null, secret: null, userErrors: [{ code: 'INVALID', path: [path] }] });
  });

  it('is its seller’s and the administrators’; of the platform, theirs alone', async () => {
    const { webhookEndpoint } = await create(admin);
    expect(webhookEndpoint).toMatchObject({ account: null });
    for (const id of [webhookEndpoint.id, (await create(other)).webhookEndpoint.id])
      expect(await seller.codes('mutation ($id: ID!) { removeWebhookEndpoint(input: { id: $id }) { removed } }', { id })).toEqual(['NOT_FOUND']);
    expect(await seller.codes('query ($id: ID) { webhookEndpoints(accountId: $id) { nodes { id } } }', { id: other.accountId })).toEqual([
      'NOT_FOUND',
    ]);
    const { webhookTopics } = await seller.run<{ webhookTopics: object[] }>('{ webhookTopics { topic meaning } }');
    expect(webhookTopics.length).toBeGreaterThan(20);
  });

  it('is one of ten at most', async () => {
    const third = await readySeller(world, 'Venue Mar');
    for (let count = 0; count < 10; count++) expect((await create(third)).userErrors).toEqual([]);
    expect(await create(third)).toMatchObject({ userErrors: [{ code: 'INVALID', remedy: 'Remove one that nobody needs.' }] });
  });
});
