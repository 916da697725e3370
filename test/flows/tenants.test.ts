import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Api, readySeller, signInAsAdmin, stranger, syncDocument } from '../support/api.js';
import { buyOffering, offer } from '../support/marketplace.js';
import { openWorld, type TestWorld } from '../support/world.js';

let world: TestWorld;
let luna: Api;
let sol: Api;

beforeAll(async () => {
  world = await openWorld();
  luna = await readySeller(world, 'Luna');
  sol = await readySeller(world, 'Sol');
});
afterAll(() => world.close());

const shop = 'query ($id: ID!) { publicAccount(id: $id) { displayName oneTimeEnabled membershipEnabled oneTimePrice { decimal } } }';

describe('a seller in another seller’s shop', () => {
  it('sees of it what every buyer sees', async () => {
    const seen = await stranger(world).run(shop, { id: sol.accountId });
    expect(seen).toEqual({
      publicAccount: { displayName: 'Sol', oneTimeEnabled: true, membershipEnabled: true, oneTimePrice: { decimal: '25.00' } },
    });
    expect(await luna.run(shop, { id: sol.accountId })).toEqual(seen);
  });

  it('buys there as anybody does, and is shown what they bought', async () => {
    const begun = await luna.run<{ createPaymentCheckout: { checkoutSessionId: string } }>(
      'mutation ($id: ID!) { createPaymentCheckout(input: { accountId: $id, email: "luna@example.com" }) { checkoutSessionId } }',
      { id: sol.accountId },
    );
    const session = begun.createPaymentCheckout.checkoutSessionId;
    await world.control(`checkout/sessions/${session}/pay`);
    const bought = await luna.run<{ syncCheckoutSession: { payment: object } }>(
      syncDocument.replace('payment { id }', 'payment { id amount { decimal } account { displayName } }'),
      { id: sol.accountId, session },
    );
    expect(bought.syncCheckoutSession.payment).toMatchObject({ amount: { decimal: '25.00' }, account: { displayName: 'Sol' } });
  });

  it('reads nothing of it that is not a buyer’s, although the request has been in the shop', async () => {
    const document = `query ($id: ID!) { publicAccount(id: $id) { id } account(id: $id) { id } payments(accountId: $id) { nodes { id } } node(id: $id) { id } }`;
    expect(await luna.codes(document, { id: sol.accountId })).toEqual(expect.arrayContaining(['NOT_FOUND']));
    const { payments } = await luna.run<{ payments: { nodes: object[] } }>(
      `query ($id: ID!) { publicAccount(id: $id) { id } payments { nodes { id account { displayName } } } }`,
      { id: sol.accountId },
    );
    expect(payments.nodes).toEqual([]);
  });
});

describe('an offering', () => {
  it('is bought by strangers and by other sellers, and its settlement is its seller’s and staff’s alone', async () => {
    const { id } = await offer(sol, { unitPrice: 4_000, inDays: 10 });
    await buyOffering(world, id);
    const title = 'query ($id: ID!) { publicOffering(id: $id) { title seller { displayName } } }';
    expect(await luna.run(title, { id })).toEqual({ publicOffering: { title: 'A night at the opera', seller: { displayName: 'Sol' } } });
    expect(await luna.codes('query ($id: ID!) { offering(id: $id) { title } }', { id })).toEqual(['NOT_FOUND']);
    const all =
      '{ settlements(first: 5) { nodes { amount { decimal } account { displayName } payments(first: 5) { nodes { amount { decimal } } } } } }';
    const mine = {
      settlements: {
        nodes: [{ amount: { decimal: '40.00' }, account: { displayName: 'Sol' }, payments: { nodes: [{ amount: { decimal: '44.20' } }] } }],
      },
    };
    expect(await sol.run(all)).toEqual(mine);
    expect(await luna.run(all)).toEqual({ settlements: { nodes: [] } });
    expect(await (await signInAsAdmin(world)).run(all)).toEqual(mine);
  });
});
