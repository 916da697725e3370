import type { OperationKind } from '../../src/operations/operation.js';
import { type Api, openCheckout, readySeller, signUp, syncDocument } from './api.js';
import type { TestWorld } from './world.js';

/** One thing a person asks for that moves no money, and that Stripe is to do once. */
export interface Wanted {
  what: string;
  kind: OperationKind;
  ask(): Promise<unknown>;
  /** The request to Stripe. */
  at: { method: 'POST' | 'DELETE'; path: string };
  /** Whether Stripe has done it, once, as Stripe itself tells; whether the person is shown so; and how its operations stand. */
  outcome(): Promise<{ what: string; done: boolean; shown: boolean; operations: { generation: number; state: string }[] }>;
}

type Told = Omit<Wanted, 'outcome'> & { isDone(): Promise<boolean>; isShown(): Promise<boolean>; subject: { id: string } };

/** Each kind of them, of a seller of its own, not yet asked for. */
export async function askedOfStripe(world: TestWorld): Promise<Wanted[]> {
  const all = [
    await makingAnAccount(world),
    await deletingAnAccount(world),
    await cancelingAMembership(world, false),
    await cancelingAMembership(world, true),
  ];
  return all.map(({ isDone, isShown, subject, ...wanted }) => ({
    ...wanted,
    outcome: async () => ({
      what: wanted.what,
      done: await isDone(),
      shown: await isShown(),
      operations: await read(world)
        .selectFrom('operation')
        .select(['generation', 'state'])
        .where('subjectId', '=', subject.id)
        .where('kind', '=', wanted.kind)
        .orderBy('id')
        .execute(),
    }),
  }));
}

const read = (world: TestWorld) => world.app.openWork().read;
const connectionOf = (world: TestWorld, { accountId }: Api) =>
  read(world).selectFrom('connectedAccount').selectAll().where('accountId', '=', accountId).executeTakeFirstOrThrow();

async function atStripe<T>(world: TestWorld, path: string, account: string | null = null): Promise<T> {
  const key = world.app.openWork().config.stripe.secretKey.reveal();
  const headers = { authorization: `Bearer ${key}`, ...(account ? { 'stripe-account': account } : {}) };
  return (await (await fetch(`${world.stripeUrl}/v1/${path}`, { headers })).json()) as T;
}

async function makingAnAccount(world: TestWorld): Promise<Told> {
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

async function deletingAnAccount(world: TestWorld): Promise<Told> {
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

async function cancelingAMembership(world: TestWorld, atPeriodEnd: boolean): Promise<Told> {
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
