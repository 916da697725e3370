import { afterAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { dayMs, hourMs } from '../../src/base/clock.js';
import { carryOnBulkRetries } from '../../src/settlements/bulk/retrying-all.js';
import { violations } from '../support/axe.js';
import { buyOffering, offer, workThrough } from '../support/marketplace.js';
import { openStaffBrowser } from '../support/staff-browser.js';

const { world, seller, complaints, open, fail, wait, unpaid, close } = await openStaffBrowser();
afterAll(close);

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
    const { id: eventId, stripeEventId } = await world.app
      .openWork()
      .read.selectFrom('inboxEvent')
      .select(['id', 'stripeEventId'])
      .where('type', '=', 'charge.succeeded')
      .executeTakeFirstOrThrow();
    for (const [id, leads] of [
      [stripeTransferId as string, /settlements\/stl_/],
      [accountId, /sellers\/acc_/],
      [stripeEventId, /events\/evn_/],
      [eventId, /events\/evn_/],
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
    await page.reload(); // the other was watched; this one is looked at again
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
});
