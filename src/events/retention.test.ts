import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openGround, type TestGround } from '../../test/support/ground.js';
import type { Staff } from '../access/viewer.js';
import { dayMs, later, systemClock } from '../base/clock.js';
import { firstIdFrom } from '../base/ids.js';
import { auditMoney } from '../reconciliation/audit.js';
import { createWebhookEndpoint } from './outgoing/registering.js';
import { replayDeliveries } from './outgoing/replaying.js';
import { sweepEvents } from './retention.js';

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
const keptDays = 400;

describe('what is kept of events', () => {
  let ground: TestGround;
  beforeAll(async () => {
    ground = await openGround();
    const behindMs = systemClock.now().getTime() - ground.clock.now().getTime();
    if (behindMs > 0) ground.clock.advance(behindMs); // the outbox has the database's time
  });
  afterAll(() => ground.close());

  const daysAgo = (days: number) => later(ground.clock.now(), -days * dayMs);

  it('is what came within the time set, and what is parked or waits however old', async () => {
    const arrive = (id: string, days: number, state: string) =>
      ground.rows(
        `insert into inbox_event (id, stream, stripe_event_id, type, livemode, source, payload, happened_at, received_at, state, next_attempt_at, concluded_at)
         values ($1, 'platform', $2, 'payout.paid', false, 'WEBHOOK', '{}', $3, $3, $4, $3, $5)`,
        [
          `${firstIdFrom('inboxEvent', daysAgo(days)).slice(0, -4)}0${id.padStart(3, '0')}`,
          id,
          daysAgo(days),
          state,
          state === 'RECEIVED' ? null : daysAgo(days),
        ],
      );
    await arrive('1', keptDays + 1, 'APPLIED');
    await arrive('2', keptDays + 30, 'IGNORED');
    await arrive('3', keptDays + 1, 'PARKED');
    await arrive('4', keptDays + 1, 'RECEIVED');
    await arrive('5', keptDays - 1, 'APPLIED');
    expect(await sweepEvents(ground.another('holdfast_worker'))).toBe(2);
    expect(await ground.rows('select stripe_event_id as id from inbox_event order by 1')).toEqual(['3', '4', '5'].map((id) => ({ id })));
    expect(await sweepEvents(ground.work)).toBe(0);
  });

  it('is of what partners are told all that is still to be told, and of each subject its newest change, so that its numbers go on', async () => {
    const { id, accountId } = await ground.connected('acct_old');
    const { endpoint } = await createWebhookEndpoint(ground.work, admin, { accountId, url: 'http://127.0.0.1:1', name: 'Shop', topics: [] });
    const change = () => ground.rows('update connected_account set charges_enabled = not charges_enabled where id = $1', [id]);
    for (let changes = 0; changes < 4; changes++) await change();
    await ground.rows(`update webhook_delivery set state = 'DELIVERED', concluded_at = now() where sequence <> 2`);
    await ground.rows(`insert into webhook_attempt (delivery_id, number, started_at, took_ms) select id, 1, now(), 5 from webhook_delivery`);
    const numbers = async (table: string) =>
      (await ground.rows(`select sequence from ${table} where subject_id = $1 order by 1`, [accountId])).map(({ sequence }) => sequence);
    expect(await sweepEvents(ground.work)).toBe(0);

    ground.clock.advance((keptDays + 1) * dayMs);
    expect(await sweepEvents(ground.work)).toBeGreaterThan(0);
    expect(await numbers('webhook_delivery')).toEqual([2]);
    expect(await numbers('outbox_event')).toEqual([2, 3, 4]); // nothing after what is still to be told
    await ground.rows(`update webhook_delivery set state = 'FAILED', concluded_at = now()`);
    expect(await sweepEvents(ground.another('holdfast_worker'))).toBe(3); // the delivery, and two changes
    expect(await ground.rows('select * from webhook_attempt')).toEqual([]);
    expect(await numbers('outbox_event')).toEqual([4]);
    await change();
    expect(await numbers('outbox_event')).toEqual([4, 5]);
    expect(await numbers('webhook_delivery')).toEqual([5]);
    expect((await auditMoney(ground.work)).checks.filter(({ ok }) => !ok)).toEqual([]);
    await expect(replayDeliveries(ground.work, admin, { endpointId: endpoint.id, ids: null, since: daysAgo(keptDays + 1) })).rejects.toThrow(
      'kept for 400 days',
    );
  });

  it.each(['inbox_event', 'outbox_event', 'webhook_delivery', 'webhook_attempt'])(
    'is nothing a process could take away itself: %s',
    async (table) => {
      for (const role of ['holdfast_app', 'holdfast_worker', 'holdfast_read'])
        expect(await ground.rows('select has_table_privilege($1, $2, $3) as may', [role, table, 'delete'])).toEqual([{ may: false }]);
    },
  );
});
