import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { type Answerer, startAnswerer } from '../../../test/support/gateway.js';
import { openGround, type TestGround } from '../../../test/support/ground.js';
import type { Staff } from '../../access/viewer.js';
import { known } from '../../base/assert.js';
import { dayMs, hourMs, later, minuteMs, secondMs, systemClock } from '../../base/clock.js';
import { readConfig } from '../../base/config.js';
import { Secret } from '../../base/secret.js';
import { deliverDue, waitsMs } from './delivering.js';
import { createWebhookEndpoint, giveUpOnDisabled, rotateWebhookSecret, testWebhookEndpoint, updateWebhookEndpoint } from './registering.js';
import { replayDeliveries } from './replaying.js';
import { sealSecrets } from './secrets.js';
import { signedHeaders } from './signing.js';

const admin: Staff = {
  kind: 'PERSON',
  personId: 'per_1',
  email: 'a@example.com',
  name: 'A',
  role: 'ADMIN',
  steppedUp: true,
  hasSecondFactor: false,
  mustEnrol: false,
  tenantId: null,
  accountId: null,
};

let ground: TestGround;
let receiver: Answerer;
let count = 0;

beforeAll(async () => {
  ground = await openGround();
  const behindMs = systemClock.now().getTime() - ground.clock.now().getTime();
  if (behindMs > 0) ground.clock.advance(behindMs); // the outbox has the database's time
});
afterAll(() => ground.close());
beforeEach(async () => {
  await ground.rows(`update webhook_endpoint set disabled_at = now(), disabled_because = 'ASKED' where disabled_at is null`); // each test minds its own
  await ground.rows(`update webhook_delivery set state = 'FAILED', concluded_at = now() where state = 'PENDING'`);
  receiver = await startAnswerer();
});
afterEach(() => receiver.close());

const pass = (ms: number) => ground.clock.advance(ms);
const listen = (accountId: string | null, topics: string[] = [], url = receiver.url) =>
  createWebhookEndpoint(ground.work, admin, { accountId, url, name: 'Shop', topics });
const deliver = (work = ground.work) => deliverDue(work);

/** A seller, and a way to change their account once. */
async function seller() {
  const { id, accountId } = await ground.connected(`acct_hook_${++count}`);
  const change = async () => {
    await ground.rows('update connected_account set charges_enabled = not charges_enabled where id = $1', [id]);
    pass(secondMs);
  };
  return { accountId, change };
}
const told = () => receiver.requests.map(({ body }) => JSON.parse(body) as { type: string; data: { id: string; sequence: number } });
const deliveries = (endpointId: string) =>
  ground.rows('select state, attempt_count as attempts, sequence from webhook_delivery where endpoint_id = $1 order by subject_id, sequence', [
    endpointId,
  ]);
const standing = async (id: string) =>
  (await ground.rows('select disabled_because from webhook_endpoint where id = $1', [id]))[0]?.['disabled_because'];

describe('partners', () => {
  it('are told each change once, in order, signed, with no more than what changed', async () => {
    const { accountId, change } = await seller();
    const { endpoint, secret } = await listen(accountId);
    receiver.answer((response) => void response.end());
    for (let changes = 0; changes < 3; changes++) await change();
    expect(await deliver()).toBe(3);
    expect(told()).toEqual(
      [1, 2, 3].map((sequence) => ({ type: 'account.updated', timestamp: expect.any(String), data: { id: accountId, sequence, accountId } })),
    );
    const [first] = receiver.requests;
    const sentAt = new Date(Number(first?.headers['webhook-timestamp']) * 1_000);
    expect(first?.headers).toMatchObject(signedHeaders([secret], { id: `${accountId}-1`, body: first?.body ?? '' }, sentAt));
    expect(await deliveries(endpoint.id)).toEqual([1, 2, 3].map((sequence) => ({ state: 'DELIVERED', attempts: 1, sequence })));
    expect(await deliver()).toBe(0);
  });

  it('hear of their own account and of the topics they asked for; the platform hears of all', async () => {
    const [one, other] = [await seller(), await seller()];
    const own = await listen(one.accountId, ['account.updated']);
    const none = await listen(one.accountId, ['settlement']);
    const all = await listen(null, ['account']);
    receiver.answer((response) => void response.end());
    await one.change();
    await other.change();
    await deliver();
    const heard = async ({ endpoint }: typeof own) =>
      (await ground.rows('select account_id from webhook_delivery where endpoint_id = $1 order by id', [endpoint.id])).map(
        ({ account_id }) => account_id,
      );
    expect(await heard(own)).toEqual([one.accountId]);
    expect(await heard(none)).toEqual([]);
    expect(await heard(all)).toEqual([one.accountId, other.accountId]);
    expect(receiver.requests).toHaveLength(3);
  });

  it('are told by one of several workers, each change once', async () => {
    const sellers = await Promise.all(Array.from({ length: 6 }, seller));
    await listen(null);
    receiver.answer((response) => void response.end());
    for (const { change } of [...sellers, ...sellers]) await change();
    const works = [ground.work, ground.another('holdfast_worker'), ground.another('holdfast_worker')];
    const taken = await Promise.all(works.map((work) => deliver(work)));
    expect(taken.reduce((sum, one) => sum + one)).toBe(12);
    for (const { accountId } of sellers) expect(told().flatMap(({ data }) => (data.id === accountId ? data.sequence : []))).toEqual([1, 2]);
  });
});

describe('a signing secret', () => {
  const [older, newer] = [new Secret('the key before the rotation'), new Secret('the key after the rotation')];
  const { sealingKeys } = readConfig({ NODE_ENV: 'test' });
  const seals = (...keys: Secret[]): void => {
    ground.work.config.sealingKeys = keys;
  };
  afterEach(() => seals(...sealingKeys));
  const kept = async (id: string) => String((await ground.rows('select secret from webhook_secret where endpoint_id = $1', [id]))[0]?.['secret']);
  const keep = (id: string, secret: string) => ground.rows('update webhook_secret set secret = $2 where endpoint_id = $1', [id, secret]);
  const test = (id: string) => testWebhookEndpoint(ground.work, admin, id);
  const isSignedWith = (secret: string) => {
    const { headers, body } = known(receiver.requests.at(-1), 'a request');
    const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signatures } = headers;
    return String(signatures)
      .split(' ')
      .includes(new Webhook(secret).sign(String(id), new Date(Number(at) * 1_000), body));
  };

  it('is kept sealed, for its own endpoint alone', async () => {
    const { accountId } = await seller();
    const [one, other] = [await listen(accountId), await listen(accountId)];
    expect(await kept(one.endpoint.id)).toMatch(/^[0-9a-f]{8}\.[\w-]{60,}$/);
    await keep(other.endpoint.id, await kept(one.endpoint.id));
    expect(await test(other.endpoint.id)).toMatchObject({ status: null, error: expect.stringContaining('cannot be opened') });
    expect(receiver.requests).toEqual([]);
  });

  it('is sealed anew under a new key, after which the old one may go; so is what was never sealed', async () => {
    const { accountId } = await seller();
    seals(older);
    const [sealed, bare] = [await listen(accountId), await listen(accountId)];
    await keep(bare.endpoint.id, bare.secret);
    seals(newer, older);
    await test(sealed.endpoint.id);
    expect(isSignedWith(sealed.secret)).toBe(true);
    await sealSecrets(ground.work, 500);
    expect(await sealSecrets(ground.work, 500)).toBe(0);
    seals(newer);
    for (const { endpoint, secret } of [sealed, bare]) {
      expect(await kept(endpoint.id)).not.toContain('whsec');
      expect((await test(endpoint.id)).error).toBeNull();
      expect(isSignedWith(secret)).toBe(true);
    }
  });

  it('whose key is gone holds up its own endpoint and no other, and is mended by another secret', async () => {
    const { accountId, change } = await seller();
    seals(older);
    const { endpoint } = await listen(accountId);
    seals(newer);
    const other = await listen(accountId);
    await change();
    expect(await deliver()).toBe(1);
    expect(isSignedWith(other.secret)).toBe(true);
    expect(await deliveries(endpoint.id)).toMatchObject([{ state: 'PENDING', attempts: 1 }]);
    const { secret } = await rotateWebhookSecret(ground.work, admin, endpoint.id);
    pass(25 * hourMs); // with the overlap, the one that cannot be opened is no longer asked for
    expect(await deliver()).toBe(1);
    expect(isSignedWith(secret)).toBe(true);
  });
});

describe('an endpoint that fails', () => {
  it('holds up later changes of the same subject, and no other’s', async () => {
    const [bad, good] = [await seller(), await seller()];
    await listen(null);
    receiver.answer((response, nth) => void response.writeHead((receiver.requests[nth - 1]?.body ?? '').includes(bad.accountId) ? 500 : 200).end());
    for (const { change } of [bad, good, bad, good]) await change();
    expect(await deliver()).toBe(2);
    expect(told().flatMap(({ data }) => (data.id === bad.accountId ? data.sequence : []))).toEqual([1]);
    receiver.answer((response) => void response.end());
    pass(waitsMs[0] * 1.1);
    expect(await deliver()).toBe(2);
    expect(told().map(({ data }) => data.sequence)).toEqual([1, 2]);
  });

  it('is tried ten times in three days, then switched off with all it was still to be told', async () => {
    const { accountId, change } = await seller();
    const { endpoint } = await listen(accountId);
    receiver.answer((response) => void response.writeHead(500).end('out of order'));
    await change();
    await change();
    const beganAt = ground.clock.now().getTime();
    for (const waitMs of waitsMs) {
      await deliver();
      expect(await deliver()).toBe(0);
      expect(await standing(endpoint.id)).toBeNull();
      pass(waitMs * 0.99);
      await deliver();
      pass(waitMs * 0.12);
    }
    await deliver();
    expect(ground.clock.now().getTime() - beganAt).toBeGreaterThan(3 * dayMs);
    expect(receiver.requests).toHaveLength(10);
    expect(await standing(endpoint.id)).toBe('FAILING');
    expect(await giveUpOnDisabled(ground.work, 100)).toBe(1);
    expect(await deliveries(endpoint.id)).toEqual([
      { state: 'FAILED', attempts: 10, sequence: 1 },
      { state: 'FAILED', attempts: 0, sequence: 2 },
    ]);
    expect(await ground.rows(`select number, status, error, answer from webhook_attempt order by number desc limit 1`)).toEqual([
      { number: 10, status: 500, error: 'It answered 500.', answer: 'out of order' },
    ]);
  });

  it('is switched off at once where it says that it is gone, and left alone as long as it asks', async () => {
    const { accountId, change } = await seller();
    const { endpoint } = await listen(accountId);
    receiver.answer((response) => void response.writeHead(429, { 'retry-after': '7200' }).end());
    await change();
    await deliver();
    receiver.answer((response) => void response.writeHead(410).end());
    pass(hourMs);
    await deliver();
    expect(receiver.requests).toHaveLength(0);
    pass(hourMs + minuteMs);
    await deliver();
    expect(receiver.requests).toHaveLength(1);
    expect(await standing(endpoint.id)).toBe('GONE');
  });

  it('is told what it missed once it is on again and somebody asks: what was given up, and what changed meanwhile', async () => {
    const { accountId, change } = await seller();
    const { endpoint } = await listen(accountId);
    const since = later(systemClock.now(), -hourMs); // the outbox has the database's time
    receiver.answer((response) => void response.writeHead(410).end());
    await change();
    await change();
    await deliver();
    await change();
    expect(await giveUpOnDisabled(ground.work, 1)).toBe(1);
    expect(await giveUpOnDisabled(ground.work, 100)).toBe(0);
    const replay = (asked: { ids?: string[]; since?: Date }) =>
      replayDeliveries(ground.work, admin, { endpointId: endpoint.id, ids: asked.ids ?? null, since: asked.since ?? null });
    await expect(replay({ since })).rejects.toMatchObject({ code: 'CONFLICT' });
    await updateWebhookEndpoint(ground.work, admin, { id: endpoint.id, enabled: true });
    receiver.answer((response) => void response.end());
    pass(secondMs);
    expect(await deliver()).toBe(0);
    expect(await replay({ since })).toBe(3);
    expect(await deliver()).toBe(3);
    expect(told().map(({ data }) => data.sequence)).toEqual([1, 2, 3]);
    expect(await replay({ since })).toBe(0);

    const [{ id } = {}] = await ground.rows('select id from webhook_delivery where endpoint_id = $1 and sequence = 2', [endpoint.id]);
    expect(await replay({ ids: [String(id)] })).toBe(1);
    expect(await deliver()).toBe(1);
    await expect(replay({})).rejects.toMatchObject({ code: 'INVALID' });
    await expect(replay({ ids: [] })).rejects.toMatchObject({ code: 'INVALID' });
  });

  it('and hangs delays no other', async () => {
    const [slow, quick] = [await seller(), await seller()];
    const hanging = await startAnswerer();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    hanging.answer((response) => void released.then(() => response.end()));
    receiver.answer((response) => void response.end());
    await listen(slow.accountId, [], hanging.url);
    await listen(quick.accountId);
    await slow.change();
    await quick.change();
    const first = deliver();
    while (receiver.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await quick.change();
    while (receiver.requests.length === 1) await deliver(ground.another('holdfast_worker'));
    release();
    await first;
    expect(hanging.requests).toHaveLength(1);
    await hanging.close();
  });
});
