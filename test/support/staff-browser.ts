import type { Browser, BrowserContext, Page } from 'playwright-core';
import { dayMs, later } from '../../src/base/clock.js';
import { type Api, readySeller } from './api.js';
import { openChromium } from './chromium.js';
import { buyOffering, offer, topUp, turnTo, workThrough } from './marketplace.js';
import { openWorld, type TestWorld } from './world.js';

/** A marketplace with one seller, whose time and work the test does, and a browser in which its administrator is signed in. */
export interface StaffBrowser {
  world: TestWorld;
  seller: Api;
  chromium: Browser;
  staff: BrowserContext;
  /** What the browser's console told of errors. */
  complaints: string[];
  /** A page of the staff's, in place of the one before. */
  open(path: string): Promise<Page>;
  /** Makes the next requests for a transfer go wrong. */
  fail(kind: string, more?: object): Promise<unknown>;
  /** Turns the clock, and does what is due then. */
  wait(ms: number): Promise<void>;
  /** Something sold and due, whose transfer goes wrong; answers its payment. */
  unpaid(title: string, goesWrong: () => Promise<unknown>): Promise<string>;
  close(): Promise<void>;
}

export async function openStaffBrowser(): Promise<StaffBrowser> {
  const world = await openWorld({ PLATFORM_FEE_FIXED: '0' }, { works: false });
  const [seller, chromium] = await Promise.all([readySeller(world, 'Venue Luna'), openChromium()]);
  await topUp(world, 100_000);
  const staff = await chromium.newContext();
  staff.setDefaultTimeout(60_000); // sooner than the test's own, so that it says what it waited for
  const complaints: string[] = [];
  const open = async (path: string) => {
    for (const former of staff.pages()) await former.close();
    const page = await staff.newPage();
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${world.url}${path}`);
    return page;
  };
  const wait = async (ms: number) => {
    await turnTo(world, later(world.app.openWork().clock.now(), ms));
    await workThrough(world);
  };
  await signIn(await open('/sign-in'));
  return {
    world,
    seller,
    chromium,
    staff,
    complaints,
    open,
    wait,
    fail: (kind, more = {}) => world.control('faults', { method: 'POST', path: '/v1/transfers', kind, times: 1, ...more }),
    async unpaid(title, goesWrong) {
      const paymentId = await buyOffering(world, (await offer(seller, { title, unitPrice: 5_000, inDays: 1 })).id);
      await workThrough(world);
      await goesWrong();
      await wait(10 * dayMs);
      return paymentId;
    },
    async close() {
      await chromium.close();
      await world.close();
    },
  };
}

async function signIn(page: Page): Promise<void> {
  await page.getByLabel('E-mail address').fill('admin@demo.test');
  await page.getByLabel('Password').fill('holdfast-demo');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Nothing needs you.').waitFor();
  await page.close();
}
