import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { hourMs, later } from '../../src/base/clock.js';
import { resumers } from '../../src/jobs/schedule.js';
import type { OperationKind } from '../../src/operations/operation.js';
import { resumeDueOperations } from '../../src/operations/resume.js';
import { type Api, openCheckout, readySeller, signUp, syncDocument } from '../support/api.js';
import { turnTo } from '../support/marketplace.js';
import { openWorld, type TestWorld } from '../support/world.js';

interface Refunded {
  refundPayment: { payment: { amountRefunded: { amount: number } } | null; userErrors: { code: string }[] };
}

describe('a refund whose answer is lost', () => {
  let world: TestWorld;
  let seller: Api;
  let paymentId: string;
  let earlier: Set<string>;
  beforeAll(async () => {
    world = await openWorld();
    seller = await readySeller(world);
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    const session = await openCheckout(world, seller.accountId);
    await world.control(`checkout/sessions/${session}/pay`);
    const { syncCheckoutSession } = await seller.run<{ syncCheckoutSession: { payment: { id: string } } }>(syncDocument, {
      id: seller.accountId,
      session,
    });
    paymentId = syncCheckoutSession.payment.id;
    earlier = new Set((await refunds()).map(({ id }) => id));
  });

  const refunds = async () => ((await world.stripeState()) as unknown as { refunds: { id: string; amount: number }[] }).refunds;
  const newRefunds = async () => (await refunds()).filter(({ id }) => !earlier.has(id));
  const fail = (kind: string, times: number) => world.control('faults', { method: 'POST', path: '/v1/refunds', kind, times });
  const refund = (idempotencyKey: string, amount = 1_000) =>
    seller.run<Refunded>(
      'mutation ($id: ID!, $amount: MinorUnits, $key: String) { refundPayment(input: { paymentId: $id, amount: $amount, idempotencyKey: $key }) { payment { amountRefunded { amount } } userErrors { code } } }',
      { id: paymentId, amount, key: `${paymentId} ${idempotencyKey}` },
    );

  it('is found at Stripe where Stripe made it: the caller is told so at once', async () => {
    await fail('drop_after', 30);
    expect((await refund('one')).refundPayment).toEqual({ payment: { amountRefunded: { amount: 1_000 } }, userErrors: [] });
    await world.control('faults/clear');
    expect(await newRefunds()).toMatchObject([{ amount: 1_000 }]);
  }, 60_000);

  it('goes on when it is asked for again under its key, and is made once', async () => {
    await fail('drop_before', 30);
    expect((await refund('one')).refundPayment.userErrors).toMatchObject([{ code: 'STRIPE_UNAVAILABLE' }]);
    await world.control('faults/clear');
    const both = await Promise.all([refund('one'), refund('one')]);
    expect(both.map(({ refundPayment }) => refundPayment)).toEqual(Array(2).fill({ payment: { amountRefunded: { amount: 1_000 } }, userErrors: [] }));
    expect(await newRefunds()).toMatchObject([{ amount: 1_000 }]);
  }, 60_000);

  it('is told again under its key when Stripe refused it, and may be asked for under another', async () => {
    await fail('refuse', 1);
    for (let times = 0; times < 2; times++) expect((await refund('one')).refundPayment.userErrors).toMatchObject([{ code: 'STRIPE_REFUSED' }]);
    expect((await refund('two', 2_500)).refundPayment).toEqual({ payment: { amountRefunded: { amount: 2_500 } }, userErrors: [] });
    expect(await newRefunds()).toMatchObject([{ amount: 2_500 }]);
  });
});

describe('an account made or deleted, a membership canceled or ended, with the answer lost', () => {
  let world: TestWorld;
  let all: Wanted[];
  beforeAll(async () => {
    world = await openWorld({}, { works: false });
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    all = [
      await makingAnAccount(world),
      await deletingAnAccount(world),
      await cancelingAMembership(world, false),
      await cancelingAMembership(world, true),
    ];
  });
  afterEach(() => world.control('faults/clear'));

  const resume = () => resumeDueOperations(world.app.openWork(), resumers, 20);
  const drop = (kind: 'drop_before' | 'drop_after') => Promise.all(all.map(({ at }) => world.control('faults', { ...at, kind, times: 1_000 })));
  const standing = ({ kind, subject }: Wanted) =>
    world.app
      .openWork()
      .read.selectFrom('operation')
      .select(['generation', 'state'])
      .where('subjectId', '=', subject.id)
      .where('kind', '=', kind)
      .orderBy('id')
      .execute();
  const outcome = async (wanted: Wanted) => ({
    what: wanted.what,
    done: await wanted.isDone(),
    shown: await wanted.isShown(),
    operations: await standing(wanted),
  });

  it('is found at Stripe where Stripe did it', async () => {
    await drop('drop_after');
    await Promise.all(all.map(({ ask }) => ask()));
    for (const wanted of all)
      expect(await outcome(wanted)).toEqual({ what: wanted.what, done: true, shown: true, operations: [{ generation: 1, state: 'SUCCEEDED' }] });
  }, 60_000);

  it('happens in the end, once, where Stripe never did it and has forgotten the key', async () => {
    await drop('drop_before');
    await Promise.all(all.map(({ ask }) => ask()));
    await turnTo(world, later(world.app.openWork().clock.now(), 26 * hourMs));
    await resume();
    const [never, again] = [
      { generation: 1, state: 'REJECTED' },
      { generation: 2, state: 'INTENDED' },
    ];
    for (const wanted of all) expect(await outcome(wanted)).toEqual({ what: wanted.what, done: false, shown: false, operations: [never, again] });

    await world.control('faults/clear');
    await Promise.all([resume(), resume()]);
    for (const wanted of all)
      expect(await outcome(wanted)).toEqual({ what: wanted.what, done: true, shown: true, operations: [never, { ...again, state: 'SUCCEEDED' }] });
  }, 60_000);
});

/** One thing a person asks for. */
interface Wanted {
  what: string;
  kind: OperationKind;
  ask(): Promise<unknown>;
  /** The request to Stripe that fails. */
  at: { method: 'POST' | 'DELETE'; path: string };
  /** Whether Stripe has done it, once, as Stripe itself tells. */
  isDone(): Promise<boolean>;
  /** Whether the person is shown that it is done. */
  isShown(): Promise<boolean>;
  /** Whose operation it is. */
  subject: { id: string };
}

const read = (world: TestWorld) => world.app.openWork().read;
const connectionOf = (world: TestWorld, { accountId }: Api) =>
  read(world).selectFrom('connectedAccount').selectAll().where('accountId', '=', accountId).executeTakeFirstOrThrow();

async function atStripe<T>(world: TestWorld, path: string, account: string | null = null): Promise<T> {
  const key = world.app.openWork().config.stripe.secretKey.reveal();
  const headers = { authorization: `Bearer ${key}`, ...(account ? { 'stripe-account': account } : {}) };
  return (await (await fetch(`${world.stripeUrl}/v1/${path}`, { headers })).json()) as T;
}

async function makingAnAccount(world: TestWorld): Promise<Wanted> {
  const seller = await signUp(world);
  const subject = { id: '' };
  return {
    what: 'making an account',
    kind: 'ACCOUNT_CREATE',
    subject,
    at: { method: 'POST', path: '/v1/accounts' },
    async ask() {
      await seller.run('mutation ($id: ID!) { startOnboarding(input: { accountId: $id }) { userErrors { code } } }', { id: seller.accountId });
      subject.id = (await connectionOf(world, seller)).id;
    },
    async isDone() {
      const { data } = await atStripe<{ data: { metadata: Record<string, string> }[] }>(world, 'accounts?limit=100');
      return data.filter(({ metadata }) => metadata['account'] === seller.accountId).length === 1;
    },
    isShown: async () => (await connectionOf(world, seller)).stripeAccountId !== null,
  };
}

async function deletingAnAccount(world: TestWorld): Promise<Wanted> {
  const seller = await readySeller(world);
  const subject = await connectionOf(world, seller);
  return {
    what: 'deleting an account',
    kind: 'ACCOUNT_DELETE',
    subject,
    at: { method: 'DELETE', path: `/v1/accounts/${subject.stripeAccountId}` },
    ask: () => seller.run('mutation ($id: ID!) { disconnectAccount(input: { accountId: $id }) { userErrors { code } } }', { id: seller.accountId }),
    async isDone() {
      const { connectedAccounts } = (await world.stripeState()) as unknown as { connectedAccounts: { id: string; deauthorized: boolean }[] };
      return connectedAccounts.some(({ id, deauthorized }) => id === subject.stripeAccountId && deauthorized);
    },
    isShown: async () => (await connectionOf(world, seller)).deletedAtStripeAt !== null,
  };
}

async function cancelingAMembership(world: TestWorld, atPeriodEnd: boolean): Promise<Wanted> {
  const seller = await readySeller(world);
  const session = await openCheckout(world, seller.accountId, 'Membership');
  await world.control(`checkout/sessions/${session}/pay`);
  await seller.run(syncDocument, { id: seller.accountId, session });
  const membership = () => read(world).selectFrom('membership').selectAll().where('accountId', '=', seller.accountId).executeTakeFirstOrThrow();
  const subject = await membership();
  const { stripeAccountId } = await connectionOf(world, seller);
  return {
    what: atPeriodEnd ? 'ending a membership' : 'canceling a membership',
    kind: atPeriodEnd ? 'SUBSCRIPTION_END' : 'SUBSCRIPTION_CANCEL',
    subject,
    at: { method: atPeriodEnd ? 'POST' : 'DELETE', path: `/v1/subscriptions/${subject.stripeSubscriptionId}` },
    ask: () =>
      seller.run(
        'mutation ($id: ID!, $atPeriodEnd: Boolean!) { cancelMembership(input: { membershipId: $id, atPeriodEnd: $atPeriodEnd }) { userErrors { code } } }',
        {
          id: subject.id,
          atPeriodEnd,
        },
      ),
    async isDone() {
      const told = await atStripe<{ status: string; cancel_at_period_end: boolean }>(
        world,
        `subscriptions/${subject.stripeSubscriptionId}`,
        stripeAccountId,
      );
      return atPeriodEnd ? told.cancel_at_period_end : told.status === 'canceled';
    },
    async isShown() {
      const { status, cancelAtPeriodEnd } = await membership();
      return atPeriodEnd ? cancelAtPeriodEnd : status === 'CANCELED';
    },
  };
}
