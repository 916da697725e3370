import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { dayMs, later } from '../../src/base/clock.js';
import { violationsInBothThemes } from '../support/axe.js';
import { openChromium } from '../support/chromium.js';
import { missedByKeyboard } from '../support/keyboard.js';
import { openWorld, type TestWorld } from '../support/world.js';

describe('in a real browser', () => {
  let world: TestWorld;
  let chromium: Browser;
  const complaints: string[] = [];
  const violations: string[] = [];
  const check = async (page: Page) => violations.push(...(await violationsInBothThemes(page)), ...(await missedByKeyboard(page)));

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
    page.on('console', (message) => message.type() === 'error' && !/status of 4/.test(message.text()) && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${world.url}${path}`);
    return page;
  }

  it('a stranger signs up, connects, sets a price, and is paid by a buyer, by clicking alone', async () => {
    const seller = await open('/');
    await check(seller);
    await seller.getByRole('link', { name: 'Start selling' }).click();
    await check(seller);
    await seller.getByLabel('Name that buyers see').fill('Venue Luna');
    await seller.getByLabel('E-mail address').fill('luna@example.com');
    await seller.getByLabel('Password').fill('a quiet moon rises');
    await seller.getByRole('button', { name: 'Sign up' }).click();
    await check(seller);
    await seller.getByRole('button', { name: 'Connect payments' }).click();
    await seller.getByRole('button', { name: 'Complete' }).click();
    await seller.locator('#one-time-amount').fill('25.00');
    await seller.locator('form[action="/connect/one-time-price"]').getByRole('button', { name: 'Save' }).click();
    const address = await seller.locator('a[href*="/c/acc_"]').innerText();

    await seller.locator('#one-time-amount').fill('0.10');
    await seller.locator('form[action="/connect/one-time-price"]').getByRole('button', { name: 'Save' }).click();
    expect(await seller.locator('#one-time-amount:focus').count()).toBe(1);
    await check(seller);
    await seller.goto(`${world.url}/connect`);
    const buyer = await open(new URL(address).pathname);
    await check(buyer);
    await buyer.getByLabel('Your e-mail address').fill('ada@example.com');
    await buyer.getByRole('button', { name: 'Pay $25.00 once' }).click();
    await buyer.getByRole('button', { name: 'Pay' }).click();
    expect(await buyer.getByRole('heading').innerText()).toBe('Paid: $25.00');
    await check(buyer);

    await seller.reload();
    expect(await seller.getByRole('row', { name: /ada@example.com/ }).innerText()).toContain('paid');
    await check(seller);
    expect({ complaints, violations }).toEqual({ complaints: [], violations: [] });
  });

  it('a seller puts something on sale, a buyer buys it, and both are told how it stands', async () => {
    const seller = await open('/sign-in');
    await seller.getByLabel('E-mail address').fill('luna@example.com');
    await seller.getByLabel('Password').fill('a quiet moon rises');
    await check(seller);
    await seller.getByRole('button', { name: 'Sign in' }).click();
    await seller.getByLabel('What it is').fill('A night at the opera');
    await seller.getByLabel('Price of one').fill('40.00');
    await seller.getByLabel('Delivered at (UTC)').fill('2020-01-01T20:00');
    await seller.getByRole('button', { name: 'Put on sale' }).click();
    await seller.getByText('choose a later time').waitFor();
    expect(await seller.getByLabel('What it is').inputValue()).toBe('A night at the opera');
    await check(seller);
    const soon = later(world.app.openWork().clock.now(), 10 * dayMs);
    await seller.getByLabel('Delivered at (UTC)').fill(soon.toISOString().slice(0, 16));
    await seller.getByRole('button', { name: 'Put on sale' }).click();
    const address = await seller.locator('a[href*="/o/off_"]').innerText();

    const buyer = await open(new URL(address).pathname);
    await check(buyer);
    await buyer.getByLabel(/How many/).fill('2');
    await buyer.getByLabel('Your e-mail address').fill('ada@example.com');
    await buyer.getByRole('button', { name: 'Buy' }).click();
    await buyer.getByRole('button', { name: 'Pay' }).click();
    expect(await buyer.getByRole('heading').innerText()).toMatch(/^Paid: \$/);

    await seller.reload();
    await seller.getByText(/^Sent after /).waitFor();
    await check(seller);
    const nowhere = await open('/c/acc_00000000000000000000000000');
    await check(nowhere);
    expect({ complaints, violations }).toEqual({ complaints: [], violations: [] });
  });

  it('every other page of a seller’s and of strangers is for everybody to use, and none is wider than a phone', async () => {
    const seller = await open('/sign-in');
    await seller.getByLabel('E-mail address').fill('luna@example.com');
    await seller.getByLabel('Password').fill('a quiet moon rises');
    await seller.getByRole('button', { name: 'Sign in' }).click();
    const statement = await seller.locator('a[href*="/connect/settlements/"]').first().getAttribute('href');
    const payment = await seller.locator('a[href*="/connect/payments/"]').first().getAttribute('href');
    await seller.setViewportSize({ width: 390, height: 844 });
    const ofSellers = ['', '/payments', '/members', '/settlements', '/setup', '/access'].map((page) => `/connect${page}`);
    const tooWide: string[] = [];
    for (const path of [...ofSellers, statement as string, payment as string, '/security', '/m', '/forgot']) {
      await seller.goto(new URL(path, world.url).href);
      expect([path, await seller.getByRole('heading', { level: 1 }).count()]).toEqual([path, 1]);
      await check(seller);
      if (await seller.evaluate('document.documentElement.scrollWidth > innerWidth')) tooWide.push(path);
    }
    expect({ complaints, violations, tooWide }).toEqual({ complaints: [], violations: [], tooWide: [] });
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
