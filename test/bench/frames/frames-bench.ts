import type { Page } from 'playwright-core';
import { openChromium } from '../../support/chromium.js';
import { fillMarketplace, staff } from '../marketplace.js';
import { openServed } from '../served.js';
import { inPage, type Noted } from './in-page.js';

const paymentCount = 100_000;
const pagesWalked = 40;
const older = 'nav[aria-label=Pages] a:last-child';
const view = (at: number) => `nav[aria-label=Views] a:nth-child(${at})`;

/** Turns the pages of a list of a hundred thousand payments in a browser, and narrows it, beside the same list with nothing in it: no frame may take 50 ms. */
export async function benchFrames(databaseUrl: string): Promise<void> {
  await fillMarketplace(databaseUrl, paymentCount);
  const app = await openServed(databaseUrl);
  const chromium = await openChromium();
  try {
    const context = await chromium.newContext({ viewport: { width: 1280, height: 900 } });
    await context.addCookies([{ name: 'holdfast_session', value: staff.token, url: app.url }]);
    await context.addInitScript(inPage);
    const page = await context.newPage();
    await page.goto(`${app.url}/admin/payments`);
    await page.locator(older).waitFor();
    console.log(`\nThe console’s list of ${paymentCount} payments in a browser, frame by frame`);
    tell('loading it', await take(page));
    const full = await turn(page);
    tell(`${pagesWalked} pages of it`, full);
    tell('narrowing and ordering it', await narrow(page));
    await page.goto(`${app.url}/admin/payments?search=nobody@example.com`);
    await page.getByText('No payment is like that.').waitFor();
    await take(page);
    const empty = await turnEmpty(page);
    tell(`${pagesWalked} searches for nobody`, empty);
    console.log(`  the worst frame of a full list is ${(worst(full.gaps) / worst(empty.gaps)).toFixed(1)} times that of an empty one`);
  } finally {
    await chromium.close();
    await app.close();
  }
}

async function turn(page: Page): Promise<Noted> {
  for (let at = 0; at < pagesWalked; at++) await press(page, older);
  return take(page);
}

/** As often as pages of the full list are turned. */
async function turnEmpty(page: Page): Promise<Noted> {
  for (let at = 0; at < pagesWalked; at++) await act(page, `narrow(${JSON.stringify({ search: `nobody${at}@example.com` })})`);
  return take(page);
}

/** Each view, each order, each filter, and some pages of what is then shown. */
async function narrow(page: Page): Promise<Noted> {
  for (const typed of [
    { currency: 'USD', order: 'LARGEST' },
    { currency: 'USD', order: 'SMALLEST' },
    { currency: '', order: 'OLDEST' },
    { order: '', from: '2026-01-01', until: '2030-01-01' },
    { from: '', until: '', search: `buyer${paymentCount}@example.com` },
    { search: '' },
  ]) {
    await act(page, `narrow(${JSON.stringify(typed)})`);
    if (await page.locator(older).count()) await press(page, older);
  }
  for (const at of [2, 3, 4, 1]) await press(page, view(at));
  return take(page);
}

const act = (page: Page, what: string) => page.evaluate(`walk.${what}`);
const press = (page: Page, place: string) => act(page, `press(${JSON.stringify(place)})`);
const take = (page: Page) => page.evaluate('walk.take()') as Promise<Noted>;
const worst = (values: number[]) => Math.max(0, ...values);

function tell(what: string, { long, gaps, asked }: Noted): void {
  const cells = [`worst frame ${worst(gaps).toFixed(0)} ms`, `${long.length} over 50 ms`, `slowest query ${worst(asked).toFixed(0)} ms`];
  console.log(`  ${what.padEnd(30)}${cells.map((cell) => cell.padStart(24)).join('')}`);
}
