import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { type Api, openCheckout, readySeller, signUp, stranger, syncDocument } from '../support/api.js';
import { reachInto } from '../support/looking.js';
import { until } from '../support/until.js';
import { openWorld, type TestWorld } from '../support/world.js';

const secret = 'whsec_for_the_tests_of_races';
const onboard = 'mutation ($id: ID!) { startOnboarding(input: { accountId: $id }) { onboardingUrl userErrors { code message } } }';

interface State {
  connectedAccounts: { id: string }[];
  refunds: { amount: number }[];
  charges: { id: string; amount: number }[];
}

describe('what happens at once', () => {
  let world: TestWorld;
  let database: pg.Pool;

  beforeAll(async () => {
    world = await openWorld({ STRIPE_CONNECT_WEBHOOK_SECRET: secret });
    database = reachInto(world.databaseUrl);
  });
  afterAll(async () => {
    await database.end();
    await world.close();
  });

  const state = async () => (await world.stripeState()) as unknown as State;
  const rows = async (text: string, values: unknown[] = []) => (await database.query(text, values)).rows as Record<string, unknown>[];

  /** Delivers an event as Stripe does, signed. */
  async function deliver(type: string, account: string, object: object, id = `evt_${Math.random().toString(36).slice(2)}`): Promise<number> {
    const t = Math.floor(Date.now() / 1_000);
    const body = JSON.stringify({ id, object: 'event', type, created: t, livemode: false, account, data: { object } });
    const signature = `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`;
    const answer = await fetch(`${world.url}/api/webhooks/stripe`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'stripe-signature': signature },
    });
    return answer.status;
  }

  async function stripeIdOf(seller: Api): Promise<string> {
    const { account } = await seller.run<{ account: { stripeAccount: { stripeId: string } } }>(
      'query ($id: ID!) { account(id: $id) { stripeAccount { stripeId } } }',
      { id: seller.accountId },
    );
    return account.stripeAccount.stripeId;
  }

  const inboxEmpty = () =>
    until(
      () => rows(`select id, type from inbox_event where state = 'RECEIVED'`),
      (left) => left.length === 0,
    );

  it('ten first onboardings at once make one Stripe account', async () => {
    const seller = await signUp(world);
    const before = (await state()).connectedAccounts.length;
    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        seller.run<{ startOnboarding: { onboardingUrl: string; userErrors: object[] } }>(onboard, { id: seller.accountId }),
      ),
    );
    expect(answers.flatMap(({ startOnboarding }) => startOnboarding.userErrors)).toEqual([]);
    expect(new Set(answers.map(({ startOnboarding }) => startOnboarding.onboardingUrl)).size).toBe(10);
    expect((await state()).connectedAccounts.length - before).toBe(1);
  });

  it('an onboarding whose answers are lost goes on with the same Stripe account', async () => {
    const seller = await signUp(world);
    const before = (await state()).connectedAccounts.length;
    await world.control('faults', { method: 'POST', path: '/v1/accounts', kind: 'drop_after', times: 30 });
    await world.control('faults', { method: 'GET', path: '/v1/accounts', kind: 'drop_before', times: 30 }); // nor can Stripe be asked
    const { startOnboarding: begun } = await seller.run<{ startOnboarding: { onboardingUrl: string | null; userErrors: { code: string }[] } }>(
      onboard,
      { id: seller.accountId },
    );
    const isFound = begun.onboardingUrl !== null; // where the worker's tick came in between and looked at Stripe
    expect(begun.userErrors.map(({ code }) => code)).toEqual(isFound ? [] : ['STRIPE_UNAVAILABLE']);
    await world.control('faults/clear');
    const again = await seller.run<{ startOnboarding: { onboardingUrl: string | null } }>(onboard, { id: seller.accountId });
    expect(again.startOnboarding.onboardingUrl).toContain('/setup/e/acct_');
    expect((await state()).connectedAccounts.length - before).toBe(1);
  });

  it('ten deliveries of one completed session, by return, webhook and repeated webhook, make one payment with one split', async () => {
    const seller = await readySeller(world);
    const account = await stripeIdOf(seller);
    const session = await openCheckout(world, seller.accountId);
    await world.control('webhooks', { mode: 'duplicate' });
    await world.control(`checkout/sessions/${session}/pay`);
    const returns = Array.from({ length: 4 }, () =>
      stranger(world).run<{ syncCheckoutSession: { payment: { id: string } } }>(syncDocument, { id: seller.accountId, session }),
    );
    const webhooks = Array.from({ length: 6 }, (_, i) =>
      deliver('checkout.session.completed', account, { id: session }, i < 3 ? 'evt_the_same' : `evt_another_${i}`),
    );
    const synced = await Promise.all(returns);
    expect(await Promise.all(webhooks)).toEqual([200, 200, 200, 200, 200, 200]);
    await world.control('webhooks', { mode: 'normal' });
    await inboxEmpty();

    expect(new Set(synced.map(({ syncCheckoutSession }) => syncCheckoutSession.payment.id)).size).toBe(1);
    expect(
      await rows(
        'select count(*)::int as payments, count(split.id)::int as splits from payment left join commission_snapshot as split on split.payment_id = payment.id where account_id = $1',
        [seller.accountId],
      ),
    ).toEqual([{ payments: 1, splits: 1 }]);
    expect(await rows(`select state, count(*)::int from inbox_event where state = 'PARKED' group by state`)).toEqual([]);
  });

  it('ten refunds of one payment at once give back no more than was paid', async () => {
    const seller = await readySeller(world);
    const session = await openCheckout(world, seller.accountId);
    await world.control(`checkout/sessions/${session}/pay`);
    const { syncCheckoutSession } = await stranger(world).run<{ syncCheckoutSession: { payment: { id: string } } }>(syncDocument, {
      id: seller.accountId,
      session,
    });
    const before = (await state()).refunds.length;
    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        seller.run<{ refundPayment: { userErrors: { code: string }[] } }>(
          'mutation ($id: ID!) { refundPayment(input: { paymentId: $id, amount: 1000 }) { userErrors { code } } }',
          { id: syncCheckoutSession.payment.id },
        ),
      ),
    );
    const refused = answers.flatMap(({ refundPayment }) => refundPayment.userErrors.map(({ code }) => code));
    expect(refused).toEqual(Array.from({ length: 8 }, () => 'NOT_REFUNDABLE'));
    expect((await state()).refunds.length - before).toBe(2);
  });

  it('a late event does not bring a canceled membership back', async () => {
    const seller = await readySeller(world);
    const account = await stripeIdOf(seller);
    const session = await openCheckout(world, seller.accountId, 'Membership');
    await world.control(`checkout/sessions/${session}/pay`);
    const { syncCheckoutSession } = await stranger(world).run<{ syncCheckoutSession: { membership: { id: string } } }>(syncDocument, {
      id: seller.accountId,
      session,
    });
    const [before] = await rows('select stripe_subscription_id as id from membership where id = $1', [syncCheckoutSession.membership.id]);
    await seller.run('mutation ($id: ID!) { disconnectAccount(input: { accountId: $id }) { userErrors { code } } }', { id: seller.accountId });

    expect(await deliver('customer.subscription.updated', account, { id: before?.['id'], status: 'active' })).toBe(200);
    await inboxEmpty();
    expect(await rows('select status, ended_because from membership where id = $1', [syncCheckoutSession.membership.id])).toEqual([
      { status: 'CANCELED', ended_because: 'DISCONNECTED' },
    ]);
  });

  it('an event of an account that is none of ours is kept aside, and holds up no other', async () => {
    expect(await deliver('account.updated', 'acct_nobody', { id: 'acct_nobody' })).toBe(200);
    await inboxEmpty();
    expect(await rows(`select state, error from inbox_event where stream = 'connect:acct_nobody'`)).toEqual([
      { state: 'PARKED', error: 'The account acct_nobody is not connected to any account here.' },
    ]);
  });

  it('a seller who revokes the platform at Stripe is disconnected here, with the history kept', async () => {
    const seller = await readySeller(world);
    await world.control(`accounts/${await stripeIdOf(seller)}/deauthorize`);
    await inboxEmpty();
    const { account } = await until(
      () =>
        seller.run<{ account: { status: string; stripeAccountHistory: object[] } }>(
          'query ($id: ID!) { account(id: $id) { status stripeAccountHistory { active } } }',
          { id: seller.accountId },
        ),
      (found) => found.account.status === 'NOT_CONNECTED',
    );
    expect(account.stripeAccountHistory).toEqual([{ active: false }]);
  });
});
