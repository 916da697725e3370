import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { chapters } from '../../src/explorer/chapters.js';
import { hidden } from '../../src/explorer/masking.js';
import { violationsInBothThemes } from '../support/axe.js';
import { openChromium } from '../support/chromium.js';
import { openLesserStripe } from '../support/stripe-mock.js';
import { openWorld, type TestWorld } from '../support/world.js';

let world: TestWorld;
let chromium: Browser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  world = await openWorld({}, { works: false });
  chromium = await openChromium();
  page = await chromium.newPage({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${world.url}/sign-in?to=%2Fadmin%2Fexplorer`);
  await page.getByLabel('E-mail address').fill('admin@demo.test');
  await page.getByLabel('Password').fill('holdfast-demo');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Reach the API' }).waitFor();
});
afterAll(async () => {
  await chromium?.close();
  await world.close();
});

const nav = () => page.getByRole('navigation', { name: 'Chapters' });
const result = () => page.getByRole('region', { name: 'What came of it' });

/** Opens a step of a chapter as a person would: the chapter, unless it is open, then the step. */
async function open(chapter: string, step: string): Promise<void> {
  const link = nav().getByRole('button', { name: new RegExp(`^${step}( (went|did|was) .*)?$`) });
  if (!(await link.isVisible()))
    await nav()
      .getByRole('button', { name: new RegExp(`^${chapter} \\d`) })
      .click();
  await link.click();
  await page.getByRole('heading', { name: step, exact: true }).waitFor();
}

async function run(typed: Record<string, string> = {}): Promise<void> {
  for (const [label, value] of Object.entries(typed)) await page.getByLabel(label, { exact: true }).fill(value);
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.locator('button[data-loading]').waitFor({ state: 'detached' });
}

const refusal = () => page.getByRole('alert').first().innerText();

describe('the explorer’s page', () => {
  it('runs every step of every chapter by clicking, and each goes as it should', async () => {
    for (const { title, steps } of chapters) {
      for (const step of steps) {
        await open(title, step.title);
        await page.getByRole('button', { name: 'Run', exact: true }).click();
        await nav()
          .getByRole('button', { name: `${step.title} went as it should`, exact: true })
          .waitFor();
      }
      await nav().getByText(`${steps.length} / ${steps.length}`, { exact: true }).first().waitFor();
    }
    expect(complaints).toEqual([]);
  });

  it('shows a list as a table, calls as bars on one line of time, an object as a tree, and each request for a shell', async () => {
    await open('Payments', 'Recent PaymentIntents');
    await result().getByRole('columnheader', { name: 'customer' }).waitFor();
    await open('Batch', 'Several at once, one of them wrong');
    expect(await result().getByRole('figure').getByRole('img').getAttribute('aria-label')).toMatch(/nobody from \d+ ms, for \d+ ms, failed/);
    await open('Billing', 'Schedule a subscription');
    await result().getByText('phases', { exact: true }).first().click();
    await result().getByText('[1]').first().waitFor();
    await result().getByRole('button', { name: 'POST /v1/subscription_schedules' }).click();
    await result().getByRole('tab', { name: 'curl' }).click();
    await result().getByText('curl -X POST').waitFor();
    expect(await violationsInBothThemes(page)).toEqual([]);
    await page.setViewportSize({ width: 390, height: 800 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  it('shows a credential when somebody asks, and keeps none where a reload finds the rest', async () => {
    await open('Portal', 'Open the portal for a customer');
    expect(await result().innerText()).toContain(hidden);
    await result().getByRole('button', { name: 'Reveal portalUrl' }).click();
    const [, url] = /portalUrl = (\S+)/.exec(await result().innerText()) ?? [];
    expect(url).toMatch(/^http/);
    const kept = (await page.evaluate("sessionStorage.getItem('holdfast.explorer')")) as string;
    expect(kept).toContain('payments.create');
    expect(kept).not.toContain(url);
    expect(kept).not.toMatch(/\b(mes_test|whsec|[sr]k_test)_/);
    await page.reload();
    await open('Portal', 'Open the portal for a customer');
    await result().getByText('answered').waitFor();
    expect(await result().getByRole('button', { name: 'Reveal portalUrl' }).count()).toBe(0);
    await page.getByRole('region', { name: 'Run in this tab' }).getByRole('button', { name: 'Create a PaymentIntent' }).waitFor();
  });

  it('says what is wrong with what was typed, and what to run first, or takes an id of one’s own', async () => {
    await open('Payments', 'Create a PaymentIntent');
    await run({ 'Amount in minor units': 'much' });
    expect(await refusal()).toContain('amount is "much"; it takes a whole number');
    await page.getByRole('button', { name: 'Begin anew' }).click();
    await run({ 'The customer': 'pi_1' });
    expect(await refusal()).toContain('it takes an id that begins with cus_');
    await run({ 'The customer': '' });
    expect(await refusal()).toMatch(/The step needs customer.\s*Run “Create a customer” first/);
    await run({ 'The customer': 'cus_mine' });
    await result().getByText('payment = pi_').waitFor();
    await page.getByRole('button', { name: 'Begin anew' }).click();
    await page.getByRole('button', { name: 'Create a customer', exact: true }).last().click();
    await page.getByRole('heading', { name: 'Create a customer' }).waitFor();
  });

  it('shows as values what another server cannot, a wrong key, a server that is gone, and takes no live key', async () => {
    const lesser = await openLesserStripe(world.stripeUrl);
    await page.getByText('Another server').click();
    await page.getByLabel('Its address, on this server’s machine').fill(lesser.url);
    await open('Metering', 'Open a stream');
    await run();
    await result().getByText('A stripe-mock has no v2 API').waitFor();
    await open('Setup', 'Reach the API');
    await page.getByLabel('A test key').fill('sk_test_wrong');
    await run();
    await result().getByText('StripeAuthenticationError 401').waitFor();
    await lesser.close();
    await run();
    await result().getByText('ECONNREFUSED').waitFor();
    await page.getByText('Stripe’s test mode', { exact: true }).click();
    await page.getByLabel('A test key of your own').fill('sk_live_51abcdefgh');
    await page.getByText('This is a live key. Nothing is learned with real money.').first().waitFor();
    await run();
    expect(await refusal()).toContain('This is a live key');
    expect(complaints).toEqual([]);
  });
});
