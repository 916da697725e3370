import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { dayMs, hourMs, later } from '../../src/base/clock.js';
import { atomically } from '../../src/db/work.js';
import { raiseHalt } from '../../src/operations/halt.js';
import { type Api, readySeller, signInAsAdmin } from '../support/api.js';
import type { Browser } from '../support/browser.js';
import { buyOffering, disputePayment, offer, topUp, turnTo, workThrough } from '../support/marketplace.js';
import { openWorld, type TestWorld } from '../support/world.js';

let world: TestWorld;
let seller: Api;
let admin: Browser;
beforeAll(async () => {
  world = await openWorld({ PLATFORM_FEE_FIXED: '0' }, { works: false });
  seller = await readySeller(world, 'Venue Luna');
  await topUp(world, 100_000);
});
afterAll(() => world.close());
beforeEach(async () => {
  admin = await signIn();
});

const signIn = async () => (await world.browse().open('/sign-in')).submit({ email: 'admin@demo.test', password: 'holdfast-demo' });
const wait = async (ms: number) => {
  await turnTo(world, later(world.app.openWork().clock.now(), ms));
  await workThrough(world);
};
const fail = (kind: string, more: object = {}) => world.control('faults', { method: 'POST', path: '/v1/transfers', kind, times: 1, ...more });

/** Something sold and due, whose transfer goes wrong; answers its settlement's page. */
async function unpaid(title: string, goesWrong: () => Promise<unknown>): Promise<string> {
  const offering = await offer(seller, { title, unitPrice: 5_000, inDays: 1 });
  await buyOffering(world, offering.id);
  await workThrough(world);
  await goesWrong();
  await wait(10 * dayMs);
  const { id } = await world.app
    .openWork()
    .read.selectFrom('settlement')
    .select('id')
    .where('offeringId', '=', offering.id)
    .executeTakeFirstOrThrow();
  return `/admin/settlements/${id}`;
}

describe('staff on the pages', () => {
  it('see that nothing needs them, where nothing does', async () => {
    expect(admin.text()).toMatch(/What needs attention now Nothing needs you\. Last looked at /);
  });

  it('read why a settlement failed and what to do, and retry it', async () => {
    const page = await unpaid('A refused night', () => fail('refuse', { code: 'account_closed' }));
    await admin.open('/admin');
    expect(admin.text()).toMatch(/\$50\.00 to Venue Luna failed For A refused night, due since .*? ask them to connect again, then retry\./);
    expect(admin.html).toContain(`href="${page}"`);
    await admin.submit({}, `${page}/retry`);
    expect([admin.status, new URL(admin.address).pathname]).toEqual([200, page]);
    expect(admin.text()).toMatch(/\$50\.00 to Venue Luna settled .*Tried again\. .*It was paid/);
    expect(admin.text()).toMatch(/Attempts .* refused req_\w+ .* succeeded req_\w+/);
    await admin.open('/admin');
    expect(admin.text()).toContain('Nothing needs you.');
  });

  it('look up a lost answer at Stripe, and adopt the transfer it shows', async () => {
    const page = await unpaid('A lost night', async () => {
      await fail('drop_after', { times: 20 });
      await world.control('faults', { method: 'GET', path: '/v1/transfers', kind: 'drop_before', times: 1_000 });
    });
    await wait(23 * hourMs);
    await world.control('faults/clear');
    await admin.open('/admin');
    expect(admin.text()).toMatch(/\$50\.00 to Venue Luna outcome unknown/);
    await admin.submit({}, `${page}/verify`);
    expect(admin.text()).toMatch(/Stripe has made tr_\w+ of \$50\.00 to acct_/);
    await admin.submit({}, `${page}/adopt`);
    expect(admin.text()).toMatch(/settled .*The transfer is taken for the one that pays this settlement\./);
  });

  it('send again what Stripe never made, only with a reason, which stays in the form', async () => {
    const page = await unpaid('A stored error', () => fail('server_error_stored'));
    await admin.open(page);
    await admin.submit({}, `${page}/verify`);
    expect(admin.text()).toContain('Stripe has not made the transfer, and never will.');
    await admin.submit({ reason: 'no' }, `${page}/send-again`);
    expect([admin.status, admin.text()]).toEqual([422, expect.stringContaining('Use 3 to 500 characters.')]);
    expect(admin.html).toContain('value="no"');
    await admin.submit({ reason: 'Stripe shows none' }, `${page}/send-again`);
    expect(admin.text()).toContain('The settlement is paid by a new one.');
    await workThrough(world);
    expect((await admin.open(page)).text()).toContain('settled');
  });

  it('pay a settlement before it is due, and are told what that means', async () => {
    const offering = await offer(seller, { title: 'An early night', unitPrice: 5_000, inDays: 30 });
    await buyOffering(world, offering.id);
    await workThrough(world);
    await admin.open('/admin');
    const page = /href="(\/admin\/settlements\/stl_\w+)">An early night/.exec(admin.html)?.[1] as string;
    await admin.open(page);
    expect(admin.text()).toContain('Pays the seller before it is due on');
    await admin.submit({}, `${page}/settle-now`);
    expect(admin.text()).toMatch(/\$50\.00 to Venue Luna settled/);
    const twice = await admin.fetch(`${page}/settle-now`, { body: {}, headers: { accept: 'text/html' } });
    expect([twice.status, twice.body['text']]).toEqual([422, expect.stringContaining('never settled twice')]);
  });

  it('see the disputes that wait for an answer', async () => {
    const offering = await offer(seller, { title: 'A disputed night', unitPrice: 5_000, inDays: 30 });
    await disputePayment(world, await buyOffering(world, offering.id));
    await admin.open('/admin');
    expect(admin.text()).toMatch(/Open disputes .* \$54\.00 fraudulent needs response pay_\w+ d[pu]\w+/);
    const { attention, heldMoney } = await (await signInAsAdmin(world)).run<{ attention: object; heldMoney: object }>(
      '{ heldMoney { held { decimal } dueSoon { decimal } owedBySellers { decimal } } attention { halt { reason } failedSettlements { code } disputesToAnswer { count total { decimal } firstDueBy } parkedEvents waitingEvents } }',
    );
    expect(attention).toEqual({
      halt: null,
      failedSettlements: [],
      disputesToAnswer: [{ count: 1, total: { decimal: '54.00' }, firstDueBy: expect.any(String) }],
      parkedEvents: 0,
      waitingEvents: 0,
    });
    expect(heldMoney).toEqual([{ held: { decimal: '50.00' }, dueSoon: { decimal: '0.00' }, owedBySellers: { decimal: '0.00' } }]);
  });

  it('clear a halt, only with a reason', async () => {
    await atomically(world.app.openWork(), (tx) => raiseHalt(tx, 'MONEY_AUDIT', 'somebody saw something'));
    await admin.open('/admin');
    expect(admin.text()).toMatch(/Outgoing money is halted Since .*: somebody saw something/);
    await admin.submit({ reason: ' ' }, '/admin/clear-halt');
    expect([admin.status, admin.html]).toEqual([422, expect.stringMatching(/id="halt-reason-told"[^>]*>[^<]*Use 3 to 500 characters/)]);
    await admin.submit({ reason: 'looked at every row' }, '/admin/clear-halt');
    expect(admin.text()).toContain('Money may leave again.');
    expect(admin.text()).not.toContain('halted');
  });

  it('do nothing that their role does not grant, that another site sends, or that is no action', async () => {
    const page = await unpaid('A night for viewers', () => fail('refuse', { code: 'account_closed' }));
    const send = async (path: string, headers: Record<string, string> = {}) => (await admin.fetch(path, { body: {}, headers })).status;
    expect(await send(`${page}/retry`, { origin: 'https://evil.example' })).toBe(403);
    expect(await send(`${page}/constructor`)).toBe(404);
    expect(await send('/admin/settlements/stl_0/retry')).toBe(404);
    const asSeller = (path: string) =>
      fetch(`${world.url}${path}`, { method: 'POST', headers: { cookie: seller.cookie as string }, redirect: 'manual' });
    expect([(await asSeller(`${page}/retry`)).status, (await asSeller('/admin/clear-halt')).status]).toEqual([403, 403]);
    expect((await world.browse().open(page)).address).toContain('/sign-in');
    expect((await admin.open(page)).text()).toContain('failed');
  });
});
