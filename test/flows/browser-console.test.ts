import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { dayMs, hourMs, later } from '../../src/base/clock.js';
import { atomically } from '../../src/db/work.js';
import { raiseHalt } from '../../src/operations/halt.js';
import { carryOnBulkRetries } from '../../src/settlements/bulk/retrying-all.js';
import { type Api, readySeller } from '../support/api.js';
import { violations } from '../support/axe.js';
import { openChromium } from '../support/chromium.js';
import { buyOffering, disputePayment, offer, topUp, turnTo, workThrough } from '../support/marketplace.js';
import { openWorld, type TestWorld } from '../support/world.js';

let world: TestWorld;
let seller: Api;
let chromium: Browser;
let staff: BrowserContext;
let invitation: string;
const complaints: string[] = [];

beforeAll(async () => {
  world = await openWorld({ PLATFORM_FEE_FIXED: '0' }, { works: false });
  seller = await readySeller(world, 'Venue Luna');
  await topUp(world, 100_000);
  chromium = await openChromium();
  staff = await chromium.newContext();
  staff.setDefaultTimeout(15_000); // sooner than the test's own, so that it says what it waited for
  const page = await open('/sign-in');
  await page.getByLabel('E-mail address').fill('admin@demo.test');
  await page.getByLabel('Password').fill('holdfast-demo');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Nothing needs you.').waitFor();
  await page.close();
}, 60_000);
afterAll(async () => {
  await chromium?.close();
  await world.close();
});

/** A page of the staff's, in place of the one before. */
async function open(path: string): Promise<Page> {
  for (const former of staff.pages()) await former.close();
  const page = await staff.newPage();
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${world.url}${path}`);
  return page;
}

const fail = (kind: string, more: object = {}) => world.control('faults', { method: 'POST', path: '/v1/transfers', kind, times: 1, ...more });
const wait = async (ms: number) => {
  await turnTo(world, later(world.app.openWork().clock.now(), ms));
  await workThrough(world);
};

/** Something sold and due, whose transfer goes wrong; answers its payment. */
async function unpaid(title: string, goesWrong: () => Promise<unknown>): Promise<string> {
  const offering = await offer(seller, { title, unitPrice: 5_000, inDays: 1 });
  const paymentId = await buyOffering(world, offering.id);
  await workThrough(world);
  await goesWrong();
  await wait(10 * dayMs);
  return paymentId;
}

/** Signs everybody out, as time does. */
async function endSessions(): Promise<void> {
  const client = new pg.Client({ connectionString: world.databaseUrl });
  await client.connect();
  await client.query('update sign_in_session set revoked_at = now() where person_id in (select id from person where staff_role is not null)');
  await client.end();
}

/** Asks for all of one cause to be retried, and does what a worker would within seconds. */
async function retryAll(page: Page, count: number): Promise<void> {
  await page.getByRole('button', { name: `Retry all ${count}` }).click();
  await page.getByRole('dialog').getByLabel('Why').fill('they have a new account');
  await page
    .getByRole('dialog')
    .getByRole('button', { name: `Retry all ${count}` })
    .click();
  await page.getByText(`0 of ${count} decided`).waitFor();
  await carryOnBulkRetries(world.app.openWork());
}

describe('the staff’s console', () => {
  it('leads from what needs attention to a paid seller, by clicking alone', async () => {
    await unpaid('A refused night', () => fail('refuse', { code: 'account_closed' }));
    const page = await open('/admin');
    await page.getByRole('heading', { name: 'Stripe does not know the seller’s account: 1 settlement, $50.00' }).waitFor();
    await page.getByRole('link', { name: 'Look at it' }).click();
    await page.getByRole('link', { name: '$50.00', exact: true }).click();
    await page.getByRole('heading', { name: '$50.00 to Venue Luna' }).waitFor();
    await page.getByRole('button', { name: 'Retry' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Sends a new transfer under a new key').waitFor();
    await dialog.getByRole('button', { name: 'Retry' }).click();
    await page.getByText('Tried again.').waitFor();
    await page.getByText(/^Paid /).waitFor();
    await page.getByRole('link', { name: 'Home' }).click();
    await page.getByText('Nothing needs you.').waitFor();
    await page.getByText('Held for sellers, USD').waitFor();
    await page.getByRole('link', { name: '90 days' }).click();
    await page.waitForURL(/days=90/);
    const disputes = page.getByRole('region', { name: 'Disputes' });
    await disputes.getByText('No bank asked anything back in this period.').waitFor();
    expect(await disputes.getByRole('img').count()).toBe(0);
    const paid = page.getByRole('region', { name: 'Paid by buyers' });
    await paid.getByRole('img', { name: /^Paid by buyers: / }).waitFor();
    await paid.getByRole('button', { name: 'View as table' }).click();
    await paid.getByRole('columnheader', { name: 'Held for sellers' }).waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('ada@example.com');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: '$54.00' }).click();
    await page.getByRole('heading', { name: '$54.00 from ada@example.com' }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('narrows and orders a list by an address that can be kept and had as a file', async () => {
    const page = await open('/admin/payments');
    await page.getByLabel('Currency').fill('usd');
    await page.getByLabel('Order').selectOption('Largest first');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.waitForURL(/currency=USD&order=LARGEST/);
    await page.getByRole('link', { name: '$54.00' }).waitFor();
    expect(await page.getByRole('link', { name: 'Download as CSV' }).getAttribute('href')).toBe('/admin/payments.csv?currency=USD&order=LARGEST');
    await page.getByRole('button', { name: 'Keep this view' }).click();
    await page.getByLabel('Name of this view').fill('Large ones');
    await page.getByRole('button', { name: 'Keep', exact: true }).click();
    await page.getByRole('link', { name: 'Clear all' }).click();
    await page.waitForURL(/payments\?$/);
    expect(await page.getByLabel('Currency').inputValue()).toBe('');
    await page.getByRole('link', { name: 'Large ones' }).click();
    await page.waitForURL(/order=LARGEST/);
    expect([...(await violations(page)), ...complaints]).toEqual([]);
    const { stripeTransferId, accountId } = await world.app
      .openWork()
      .read.selectFrom('settlement')
      .select(['stripeTransferId', 'accountId'])
      .where('status', '=', 'SETTLED')
      .executeTakeFirstOrThrow();
    for (const [id, leads] of [
      [stripeTransferId as string, /settlements\/stl_/],
      [accountId, /sellers\/acc_/],
      ['tr_nobody', /sellers\?search=tr_nobody/],
    ] as const) {
      await page.keyboard.press('Control+k');
      await page.keyboard.press('Control+a');
      await page.keyboard.type(id);
      await page.keyboard.press('Enter');
      await page.waitForURL(leads);
    }
    expect(complaints).toEqual([]);
  });

  it('looks up a lost answer, and adopts the transfer that Stripe shows', async () => {
    await unpaid('A lost night', async () => {
      await fail('drop_after', { times: 20 });
      await world.control('faults', { method: 'GET', path: '/v1/transfers', kind: 'drop_before', times: 1_000 });
    });
    await wait(23 * hourMs);
    await world.control('faults/clear');
    const page = await open('/admin/settlements');
    await page.getByRole('link', { name: '$50.00', exact: true }).click();
    await page.getByRole('button', { name: 'Look it up at Stripe' }).click();
    await page.getByText(/Stripe has made tr_/).waitFor();
    await page.getByRole('button', { name: 'Adopt this transfer' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Adopt this transfer' }).click();
    await page.getByText(/^Paid /).waitFor();
    expect(complaints).toEqual([]);
  });

  it('sends again what Stripe never made, and says in the dialog what was refused', async () => {
    await unpaid('A stored error', () => fail('server_error_stored'));
    const page = await open('/admin/settlements');
    await page.getByRole('link', { name: '$50.00', exact: true }).click();
    await page.getByRole('button', { name: 'Look it up at Stripe' }).click();
    await page.getByRole('button', { name: 'Send again' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Why').fill('    ');
    await dialog.getByRole('button', { name: 'Send again' }).click();
    await dialog.getByRole('alert').getByText('Use 3 to 500 characters.').waitFor();
    await dialog.getByLabel('Why').fill('Stripe shows none');
    await dialog.getByRole('button', { name: 'Send again' }).click();
    await page.getByText('The settlement is paid by a new transfer.').waitFor();
    await workThrough(world);
    await page.reload();
    await page.getByText(/^Paid /).waitFor();
    expect(complaints).toEqual([]);
  });

  it('retries all that failed for one cause, and says what became of each', async () => {
    const offerings = await Promise.all(
      ['One night', 'Two nights', 'Three nights'].map((title) => offer(seller, { title, unitPrice: 5_000, inDays: 1 })),
    );
    for (const { id } of offerings) await buyOffering(world, id);
    await workThrough(world);
    await fail('refuse', { code: 'account_closed', times: 3 });
    await wait(10 * dayMs);
    await fail('refuse', { code: 'account_closed' });
    const page = await open('/admin');
    await page.getByRole('link', { name: 'Look at all 3' }).click();
    await retryAll(page, 3);
    await page.getByText('3 of 3 decided, 2 paid.').waitFor();
    await page.getByRole('cell', { name: /^Stripe does not know/ }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('link', { name: 'Settlements', exact: true }).first().click();
    await page.getByRole('link', { name: /Stripe does not know.*: 1,/ }).click();
    await retryAll(page, 1);
    await page.getByText('1 of 1 decided, 1 paid.').waitFor();
    expect(complaints).toEqual([]);
  });

  it('refunds a part, and gives a seller terms of their own', async () => {
    const page = await open('/admin/payments');
    await page.getByRole('link', { name: '$54.00' }).last().click();
    await page.getByRole('button', { name: 'Refund' }).click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.getByLabel('Amount in USD').inputValue()).toBe('54.00');
    await dialog.getByLabel('Amount in USD').fill('4.005');
    await dialog.getByLabel('Why').fill('came late');
    await dialog.getByRole('button', { name: 'Refund' }).click();
    await dialog.getByRole('alert').getByText('4.005 is no amount in USD.').waitFor();
    await dialog.getByRole('textbox', { name: 'Amount in USD' }).fill('4');
    await dialog.getByRole('button', { name: 'Refund' }).click();
    await page.getByText('Refunded so far: $4.00.').waitFor();
    await workThrough(world);

    await page.getByRole('link', { name: 'Venue Luna' }).first().click();
    await page.getByText('These are the platform’s default terms.').waitFor();
    await page.getByRole('button', { name: 'Change the commission' }).click();
    await dialog.getByLabel('Share of the price, in percent').fill('6.5');
    await dialog.getByRole('button', { name: 'Change the commission' }).click();
    await page.getByText(/^6\.50 % and .*These are terms of their own\.$/).waitFor();
    expect(complaints).toEqual([]);
  });

  it('says when the server is away or the session has ended, and goes on from there with what was typed', async () => {
    const page = await open('/admin/keys');
    await page.getByLabel('Name of a new key').fill('Half typed');
    await staff.setOffline(true);
    await page.getByLabel('Read settlements').check();
    await page.getByRole('button', { name: 'Make the key' }).click();
    await page.getByText('The server cannot be reached').first().waitFor();
    await staff.setOffline(false);
    await endSessions();
    await page.getByRole('button', { name: 'Make the key' }).click();
    const dialog = page.getByRole('dialog', { name: 'Sign in again' });
    expect(await dialog.getByLabel('E-mail address').inputValue()).toBe('admin@demo.test');
    await dialog.getByRole('textbox', { name: 'Password' }).fill('wrong wrong wrong');
    await dialog.getByRole('button', { name: 'Sign in' }).click();
    await dialog.getByRole('alert').getByText(/./).waitFor();
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole('textbox', { name: 'Password' }).fill('holdfast-demo');
    await dialog.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('never shown again').waitFor();
    await page.getByRole('cell', { name: 'Half typed' }).waitFor();
    expect(await page.getByText('The server cannot be reached').count()).toBe(0);
    expect(complaints.splice(0).filter((complaint) => !/ERR_INTERNET_DISCONNECTED|401/.test(complaint))).toEqual([]);
  });

  it('asks for the password again before it hands out a key, and goes on with what was typed', async () => {
    const page = await open('/admin/keys');
    await page.getByLabel('Name of a new key').fill('After a while');
    await page.getByLabel('Read settlements').check();
    const database = new pg.Client({ connectionString: world.databaseUrl });
    await database.connect();
    await database.query(`update sign_in_session set created_at = created_at - interval '6 minutes', stepped_up_at = null`);
    await database.end();
    await page.getByRole('button', { name: 'Make the key' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Password' }).fill('not the one of them');
    await dialog.getByRole('button', { name: 'Go on' }).click();
    await dialog.getByRole('alert').getByText('This is not your password.').waitFor();
    await dialog.getByRole('textbox', { name: 'Password' }).fill('holdfast-demo');
    await dialog.getByRole('button', { name: 'Go on' }).click();
    await page
      .getByText(/hf_test_/)
      .first()
      .waitFor();
    expect(complaints).toEqual([]);
  });

  it('shows a key’s secret and an invitation’s link once, when they are made', async () => {
    const page = await open('/admin/keys');
    await page.getByLabel('Name of a new key').fill('Shop');
    await page.getByLabel('Read settlements').check();
    await page.getByRole('button', { name: 'Make the key' }).click();
    await page.getByText('never shown again').waitFor();
    const secret = await page.locator('pre').innerText();
    const answer = await fetch(`${world.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
      body: JSON.stringify({ query: '{ viewer { role may } }' }),
    });
    expect(await answer.json()).toMatchObject({ data: { viewer: { role: 'PARTNER', may: expect.arrayContaining(['settlements']) } } });
    await page.reload();
    await page.getByRole('cell', { name: 'Shop' }).waitFor();
    expect(await page.content()).not.toContain(secret);

    await page.getByRole('link', { name: 'Team' }).click();
    await page.getByLabel('E-mail address of somebody new').fill('grace@example.com');
    await page.getByRole('button', { name: 'Invite' }).click();
    invitation = await page.locator('pre').innerText();
    await page.getByRole('cell', { name: 'grace@example.com' }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('plays two scenarios beside each other, and steps through them', async () => {
    const page = await open('/admin/scenarios?name=lost-where-it-was-paid-at-once');
    await page.getByRole('button', { name: 'Play it' }).click();
    await page.getByRole('slider', { name: 'Line of the scenario' }).press('End', { timeout: 25_000 });
    const has = async (side: string) => (await page.getByRole('region', { name: side }).innerText()).match(/The platform has\s+(\S+)/)?.[1];
    expect([await has('Lost where it was paid at once'), await has('Lost where it was held')]).toEqual(['-$66.87', '-$16.87']);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize({ width: 390, height: 900 });
    expect([...(await violations(page)), ...complaints]).toEqual([]);
  });

  it('has nothing that axe finds fault with, on any page, in light and dark, wide and narrow', async () => {
    const paymentId = await unpaid('A night that fails', () => fail('refuse', { code: 'account_closed' }));
    await disputePayment(world, await buyOffering(world, (await offer(seller, { unitPrice: 5_000, inDays: 30 })).id));
    await atomically(world.app.openWork(), (tx) => raiseHalt(tx, 'MONEY_AUDIT', 'somebody saw something'));
    const { id } = await world.app.openWork().read.selectFrom('settlement').select('id').where('status', '=', 'FAILED').executeTakeFirstOrThrow();
    const pages: [string, string][] = [
      ['/admin', 'Outgoing money is halted'],
      ['/admin/settlements', 'Stripe does not know'],
      [`/admin/settlements/${id}`, 'Why this amount'],
      ['/admin/payments', 'ada@example.com'],
      [`/admin/payments/${paymentId}`, 'How it was split'],
      ['/admin/sellers', 'Venue Luna'],
      [`/admin/sellers/${seller.accountId}`, 'At Stripe'],
      ['/admin/disputes', 'fraudulent'],
      ['/admin/events?view=applied', 'charge.dispute.created'],
      ['/admin/memberships', 'No membership is like that.'],
      ['/admin/books', 'They agree to the cent.'],
      ['/admin/streams', 'Venue Luna'],
      ['/admin/keys', 'Shop'],
      ['/admin/webhooks', 'Nobody is told anything yet.'],
      ['/admin/team', 'grace@example.com'],
      ['/admin/changes', 'admin@demo.test'],
      ['/admin/settings', 'where it listens'],
      ['/admin/settlements/retries', 'Stripe does not know'],
    ];
    const found: string[] = [];
    const page = await open('/admin');
    const look = async (name: string, place: string) => {
      for (const [colorScheme, width] of [
        ['light', 1280],
        ['dark', 390],
      ] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await page.setViewportSize({ width, height: 900 });
        for (const violation of await violations(page, place)) found.push(`${colorScheme} ${name} ${violation}`);
      }
    };
    for (const [path, says] of pages) {
      await page.goto(`${world.url}${path}`);
      await page.getByText(says).first().waitFor();
      await look(path, path === '/admin' ? 'html' : 'main'); // what stands around every page is looked at once
    }
    await page.goto(`${world.url}/admin`);
    await page.getByRole('button', { name: 'Clear the halt' }).click();
    await page.getByRole('dialog').getByLabel('Why').waitFor();
    await look('a dialog', 'html');
    expect(found).toEqual([]);
    expect(complaints).toEqual([]);
  }, 60_000);

  it('is, where no scripts run, a page with the same actions', async () => {
    const context = await chromium.newContext({ javaScriptEnabled: false, storageState: await staff.storageState() });
    const page = await context.newPage();
    await page.goto(`${world.url}/admin`);
    await page.locator('#halt-reason').fill('looked at every row');
    await page.locator('form[action="/admin/clear-halt"] button').click();
    await page.locator('[role=status]').waitFor();
    expect(await page.content()).toContain('Money may leave again.');
    await page.goto(`${world.url}/admin/payments`);
    expect(await page.content()).toContain('This page needs scripts');
    await context.close();
  });

  it('tells those who only look why they may not act', async () => {
    const page = await (await chromium.newContext()).newPage();
    page.setDefaultTimeout(15_000);
    await page.goto(invitation);
    expect(await violations(page)).toEqual([]);
    await page.getByLabel('Your name').fill('Grace');
    await page.getByLabel('Password').fill('a quiet moon rises');
    await page.getByRole('button', { name: 'Join' }).click();
    await page.getByRole('link', { name: /^Settlements/ }).click();
    await page.getByRole('link', { name: /^\$46\.75$/ }).click();
    await page.getByText('Your role viewer may not do this').first().waitFor();
    expect(await page.getByRole('button', { name: 'Retry' }).getAttribute('aria-disabled')).toBe('true');
    await page.getByText('a…a@e…e.com').waitFor();
    expect(complaints).toEqual([]);
  });
});
