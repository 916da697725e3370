import { mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { settled } from '../support/axe.js';
import { openChromium } from '../support/chromium.js';
import setUp from '../support/set-up.js';
import tearDown from '../support/tear-down.js';
import { openWorld, type TestWorld } from '../support/world.js';
import { tellStory } from './story.js';

/** A page, who looks at it, and what it says once it is all there. */
type Shot = [name: string, who: 'staff' | 'seller' | 'buyer', path: string, says: string];

const shapes = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } } as const;
const folder = resolve(process.argv.slice(2).find((word) => !word.startsWith('--')) ?? 'docs/images');
const dark = process.argv.includes('--dark');
const only = process.argv.find((word) => word.startsWith('--only='))?.slice('--only='.length) ?? '';

/** The main pages, wide and narrow, as PNG in docs/images or the folder named; `--dark`, `--full` and `--only=name` change what is taken. */
await setUp();
const world = await openWorld({ PLATFORM_FEE_FIXED: '0' }, { works: false });
const chromium = await openChromium();
try {
  await shoot(world, chromium);
} finally {
  await chromium.close();
  await world.close();
  await tearDown();
}

async function shoot(world: TestWorld, chromium: Browser): Promise<void> {
  const { seller, failedId } = await tellStory(world);
  const shots: Shot[] = [
    ['overview', 'staff', '/admin', 'How it went'],
    ['settlement', 'staff', `/admin/settlements/${failedId}`, 'Why this amount'],
    ['scenarios', 'staff', '/admin/scenarios?name=lost-where-it-was-paid-at-once', 'Play it'],
    ['connect', 'seller', '/connect', 'Venue Luna'],
    ['pay', 'buyer', `/c/${seller.accountId}`, 'Venue Luna'],
  ];
  mkdirSync(folder, { recursive: true });
  for (const [shape, viewport] of Object.entries(shapes)) {
    const newContext = () => chromium.newContext({ viewport, colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce' });
    const contexts = { staff: await newContext(), seller: await newContext(), buyer: await newContext() };
    await signIn(contexts.staff);
    const [name = '', value = ''] = (seller.cookie as string).split('=');
    await contexts.seller.addCookies([{ name, value, url: world.url }]);
    for (const [name, who, path, says] of shots.filter(([name]) => name.includes(only))) {
      const page = await contexts[who].newPage();
      await page.goto(`${world.url}${path}`);
      await page.getByText(says).first().waitFor();
      await page.waitForLoadState('networkidle');
      if (name === 'scenarios') await playIt(page);
      const file = join(folder, `${name}-${shape}.png`);
      await page.screenshot({ path: file, fullPage: process.argv.includes('--full') });
      console.log(`${file} ${Math.round(statSync(file).size / 1_000)} kB`);
      await page.close();
    }
  }
}

/** To the end of the scenario. */
async function playIt(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Play it' }).click();
  await page.getByRole('slider').press('End');
  await page.evaluate(settled);
}

async function signIn(context: BrowserContext): Promise<void> {
  const page = await context.newPage();
  await page.goto(`${world.url}/sign-in`);
  await page.getByLabel('E-mail address').fill('admin@demo.test');
  await page.getByLabel('Password').fill('holdfast-demo');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(/admin/);
  await page.close();
}
