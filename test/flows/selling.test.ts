import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dayMs, later } from '../../src/base/clock.js';
import type { Browser } from '../support/browser.js';
import { buyOffering, turnTo, workThrough } from '../support/marketplace.js';
import { openWorld, type TestWorld } from '../support/world.js';

let world: TestWorld;
let seller: Browser;
beforeAll(async () => {
  world = await openWorld({ PLATFORM_FEE_FIXED: '0' }, { works: false });
  seller = await world.browse().open('/sign-up');
  await seller.submit({ name: 'Venue Luna', email: 'luna@example.com', password: 'a quiet moon rises' });
  await seller.submit({ country: 'US' }, '/connect/start');
  await seller.submit({ outcome: 'complete' });
});
afterAll(() => world.close());

const inDays = (days: number) =>
  later(world.app.openWork().clock.now(), days * dayMs)
    .toISOString()
    .slice(0, 16);
const typed = () => ({ title: 'A night at the opera', amount: '25.00', currency: 'USD', deliversAt: inDays(10), refundableUntil: '' });
const payPath = () => new URL(/href="([^"]*\/o\/off_[^"]*)"/.exec(seller.html)?.[1] as string).pathname;

describe('a seller on their own pages', () => {
  it.each([
    ['a title of nothing', { title: ' ' }, 'title', 'Use 1 to 200 characters.'],
    ['a price in words', { amount: 'ten' }, 'offer-amount', 'Write digits alone'],
    ['no price', { amount: '' }, 'offer-amount', 'There is no price.'],
    ['a price below what Stripe charges', { amount: '0.10' }, 'offer-amount', 'Stripe charges from 0.50'],
    ['a currency that is none', { currency: 'XXX' }, 'offer-currency', 'Use an ISO 4217 code'],
    ['a day that has passed', { deliversAt: '2020-01-01T20:00' }, 'delivers-at', 'choose a later time'],
    ['a day that is in no calendar', { deliversAt: '2027-02-30T20:00' }, 'delivers-at', 'is not a day and a time'],
    ['no day', { deliversAt: '' }, 'delivers-at', 'There is no day and time.'],
    ['refunds that end before the delivery', { refundableUntil: '2020-01-01T20:00' }, 'refundable-until', 'is before the delivery'],
  ])('are told of %s beside its field, and keep what they typed', async (_, wrong, field, says) => {
    await seller.open('/connect');
    const all = { ...typed(), ...wrong };
    await seller.submit(all, '/connect/offering');
    expect(seller.status).toBe(422);
    const told = new RegExp(`<p id="${field}-told"[^>]*>(.*?)</p>`).exec(seller.html)?.[1];
    expect(told).toContain(says);
    expect(seller.html.match(/role="alert"/g)).toHaveLength(1);
    for (const value of Object.values(all).filter(Boolean)) expect(seller.html).toContain(`value="${value}"`);
  });

  it('put something on sale, and see its address, what was sold of it, what is held for them and when they get it', async () => {
    await seller.open('/connect');
    await seller.submit({ ...typed(), refundableUntil: inDays(13) }, '/connect/offering');
    expect(seller.text()).toContain('On sale. Share the address of its pay page below.');
    expect(seller.text()).toMatch(/A night at the opera \$25\.00 0 \S+ \S+ \S+ \S+ http/);
    await buyOffering(world, payPath().split('/').at(-1) as string, 2);
    await workThrough(world);
    await seller.open('/connect');
    expect(seller.text()).toMatch(/Held for you \$50\.00 Settled to you \$0\.00/);
    expect(seller.text()).not.toContain('You owe');
    expect(seller.text()).toMatch(/A night at the opera \$50\.00 scheduled \S+ Sent after \S+, once refunds are over\./);
    expect(seller.text()).toMatch(/A night at the opera \$25\.00 2 /);
  });

  it('read what is in the way of their money in words for them, and not the staff’s', async () => {
    await world.control('faults', { method: 'POST', path: '/v1/transfers', kind: 'refuse', code: 'some_code_nobody_knows', times: 1 });
    await turnTo(world, later(world.app.openWork().clock.now(), 14 * dayMs));
    await workThrough(world);
    await seller.open('/connect');
    expect(seller.text()).toMatch(/\$50\.00 failed \S+ Delayed; the marketplace has been told\. Nothing is lost\./);
    expect(seller.html).not.toContain('some_code_nobody_knows');
  });

  it('sell nothing that has been delivered, and start no form from another site', async () => {
    expect(seller.text()).toContain('no longer sold');
    const foreign = await seller.fetch('/connect/offering', {
      body: typed(),
      headers: { origin: 'https://evil.example', 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(foreign.status).toBe(403);
  });
});
