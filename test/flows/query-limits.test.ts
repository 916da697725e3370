import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { openGraphql } from '../../schema/execute.js';
import { anonymous } from '../../src/access/viewer.js';
import { openLog } from '../../src/base/log.js';
import { type Api, signUp } from '../support/api.js';
import { openWorld, type TestWorld } from '../support/world.js';

interface Answer {
  status: number;
  text: string;
  codes: (string | undefined)[];
  reasons: (string | undefined)[];
  tookMs: number;
}

const repeat = (count: number, of: (n: number) => string) => Array.from({ length: count }, (_, n) => of(n)).join(' ');

/** payments, nodes, account, payments, … and a plain field, `levels` in all. */
function nest(levels: number): string {
  const way = ['payments(first: 1)', 'nodes', 'account'];
  return `{ ${repeat(levels - 1, (n) => `${way[n % 3]} {`)} id ${'}'.repeat(levels - 1)} }`;
}

describe('a query that asks for too much', () => {
  let world: TestWorld;
  let seller: Api;

  beforeAll(async () => {
    world = await openWorld();
    seller = await signUp(world);
  });
  afterAll(() => world.close());

  async function send(body: unknown): Promise<Answer> {
    const startedMs = performance.now();
    const answer = await fetch(`${world.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: seller.cookie ?? '' },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    const { errors = [] } = JSON.parse(text) as { errors?: { extensions?: { code?: string; reason?: string } }[] };
    return {
      status: answer.status,
      text,
      codes: errors.map(({ extensions }) => extensions?.code),
      reasons: errors.map(({ extensions }) => extensions?.reason),
      tookMs: performance.now() - startedMs,
    };
  }

  it('is answered at the limit of depth, and refused one level beyond it', async () => {
    expect(await send({ query: nest(12) })).toMatchObject({ status: 200, codes: [] });
    expect(await send({ query: nest(13) })).toMatchObject({ status: 400, codes: ['BAD_USER_INPUT'], reasons: ['QUERY_TOO_DEEP'] });
  });

  it('is refused for more than 15 aliases or 10 root fields', async () => {
    const aliases = (count: number) => ({ query: `{ viewer { ${repeat(count, (n) => `a${n}: email`)} } }` });
    expect(await send(aliases(15))).toMatchObject({ status: 200, codes: [] });
    expect(await send(aliases(16))).toMatchObject({ status: 400, reasons: ['QUERY_TOO_COSTLY'] });
    const roots = (count: number) => ({ query: `{ ${repeat(count, (n) => `a${n}: viewer { email }`)} }` });
    expect(await send(roots(10))).toMatchObject({ status: 200, codes: [] });
    expect(await send(roots(11))).toMatchObject({ status: 400, reasons: ['QUERY_TOO_COSTLY'] });
  });

  it('is refused for what its lists multiply to, whether their length is written, a variable, a default, left out or in a fragment', async () => {
    const inner = 'nodes { account { payments(first: 20) { nodes { id } } } }';
    const costly = { status: 400, reasons: ['QUERY_TOO_COSTLY'] };
    expect(await send({ query: `{ payments(first: 2) { ${inner} } }` })).toMatchObject({ status: 200, codes: [] });
    expect(await send({ query: `{ payments(first: 100) { ${inner} } }` })).toMatchObject(costly);
    expect(await send({ query: `query ($n: Int) { payments(first: $n) { ${inner} } }`, variables: { n: 100 } })).toMatchObject(costly);
    expect(await send({ query: `query ($n: Int = 100) { payments(first: $n) { ${inner} } }` })).toMatchObject(costly);
    expect(await send({ query: '{ payments { nodes { account { payments { nodes { account { id } } } } } } }' })).toMatchObject(costly);
    const hidden =
      '{ payments { ...P } } fragment P on PaymentConnection { nodes { account { payments { ...Q } } } } fragment Q on PaymentConnection { nodes { account { id } } }';
    expect(await send({ query: hidden })).toMatchObject(costly);
  });

  it('is refused before it is read when it is longer than a thousand tokens', async () => {
    expect(await send({ query: `{ ${repeat(1_000, () => '__typename')} }` })).toMatchObject({ status: 400, codes: ['BAD_USER_INPUT'] });
  });

  it('is refused at once where fragments go in circles or double again and again', async () => {
    const circle = await send({ query: '{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...A }' });
    expect(circle).toMatchObject({ status: 400, codes: ['BAD_USER_INPUT'] });
    const doubling = await send({
      query: `{ viewer { ...F0 } } ${repeat(25, (n) => `fragment F${n} on Viewer { ...F${n + 1} ...F${n + 1} }`)} fragment F25 on Viewer { email }`,
    });
    expect(doubling).toMatchObject({ status: 400, codes: ['BAD_USER_INPUT'] });
    for (const { tookMs } of [circle, doubling]) expect(tookMs).toBeLessThan(1_000);
  });

  it('is refused for a page outside 1 to 100, and for a cursor of nothing', async () => {
    for (const asked of ['first: 0', 'first: -1', 'first: 101', 'after: "x"', 'after: "$$$"'])
      expect(await send({ query: `{ payments(${asked}) { nodes { id } } }` })).toMatchObject({ codes: ['BAD_USER_INPUT'] });
  });

  it('is refused in a batch', async () => {
    expect(await send([{ query: '{ viewer { email } }' }, { query: '{ viewer { email } }' }])).toMatchObject({ status: 400 });
  });

  it('is told of a few of its mistakes, not of ten thousand', async () => {
    const query = 'query ($status: [PaymentStatus!]) { payments(status: $status) { nodes { id } } }';
    for (let time = 1; time <= 3; time++) {
      const wrong = await send({ query, variables: { status: Array.from({ length: 5_000 }, () => 'NONE') } });
      expect(wrong.codes.length).toBeLessThanOrEqual(6);
      expect(new Set(wrong.codes)).toEqual(new Set(['BAD_USER_INPUT']));
    }
    const { codes } = await send({ query: `{ ${repeat(200, (n) => `no${n}`)} }` });
    expect(codes.length).toBeLessThanOrEqual(6);
  });
});

describe('the API in production', () => {
  const open = () => openGraphql({ production: true, log: openLog('silent') });

  async function ask(world: TestWorld, query: string): Promise<{ status: number; body: string }> {
    const graphql = await open();
    const headers = new Map([['content-type', 'application/json']]);
    const work = world.app.openWork();
    try {
      return await graphql.execute({ body: { query }, headers, work, viewer: anonymous, requestId: 'r', idempotencyKey: null });
    } finally {
      await graphql.close();
    }
  }

  it('tells nothing of its schema, nor of its tables when one fails', async () => {
    const world = await openWorld();
    try {
      expect((await ask(world, '{ __schema { types { name } } }')).status).toBe(400);
      const misspelt = await ask(world, '{ viewr { email } }');
      expect(misspelt.status).toBe(400);
      expect(misspelt.body).not.toMatch(/viewer|did you mean/i);

      const client = new pg.Client({ connectionString: world.databaseUrl });
      await client.connect();
      await client.query('alter table account rename to hidden');
      await client.end();
      const failed = await ask(world, '{ publicAccount(id: "acc_00000000000000000000000000") { id } }');
      expect(JSON.parse(failed.body)).toMatchObject({ errors: [{ extensions: { code: 'INTERNAL', requestId: 'r' } }] });
      expect(failed.body).not.toMatch(/select|relation|stack|\.js/i);
    } finally {
      await world.close();
    }
  });
});
