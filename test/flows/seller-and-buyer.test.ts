import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from '../support/browser.js';
import { openWorld, type TestWorld } from '../support/world.js';

describe('a stranger who signs up to sell', () => {
  let world: TestWorld;
  let seller: Browser;
  let member: Browser;
  let payPath: string;

  beforeAll(async () => {
    world = await openWorld();
    seller = world.browse();
  });
  afterAll(() => world.close());

  it('signs up and is invited to connect payments', async () => {
    await seller.open('/sign-up');
    await seller.submit({ name: 'Venue Luna', email: 'luna@example.com', password: 'a quiet moon rises' });
    expect(seller.text()).toContain('Connect payments');
  });

  it('leaves Stripe early, is told what is still asked, and finishes with a fresh link', async () => {
    await seller.submit({ country: 'US' }, '/connect/start');
    expect(seller.address).toContain('/setup/e/acct_');
    await seller.submit({ outcome: 'pending' });
    expect(seller.text()).toContain('Finish connecting payments');
    await seller.submit({}, '/connect/start');
    await seller.submit({ outcome: 'complete' });
    expect(seller.text()).toContain('Your public page');
  });

  it('sets prices, and is told which amount is too small without losing what was typed', async () => {
    await seller.submit({ amount: '0.10', currency: 'USD' }, 'one-time-price');
    expect([seller.status, seller.text()]).toEqual([422, expect.stringContaining('Stripe charges from 0.50 to 999999.99 USD')]);
    expect(seller.html).toContain('value="0.10"');
    await seller.submit({ amount: '25.00', currency: 'USD' }, 'one-time-price');
    await seller.submit({ amount: '10', currency: 'usd', interval: 'MONTH' }, 'membership-price');
    payPath = new URL(/href="([^"]*\/c\/acc_[^"]*)"/.exec(seller.html)?.[1] as string).pathname;
    expect(seller.text()).toContain('Saved');
    expect(seller.text()).toContain('A buyer pays $25.00: $3.00 for the platform, $22.00 for you.');
  });

  it('is paid once by a buyer, who is told so, also on reloading', async () => {
    const buyer = await world.browse().open(payPath);
    expect(buyer.text()).toContain('Join for $10.00 a month');
    await buyer.submit({ email: 'ada@example.com', kind: 'one-time' });
    expect(buyer.text()).toContain('25.00 USD');
    await buyer.submit({ email: 'ada@example.com', card: 'declined', do: 'pay' });
    expect(buyer.text()).toContain('declined');
    await buyer.submit({ email: 'ada@example.com', card: 'ok', do: 'pay' });
    expect(buyer.text()).toContain('Paid: $25.00');
    await buyer.open(buyer.address);
    expect(buyer.text()).toContain('Paid: $25.00');
  });

  it('is joined by a member', async () => {
    member = await world.browse().open(payPath);
    await member.submit({ email: 'ben@example.com', kind: 'membership' });
    await member.submit({ email: 'ben@example.com', card: 'ok', do: 'pay' });
    expect(member.text()).toContain('Welcome, member');
  });

  it('sees both payments and the member, and refunds the first', async () => {
    await seller.open('/connect');
    expect(seller.text()).toContain('ada@example.com One-time $25.00 paid');
    expect(seller.text()).toContain('ben@example.com $10.00 active');
    const row = /<tr>(?:(?!<tr>).)*ada@example.com.*?<\/tr>/s.exec(seller.html)?.[0] as string;
    await seller.submit({ payment: /value="(pay_\w+)"/.exec(row)?.[1] as string }, '/connect/refund');
    expect(seller.text()).toContain('ada@example.com One-time $25.00 refunded');
  });

  it('disconnects: the history stays, the subscription ends at Stripe, the page closes', async () => {
    await seller.submit({ sure: 'DISCONNECT' }, '/connect/disconnect');
    expect(seller.text()).toContain('Reconnect payments');
    expect(seller.text()).toContain('ben@example.com $10.00 canceled');
    const state = (await world.stripeState()) as unknown as { subscriptions: { status: string }[]; books: Record<string, number> };
    expect(state.subscriptions.map(({ status }) => status)).toEqual(['canceled']);
    expect(Object.values(state.books).reduce((sum, minor) => sum + minor, 0)).toBe(0);
    expect((await world.browse().open(payPath)).text()).toContain('cannot take payments yet');
    await member.open(member.address);
    expect(member.text()).toContain('This membership has ended');
  });
});
