import { afterAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { atomically } from '../../src/db/work.js';
import { scriptedPlaces } from '../../src/http/staff-routes.js';
import { raiseHalt } from '../../src/operations/halt.js';
import { carryOnBulkRetries } from '../../src/settlements/bulk/retrying-all.js';
import { signInAsAdmin } from '../support/api.js';
import { violations } from '../support/axe.js';
import { missedByKeyboard } from '../support/keyboard.js';
import { buyOffering, disputePayment, offer } from '../support/marketplace.js';
import { openStaffBrowser } from '../support/staff-browser.js';

const { world, seller, chromium, staff, complaints, open, fail, unpaid, close } = await openStaffBrowser();
afterAll(close);

let invitation: string;

/** As a dialog should. */
const keptInside = expect.stringContaining('never lets go of the focus');

/** Signs everybody out, as time does. */
async function endSessions(): Promise<void> {
  const client = new pg.Client({ connectionString: world.databaseUrl });
  await client.connect();
  await client.query('update sign_in_session set revoked_at = now() where person_id in (select id from person where staff_role is not null)');
  await client.end();
}

/** Every page of the console, with something on it, and what it says once that is there. */
async function everyPage(): Promise<[path: string, says: string][]> {
  const admin = await signInAsAdmin(world);
  await unpaid('A night that fails', () => fail('refuse', { code: 'account_closed' }));
  await fail('refuse', { code: 'account_closed' });
  const { startBulkRetry } = await admin.run<{ startBulkRetry: { bulkRetry: { id: string } } }>(
    'mutation { startBulkRetry(input: { cause: INVALID_ACCOUNT, reason: "they are back" }) { bulkRetry { id } } }',
  );
  await carryOnBulkRetries(world.app.openWork());
  const { createWebhookEndpoint } = await admin.run<{ createWebhookEndpoint: { webhookEndpoint: { id: string } } }>(
    'mutation { createWebhookEndpoint(input: { name: "Shop", url: "http://127.0.0.1:1/hooks" }) { webhookEndpoint { id } } }',
  );
  const paymentId = await buyOffering(world, (await offer(seller, { unitPrice: 5_000, inDays: 30 })).id);
  await disputePayment(world, paymentId);
  await atomically(world.app.openWork(), (tx) => raiseHalt(tx, 'MONEY_AUDIT', 'somebody saw something'));
  const { read } = world.app.openWork();
  const settlement = await read.selectFrom('settlement').select('id').where('status', '=', 'FAILED').executeTakeFirstOrThrow();
  const event = await read.selectFrom('inboxEvent').select('id').where('type', '=', 'charge.dispute.created').executeTakeFirstOrThrow();
  const pages: [string, string][] = [
    ['/admin', 'Outgoing money is halted'],
    ['/admin/settlements', 'Stripe does not know'],
    [`/admin/settlements/${settlement.id}`, 'Why this amount'],
    ['/admin/settlements/retries', 'Stripe does not know'],
    [`/admin/settlements/retries/${startBulkRetry.bulkRetry.id}`, '1 of 1 decided'],
    ['/admin/payments', 'ada@example.com'],
    [`/admin/payments/${paymentId}`, 'How it was split'],
    ['/admin/sellers', 'Venue Luna'],
    [`/admin/sellers/${seller.accountId}`, 'At Stripe'],
    ['/admin/disputes', 'fraudulent'],
    ['/admin/events?view=applied', 'charge.dispute.created'],
    [`/admin/events/${event.id}`, 'delivered by Stripe'],
    ['/admin/memberships', 'No membership is like that.'],
    ['/admin/books', 'They agree to the cent.'],
    ['/admin/streams', 'Venue Luna'],
    ['/admin/keys', 'Shop'],
    ['/admin/webhooks', 'Shop'],
    [`/admin/webhooks/${createWebhookEndpoint.webhookEndpoint.id}`, 'payment.'],
    ['/admin/team', 'grace@example.com'],
    ['/admin/changes', 'webhook_endpoint.created'],
    ['/admin/settings', 'where it listens'],
    ['/admin/scenarios', 'Play it'],
    ['/admin/explorer', 'Reach the API'],
  ];
  const placeOf = (path: string) => path.replace(/^\/admin\/|\?.*/g, '').replace(/\/\w{3}_\w+/, '/:id');
  expect(scriptedPlaces.filter((place) => !pages.some(([path]) => placeOf(path) === place))).toEqual([]);
  return pages;
}

describe('every page of the staff’s console', () => {
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
    expect([...(await violations(page)), ...(await missedByKeyboard(page, '[role=dialog]'))]).toEqual([keptInside]);
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
    await page.getByRole('slider', { name: 'Line of the scenario' }).press('End');
    const has = async (side: string) => (await page.getByRole('region', { name: side }).innerText()).match(/The platform has\s+(\S+)/)?.[1];
    expect([await has('Lost where it was paid at once'), await has('Lost where it was held')]).toEqual(['-$66.87', '-$16.87']);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize({ width: 390, height: 900 });
    expect([...(await violations(page)), ...complaints]).toEqual([]);
  });

  it('is for everybody to use: by axe, in light and dark, wide and narrow, and by the keyboard alone', async () => {
    const pages = await everyPage();
    const page = await open('/admin');
    const found: string[] = [];
    for (const [colorScheme, width, only] of [
      ['light', 1280, 'all'],
      ['dark', 390, 'looks'],
    ] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 900 });
      for (const [path, says] of pages) {
        const place = path === '/admin' ? 'html' : 'main'; // what stands around every page is looked at once
        await page.evaluate(`history.pushState(null, '', '${path}')`); // as a link of the console's does, without loading all of it again
        await page.locator(place).getByText(says).first().waitFor();
        for (const violation of await violations(page, place, only)) found.push(`${colorScheme} ${path} ${violation}`);
        if (only === 'all') found.push(...(await missedByKeyboard(page, place)));
      }
    }
    expect(found).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('keeps the keyboard in a dialog, and gives it back to the button that opened it', async () => {
    const page = await open('/admin');
    await page.getByRole('button', { name: 'Clear the halt' }).press('Enter');
    await page.getByRole('dialog').getByLabel('Why').waitFor();
    expect([...(await violations(page)), ...(await missedByKeyboard(page, '[role=dialog]'))]).toEqual([keptInside]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await page.evaluate('document.activeElement.innerText')).toBe('Clear the halt');
  });

  it('is told of by what looks at it, where the keyboard does not reach, or does not show, or is not let go', async () => {
    const page = await chromium.newPage();
    const told = async (main: string) => {
      await page.setContent(`<style>.quiet:focus { outline: none }</style><a href="#">before</a><main>${main}</main>`);
      return (await missedByKeyboard(page, 'main')).map((line) => line.replace(/^\S+ /, ''));
    };
    expect(await told('<a href="#x" tabindex="-1">out</a><button>in</button>')).toEqual([expect.stringMatching(/^not reached: <a/)]);
    expect(await told('<button>in</button><button role="tab">one</button><div role="button">no</div>')).toEqual([
      expect.stringMatching(/^not reached: <div/),
    ]);
    expect(await told('<button class="quiet">in</button>')).toEqual([expect.stringMatching(/^reached unseen/)]);
    expect(await told('<button>in</button><button onkeydown="event.preventDefault()">trap</button>')).toEqual(['never lets go of the focus']);
    expect(
      await told('<input type="radio" name="a" checked><input type="radio" name="a"><select></select><details><summary>x</summary></details>'),
    ).toEqual([]);
    await page.close();
  });

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
    await page.goto(invitation);
    expect(await violations(page)).toEqual([]);
    await page.getByLabel('Your name').fill('Grace');
    await page.getByLabel('Password').fill('a quiet moon rises');
    await page.getByRole('button', { name: 'Join' }).click();
    await page.getByRole('link', { name: /^Settlements/ }).click();
    await page.getByRole('link', { name: /^\$50\.00$/ }).click();
    await page.getByText('Your role viewer may not do this').first().waitFor();
    expect(await page.getByRole('button', { name: 'Retry' }).getAttribute('aria-disabled')).toBe('true');
    await page.getByText('a…a@e…e.com').waitFor();
    expect(complaints).toEqual([]);
  });
});
