import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openCheckout, readySeller, signInAsAdmin, stranger, syncDocument } from '../support/api.js';
import { openWorld, type TestWorld } from '../support/world.js';

let world: TestWorld;
let sellerCookie: string;

beforeAll(async () => {
  world = await openWorld();
  const seller = await readySeller(world, 'Venue Luna');
  sellerCookie = seller.cookie as string;
  const session = await openCheckout(world, seller.accountId);
  await world.control(`checkout/sessions/${session}/pay`, { card: 'ok' });
  await stranger(world).run(syncDocument, { id: seller.accountId, session });
});
afterAll(() => world.close());

async function signIn() {
  const browser = await world.browse().open('/sign-in');
  return browser.submit({ email: 'admin@demo.test', password: 'holdfast-demo' });
}

describe('the overview for staff', () => {
  it('is where an administrator lands: the newest accounts and payments, and the events that wait', async () => {
    const admin = await signIn();
    expect(new URL(admin.address).pathname).toBe('/admin');
    expect(admin.text()).toMatch(/Events waiting \d+ Events set aside 0/);
    expect(admin.text()).toMatch(/Venue Luna acc_\w{26} acct_\w+ ready/);
    expect(admin.text()).toMatch(/pay_\w{26} ada@example\.com One-time \$25\.00 paid/);
  });

  it('shows a viewer no more of a buyer than the buyer would recognise', async () => {
    const { inviteStaff } = await (await signInAsAdmin(world)).run<{ inviteStaff: { url: string } }>(
      'mutation { inviteStaff(input: { email: "vera@example.com", role: VIEWER }) { url } }',
    );
    const viewer = await world.browse().open(new URL(inviteStaff.url).pathname);
    expect(viewer.text()).toContain('This invitation is for vera@example.com, to look at everything.');
    await viewer.submit({ name: 'Vera', password: 'a quiet moon rises' });
    expect(new URL(viewer.address).pathname).toBe('/admin');
    expect(viewer.text()).toContain('a…a@e…e.com');
    expect(viewer.html).not.toContain('ada@example.com');
  });

  it('is where somebody comes back to who had to sign in first, and never another’s address', async () => {
    const signedIn = async (path: string) => {
      const browser = await world.browse().open(path);
      expect(new URL(browser.address).pathname).toBe('/sign-in');
      await browser.submit({ email: 'admin@demo.test', password: 'wrong on purpose' });
      await browser.submit({ email: 'admin@demo.test', password: 'holdfast-demo' });
      return browser.address;
    };
    expect(await signedIn('/admin/payments')).toBe(`${world.url}/admin/payments`);
    for (const to of ['https://evil.example/admin', '//evil.example', '/admin/../connect', '/connect', '/admin?x=1', '/adminevil', ''])
      expect([to, await signedIn(`/sign-in?to=${encodeURIComponent(to)}`)]).toEqual([to, `${world.url}/admin`]);
  });

  it('is not for sellers, nor for strangers', async () => {
    const asSeller = await fetch(`${world.url}/admin`, { headers: { cookie: sellerCookie, accept: 'text/html' } });
    expect([asSeller.status, await asSeller.text()]).toEqual([403, expect.not.stringContaining('ada@example.com')]);
    expect(new URL((await world.browse().open('/admin')).address).pathname).toBe('/sign-in');
  });
});
