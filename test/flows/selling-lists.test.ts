import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dayMs, later } from '../../src/base/clock.js';
import type { Browser } from '../support/browser.js';
import { buyOffering, topUp, turnTo, workThrough } from '../support/marketplace.js';
import { openWorld, type TestWorld } from '../support/world.js';

describe('what a seller reads of their money', () => {
  let world: TestWorld;
  let seller: Browser;
  let offeringId: string;

  beforeAll(async () => {
    world = await openWorld({ PLATFORM_FEE_FIXED: '0' }, { works: false });
    await topUp(world, 100_000);
    seller = await world.browse().open('/sign-up');
    await seller.submit({ name: 'Venue Luna', email: 'luna@example.com', password: 'a quiet moon rises' });
    await seller.submit({ country: 'US' }, '/connect/start');
    await seller.submit({ outcome: 'complete' });
    const deliversAt = later(world.app.openWork().clock.now(), 10 * dayMs)
      .toISOString()
      .slice(0, 16);
    await seller.submit({ title: 'A night', amount: '50.00', currency: 'USD', deliversAt, refundableUntil: '' }, '/connect/offering');
    offeringId = /\/o\/(off_\w+)/.exec(seller.html)?.[1] as string;
    for (let buyer = 0; buyer < 3; buyer++) await buyOffering(world, offeringId, 1 + buyer, `buyer${buyer}@example.com`);
    await workThrough(world);
  });
  afterAll(() => world.close());

  it('is, first of all, how much comes when', async () => {
    await seller.open('/connect');
    expect(seller.text()).toMatch(/When you are paid \$300\.00 for A night ?: Sent after \S+, once refunds are over\./);
  });

  it('is, before it is saved, what a price comes to', async () => {
    await seller.open('/connect?preview=one-time&amount=40&currency=usd');
    expect(seller.text()).toContain('Not saved yet. A buyer pays $40.00: $3.20 for the platform, $36.80 for you.');
    await seller.open('/connect?preview=membership&amount=0.10&currency=USD&interval=MONTH');
    expect([seller.status, seller.text()]).toEqual([422, expect.stringContaining('Stripe charges from 0.50')]);
    await seller.open('/connect');
    expect(seller.text()).not.toContain('$40.00');
  });

  it('is every settlement as rows that sum to it, on the page and in the file, before it is sent and after', async () => {
    await seller.submit({}, '/connect/refund'); // the newest: three for 150.00 and the fee
    await workThrough(world);
    await turnTo(world, later(world.app.openWork().clock.now(), 13 * dayMs));
    await workThrough(world);
    const payment = await world.app.openWork().read.selectFrom('payment').select('id').where('quantity', '=', 1).executeTakeFirstOrThrow();
    await seller.open('/connect/payments?search=buyer0@example.com');
    await seller.submit({ payment: payment.id }, '/connect/refund');
    await workThrough(world);

    await seller.open('/connect');
    const path = /\/connect\/settlements\/stl_\w+/.exec(seller.html)?.[0] as string;
    await seller.open(path);
    expect(seller.text()).toContain('$150.00 for A night settled');
    expect(seller.text()).toMatch(/What was sent \$150\.00 .* Taken back after it was sent -\$50\.00 What you have of it \$100\.00/);
    const { body } = await seller.fetch(`${path}/statement.csv`, { method: 'GET' });
    const lines = String(body['text'])
      .trim()
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(','));
    expect(lines.map(([kind]) => kind)).toEqual(['SOLD', 'SOLD', 'SOLD', 'REFUNDED', 'TAKEN_BACK']);
    expect(lines.reduce((sum, cells) => sum + Number(cells.at(-1)), 0)).toBe(10_000);
  });

  it('is one payment, of which they give a part back once they know who bears it', async () => {
    await seller.open('/connect/payments?search=buyer1@example.com');
    await seller.open(/\/connect\/payments\/pay_\w+/.exec(seller.html)?.[0] as string);
    const payment = seller.address;
    expect(seller.text()).toContain('The buyer paid $108.00. Yours: $100.00 The platform’s fee: $8.00');
    await seller.open(`${payment}?amount=10&reason=rain`);
    expect(seller.text()).toContain('The buyer gets $10.00 within 5 to 10 days: $9.26 from you, $0.74 from the platform’s fee.');
    await seller.submit({ amount: '1000', reason: 'rain' }, new URL(payment).pathname);
    expect([seller.status, seller.text()]).toEqual([422, expect.stringContaining('1000 USD is more than is left. At most 108.00.')]);
    expect(seller.html).toMatch(/value="1000".*value="rain"/s);
    await seller.submit({ amount: '10', reason: 'rain' }, new URL(payment).pathname);
    expect(seller.text()).toMatch(
      /partially refunded .* Refunded\. .* Given back so far: \$10\.00 .* \$10\.00 succeeded rain .* All that is left is \$98\.00/,
    );
    await world.control('faults', { method: 'POST', path: '/v1/refunds', kind: 'drop_after', times: 20 });
    await world.control('faults', { method: 'GET', path: '/v1/refunds', kind: 'drop_before', times: 20 });
    await seller.submit({ amount: '5', reason: 'hail' }, new URL(payment).pathname);
    expect([seller.status, seller.html]).toEqual([503, expect.stringMatching(/value="5".*value="hail"/s)]); // made, and nobody was told
    await world.control('faults/clear');
    await seller.submit({ amount: '5', reason: 'hail' }, new URL(payment).pathname);
    expect(seller.text()).toMatch(/Refunded\. .* Given back so far: \$15\.00 .* All that is left is \$93\.00/);
    await seller.open(`${payment}?amount=ten`);
    expect([seller.status, seller.text()]).toEqual([422, expect.stringContaining('ten&quot; is not an amount in USD.')]);
  });

  it('is their lists, narrowed and a page at a time, at addresses that show the same again', async () => {
    await seller.open('/connect/payments?status=REFUNDED');
    expect(seller.text()).toContain('buyer2@example.com');
    expect(seller.text()).not.toContain('buyer1@example.com');
    await seller.open('/connect/payments?search=buyer1@example.com');
    expect(seller.text()).not.toContain('buyer2@example.com');
    expect(seller.html).toContain('/connect/payments.csv?search=buyer1%40example.com');
    await seller.open('/connect/payments?search=nobody@example.com');
    expect(seller.text()).toContain('Nothing matches. Show all');
    expect((await seller.open('/connect/payments?status=LOST')).status).toBe(400);
    expect((await seller.open('/connect/settlements?status=SETTLED')).text()).toContain('A night');
    expect((await seller.open('/connect/members')).text()).toContain('There is nothing yet.');
  });

  it('is nobody else’s to read', async () => {
    await seller.open('/connect/settlements');
    const path = /\/connect\/settlements\/stl_\w+/.exec(seller.html)?.[0] as string;
    const other = await world.browse().open('/sign-up');
    await other.submit({ name: 'Another', email: 'other@example.com', password: 'a quiet moon rises' });
    for (const place of [path, `${path}/statement.csv`]) expect((await other.open(place)).status).toBe(404);
    expect((await world.browse().open(path)).address).toContain('/sign-in');
  });
});
