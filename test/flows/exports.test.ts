import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
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
});
afterAll(() => world.close());

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
