import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type EventLists, startEventLists } from '../../../test/support/event-lists.js';
import { openGround, signatureOf, type TestGround, webhookSecrets } from '../../../test/support/ground.js';
import { dayMs, hourMs, minuteMs } from '../../base/clock.js';
import { receiveWebhook } from '../intake.js';
import { pollDueStreams } from './polling.js';
import { warnOfSilence } from './silence.js';

let stripe: EventLists;
let ground: TestGround;
let count = 0;

beforeAll(async () => {
  stripe = await startEventLists();
  ground = await openGround(stripe.url);
});
afterAll(async () => {
  await ground.close();
  await stripe.close();
});
beforeEach(async () => {
  await ground.rows('update event_stream set closed_at = now()'); // each test minds its own
  stripe.asked.length = 0;
});

const second = () => Math.floor(ground.clock.now().getTime() / 1_000);
const poll = (work = ground.work) => pollDueStreams(work);
const pass = (ms: number) => ground.clock.advance(ms);

/** A seller whose Stripe account has been connected just now; answers Stripe's id of it. */
async function connect(): Promise<string> {
  const id = `acct_${++count}`;
  await ground.connected(id);
  return id;
}
const stored = async (account: string) =>
  (
    await ground.rows(`select stripe_event_id as id from inbox_event where stream = $1 and source = 'POLL' order by happened_at, stripe_event_id`, [
      `connect:${account}`,
    ])
  ).map(({ id }) => id);
const streamOf = async (account: string) => (await ground.rows('select * from event_stream where name = $1', [`connect:${account}`]))[0] ?? {};
const makeDue = (account: string) =>
  ground.rows('update event_stream set next_poll_at = $2 where name = $1', [`connect:${account}`, ground.clock.now()]);

describe('a stream', () => {
  it('begins where the account was connected: nothing before is replayed, nothing after is missed', async () => {
    const account = await connect();
    stripe.happen(account, second() - 3_600);
    const after = [stripe.happen(account, second()), stripe.happen(account, second() + 5)];
    pass(10_000);
    expect(await poll()).toBe(2);
    expect(await stored(account)).toEqual(after);
    expect(await streamOf(account)).toMatchObject({
      checkpoint_event_id: after[1],
      seen_until: ground.clock.now(),
      last_polled_at: ground.clock.now(),
      failure_count: 0,
    });
  });

  it('is read with one request while little happens, and asks for no more than it has not seen', async () => {
    const account = await connect();
    await poll();
    const from = second();
    pass(hourMs);
    stripe.asked.length = 0;
    const id = stripe.happen(account, second() - 60);
    expect(await poll()).toBe(1);
    expect(stripe.asked).toEqual([{ account, from: 'newest', since: from - 600 }]);
    pass(2 * minuteMs);
    await poll();
    expect(await stored(account)).toEqual([id]);
  });

  it('is read oldest first where much has happened, each page with its checkpoint, and goes on from there when it was cut off', async () => {
    const account = await connect();
    const first = stripe.happen(account, second());
    await poll();
    pass(hourMs);
    const ids = Array.from({ length: 250 }, (_, index) => stripe.happen(account, second() - 300 + index));
    let pages = 0;
    stripe.instead(account, async () => {
      if (++pages === 4) stripe.instead(account, [500, { error: { type: 'api_error', message: 'Something broke.' } }]); // after the newest, the overlap, the first hundred
    });
    await poll();
    expect(await stored(account)).toEqual([first, ...ids.slice(0, 200)]);
    expect(await streamOf(account)).toMatchObject({
      checkpoint_event_id: ids[199],
      failure_count: 1,
      error: expect.stringContaining('error of its own'),
    });

    stripe.instead(account, null);
    pass(minuteMs);
    stripe.asked.length = 0;
    expect(await poll()).toBe(50);
    expect(await stored(account)).toEqual([first, ...ids]);
    expect(stripe.asked.map(({ from }) => from)).toEqual(['newest', `older than ${ids[199]}`, `older than ${ids[99]}`, `newer than ${ids[199]}`]);
    expect(await streamOf(account)).toMatchObject({ checkpoint_event_id: ids[249], failure_count: 0, error: null });
  });

  it('finds what Stripe shows only after what happened later', async () => {
    const account = await connect();
    const early = stripe.happen(account, second() + 60);
    pass(2 * minuteMs);
    await poll();
    const late = stripe.happen(account, second() - 300);
    pass(2 * minuteMs);
    expect(await poll()).toBe(1);
    expect((await stored(account)).sort()).toEqual([early, late].sort());
    expect(await streamOf(account)).toMatchObject({ checkpoint_event_id: early });
  });

  it('whose checkpoint Stripe no longer knows is read as far as Stripe shows it, and its objects are read again', async () => {
    const account = await connect();
    await poll();
    await ground.rows(`update event_stream set checkpoint_event_id = 'evt_of_long_ago' where name = $1`, [`connect:${account}`]);
    const ids = Array.from({ length: 120 }, (_, index) => stripe.happen(account, second() + index));
    pass(hourMs);
    expect(await poll()).toBe(120);
    expect(await stored(account)).toEqual(ids);
    expect(await streamOf(account)).toMatchObject({ checkpoint_event_id: ids[119], resync_wanted: true });
    pass(hourMs);
    await poll();
    expect(await streamOf(account)).toMatchObject({ resync_wanted: false });
    const again = await ground.rows(`select type, object_id from inbox_event where stream = $1 and source = 'RESYNC' and received_at = $2`, [
      `connect:${account}`,
      ground.clock.now(),
    ]);
    expect(again).toEqual([{ type: 'account.updated', object_id: account }]);
  });

  it('that nobody has read for longer than Stripe keeps events has its objects read again', async () => {
    const account = await connect();
    await poll();
    const again = () =>
      ground.rows(`select 1 from inbox_event where stream = $1 and source = 'RESYNC' and received_at = $2`, [
        `connect:${account}`,
        ground.clock.now(),
      ]);
    pass(28 * dayMs);
    await poll();
    expect(await again()).toEqual([]);
    pass(30 * dayMs);
    await poll();
    expect(await again()).toHaveLength(1);
  });

  it('ends when its account revokes the platform, which retires the account', async () => {
    const account = await connect();
    const message = `The provided key does not have access to account '${account}' (or that account does not exist). Application access may have been revoked.`;
    stripe.instead(account, [403, { error: { type: 'invalid_request_error', code: 'account_invalid', message } }]);
    await poll();
    expect(await streamOf(account)).toMatchObject({ closed_at: ground.clock.now(), locked_until: null });
    expect(await ground.rows('select retired_cause from connected_account where stripe_account_id = $1', [account])).toEqual([
      { retired_cause: 'DEAUTHORIZED' },
    ]);
    pass(2 * hourMs);
    stripe.asked.length = 0;
    await poll();
    expect(stripe.asked).toEqual([]);
  });

  it('never goes back, whatever writes it', async () => {
    const account = await connect();
    await poll();
    await expect(
      ground.rows(`update event_stream set seen_until = seen_until - interval '1 second' where name = $1`, [`connect:${account}`]),
    ).rejects.toThrow('once stays seen');
  });
});

describe('the pace of a stream', () => {
  it('is a minute while something happens there, and down to an hour while nothing does', async () => {
    const account = await connect();
    const waits = async (quietMs: number) => {
      stripe.happen(account, second());
      await makeDue(account);
      await poll();
      pass(quietMs);
      await makeDue(account);
      await poll();
      const { next_poll_at } = await streamOf(account);
      return (next_poll_at as Date).getTime() - ground.clock.now().getTime();
    };
    for (const [quietMs, expectedMs] of [
      [0, minuteMs],
      [10 * minuteMs, minuteMs],
      [hourMs, 6 * minuteMs],
      [dayMs, hourMs],
    ] as const) {
      const waitMs = await waits(quietMs);
      expect(waitMs).toBeGreaterThanOrEqual(expectedMs * 0.9);
      expect(waitMs).toBeLessThanOrEqual(expectedMs * 1.1);
    }
  });

  it('slows down while polls fail, and others keep theirs', async () => {
    const [bad, good] = [await connect(), await connect()];
    stripe.instead(bad, [500, { error: { type: 'api_error', message: 'Something broke.' } }]);
    const waits: number[] = [];
    for (let round = 0; round < 4; round++) {
      const id = stripe.happen(good, second());
      await Promise.all([makeDue(bad), makeDue(good)]);
      await poll();
      expect(await stored(good)).toContain(id);
      waits.push(((await streamOf(bad))['next_poll_at'] as Date).getTime() - ground.clock.now().getTime());
    }
    for (const [index, waitMs] of waits.entries()) {
      expect(waitMs).toBeGreaterThanOrEqual(15_000 * 2 ** index * 0.9);
      expect(waitMs).toBeLessThanOrEqual(15_000 * 2 ** index * 1.1);
    }
    stripe.instead(bad, null);
  });
});

describe('a stream for which the budget has no request left', () => {
  it('waits its turn, and has not failed', async () => {
    const account = await connect();
    stripe.instead(account, [429, { error: { type: 'invalid_request_error', code: 'rate_limit', message: 'Too many requests.' } }]);
    await poll();
    expect(await streamOf(account)).toMatchObject({ failure_count: 0, error: null, last_polled_at: null, locked_until: null });
    stripe.instead(account, null);
    const id = stripe.happen(account, second());
    pass(minuteMs);
    await poll();
    expect(await stored(account)).toEqual([id]);
  });
});

describe('many streams for which the budget has no request left', () => {
  it('are not each asked in vain: what is due waits for the next turn', async () => {
    const accounts = await Promise.all(Array.from({ length: 24 }, connect));
    for (const account of accounts)
      stripe.instead(account, [429, { error: { type: 'invalid_request_error', code: 'rate_limit', message: 'Too many requests.' } }]);
    await poll();
    expect(stripe.asked.length).toBeLessThan(24); // what was leased by then
    for (const account of accounts) stripe.instead(account, null);
    pass(minuteMs);
    stripe.asked.length = 0;
    await poll();
    expect(stripe.asked.map(({ account }) => account).sort()).toEqual(accounts.toSorted());
  });
});

describe('several workers', () => {
  it('poll each due stream once between them, the platform’s first', async () => {
    await ground.rows(`update event_stream set closed_at = null, next_poll_at = $1 where name = 'platform'`, [ground.clock.now()]);
    await poll();
    pass(2 * hourMs);
    const accounts = await Promise.all(Array.from({ length: 30 }, connect));
    await Promise.all([ground.work, ground.another('holdfast_worker'), ground.another('holdfast_worker')].map((work) => poll(work)));
    const lists = stripe.asked.slice(1); // after the poll before
    expect(lists.map(({ account }) => account).sort()).toEqual(['platform', ...accounts].sort());
    expect(lists.findIndex(({ account }) => account === 'platform')).toBeLessThan(24);
  });

  it('let one stream hang without waiting for it; who comes back after its lease writes nothing', async () => {
    const [slow, ...others] = [await connect(), await connect(), await connect()];
    stripe.happen(slow, second());
    for (const account of others) stripe.happen(account, second());
    let waiting = 0;
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    stripe.instead(slow, async () => {
      if (++waiting === 3) return released; // past what is read to begin with
    });
    const hanging = poll();
    const worker = ground.another('holdfast_worker');
    const polledOnce = async () => (await Promise.all(others.map(stored))).every((ids) => ids.length === 1);
    while (!(await polledOnce())) await poll(worker); // by the lanes beside the one that hangs
    const next = others.map((account) => stripe.happen(account, second()));
    for (const account of others) await makeDue(account);
    const newest = async () => (await Promise.all(others.map(stored))).map((ids) => ids.at(-1));
    while ((await newest()).join() !== next.join()) await poll(worker);

    pass(3 * minuteMs); // its lease is over
    stripe.instead(slow, null);
    const id = stripe.happen(slow, second());
    await poll(worker);
    const before = await streamOf(slow);
    expect(before).toMatchObject({ checkpoint_event_id: id, lock_token: 2 });
    release();
    await hanging;
    expect(await streamOf(slow)).toEqual(before);
  });
});

describe('an event that was polled', () => {
  const deliver = (account: string, id: string, type: string) => {
    const body = JSON.stringify({ id, object: 'event', type, created: second(), livemode: false, account, data: { object: { id: 'obj_1' } } });
    return receiveWebhook(ground.work, Buffer.from(body), signatureOf(body, webhookSecrets.connect, ground.clock.now()));
  };

  it('and is delivered afterwards is one, noted as delivered', async () => {
    const account = await connect();
    const id = stripe.happen(account, second(), { type: 'charge.refunded' });
    await poll();
    expect(await deliver(account, id, 'charge.refunded')).toEqual({ outcome: 'DUPLICATE' });
    expect(await ground.rows('select source, delivered_at from inbox_event where stripe_event_id = $1', [id])).toEqual([
      { source: 'POLL', delivered_at: ground.clock.now() },
    ]);
  });

  it('and never delivered tells that its endpoint is silent, or that it misses some', async () => {
    pass(2 * dayMs); // past what other tests left
    const account = await connect();
    expect(await warnOfSilence(ground.work)).toBe(0);
    stripe.happen(account, second(), { type: 'product.created' }); // which nobody here asks for
    const missed = stripe.happen(account, second(), { type: 'charge.refunded' });
    await poll();
    expect(await warnOfSilence(ground.work)).toBe(0); // it may still come
    pass(20 * minuteMs);
    expect(await warnOfSilence(ground.work)).toBe(1);
    await deliver(account, stripe.happen(account, second(), { type: 'charge.refunded' }), 'charge.refunded');
    expect(await warnOfSilence(ground.work)).toBe(1); // one delivered is not all delivered
    await deliver(account, missed, 'charge.refunded');
    expect(await warnOfSilence(ground.work)).toBe(0);
  });
});
