import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dayMs, hourMs, later } from '../../src/base/clock.js';
import { atomically } from '../../src/db/work.js';
import { applyDueEvents } from '../../src/events/apply.js';
import { pollDueStreams } from '../../src/events/streams/polling.js';
import { type Api, openCheckout, readySeller, signInAsAdmin } from '../support/api.js';
import { startAnswerer } from '../support/gateway.js';
import { buyOffering, offer, topUp, turnTo } from '../support/marketplace.js';
import { outwait, runWorker } from '../support/worker-process.js';
import { openWorld, type TestWorld } from '../support/world.js';

/** No webhook ever arrives; buyers pay and never come back. What polling finds is all there is. */
describe('where webhooks are lost', () => {
  let world: TestWorld;
  let seller: Api;
  let admin: Api;
  beforeAll(async () => {
    world = await openWorld({}, { works: false });
    seller = await readySeller(world);
    admin = await signInAsAdmin(world);
    await world.control('webhooks', { mode: 'off' });
    await hear();
  });
  afterAll(() => world.close());

  const work = () => world.app.openWork();

  /** Reads every stream now and applies what it held, as a worker would within the hour. */
  async function hear(): Promise<void> {
    await atomically(work(), (tx) => tx.sql.updateTable('eventStream').set({ nextPollAt: tx.clock.now() }).execute());
    await pollDueStreams(work());
    while ((await applyDueEvents(work(), 100)) > 0);
  }
  const pass = (ms: number) => turnTo(world, later(work().clock.now(), ms));
  const paymentsOf = async ({ accountId }: Api) =>
    work()
      .read.selectFrom('payment')
      .select(['id', 'refundedMinor', 'disputeState', 'fraudType'])
      .where('accountId', '=', accountId)
      .orderBy('id')
      .execute();

  async function refundAtStripe(chargeId: string | null | undefined, amountMinor: number): Promise<string> {
    const answer = await fetch(`${world.stripeUrl}/v1/refunds`, {
      method: 'POST',
      headers: { authorization: `Bearer ${work().config.stripe.secretKey.reveal()}` },
      body: new URLSearchParams({ charge: String(chargeId), amount: String(amountMinor) }),
    });
    return ((await answer.json()) as { id: string }).id;
  }

  it('a purchase, a membership and its renewals are found all the same, each once', async () => {
    await world.control(`checkout/sessions/${await openCheckout(world, seller.accountId)}/pay`);
    await world.control(`checkout/sessions/${await openCheckout(world, seller.accountId, 'Membership')}/pay`);
    expect(await paymentsOf(seller)).toEqual([]);
    await hear();
    expect(await paymentsOf(seller)).toHaveLength(2);
    await pass(32 * dayMs); // which renews the membership
    await hear();
    expect(await paymentsOf(seller)).toHaveLength(3);
    await hear();
    expect(await paymentsOf(seller)).toHaveLength(3);
  });

  it('staff see how far each stream is read, and that the endpoints deliver nothing', async () => {
    await pass(hourMs);
    const { eventStreams, eventEndpoints } = await admin.run<{
      eventStreams: { source: string; checkpoint: string; lastPolledAt: string }[];
      eventEndpoints: object[];
    }>(
      `{ eventStreams { source kind checkpoint lastPolledAt lastEventAt parkedEvents nextPollAt failureCount error account { id } }
         eventEndpoints { kind ok undeliveredEvents silentSince remedy } }`,
    );
    expect(eventStreams).toContainEqual(
      expect.objectContaining({ kind: 'CONNECT', parkedEvents: 0, failureCount: 0, error: null, account: { id: seller.accountId } }),
    );
    expect(eventStreams).toContainEqual(expect.objectContaining({ source: 'platform', kind: 'PLATFORM', account: null }));
    expect(eventEndpoints).toContainEqual({
      kind: 'CONNECT',
      ok: false,
      undeliveredEvents: expect.any(Number),
      silentSince: expect.any(String),
      remedy: expect.stringContaining('/api/webhooks/stripe'),
    });
    expect(await seller.codes('{ eventStreams { source } }')).toEqual(['FORBIDDEN']);
    expect(await (await fetch(`${world.url}/metrics`)).text()).toMatch(/^holdfast_stripe_endpoints_silent 2$/m);
  });

  it('and no poll was made for longer than Stripe keeps events, everything is read again that may have changed', async () => {
    const other = await readySeller(world, 'Venue Sol');
    const offering = await offer(other, { unitPrice: 2_500, inDays: 90 });
    const bought = await buyOffering(world, offering.id);
    await world.control(`checkout/sessions/${await openCheckout(world, other.accountId)}/pay`);
    await hear();
    const charges = await work().read.selectFrom('payment').select(['id', 'chargeId']).where('accountId', '=', other.accountId).execute();
    const direct = charges.find(({ id }) => id !== bought);
    const held = charges.find(({ id }) => id === bought);
    const failing = await refundAtStripe(held?.chargeId, 500);
    await hear();
    await world.control(`refunds/${failing}/fail`);
    await refundAtStripe(held?.chargeId, 500);
    await world.control(`charges/${held?.chargeId}/early-fraud-warning`);
    await world.control(`charges/${direct?.chargeId}/dispute`, { reason: 'fraudulent' });
    // what Stripe has told of it meanwhile is gone: the streams begin again after it
    await atomically(work(), (tx) =>
      tx.sql
        .updateTable('eventStream')
        .set({ seenUntil: later(tx.clock.now(), hourMs) })
        .execute(),
    );
    await pass(2 * hourMs);
    await hear();
    const before = await paymentsOf(other);
    expect(before.map(({ refundedMinor, disputeState, fraudType }) => [refundedMinor, disputeState, fraudType]).sort()).toEqual([
      [0, 'NONE', null],
      [500, 'NONE', null],
    ]);

    for (const { name } of await work().read.selectFrom('eventStream').select('name').execute())
      expect(
        await admin.run('mutation ($source: ID!) { resyncEventStream(input: { source: $source }) { stream { resyncWanted } userErrors { code } } }', {
          source: name,
        }),
      ).toEqual({ resyncEventStream: { stream: { resyncWanted: true }, userErrors: [] } });
    await hear();
    expect(await paymentsOf(other)).toEqual(
      expect.arrayContaining([
        { id: direct?.id, refundedMinor: 0, disputeState: 'OPEN', fraudType: null },
        { id: bought, refundedMinor: 1_000, disputeState: 'NONE', fraudType: 'misc' },
      ]),
    );
    const told = () => work().read.selectFrom('inboxEvent').select(['objectId', 'error']).where('state', '=', 'PARKED').execute();
    const toldOnce = [{ objectId: failing, error: expect.stringContaining('failed after it was booked') }];
    expect(await told()).toEqual(toldOnce);
    await atomically(work(), (tx) => tx.sql.updateTable('eventStream').set({ resyncWanted: true }).execute());
    await hear();
    expect(await told()).toEqual(toldOnce);
    await admin.run('mutation { ignoreEvents(input: { type: "refund.failed", reason: "paid in cash" }) { userErrors { code } } }');
    expect(await admin.codes('mutation { resyncEventStream(input: { source: "connect:acct_nobody" }) { userErrors { code } } }')).toEqual([
      'NOT_FOUND',
    ]);
  });

  it('a worker killed between two pages, and again while it applies, leaves nothing out and does nothing twice', async () => {
    const before = (await paymentsOf(seller)).length;
    await pass(hourMs);
    for (let count = 0; count < 120; count++) await topUp(world, 100); // events for more than a page
    await world.control(`checkout/sessions/${await openCheckout(world, seller.accountId)}/pay`);
    await atomically(work(), (tx) => tx.sql.updateTable('eventStream').set({ nextPollAt: tx.clock.now() }).execute());

    expect(await runWorker(world, 'stream.page_taken', 'events')).toBe('SIGKILL');
    await outwait(world);
    expect(await runWorker(world, 'event.applied', 'events')).toBe('SIGKILL');
    await outwait(world);
    expect(await runWorker(world, null, 'events')).toBeNull();

    const { data } = (await (
      await fetch(`${world.stripeUrl}/v1/events?limit=100`, { headers: { authorization: `Bearer ${work().config.stripe.secretKey.reveal()}` } })
    ).json()) as { data: { id: string }[] };
    const stored = await work().read.selectFrom('inboxEvent').select(['stripeEventId', 'state']).where('stream', '=', 'platform').execute();
    expect(stored.map(({ stripeEventId }) => stripeEventId)).toEqual(expect.arrayContaining(data.map(({ id }) => id)));
    expect(stored.filter(({ state }) => state === 'RECEIVED' || state === 'PARKED')).toEqual([]);
    expect(await paymentsOf(seller)).toHaveLength(before + 1);
  });

  it('a partner is told again by the next worker where the first was killed before it could note that it had told', async () => {
    const receiver = await startAnswerer();
    receiver.answer((response) => void response.end());
    const { createWebhookEndpoint } = await seller.run<{ createWebhookEndpoint: { webhookEndpoint: { id: string } } }>(
      'mutation ($url: String!) { createWebhookEndpoint(input: { name: "Shop", url: $url, topics: ["payment"] }) { webhookEndpoint { id } userErrors { message } } }',
      { url: receiver.url },
    );
    await world.control(`checkout/sessions/${await openCheckout(world, seller.accountId)}/pay`);
    await hear();
    expect(await runWorker(world, 'delivery.answered', 'events')).toBe('SIGKILL');
    await atomically(work(), (tx) => tx.sql.updateTable('webhookDelivery').set({ lockedUntil: null }).execute()); // a minute later
    expect(await runWorker(world, null, 'events')).toBeNull();
    expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toEqual(Array(2).fill(expect.stringMatching(/^pay_\w{26}-1$/)));
    expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    const told = await work()
      .read.selectFrom('webhookDelivery')
      .select(['state', 'attemptCount'])
      .where('endpointId', '=', createWebhookEndpoint.webhookEndpoint.id)
      .execute();
    expect(told).toEqual([{ state: 'DELIVERED', attemptCount: 2 }]);
    await receiver.close();
  });
});
