import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Api, openCheckout, readySeller, signInAsAdmin, stranger, syncDocument } from '../support/api.js';
import { openWorld, type TestWorld } from '../support/world.js';

interface List {
  nodes: { buyerEmail: string }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}
interface AccountWithLists {
  displayName: string;
  payments: List;
  memberships: List;
}

const lists = (first: number, after = '') => `
  payments(first: ${first}${after}) { nodes { buyerEmail } pageInfo { hasNextPage endCursor } }
  memberships(first: ${first}${after}) { nodes { buyerEmail } pageInfo { hasNextPage endCursor } }`;

describe('lists of the accounts of a list', () => {
  let world: TestWorld;
  let admin: Api;

  beforeAll(async () => {
    world = await openWorld();
    admin = await signInAsAdmin(world);
    for (const name of ['Luna', 'Sol']) {
      const seller = await readySeller(world, name);
      for (const kind of ['Payment', 'Membership'] as const) {
        for (const buyer of ['first', 'second']) await buy(seller.accountId, kind, `${buyer}-${kind.toLowerCase()}@${name.toLowerCase()}.example`);
      }
    }
    await readySeller(world, 'Nobody’s');
  });
  afterAll(() => world.close());

  async function buy(accountId: string, kind: 'Payment' | 'Membership', email: string): Promise<void> {
    const session = await openCheckout(world, accountId, kind, email);
    await world.control(`checkout/sessions/${session}/pay`, { card: 'ok' });
    await stranger(world).run(syncDocument, { id: accountId, session });
  }

  async function read(fields: string): Promise<AccountWithLists[]> {
    const { accounts } = await admin.run<{ accounts: { nodes: AccountWithLists[] } }>(`{ accounts(first: 5) { nodes { displayName ${fields} } } }`);
    return accounts.nodes;
  }

  it('hold each account’s own, newest first, and say whether more follow', async () => {
    const [nobody, sol, luna] = await read(lists(1));
    expect(nobody).toMatchObject({ displayName: 'Nobody’s', payments: { nodes: [] }, memberships: { nodes: [], pageInfo: { endCursor: null } } });
    for (const [account, name] of [
      [sol, 'sol'],
      [luna, 'luna'],
    ] as const) {
      expect(account?.memberships).toMatchObject({
        nodes: [{ buyerEmail: `second-membership@${name}.example` }],
        pageInfo: { hasNextPage: true },
      });
      expect(account?.payments).toMatchObject({ nodes: [{ buyerEmail: `second-membership@${name}.example` }], pageInfo: { hasNextPage: true } });
    }
  });

  it('go on after a cursor', async () => {
    const [, , luna] = await read(lists(1));
    const rest = `memberships(after: "${luna?.memberships.pageInfo.endCursor}") { nodes { buyerEmail } pageInfo { hasNextPage endCursor } }`;
    const [, , again] = await read(rest);
    expect(again?.memberships).toMatchObject({ nodes: [{ buyerEmail: 'first-membership@luna.example' }], pageInfo: { hasNextPage: false } });
  });

  it('keep to the states asked for, each list to its own', async () => {
    const [, sol] = await read('payments(status: [REFUNDED]) { nodes { buyerEmail } } all: payments { nodes { buyerEmail } }');
    expect(sol?.payments.nodes).toEqual([]);
    expect((sol as unknown as { all: List }).all.nodes).toHaveLength(4);
    const [, same] = await read(
      'memberships(status: [CANCELED]) { nodes { buyerEmail } } all: memberships(status: [ACTIVE, TRIALING]) { nodes { buyerEmail } }',
    );
    expect(same?.memberships.nodes).toEqual([]);
    expect((same as unknown as { all: List }).all.nodes).toHaveLength(2);
  });

  it('leave each account its own revenue, in its own currency', async () => {
    const accounts = await read('revenue { gross { amount currency } platformFees { amount } net { amount } activeMembers paymentCount }');
    const twoOfEach = {
      gross: { amount: 7000, currency: 'USD' },
      platformFees: { amount: 760 },
      net: { amount: 6240 },
      activeMembers: 2,
      paymentCount: 4,
    };
    const nothing = { gross: { amount: 0, currency: 'USD' }, platformFees: { amount: 0 }, net: { amount: 0 }, activeMembers: 0, paymentCount: 0 };
    expect(accounts).toMatchObject([{ revenue: nothing }, { revenue: twoOfEach }, { revenue: twoOfEach }]);
  });

  it('refuse a page too long', async () => {
    expect(await admin.codes('{ accounts(first: 1) { nodes { payments(first: 101) { nodes { id } } } } }')).toEqual(['BAD_USER_INPUT']);
  });
});
