import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { type Api, readySeller, signInAsAdmin } from '../support/api.js';
import { fillDueSettlements } from '../support/due-settlements.js';
import { openWorld, type TestWorld } from '../support/world.js';

let world: TestWorld;
let seller: Api;
let admin: Api;
beforeAll(async () => {
  world = await openWorld({}, { works: false });
  seller = await readySeller(world);
  admin = await signInAsAdmin(world);
  await fillDueSettlements(world, seller.accountId, 250);
  await spreadDueTimes();
  await fillDisputesAndEvents();
});
afterAll(() => world.close());

/** Each a second later than the one before, in no order of their ids. */
async function spreadDueTimes(): Promise<void> {
  const client = new pg.Client({ connectionString: world.databaseUrl });
  await client.connect();
  await client.query(`update settlement set due_at = due_at + (right(id, 3)::int * 7 % 251) * interval '1 second'`);
  await client.end();
}

/** Inquiries, which move no money, and events that ask for nothing: one a minute, every third without a day for evidence. */
async function fillDisputesAndEvents(): Promise<void> {
  const client = new pg.Client({ connectionString: world.databaseUrl });
  await client.connect();
  await client.query(`
    insert into dispute (id, tenant_id, account_id, payment_id, stripe_dispute_id, status, inquiry, reason, amount_minor, currency, evidence_due_by, opened_at, synced_at, created_at)
      select replace(id, 'pay_', 'dsp_'), tenant_id, account_id, id, 'du_' || n, 'NEEDS_RESPONSE', true, 'fraudulent', 1000 + n % 7, 'USD',
        case when n % 3 > 0 then '2026-01-01'::timestamptz + n * 7 % 120 * interval '1 day' end, '2026-01-01'::timestamptz + n * interval '1 minute', now(), now()
      from (select payment.*, right(id, 3)::int as n from payment) payment where n <= 120;
    insert into inbox_event (id, stream, stripe_event_id, type, object_id, livemode, source, payload, happened_at, received_at, state, next_attempt_at, concluded_at)
      select 'evn_' || lpad(n::text, 26, '0'), 'platform', 'evt_' || n, case n % 2 when 0 then 'payout.paid' else 'customer.created' end, 'cus_' || n % 10, false, 'POLL', '{}',
        '1970-01-02'::timestamptz, '1970-01-02'::timestamptz, 'IGNORED', now(), now()
      from generate_series(1, 120) n`);
  await client.end();
}

const fetched = (who: Api | null, path: string) =>
  fetch(`${world.url}${path}`, { headers: { accept: 'text/html', ...(who?.cookie ? { cookie: who.cookie } : {}) }, redirect: 'manual' });
const rows = async (who: Api, path: string) => (await (await fetched(who, path)).text()).trimEnd().split('\r\n');

describe('a list as a file', () => {
  it('holds every payment once, newest first, with its amounts as people and as programs read them', async () => {
    const answer = await fetched(admin, '/admin/payments.csv');
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('content-disposition')]).toEqual([
      200,
      'text/csv; charset=utf-8',
      expect.stringMatching(/^attachment; filename="payments-\d{4}-\d\d-\d\d\.csv"$/),
    ]);
    const [header, ...payments] = (await answer.text()).trimEnd().split('\r\n');
    expect(header).toBe(
      'id,paid_at,account_id,kind,status,buyer_email,quantity,currency,amount,amount_minor,refunded,refunded_minor,stripe_payment_intent,stripe_charge',
    );
    expect(new Set(payments).size).toBe(250);
    expect(payments[0]).toMatch(/^pay_0+250,\S+Z,acc_\w+,OFFERING,PAID,buyer@example\.com,1,USD,54\.00,5400,0\.00,0,,ch_250$/);
  });

  it('holds every settlement, with what it collects', async () => {
    const [, ...settlements] = await rows(admin, '/admin/settlements.csv?status=PENDING,FAILED');
    expect(settlements).toHaveLength(250);
    expect(settlements[0]).toMatch(/^stl_0+250,acc_\w+,off_0+250,PENDING,,\S+Z,,USD,50\.00,5000,0\.00,0,$/);
    expect(await rows(admin, '/admin/settlements.csv?status=SETTLED')).toHaveLength(1);
  });

  it('comes in the order that was asked for, each row once, also where many rows are alike', async () => {
    const idsOf = (lines: string[]) => lines.slice(1).map((line) => line.split(',')[0]);
    const newest = idsOf(await rows(admin, '/admin/payments.csv'));
    expect(idsOf(await rows(admin, '/admin/payments.csv?order=OLDEST'))).toEqual(newest.toReversed());
    expect(idsOf(await rows(admin, '/admin/payments.csv?order=LARGEST&currency=USD'))).toEqual(newest);
    expect(idsOf(await rows(admin, '/admin/payments.csv?order=SMALLEST&currency=USD'))).toEqual(newest.toReversed());
    const dueAt = (line: string) => line.split(',')[5] as string;
    const due = (await rows(admin, '/admin/settlements.csv?order=DUE_FIRST')).slice(1).map(dueAt);
    expect([new Set(due).size, due]).toEqual([250, due.toSorted()]);
    expect((await rows(admin, '/admin/settlements.csv?order=DUE_LAST')).slice(1).map(dueAt)).toEqual(due.toReversed());
    expect((await fetched(admin, '/admin/payments.csv?order=LARGEST')).status).toBe(400); // of what currency?
  });

  it.each(['disputes', 'sellers', 'events', 'changes', 'memberships'])('of %s comes in each of its orders, each row once', async (list) => {
    const idsOf = async (order: string) => (await rows(admin, `/admin/${list}.csv?order=${order}`)).slice(1).map((line) => line.split(',')[0]);
    const newest = await idsOf('NEWEST');
    expect(new Set(newest).size).toBe(newest.length);
    expect(await idsOf('OLDEST')).toEqual(newest.toReversed());
  });

  it('of disputes begins with those whose evidence is due first, and ends with those that take none', async () => {
    const due = (await rows(admin, '/admin/disputes.csv?order=DUE_FIRST')).slice(1).map((line) => line.split(',')[10] as string);
    expect(due).toHaveLength(120);
    expect(due).toEqual([...due.filter((day) => day !== '').toSorted(), ...Array<string>(40).fill('')]);
    const amounts = (await rows(admin, '/admin/disputes.csv?order=LARGEST&currency=USD')).slice(1).map((line) => Number(line.split(',')[8]));
    expect(amounts).toEqual(amounts.toSorted((a, b) => b - a));
    expect((await fetched(admin, '/admin/disputes.csv?order=LARGEST')).status).toBe(400); // of what currency?
  });

  it('holds what was searched for, and what came on the days that were asked for', async () => {
    const count = async (path: string) => (await rows(admin, path)).length - 1;
    expect(await count('/admin/disputes.csv?search=du_7')).toBe(1);
    expect(await count(`/admin/disputes.csv?search=pay_${'7'.padStart(26, '0')}&currency=USD`)).toBe(1);
    expect(await count('/admin/disputes.csv?from=2026-01-02')).toBe(0);
    expect(await count('/admin/disputes.csv?from=2026-01-01&until=2026-01-01')).toBe(120);
    expect(await count('/admin/events.csv?search=evt_7')).toBe(1);
    expect(await count('/admin/events.csv?search=cus_7')).toBe(12);
    expect(await count('/admin/events.csv?search=payout.paid&status=IGNORED')).toBe(60);
    expect(await count('/admin/events.csv?search=payout.paid&status=PARKED')).toBe(0);
    expect(await count('/admin/events.csv?until=1969-12-31')).toBe(0);
    expect(await count(`/admin/settlements.csv?search=stl_${'7'.padStart(26, '0')}`)).toBe(1);
    expect(await count('/admin/sellers.csv?order=NAME&until=2026-01-31')).toBe(0);
    expect(await count(`/admin/changes.csv?search=${seller.accountId}`)).toBeGreaterThan(0);
  });

  it('holds what was paid on the days that were asked for, the last one included', async () => {
    const day = world.app.openWork().clock.now().toISOString().slice(0, 10);
    expect(await rows(admin, `/admin/payments.csv?from=${day}&until=${day}&account=${seller.accountId}`)).toHaveLength(251);
    expect(await rows(admin, '/admin/payments.csv?until=2026-01-31')).toHaveLength(1);
    expect(await rows(admin, '/admin/payments.csv?currency=EUR')).toHaveLength(1);
    expect((await fetched(admin, '/admin/payments.csv?from=2026-02-30')).status).toBe(400);
  });

  it('is had of sellers, memberships and disputes too, sellers by staff alone', async () => {
    expect((await rows(admin, '/admin/sellers.csv'))[1]).toMatch(/^acc_\w+,Venue Luna,\S+Z,READY,acct_\w+$/);
    expect((await rows(admin, '/admin/memberships.csv'))[0]).toMatch(/^id,created_at,account_id,status,member_email/);
    expect((await rows(admin, '/admin/disputes.csv?status=NEEDS_RESPONSE'))[0]).toMatch(/^id,opened_at,account_id,payment_id/);
    expect((await fetched(seller, '/connect/sellers.csv')).status).toBe(403);
  });

  it('is a seller’s own for a seller, and nobody else’s', async () => {
    expect(await rows(seller, '/connect/payments.csv')).toHaveLength(251);
    const other = await readySeller(world, 'Venue Sol');
    for (const path of ['/connect/payments.csv', '/connect/settlements.csv', '/admin/payments.csv']) expect(await rows(other, path)).toHaveLength(1);
    expect((await fetched(null, '/admin/payments.csv')).headers.get('location')).toBe('/sign-in');
  });

  it('is refused for a state that is none, before anything is sent', async () => {
    for (const status of ['LATE', 'PAID,LATE', '__proto__']) {
      const answer = await fetched(admin, `/admin/payments.csv?status=${status}`);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([400, 'text/html; charset=utf-8']);
    }
  });
});
