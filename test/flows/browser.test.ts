import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { openChromium } from '../support/chromium.js';
import { openWorld, type TestWorld } from '../support/world.js';

describe('in a real browser', () => {
  let world: TestWorld;
  let chromium: Browser;
  const complaints: string[] = [];

  beforeAll(async () => {
    world = await openWorld();
    chromium = await openChromium();
  });
  afterAll(async () => {
    await chromium?.close();
    await world.close();
  });

  async function open(path: string): Promise<Page> {
    const page = await (await chromium.newContext()).newPage();
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${world.url}${path}`);
    return page;
  }

  it('a stranger signs up, connects, sets a price, and is paid by a buyer, by clicking alone', async () => {
    const seller = await open('/');
    await seller.getByRole('link', { name: 'Start selling' }).click();
    await seller.getByLabel('Name that buyers see').fill('Venue Luna');
    await seller.getByLabel('E-mail address').fill('luna@example.com');
    await seller.getByLabel('Password').fill('a quiet moon rises');
    await seller.getByRole('button', { name: 'Sign up' }).click();
    await seller.getByRole('button', { name: 'Connect payments' }).click();
    await seller.getByRole('button', { name: 'Complete' }).click();
    await seller.locator('#one-time-amount').fill('25.00');
    await seller.locator('form[action="/connect/one-time-price"]').getByRole('button', { name: 'Save' }).click();
    const address = await seller.locator('a[href*="/c/acc_"]').innerText();

    const buyer = await open(new URL(address).pathname);
    await buyer.getByLabel('Your e-mail address').fill('ada@example.com');
    await buyer.getByRole('button', { name: 'Pay $25.00 once' }).click();
    await buyer.getByRole('button', { name: 'Pay' }).click();
    expect(await buyer.getByRole('heading').innerText()).toBe('Paid: $25.00');

    await seller.reload();
    expect(await seller.getByRole('row', { name: /ada@example.com/ }).innerText()).toContain('paid');
    expect(complaints).toEqual([]);
  });

  it('the API’s IDE runs a query without anything from elsewhere', async () => {
    const page = await open('/graphql');
    await page.locator('.view-line', { hasText: 'viewer' }).first().waitFor();
    const answered = page.waitForResponse((answer) => answer.request().postData()?.includes('payUrl') === true);
    await page.getByRole('button', { name: /Execute query/ }).click();
    expect(await (await answered).json()).toEqual({ data: { viewer: null } });
    expect(complaints).toEqual([]);
  });
});
