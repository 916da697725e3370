import { ClientError, GraphQLClient } from 'graphql-request';
import type { TestWorld } from './world.js';

/** A caller of the GraphQL API: a person who signed in, or a stranger. */
export class Api {
  readonly #client: GraphQLClient;

  constructor(
    readonly world: TestWorld,
    public cookie: string | null,
    readonly accountId = '',
  ) {
    this.#client = new GraphQLClient(`${world.url}/graphql`, { headers: () => (this.cookie ? { cookie: this.cookie } : {}) });
  }

  /** Runs a document; answers its data, or fails the test on any error. */
  run<T = Record<string, never>>(document: string, variables: object = {}, headers: Record<string, string> = {}): Promise<T> {
    return this.#client.request<T>(document, variables as Record<string, unknown>, headers);
  }

  /** Runs a document that must fail, and answers the codes of its errors. */
  async codes(document: string, variables: object = {}): Promise<string[]> {
    try {
      await this.run(document, variables);
      return [];
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      return (error.response.errors ?? []).map(({ extensions }) => String(extensions['code']));
    }
  }
}

async function cookieOf(
  world: TestWorld,
  path: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<{ cookie: string; viewer: { accountId: string } }> {
  const answer = await fetch(`${world.url}/api/auth/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(await answer.text());
  const { viewer } = (await answer.json()) as { viewer: { accountId: string } };
  return { cookie: (answer.headers.getSetCookie()[0] ?? '').split(';')[0] as string, viewer };
}

let people = 0;
/** What everybody here signs in with. */
const password = 'a quiet moon rises';

/** Somebody who has just signed up to sell. */
export async function signUp(world: TestWorld, name = 'Venue Luna', headers: Record<string, string> = {}): Promise<Api> {
  const person = { name, email: `seller${++people}@example.com`, password };
  const { cookie, viewer } = await cookieOf(world, 'sign-up/email', person, headers);
  return new Api(world, cookie, viewer.accountId);
}

export async function signInAsAdmin(world: TestWorld): Promise<Api> {
  const { cookie } = await cookieOf(world, 'sign-in/email', { email: 'admin@demo.test', password: 'holdfast-demo' });
  return new Api(world, cookie);
}

/** The same person in another browser. */
export async function signInAgain(person: Api, its = password): Promise<Api> {
  const { viewer } = await person.run<{ viewer: { email: string } }>('{ viewer { email } }');
  return signIn(person.world, viewer.email, person.accountId, its);
}

/** Somebody of whom no more is known than how they sign in. */
export async function signIn(world: TestWorld, email: string, accountId: string, its = password): Promise<Api> {
  const { cookie } = await cookieOf(world, 'sign-in/email', { email, password: its });
  return new Api(world, cookie, accountId);
}

/** A new member of the staff, who has taken up an administrator's invitation. */
export async function joinStaff(admin: Api, role: 'VIEWER' | 'OPERATOR' | 'ADMIN', name: string = role): Promise<Api> {
  const { inviteStaff } = await admin.run<{ inviteStaff: { url: string } }>(
    'mutation ($input: InviteStaffInput!) { inviteStaff(input: $input) { url userErrors { message } } }',
    { input: { email: `staff${++people}@example.com`, role } },
  );
  return accept(admin.world, inviteStaff.url, name);
}

/** Whoever takes up the invitation behind a link. */
export async function accept(world: TestWorld, url: string, name: string): Promise<Api> {
  const token = url.split('/').at(-1) as string;
  const { cookie, viewer } = await cookieOf(world, 'accept-invitation', { token, name, password });
  return new Api(world, cookie, viewer.accountId);
}

export function stranger(world: TestWorld): Api {
  return new Api(world, null);
}

/** A seller whose onboarding is finished and who sells memberships at 10.00 and single payments at 25.00 USD. */
export async function readySeller(world: TestWorld, name?: string, headers: Record<string, string> = {}): Promise<Api> {
  const seller = await signUp(world, name, headers);
  const { startOnboarding } = await seller.run<{ startOnboarding: { account: { stripeAccount: { stripeId: string } } } }>(
    'mutation ($id: ID!) { startOnboarding(input: { accountId: $id }) { account { stripeAccount { stripeId } } userErrors { message } } }',
    { id: seller.accountId },
  );
  await world.control(`accounts/${startOnboarding.account.stripeAccount.stripeId}/onboard`, { outcome: 'complete' });
  await seller.run(
    `mutation ($id: ID!) {
      refreshOnboardingStatus(input: { accountId: $id }) { userErrors { message } }
      setMembershipPrice(input: { accountId: $id, amount: 1000, currency: "USD", interval: MONTH }) { userErrors { message } }
      setOneTimePrice(input: { accountId: $id, amount: 2500, currency: "USD" }) { userErrors { message } }
    }`,
    { id: seller.accountId },
  );
  return seller;
}

/** A buyer's checkout with a seller, opened and not yet paid. */
export async function openCheckout(
  world: TestWorld,
  accountId: string,
  kind: 'Payment' | 'Membership' = 'Payment',
  email = 'ada@example.com',
): Promise<string> {
  const answer = await stranger(world).run<Record<string, { checkoutSessionId: string }>>(
    `mutation ($id: ID!, $email: String!) { create${kind}Checkout(input: { accountId: $id, email: $email }) { checkoutSessionId userErrors { code message } } }`,
    { id: accountId, email },
  );
  return answer[`create${kind}Checkout`]?.checkoutSessionId as string;
}

export const syncDocument = `mutation ($id: ID!, $session: String!) {
  syncCheckoutSession(input: { accountId: $id, checkoutSessionId: $session }) { payment { id } membership { id } userErrors { code message } }
}`;
