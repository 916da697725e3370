import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Api, openCheckout, readySeller, stranger, syncDocument } from '../support/api.js';
import { openWorld, type TestWorld } from '../support/world.js';

const someId = 'pay_00000000000000000000000000';

/** Documents whose answers are easy to get wrong when code is made of them. */
const documents: { what: string; query: string; variables?: object }[] = [
  {
    what: 'lists within lists, under aliases',
    query:
      '{ viewer { account { mine: payments(first: 1) { nodes { id split: snapshot { platformFee { amount } } } } payments { nodes { id } } } } }',
  },
  {
    what: 'fragments that overlap',
    query:
      'query { payments { nodes { ...A ... on Node { id } amount { currency } } } } fragment A on Payment { id amount { amount formatted(locale: "de") } account { displayName } }',
  },
  { what: 'the kind of a node', query: 'query ($id: ID!) { node(id: $id) { __typename id ... on Account { payUrl } ... on Payment { kind } } }' },
  { what: 'a node of another', query: `{ node(id: "${someId}") { id } }` },
  {
    what: 'what is refused beside what is answered',
    query: `{ payments { nodes { status } } gone: payment(id: "${someId}") { id } }`,
  },
  {
    what: 'selections left out by their conditions',
    query:
      'query ($yes: Boolean!) { payments { nodes { ...A @include(if: $yes) ...B } } } fragment A on Payment { id amount { amount } } fragment B on Payment { amount { currency } kind @skip(if: $yes) }',
    variables: { yes: true },
  },
  { what: 'a variable of the wrong kind', query: 'query ($first: Int) { payments(first: $first) { nodes { id } } }', variables: { first: 'many' } },
  { what: 'a variable that is missing', query: 'query ($id: ID!) { account(id: $id) { id } }', variables: {} },
  { what: 'a variable that is null', query: 'query ($first: Int) { payments(first: $first) { nodes { id } } }', variables: { first: null } },
  { what: 'a default', query: 'query ($first: Int = 1) { payments(first: $first) { nodes { id } pageInfo { hasNextPage } } }' },
  { what: 'a page too long', query: 'query ($first: Int) { payments(first: $first) { nodes { id } } }', variables: { first: 101 } },
  {
    what: 'a scalar of ours that is wrong',
    query: 'mutation ($input: SetOneTimePriceInput!) { setOneTimePrice(input: $input) { account { id } userErrors { code } } }',
    variables: { input: { accountId: 'x', amount: 10.5 } },
  },
  {
    what: 'a field of an input that does not exist',
    query: 'mutation ($input: SetOneTimePriceInput!) { setOneTimePrice(input: $input) { account { id } userErrors { code } } }',
    variables: { input: { accountId: 'x', role: 'ADMIN' } },
  },
  {
    what: 'the schema itself',
    query:
      '{ __schema { queryType { fields { name args { name defaultValue type { name ofType { name } } } } } } __type(name: "FeeMode") { enumValues { name } } }',
  },
];

describe('a document that is sent again and again', () => {
  let world: TestWorld;
  let seller: Api;

  beforeAll(async () => {
    world = await openWorld();
    seller = await readySeller(world);
    const session = await openCheckout(world, seller.accountId);
    await world.control(`checkout/sessions/${session}/pay`, { card: 'ok' });
    await stranger(world).run(syncDocument, { id: seller.accountId, session });
  });
  afterAll(() => world.close());

  /** Status and body as sent, but for the request's id, which is always another. */
  async function answerTo(query: string, variables: object, cookie: string | null): Promise<{ status: number; body: object }> {
    const answer = await fetch(`${world.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(cookie ? { cookie } : {}) },
      body: JSON.stringify({ query, variables }),
    });
    return { status: answer.status, body: JSON.parse((await answer.text()).replace(/"requestId":"[^"]+"/g, '"requestId":"…"')) as object };
  }

  it.each(documents)('is answered the same each time: $what', async ({ query, variables }) => {
    const values = variables ?? { id: seller.accountId };
    const first = await answerTo(query, values, seller.cookie);
    expect(JSON.stringify(first)).not.toContain('INTERNAL');
    for (let time = 2; time <= 3; time++) expect(await answerTo(query, values, seller.cookie)).toEqual(first);
  });

  it('is answered to each as that one may read, not as the one before', async () => {
    const query = 'query ($id: ID!) { account(id: $id) { displayName revenue { gross { amount } } } }';
    const values = { id: seller.accountId };
    for (let time = 1; time <= 3; time++) {
      expect((await answerTo(query, values, seller.cookie)).body).toEqual({
        data: { account: { displayName: 'Venue Luna', revenue: { gross: { amount: 2500 } } } },
      });
      expect((await answerTo(query, values, null)).body).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    }
  });

  it('runs its mutations one after another', async () => {
    const set = (amount: number) =>
      `setOneTimePrice(input: { accountId: $id, amount: ${amount} }) { account { oneTimePrice { amount } } userErrors { code } }`;
    const query = `mutation ($id: ID!) { a: ${set(700)} b: ${set(800)} c: ${set(900)} }`;
    for (let time = 1; time <= 3; time++) {
      const { body } = await answerTo(query, { id: seller.accountId }, seller.cookie);
      const priced = (amount: number) => ({ account: { oneTimePrice: { amount } }, userErrors: [] });
      expect(body).toEqual({ data: { a: priced(700), b: priced(800), c: priced(900) } });
    }
  });
});
