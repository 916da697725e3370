import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { known } from '../../src/base/assert.js';
import { later, minuteMs } from '../../src/base/clock.js';
import { atomically } from '../../src/db/work.js';
import { applyDueEvents } from '../../src/events/apply.js';
import { handledTypes } from '../../src/events/handlers.js';
import { receiveWebhook } from '../../src/events/intake.js';
import { pollDueStreams } from '../../src/events/streams/polling.js';
import { type Api, openCheckout, readySeller, stranger } from '../support/api.js';
import { signatureOf } from '../support/ground.js';
import { offer, turnTo } from '../support/marketplace.js';
import { openWorld, type TestWorld } from '../support/world.js';

interface Event {
  id: string;
  type: string;
  account?: string;
}

/** One buyer's story at Stripe: its steps, and what our rows must say in the end, however we were told. */
interface Story {
  begin(): Promise<{ steps: (() => Promise<unknown>)[]; rows(): Promise<unknown> }>;
  expected: unknown;
}

describe('what is recorded', () => {
  let world: TestWorld;
  let seller: Api;
  let account: string;
  let offeringId: string;
  const newest = new Map<string, string>();

  beforeAll(async () => {
    world = await openWorld({}, { works: false });
    seller = await readySeller(world);
    const { account: told } = await seller.run<{ account: { stripeAccount: { stripeId: string } } }>(
      'query ($id: ID!) { account(id: $id) { stripeAccount { stripeId } } }',
      { id: seller.accountId },
    );
    account = told.stripeAccount.stripeId;
    offeringId = (await offer(seller, { unitPrice: 2_500, inDays: 60 })).id;
    await world.control('webhooks', { mode: 'off' });
    await hear();
    await happened();
  });
  afterAll(() => world.close());

  const work = () => world.app.openWork();

  async function atStripe<T = { id: string }>(method: string, path: string, on: string | null, body: Record<string, string> = {}): Promise<T> {
    const headers = { authorization: `Bearer ${work().config.stripe.secretKey.reveal()}`, ...(on ? { 'stripe-account': on } : {}) };
    const answer = await fetch(`${world.stripeUrl}/v1/${path}`, {
      method,
      headers,
      ...(method === 'POST' ? { body: new URLSearchParams(body) } : {}),
    });
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.json()) as T;
  }

  /** What has happened since we last asked, on the platform's account and the seller's, that anybody here asks for. Oldest first. */
  async function happened(): Promise<Event[]> {
    const events: Event[] = [];
    for (const on of [null, account]) {
      const cursor = newest.get(on ?? '');
      const { data } = await atStripe<{ data: Event[] }>('GET', `events?limit=100${cursor ? `&ending_before=${cursor}` : ''}`, on);
      if (data[0]) newest.set(on ?? '', data[0].id);
      events.push(...data.toReversed());
    }
    return events.filter(({ type }) => handledTypes.includes(type));
  }

  async function deliver(event: Event): Promise<void> {
    const { platformWebhookSecrets, connectWebhookSecrets } = work().config.stripe;
    const secret = known((event.account ? connectWebhookSecrets : platformWebhookSecrets)[0], 'the secret').reveal();
    const body = JSON.stringify(event);
    const { outcome } = await receiveWebhook(work(), Buffer.from(body), signatureOf(body, secret, work().wallClock.now()));
    expect(['STORED', 'DUPLICATE']).toContain(outcome);
  }

  /** Applies all there is; what has to wait for another event waits as long as it must. */
  async function applyAll(): Promise<void> {
    for (let rounds = 0; rounds < 12; rounds++) {
      while ((await applyDueEvents(work(), 100)) > 0);
      const left = await work().read.selectFrom('inboxEvent').select('id').where('state', '=', 'RECEIVED').limit(1).executeTakeFirst();
      if (!left) return;
      await turnTo(world, later(work().clock.now(), 15 * minuteMs));
    }
    throw new Error('the inbox does not empty');
  }

  /** Reads all streams now. */
  async function hear(): Promise<void> {
    await atomically(work(), (tx) => tx.sql.updateTable('eventStream').set({ nextPollAt: tx.clock.now() }).execute());
    await pollDueStreams(work());
    await applyAll();
  }

  const paymentOf = async (session: string) => {
    const payment = await work()
      .read.selectFrom('payment')
      .leftJoin('dispute', 'dispute.paymentId', 'payment.id')
      .select([
        'payment.amountMinor',
        'payment.refundedMinor',
        'disputeState',
        'dispute.status as dispute',
        'dispute.withdrawnMinor',
        'dispute.reinstatedMinor',
      ])
      .where('checkoutSessionId', '=', session)
      .execute();
    return payment.map(({ withdrawnMinor, reinstatedMinor, ...row }) => ({ ...row, kept: (withdrawnMinor ?? 0) - (reinstatedMinor ?? 0) }));
  };
  const chargeOf = async (session: string, on: string | null) => {
    const { payment_intent } = await atStripe<{ payment_intent: string }>('GET', `checkout/sessions/${session}`, on);
    return (await atStripe<{ latest_charge: string }>('GET', `payment_intents/${payment_intent}`, on)).latest_charge;
  };
  const pay = (session: string) => world.control(`checkout/sessions/${session}/pay`);

  const refunded: Story = {
    async begin() {
      const session = await openCheckout(world, seller.accountId);
      const refund = async (amount: string) => atStripe('POST', 'refunds', account, { charge: await chargeOf(session, account), amount });
      return { steps: [() => pay(session), () => refund('500'), () => refund('700')], rows: () => paymentOf(session) };
    },
    expected: [{ amountMinor: 2_500, refundedMinor: 1_200, disputeState: 'NONE', dispute: null, kept: 0 }],
  };

  const heldAndDisputed = (outcome: 'won' | 'lost'): Story => ({
    async begin() {
      const { createOfferingCheckout } = await stranger(world).run<{ createOfferingCheckout: { checkoutSessionId: string } }>(
        'mutation ($id: ID!) { createOfferingCheckout(input: { offeringId: $id, quantity: 1, email: "ada@example.com" }) { checkoutSessionId } }',
        { id: offeringId },
      );
      const session = createOfferingCheckout.checkoutSessionId;
      let disputeId = '';
      const dispute = async () => {
        disputeId = (await world.control(`charges/${await chargeOf(session, null)}/dispute`, { reason: 'fraudulent' }))['id'] as string;
      };
      return {
        steps: [() => pay(session), dispute, () => world.control(`disputes/${disputeId}/close`, { outcome })],
        rows: () => paymentOf(session),
      };
    },
    expected: [
      outcome === 'won'
        ? { amountMinor: 2_800, refundedMinor: 0, disputeState: 'WON', dispute: 'WON', kept: 0 }
        : { amountMinor: 2_800, refundedMinor: 0, disputeState: 'LOST', dispute: 'LOST', kept: 2_800 },
    ],
  });

  const ended: Story = {
    async begin() {
      const session = await openCheckout(world, seller.accountId, 'Membership');
      const subscription = async () => (await atStripe<{ subscription: string }>('GET', `checkout/sessions/${session}`, account)).subscription;
      const rows = () =>
        work()
          .read.selectFrom('membership')
          .innerJoin('purchaseSession', 'purchaseSession.id', 'membership.purchaseSessionId')
          .leftJoin('payment', 'payment.membershipId', 'membership.id')
          .select(['membership.status', 'membership.cancelAtPeriodEnd', 'purchaseSession.status as purchase', 'payment.amountMinor'])
          .where('purchaseSession.stripeSessionId', '=', session)
          .execute();
      return {
        steps: [
          () => pay(session),
          async () => atStripe('POST', `subscriptions/${await subscription()}`, account, { cancel_at_period_end: 'true' }),
          async () => atStripe('DELETE', `subscriptions/${await subscription()}`, account),
        ],
        rows,
      };
    },
    expected: [{ status: 'CANCELED', cancelAtPeriodEnd: true, purchase: 'COMPLETED', amountMinor: 1_000 }],
  };

  const stories: Record<string, Story> = {
    'a payment that was refunded twice': refunded,
    'a payment held for a seller and disputed, won': heldAndDisputed('won'),
    'a payment held for a seller and disputed, lost': heldAndDisputed('lost'),
    'a membership that ended': ended,
  };

  it.each(Object.entries(stories))(
    'of %s is the same in whatever order all of it is told, each event twice',
    async (_, { begin, expected }) => {
      const told = async (order: (events: Event[]) => Event[]) => {
        const { steps, rows } = await begin();
        for (const step of steps) await step();
        const events = await happened();
        for (const event of order(events)) {
          await deliver(event);
          await applyDueEvents(work(), 100);
        }
        await applyAll();
        for (const event of order(events)) await deliver(event); // a second time
        expect(await applyDueEvents(work(), 100)).toBe(0);
        return { rows: await rows(), count: events.length };
      };
      const { rows, count } = await told((events) => events);
      expect(rows).toEqual(expected);
      expect(count).toBeGreaterThanOrEqual(3);
      const wanted = count <= 4 ? [...permutations(count)] : fc.sample(fc.shuffledSubarray(indices(count), { minLength: count }), { numRuns: 8 });
      for (const order of wanted)
        expect([order, (await told((events) => order.map((index) => events[index] as Event))).rows]).toEqual([order, expected]);
    },
    60_000,
  );

  it('is the same where events come at once, twice, much later or never: what was lost, polling finds', async () => {
    const fates = fc.array(fc.constantFrom('now', 'twice', 'late', 'lost'), { minLength: 16, maxLength: 16 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(stories)), fates, fc.boolean(), async (name, fate, pollsBetween) => {
        const { begin, expected } = known(stories[name], 'the story');
        const { steps, rows } = await begin();
        const late: Event[] = [];
        let count = 0;
        for (const step of steps) {
          await step();
          for (const event of await happened()) {
            const what = fate[count++ % fate.length];
            if (what === 'now' || what === 'twice') await deliver(event);
            if (what === 'twice' || what === 'late') late.unshift(event);
          }
          await applyDueEvents(work(), 100);
          if (pollsBetween) await hear();
        }
        for (const event of late) {
          await deliver(event);
          await applyDueEvents(work(), 100);
        }
        await hear();
        expect(await rows()).toEqual(expected);
      }),
      { numRuns: 10 },
    );
    expect(await work().read.selectFrom('inboxEvent').select('error').where('state', '=', 'PARKED').execute()).toEqual([]);
  });
});

const indices = (count: number) => Array.from({ length: count }, (_, index) => index);

function* permutations(count: number, chosen: number[] = []): Generator<number[]> {
  if (chosen.length === count) yield chosen;
  for (const index of indices(count)) if (!chosen.includes(index)) yield* permutations(count, [...chosen, index]);
}
