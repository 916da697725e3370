import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { type Answerer, json, startAnswerer } from '../../test/support/gateway.js';
import { openGround, signatureOf, type TestGround, webhookSecrets } from '../../test/support/ground.js';
import { dayMs, later, minuteMs, secondMs } from '../base/clock.js';
import { atomically } from '../db/work.js';
import { conclude, intend } from '../operations/lifecycle.js';
import { applyDueEvents } from './apply.js';
import { openStoring, receiveWebhook } from './intake.js';
import { applyAnew, isToldToSomebody } from './parked.js';

let stripe: Answerer;
let ground: TestGround;
let count = 0;

beforeAll(async () => {
  stripe = await startAnswerer();
  ground = await openGround(stripe.url);
});
afterAll(async () => {
  await ground.close();
  await stripe.close();
});
beforeEach(async () => {
  await ground.rows(`update inbox_event set state = 'IGNORED', concluded_at = now() where state = 'RECEIVED'`); // each test minds its own
  stripe.answer(json(404, { error: { type: 'invalid_request_error', code: 'resource_missing', message: 'No such object' } }));
});

interface Told {
  id?: string;
  type?: string;
  account?: string;
  objectId?: string;
  livemode?: boolean;
}

const newId = () => `evt_${++count}`;
function bodyOf({ id = newId(), type = 'balance.available', account, objectId = 'obj_1', livemode = false }: Told): string {
  const created = Math.floor(ground.clock.now().getTime() / 1_000);
  return JSON.stringify({ id, object: 'event', type, created, livemode, ...(account ? { account } : {}), data: { object: { id: objectId } } });
}
function deliver(told: Told = {}) {
  const body = bodyOf(told);
  const secret = told.account ? webhookSecrets.connect : webhookSecrets.platform;
  return receiveWebhook(ground.work, Buffer.from(body), signatureOf(body, secret, ground.clock.now()));
}
const listed = (id: string) => ({
  event: { id, type: 'balance.available', objectId: null, stripeAccountId: null, livemode: false, happenedAt: ground.clock.now() },
  payload: '{}',
});
const stored = (id: string) =>
  ground.rows('select stream, state, attempt_count as attempts, error from inbox_event where stripe_event_id = $1 order by stream', [id]);
const apply = (limit = 100, work = ground.work) => applyDueEvents(work, limit);

describe('a delivery', () => {
  it('is stored in the stream of the account it is about, and not yet applied', async () => {
    const id = newId();
    expect(await deliver({ id })).toEqual({ outcome: 'STORED', isDue: true });
    expect(await deliver({ id, account: 'acct_luna', type: 'account.updated' })).toEqual({ outcome: 'STORED', isDue: true });
    expect(await stored(id)).toEqual([
      { stream: 'connect:acct_luna', state: 'RECEIVED', attempts: 0, error: null },
      { stream: 'platform', state: 'RECEIVED', attempts: 0, error: null },
    ]);
  });

  it('is stored once of twenty at once', async () => {
    const id = newId();
    const outcomes = (await Promise.all(Array.from({ length: 20 }, () => deliver({ id })))).map(({ outcome }) => outcome);
    expect(outcomes.toSorted()).toEqual([...Array(19).fill('DUPLICATE'), 'STORED']);
    expect(await stored(id)).toHaveLength(1);
  });

  it('is stored once of a thousand at once, each of a few many times, and answered no sooner than it is committed', async () => {
    const store = openStoring(ground.open);
    const ids = Array.from({ length: 1_000 }, (_, index) => `evt_many_${(index * 7) % 300}`);
    const holding = new pg.Client({ connectionString: ground.url });
    await holding.connect();
    await holding.query('begin; lock table inbox_event in share mode');
    const tellings = ids.map((id) => store(listed(id)));
    const early = await Promise.race([Promise.any(tellings), holding.query('select pg_sleep(0.2)').then(() => 'none')]);
    await holding.query('commit');
    await holding.end();
    expect(early).toBe('none');
    const isNew = await Promise.all(tellings);
    expect(isNew.filter(Boolean)).toHaveLength(300);
    expect(await ground.rows(`select count(*)::int as rows from inbox_event where stripe_event_id like 'evt_many_%'`)).toEqual([{ rows: 300 }]);
  });

  it('is sent away to come again where a thousand wait before it', async () => {
    const store = openStoring(ground.open);
    const taken = Array.from({ length: 1_000 }, () => store(listed(newId())));
    expect(store(listed(newId()))).toBeNull();
    expect(await Promise.all(taken)).toEqual(Array(1_000).fill(true));
    expect(await store(listed(newId()))).toBe(true);
  });

  it('that cannot be stored is refused alone', async () => {
    const store = openStoring(ground.open);
    const outcomes = await Promise.allSettled([store(listed(newId())), store(listed('evt_\u0000')), store(listed(newId()))]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('of live mode leaves no row where test mode runs', async () => {
    const id = newId();
    expect(await deliver({ id, livemode: true })).toEqual({ outcome: 'OTHER_MODE' });
    expect(await stored(id)).toEqual([]);
  });

  const now = () => ground.clock.now();
  const refused: [string, string, (body: string) => string | undefined][] = [
    ['without a signature', 'SIGNATURE_MISSING', () => undefined],
    ['signed with another secret', 'SIGNATURE_INVALID', (body) => signatureOf(body, 'whsec_of_somebody_else', now())],
    ['signed for another body', 'SIGNATURE_INVALID', (body) => signatureOf(`${body} `, webhookSecrets.platform, now())],
    ['signed six minutes ago', 'TOO_OLD', (body) => signatureOf(body, webhookSecrets.platform, later(now(), -6 * minuteMs))],
    ['signed six minutes ahead', 'FROM_THE_FUTURE', (body) => signatureOf(body, webhookSecrets.platform, later(now(), 6 * minuteMs))],
  ];
  it.each(refused)('%s is refused as %s and leaves no row', async (_, problem, sign) => {
    const id = newId();
    const body = bodyOf({ id });
    expect(await receiveWebhook(ground.work, Buffer.from(body), sign(body))).toEqual({ outcome: 'REFUSED', problem });
    expect(await stored(id)).toEqual([]);
  });
});

describe('applying events', () => {
  it('has nothing to do with what asks for nothing here: it is kept, and ignored from the start', async () => {
    const [id, platforms, nothing] = [newId(), newId(), newId()];
    const ids = [id, platforms, nothing];
    expect(await deliver({ id, account: 'acct_anybody' })).toEqual({ outcome: 'STORED', isDue: false });
    await deliver({ id: platforms, type: 'customer.created' });
    await deliver({ id: nothing, type: 'constructor' });
    expect(await apply()).toBe(0);
    expect(
      await ground.rows('select distinct state, attempt_count as attempts, concluded_at as at from inbox_event where stripe_event_id = any($1)', [
        ids,
      ]),
    ).toEqual([{ state: 'IGNORED', attempts: 0, at: ground.clock.now() }]);
  });

  it('retires an account that revoked the platform, once, however often it is told', async () => {
    const { id: connectedId } = await ground.connected('acct_revoked');
    const revoked = () => deliver({ type: 'account.application.deauthorized', account: 'acct_revoked', objectId: 'ca_1' });
    await revoked();
    await apply();
    const retired = await ground.rows('select retired_cause, active_until from connected_account where id = $1', [connectedId]);
    expect(retired).toEqual([{ retired_cause: 'DEAUTHORIZED', active_until: ground.clock.now() }]);
    ground.clock.advance(1 * minuteMs);
    await revoked();
    await apply();
    expect(await ground.rows('select retired_cause, active_until from connected_account where id = $1', [connectedId])).toEqual(retired);
  });

  it('parks an event of an account that is none of ours at once', async () => {
    const id = newId();
    await deliver({ id, type: 'account.updated', account: 'acct_nobody' });
    await apply();
    expect(await stored(id)).toMatchObject([
      { state: 'PARKED', attempts: 1, error: 'The account acct_nobody is not connected to any account here.' },
    ]);
  });

  it('keeps an event of an unknown account while one of ours is being made, and applies it when it is known', async () => {
    const id = newId();
    const { tenantId } = await ground.seller();
    const making = await atomically(ground.work, (tx) => intend(tx, { tenantId, kind: 'ACCOUNT_CREATE', subjectId: 'con_new', parameters: {} }));
    await deliver({ id, type: 'account.application.deauthorized', account: 'acct_new' });
    await apply();
    expect(await stored(id)).toMatchObject([{ state: 'RECEIVED', attempts: 1 }]);

    await ground.connected('acct_new');
    await atomically(ground.work, (tx) => conclude(tx, making, { stripeId: 'acct_new' }));
    ground.clock.advance(15 * minuteMs);
    await apply();
    expect(await stored(id)).toMatchObject([{ state: 'APPLIED', attempts: 2, error: null }]);
  });

  it('tries one that fails again later, ten times in all, and then parks it; it holds up no other', async () => {
    await ground.connected('acct_poison');
    const id = newId();
    await deliver({ id, type: 'checkout.session.completed', account: 'acct_poison', objectId: 'cs_1' });
    for (let attempts = 1; attempts < 10; attempts++) {
      const another = newId();
      await deliver({ id: another });
      await apply();
      expect(await stored(id)).toMatchObject([{ state: 'RECEIVED', attempts }]);
      expect(await stored(another)).toMatchObject([{ state: 'APPLIED' }]);
      ground.clock.advance(15 * minuteMs);
    }
    await apply();
    expect(await stored(id)).toMatchObject([{ state: 'PARKED', attempts: 10, error: expect.stringContaining('Stripe did not tell') }]);
    ground.clock.advance(1 * dayMs);
    expect(await apply()).toBe(0);
  });

  it('says why one is not applied in plain words; of a defect, that it is the program’s', async () => {
    const [broken, foreign] = [newId(), newId()];
    await deliver({ id: broken, type: 'application_fee.created', objectId: 'fee_1' });
    await ground.rows(`update inbox_event set payload = 'no JSON' where stripe_event_id = $1`, [broken]);
    await deliver({ id: foreign, type: 'account.updated', account: 'acct_none' });
    await apply();
    expect(await stored(broken)).toMatchObject([
      { error: expect.stringMatching(/^Something is wrong in the program, not with the event: SyntaxError.* Replay it/) },
    ]);
    expect(await stored(foreign)).toMatchObject([{ error: 'The account acct_none is not connected to any account here.' }]);
  });

  it('waits before it tries again', async () => {
    await ground.connected('acct_waits');
    await deliver({ type: 'checkout.session.completed', account: 'acct_waits', objectId: 'cs_2' });
    expect(await apply()).toBe(1);
    expect(await apply()).toBe(0);
  });

  it('takes up each event in one of several processes', async () => {
    const ids = Array.from({ length: 60 }, newId);
    for (const [index, id] of ids.entries()) await deliver({ id, objectId: `obj_${index}` });
    const works = [ground.work, ground.another('holdfast_worker'), ground.another('holdfast_worker')];
    const counts = await Promise.all(works.map((work) => apply(30, work)));
    expect(counts.reduce((sum, taken) => sum + taken)).toBe(60);
    const done = await ground.rows('select state, attempt_count as attempts from inbox_event where stripe_event_id = any($1)', [ids]);
    expect(done).toEqual(Array(60).fill({ state: 'APPLIED', attempts: 1 }));
  });

  it('applies once more what is asked for anew, also where somebody is applying it at that moment, on what was known before', async () => {
    const id = newId();
    await deliver({ id, type: 'refund.failed', objectId: 're_anew' });
    const refund = json(200, { id: 're_anew', object: 'refund', status: 'failed', amount: 100, charge: null });
    stripe.answer((response) => void applyAnew(ground.work, 'refund.failed', ['re_anew']).then(() => refund(response)));
    expect(await apply()).toBe(1);
    expect(await stored(id)).toMatchObject([{ state: 'RECEIVED', attempts: 2 }]);
    stripe.answer(refund);
    expect(await apply()).toBe(1);
    expect(await stored(id)).toMatchObject([{ state: 'APPLIED' }]);
    await applyAnew(ground.work, 'refund.failed', ['re_anew']);
    expect(await stored(id)).toMatchObject([{ state: 'RECEIVED' }]);
  });

  it('leaves what waits for a person, or was put aside by one, as it is', async () => {
    for (const [state, error] of [
      ['PARKED', 'it failed'],
      ['IGNORED', 'seen to'],
    ]) {
      const id = newId();
      const objectId = `re_${state}`;
      await deliver({ id, type: 'refund.failed', objectId });
      expect(await isToldToSomebody(ground.work, 'refund.failed', objectId)).toBe(false);
      await ground.rows('update inbox_event set state = $2, error = $3 where stripe_event_id = $1', [id, state, error]);
      expect(await isToldToSomebody(ground.work, 'refund.failed', objectId)).toBe(true);
      await applyAnew(ground.work, 'refund.failed', [objectId]);
      expect(await stored(id)).toMatchObject([{ state, error }]);
    }
  });

  it('takes over what a process left when it died, two minutes later', async () => {
    const id = newId();
    await deliver({ id });
    await ground.rows('update inbox_event set locked_until = $2, attempt_count = 1 where stripe_event_id = $1', [
      id,
      later(ground.clock.now(), 2 * minuteMs),
    ]);
    ground.clock.advance(2 * minuteMs - secondMs);
    expect(await apply()).toBe(0);
    ground.clock.advance(secondMs);
    expect(await apply()).toBe(1);
    expect(await stored(id)).toMatchObject([{ state: 'APPLIED', attempts: 2 }]);
  });
});
