import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dayMs, later } from '../../src/base/clock.js';
import { type Api, readySeller, signInAsAdmin, stranger } from '../support/api.js';
import { buyOffering, disputePayment, offer, turnTo, workThrough } from '../support/marketplace.js';
import { told, wordsTo } from '../support/refused.js';
import { openWorld, type TestWorld } from '../support/world.js';

let world: TestWorld;
let [seller, other, admin]: Api[] = [];
const callers = { seller: () => seller as Api, other: () => other as Api, admin: () => admin as Api, stranger: () => stranger(world) };

/** Of the seller: something settled, something disputed. Of the other: something that waits. */
const theirs = { settled: '', disputed: '', waiting: '' };
const ids: Record<string, string> = {};

beforeAll(async () => {
  world = await openWorld({ PLATFORM_FEE_FIXED: '0' }, { works: false });
  [seller, other, admin] = [await readySeller(world), await readySeller(world), await signInAsAdmin(world)];
  const settled = await offer(seller, { unitPrice: 2_500, inDays: 10 });
  theirs.settled = await buyOffering(world, settled.id, 2);
  theirs.disputed = await buyOffering(world, (await offer(seller, { unitPrice: 2_500, inDays: 30 })).id);
  const waiting = await offer(other, { unitPrice: 2_500, inDays: 30 });
  theirs.waiting = await buyOffering(world, waiting.id);
  await disputePayment(world, theirs.disputed);
  await turnTo(world, later(new Date(settled.refundableUntil), dayMs));
  await workThrough(world);

  const { read } = world.app.openWork();
  const first = async (table: 'settlement' | 'dispute' | 'commissionSnapshot') =>
    (await read.selectFrom(table).select('id').orderBy('id').executeTakeFirstOrThrow()).id;
  ids['account'] = seller.accountId;
  ids['payment'] = theirs.settled;
  ids['offering'] = settled.id;
  ids['settlement'] = await first('settlement');
  ids['dispute'] = await first('dispute');
  ids['commissionSnapshot'] = await first('commissionSnapshot');
});
afterAll(() => world.close()); // which audits the books

const inDays = (days: number) => later(world.app.openWork().clock.now(), days * dayMs).toISOString();

describe('an id', () => {
  const nobodys = [
    '',
    '\u0000',
    '\ud800',
    '..',
    '../../v1/accounts',
    'a'.repeat(5_000),
    "' or 1=1 --",
    'tr_1',
    'stl_',
    ' ',
    '٣',
    'constructor',
    '__proto__',
  ];
  const prefixes: Record<string, string> = {
    payment: 'pay',
    settlement: 'stl',
    offering: 'off',
    account: 'acc',
    dispute: 'dsp',
    commissionSnapshot: 'com',
  };
  const of = (noun: string) => `${prefixes[noun]}_${'0'.repeat(26)}`;
  const ways: [string, string, keyof typeof callers, string][] = [
    ['settleNow', 'settlement', 'admin', 'mutation ($id: ID!) { settleNow(input: { settlementId: $id }) { userErrors { code path message } } }'],
    [
      'retrySettlement',
      'settlement',
      'admin',
      'mutation ($id: ID!) { retrySettlement(input: { settlementId: $id }) { userErrors { code path message } } }',
    ],
    [
      'verifySettlement',
      'settlement',
      'admin',
      'mutation ($id: ID!) { verifySettlement(input: { settlementId: $id }) { userErrors { code path message } } }',
    ],
    [
      'sendAgain',
      'settlement',
      'admin',
      'mutation ($id: ID!) { sendAgain(input: { settlementId: $id, reason: "because" }) { userErrors { code path message } } }',
    ],
    [
      'adoptTransfer',
      'settlement',
      'admin',
      'mutation ($id: ID!) { adoptTransfer(input: { settlementId: $id, stripeTransferId: "tr_1" }) { userErrors { code path message } } }',
    ],
    [
      'refundPayment',
      'payment',
      'seller',
      'mutation ($id: ID!) { refundPayment(input: { paymentId: $id, amount: 1 }) { userErrors { code path message } } }',
    ],
    [
      'createOfferingCheckout',
      'offering',
      'stranger',
      'mutation ($id: ID!) { createOfferingCheckout(input: { offeringId: $id, email: "a@example.com", quantity: 1 }) { userErrors { code path message } } }',
    ],
    [
      'setCommissionPlan',
      'account',
      'admin',
      'mutation ($id: ID!) { setCommissionPlan(input: { accountId: $id, percentageFee: 1, fixedFee: 0, vatRate: 0, feeMode: ADDED }) { userErrors { code path message } } }',
    ],
    ['settlement', 'settlement', 'seller', 'query ($id: ID!) { settlement(id: $id) { id } }'],
    ['proveSettlement', 'settlement', 'seller', 'query ($id: ID!) { proveSettlement(id: $id) }'],
    ['offering', 'offering', 'seller', 'query ($id: ID!) { offering(id: $id) { id } }'],
    ['payment', 'payment', 'seller', 'query ($id: ID!) { payment(id: $id) { id } }'],
    ['node', 'dispute', 'seller', 'query ($id: ID!) { node(id: $id) { id } }'],
  ];

  it.each(ways)('that is none of ours is not found, whatever it looks like: %s', async (_, noun, caller, document) => {
    for (const id of [...nobodys, of(noun), `${ids[noun]} `, (ids[noun] as string).toUpperCase()])
      expect([id, await told(callers[caller](), document, { id })]).toEqual([id, expect.stringMatching(/^(NOT_FOUND|BAD_USER_INPUT)$/)]);
  });

  it.each(ways.filter(([way]) => way !== 'node'))('of another kind is not found: %s', async (_, noun, caller, document) => {
    for (const [kind, id] of Object.entries(ids))
      if (kind !== noun) expect([kind, await told(callers[caller](), document, { id })]).toEqual([kind, 'NOT_FOUND']);
  });

  it('of another seller is not found, in the words for one that never was', async () => {
    for (const [noun, id] of Object.entries(ids)) {
      for (const field of ['node', ...(noun in { payment: 1, offering: 1, settlement: 1, account: 1 } ? [noun] : [])]) {
        const document = `query ($id: ID!) { ${field}(id: $id) { id } }`;
        expect([field, await told(callers.other(), document, { id })]).toEqual([field, 'NOT_FOUND']);
        const never = of(noun);
        const words = await wordsTo(callers.other(), document, { id });
        expect((await wordsTo(callers.other(), document, { id: never })).replace(never, id)).toBe(words);
      }
    }
  });

  it('tells a stranger nothing, not even whether it is one', async () => {
    const documents = [
      'mutation ($id: ID!) { refundPayment(input: { paymentId: $id }) { userErrors { code } } }',
      'mutation ($id: ID!) { cancelMembership(input: { membershipId: $id }) { userErrors { code } } }',
      'mutation ($id: ID!) { settleNow(input: { settlementId: $id }) { userErrors { code } } }',
      'query ($id: ID!) { payment(id: $id) { id } }',
      'query ($id: ID!) { offering(id: $id) { id } }',
      'query ($id: ID!) { settlement(id: $id) { id } }',
    ];
    for (const document of documents)
      for (const id of [theirs.settled, ids['settlement'], ids['offering'], of('payment'), 'x'])
        expect([document, await told(callers.stranger(), document, { id })]).toEqual([document, 'UNAUTHENTICATED']);
  });
});

describe('an offering', () => {
  const create =
    'mutation ($input: CreateOfferingInput!) { createOffering(input: $input) { offering { id title } userErrors { code path message } } }';
  const asked = () => ({ accountId: seller?.accountId, title: 'A night', unitPrice: 2_500, currency: 'USD', deliversAt: inDays(1) });
  const cases: [string, () => object, string][] = [
    ['a price of nothing', () => ({ unitPrice: 0 }), 'AMOUNT_TOO_SMALL unitPrice'],
    ['a negative price', () => ({ unitPrice: -1 }), 'AMOUNT_TOO_SMALL unitPrice'],
    ['a price of half a cent', () => ({ unitPrice: 0.5 }), 'BAD_USER_INPUT'],
    ['a price in words', () => ({ unitPrice: '2500' }), 'BAD_USER_INPUT'],
    ['a price beyond what is counted exactly', () => ({ unitPrice: 2 ** 53 }), 'BAD_USER_INPUT'],
    ['a price above what Stripe charges', () => ({ unitPrice: 100_000_000 }), 'AMOUNT_TOO_LARGE unitPrice'],
    ['a price that its currency has no coins for', () => ({ unitPrice: 150, currency: 'ISK' }), 'INVALID unitPrice'],
    ['a currency that is none', () => ({ currency: 'XXX' }), 'CURRENCY_UNSUPPORTED currency'],
    ['a currency in small letters', () => ({ currency: 'usd' }), 'BAD_USER_INPUT'],
    ['a delivery that has been', () => ({ deliversAt: inDays(-1) }), 'DATE_INVALID deliversAt'],
    ['a delivery in a thousand years', () => ({ deliversAt: '3026-01-01T00:00:00Z' }), 'DATE_INVALID deliversAt'],
    ['a delivery on the 30th of February', () => ({ deliversAt: '2027-02-30T00:00:00Z' }), 'BAD_USER_INPUT'],
    ['a delivery on the 29th of February of a common year', () => ({ deliversAt: '2027-02-29T12:00:00+02:00' }), 'BAD_USER_INPUT'],
    ['a delivery at no hour', () => ({ deliversAt: '2027-02-28T25:00:00Z' }), 'BAD_USER_INPUT'],
    ['a delivery on a day without an hour', () => ({ deliversAt: '2027-02-28' }), 'BAD_USER_INPUT'],
    ['a delivery tomorrow', () => ({ deliversAt: 'tomorrow' }), 'BAD_USER_INPUT'],
    ['a delivery in milliseconds', () => ({ deliversAt: 1_800_000_000_000 }), 'BAD_USER_INPUT'],
    ['refunds that end before the delivery', () => ({ refundableUntil: inDays(0.5) }), 'DATE_INVALID refundableUntil'],
    ['refunds for a year', () => ({ refundableUntil: inDays(366) }), 'DATE_INVALID refundableUntil'],
    ['a fee of its own', () => ({ platformFee: 0 }), 'BAD_USER_INPUT'],
    ['another seller’s account', () => ({ accountId: other?.accountId }), 'NOT_FOUND'],
  ];

  it.each(cases)('with %s is refused by its name', async (_, wrong, expected) => {
    expect(await told(callers.seller(), create, { input: { ...asked(), ...wrong() } })).toBe(expected);
  });

  it('may be delivered on a leap day', async () => {
    expect(await told(callers.seller(), create, { input: { ...asked(), deliversAt: '2028-02-29T23:59:59.999+14:00' } })).toBe('done');
  });

  it('is put on sale by its seller alone', async () => {
    const by = async (caller: Api) => told(caller, create, { input: asked() });
    expect([await by(callers.admin()), await by(callers.other()), await by(callers.stranger())]).toEqual([
      'FORBIDDEN',
      'NOT_FOUND',
      'UNAUTHENTICATED',
    ]);
  });
});

describe('a list', () => {
  it.each(['settlements', 'disputes', 'memberships', 'payments', 'accounts'])('of %s in none of its states is empty', async (list) => {
    expect(await callers.admin().run(`{ ${list}(status: []) { nodes { id } } }`)).toEqual({ [list]: { nodes: [] } });
  });

  it.each(['first: 0', 'first: -1', 'first: 101', 'first: 2147483648', 'after: ""', 'after: "e30="', 'after: "\\u0000"', 'status: [NONE]'])(
    'asked for with %s is refused',
    async (asked) => {
      for (const list of ['settlements', 'disputes', 'payments'])
        expect([list, await told(callers.admin(), `{ ${list}(${asked}) { nodes { id } } }`)]).toEqual([list, 'BAD_USER_INPUT']);
    },
  );
});
