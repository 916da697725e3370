import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from '../support/browser.js';
import { openWorld, type TestWorld } from '../support/world.js';

describe('the setup guide', () => {
  let world: TestWorld;
  let seller: Browser;
  beforeAll(async () => {
    world = await openWorld();
    seller = await world.browse().open('/sign-up');
    await seller.submit({ name: 'Venue Luna', email: 'luna@example.com', password: 'a quiet moon rises' });
  });
  afterAll(() => world.close());

  const stands = async () => /Setup guide: (\d) of 4 done/.exec((await seller.open('/connect/setup')).text())?.[1];

  it('leads from signing up through each step, saved as it is done, until all are', async () => {
    expect(seller.text()).toContain('Setup guide : 1 of 4 steps done.');
    expect(await stands()).toBe('1');
    await seller.open('/connect');
    await seller.submit({ country: 'US' }, '/connect/start');
    await seller.submit({ outcome: 'complete' });
    expect(await stands()).toBe('2');
    await seller.open('/connect');
    await seller.submit({ amount: '25.00', currency: 'USD' }, 'one-time-price');
    expect(await stands()).toBe('3');
    await seller.submit({}, '/connect/shared');
    expect(seller.text()).toContain('You are set up');
    for (const page of ['/connect', '/connect/payments']) expect((await seller.open(page)).text()).not.toContain('Setup guide');
  });

  it('changes the name that buyers see, and keeps what was typed where it cannot be one', async () => {
    await seller.open('/connect/setup');
    await seller.submit({ displayName: 'Luna by the lake' }, '/connect/profile');
    expect(seller.text()).toContain('Saved. Buyers see that name now.');
    const { id } = await world.app.openWork().read.selectFrom('account').select('id').executeTakeFirstOrThrow();
    expect((await world.browse().open(`/c/${id}`)).text()).toContain('Luna by the lake');
    await seller.submit({ displayName: 'x'.repeat(201) }, '/connect/profile');
    expect([seller.status, seller.html]).toEqual([422, expect.stringContaining(`value="${'x'.repeat(201)}"`)]);
  });
});
