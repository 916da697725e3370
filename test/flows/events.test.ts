import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { known } from '../../src/base/assert.js';
import { systemClock } from '../../src/base/clock.js';
import { type Api, joinStaff, readySeller, signInAsAdmin, signUp } from '../support/api.js';
import { signatureOf } from '../support/ground.js';
import { reachInto } from '../support/looking.js';
import { workThrough } from '../support/marketplace.js';
import { openWorld, type TestWorld } from '../support/world.js';

let world: TestWorld;
let database: pg.Pool;
let seller: Api;
let admin: Api;
let sellersStripeId: string;

beforeAll(async () => {
  world = await openWorld();
  database = reachInto(world.databaseUrl);
  seller = await readySeller(world, 'Venue Luna');
  admin = await signInAsAdmin(world);
  const { account } = await seller.run<{ account: { stripeAccount: { stripeId: string } } }>(
    'query ($id: ID!) { account(id: $id) { stripeAccount { stripeId } } }',
    { id: seller.accountId },
  );
  sellersStripeId = account.stripeAccount.stripeId;
});
afterAll(async () => {
  await database.end();
  await world.close();
});

let count = 0;

/** Delivers an event as Stripe would; answers Stripe's id of it. */
async function deliver(type: string, account: string, objectId: string): Promise<string> {
  const id = `evt_told_${++count}`;
  const created = Math.floor(systemClock.now().getTime() / 1_000);
  const body = JSON.stringify({ id, object: 'event', type, created, livemode: false, account, data: { object: { id: objectId } } });
  const secret = known(world.app.openWork().config.stripe.connectWebhookSecrets[0], 'the secret').reveal();
  const answer = await fetch(`${world.url}/api/webhooks/stripe`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'stripe-signature': signatureOf(body, secret, systemClock.now()) },
    body,
  });
  expect(answer.status).toBe(200);
  await workThrough(world);
  return id;
}

interface Told {
  id: string;
  stripeEventId: string;
  state: string;
  error: string | null;
}
const listed = `query ($state: [EventState!], $first: Int, $after: String, $stream: String, $type: String) {
  events(state: $state, first: $first, after: $after, stream: $stream, type: $type) {
    nodes { id stripeEventId stream type objectId source state attemptCount error payload account { id } } pageInfo { hasNextPage endCursor } } }`;
const events = async (variables: object = {}, who = admin) =>
  (await who.run<{ events: { nodes: Told[]; pageInfo: { endCursor: string } } }>(listed, variables)).events;
const replay = 'mutation ($input: ReplayEventsInput!) { replayEvents(input: $input) { count userErrors { code message } } }';
const ignore = 'mutation ($input: IgnoreEventsInput!) { ignoreEvents(input: $input) { count userErrors { code path } } }';

describe('events that could not be applied', () => {
  it('are listed with what is wrong, newest first, page by page, and those of a known seller with the seller', async () => {
    const [first, second] = [await deliver('account.updated', 'acct_nobody', 'x'), await deliver('charge.refunded', 'acct_nobody', 'ch_1')];
    const { nodes, pageInfo } = await events({ state: ['PARKED'], first: 1 });
    expect(nodes).toEqual([
      expect.objectContaining({
        stripeEventId: second,
        stream: 'connect:acct_nobody',
        type: 'charge.refunded',
        objectId: 'ch_1',
        source: 'WEBHOOK',
        state: 'PARKED',
        attemptCount: 1,
        error: 'The account acct_nobody is not connected to any account here.',
        account: null,
      }),
    ]);
    const { nodes: rest } = await events({ state: ['PARKED'], first: 1, after: pageInfo.endCursor });
    expect(rest.map(({ stripeEventId }) => stripeEventId)).toEqual([first]);
    expect((await events({ stream: `connect:${sellersStripeId}`, first: 1 })).nodes).toMatchObject([{ account: { id: seller.accountId } }]);
    expect((await events({ type: 'charge.refunded' })).nodes.map(({ stripeEventId }) => stripeEventId)).toContain(second);
  });

  it('are applied anew once somebody has mended the cause: one by its id, or all of a type', async () => {
    const [mended, other, third] = [
      await deliver('account.updated', 'acct_late', 'acct_late'),
      await deliver('capability.updated', 'acct_late', 'card_payments'),
      await deliver('capability.updated', 'acct_late', 'transfers'),
    ];
    const idOf = async (stripeEventId: string) =>
      known(
        (await events({ stream: 'connect:acct_late' })).nodes.find((event) => event.stripeEventId === stripeEventId),
        'the event',
      ).id;
    const late = await signUp(world);
    await database.query(
      `insert into connected_account (id, tenant_id, account_id, stripe_account_id, profile, country, service_agreement, connected_at, created_at, active_until, retired_cause)
       select 'con_late', tenant_id, id, 'acct_late', 'express', 'US', 'full', now(), now(), now(), 'DEAUTHORIZED' from account where id = $1`,
      [late.accountId],
    );
    expect(await admin.run(replay, { input: { ids: [await idOf(mended)] } })).toEqual({ replayEvents: { count: 1, userErrors: [] } });
    expect(await admin.run(replay, { input: { type: 'capability.updated' } })).toEqual({ replayEvents: { count: 2, userErrors: [] } });
    await workThrough(world);
    const { nodes } = await events({ stream: 'connect:acct_late' });
    expect(nodes.map(({ stripeEventId, state }) => [stripeEventId, state]).sort()).toEqual(
      [mended, other, third].map((id) => [id, 'IGNORED']).sort(), // an account that has left asks for nothing
    );
    expect(await admin.run(replay, { input: { ids: [await idOf(mended)] } })).toMatchObject({
      replayEvents: { count: 0, userErrors: [{ code: 'NOT_RETRIABLE' }] },
    });
  });

  it('are put aside with a reason, which stands beside the error', async () => {
    await deliver('charge.updated', 'acct_gone', 'ch_1');
    await deliver('charge.refunded', 'acct_gone', 'ch_2');
    const { nodes } = await events({ state: ['PARKED'], stream: 'connect:acct_gone' });
    const ids = nodes.map(({ id }) => id);
    expect(await admin.run(ignore, { input: { ids, reason: ' ' } })).toEqual({
      ignoreEvents: { count: 0, userErrors: [{ code: 'INVALID', path: ['reason'] }] },
    });
    expect(await admin.run(ignore, { input: { ids, reason: 'An account of our other marketplace.' } })).toMatchObject({
      ignoreEvents: { count: nodes.length, userErrors: [] },
    });
    for (const event of (await events({ stream: 'connect:acct_gone' })).nodes.filter(({ id }) => ids.includes(id)))
      expect(event).toMatchObject({
        state: 'IGNORED',
        error: expect.stringMatching(/^Ignored by per_\w+: An account of our other marketplace\. It was: The account acct_gone is not connected/),
      });
  });

  it.each([
    [{}, 'INVALID'],
    [{ ids: [], type: null }, 'INVALID'],
    [{ ids: ['evn_1'], type: 'charge.refunded' }, 'INVALID'],
    [{ ids: ['evn_none'] }, 'NOT_RETRIABLE'],
    [{ type: 'nothing.of.the.kind' }, 'NOT_RETRIABLE'],
  ])('are not replayed where %j was asked', async (input, code) => {
    expect(await admin.run(replay, { input })).toMatchObject({ replayEvents: { count: 0, userErrors: [{ code }] } });
  });

  it('are for staff; what they hold of buyers is for staff who act', async () => {
    expect(await seller.codes(listed)).toEqual(['FORBIDDEN']);
    expect(await seller.codes(replay, { input: { ids: ['evn_1'] } })).toEqual(['FORBIDDEN']);
    const { nodes } = (await events({ first: 20 })) as unknown as { nodes: { payload: string }[] };
    const event = nodes.find(({ payload }) => payload !== '{}'); // as those are that have an object read again
    expect(JSON.parse(event?.payload ?? '')).toMatchObject({ object: 'event' });
    const viewer = await joinStaff(admin, 'VIEWER');
    const seen = await viewer.run<{ events: { nodes: object[] } }>(listed, { first: 1 });
    expect(seen.events.nodes).toMatchObject([{ payload: null }]);
    expect(await viewer.codes(replay, { input: { ids: ['evn_1'] } })).toEqual(['FORBIDDEN']);
  });
});
