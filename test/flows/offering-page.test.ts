import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { dayMs, later } from '../../src/base/clock.js';
import { type Api, readySeller } from '../support/api.js';
import type { Browser } from '../support/browser.js';
import { type Offered, offer, turnTo } from '../support/marketplace.js';
import { openWorld, type TestWorld } from '../support/world.js';

let world: TestWorld;
let seller: Api;
let offering: Offered;
let buyer: Browser;
beforeEach(() => {
  buyer = world.browse();
});
beforeAll(async () => {
  world = await openWorld({}, { works: false });
  seller = await readySeller(world);
  offering = await offer(seller, { title: 'A night at the opera', unitPrice: 2_500, inDays: 10, refundableForDays: 3 });
});
afterAll(() => world.close());

describe('the public page of an offering', () => {
  it('tells the whole price before anything is paid, fee included, for any quantity', async () => {
    await buyer.open(`/o/${offering.id}`);
    expect(buyer.text()).toContain('A night at the opera');
    expect(buyer.text()).toMatch(/\$28\.00 in all, with a service fee of \$3\.00/);
    await buyer.submit({ do: 'total', quantity: '2', email: 'ada@example.com' });
    expect(buyer.address).toBe(`${world.url}/o/${offering.id}`);
    expect(buyer.html).toContain('value="ada@example.com"');
    expect(buyer.text()).toMatch(/\$56\.00 in all, with a service fee of \$6\.00/);
    expect(Buffer.byteLength(buyer.html)).toBeLessThan(15_000);
    expect(buyer.html).not.toMatch(/<script|<img|<[^>]* (on\w+|style)=/);
  });

  it.each(['0', '-1', '1.5', '10001', 'many', ''])('refuses a quantity of %j, says what is allowed, and keeps what was typed', async (quantity) => {
    await buyer.open(`/o/${offering.id}`);
    await buyer.submit({ email: 'ada@example.com', quantity });
    expect(buyer.status).toBe(422);
    expect(buyer.text()).toContain('Ask for 1 to 10000.');
    expect(buyer.html).toContain('value="ada@example.com"');
  });

  it('sends the buyer to Stripe, and back to a page that says it is paid', async () => {
    await buyer.open(`/o/${offering.id}`);
    await buyer.submit({ email: 'ada@example.com', quantity: '2' });
    expect(buyer.text()).toContain('56.00 USD');
    await buyer.submit({ email: 'ada@example.com', do: 'pay', card: 'ok' });
    expect(buyer.text()).toContain('Paid: $56.00');
    expect(buyer.html).toContain(`href="/o/${offering.id}"`);
    const { account } = await seller.run<{ account: object }>(
      'query ($id: ID!) { account(id: $id) { offerings { nodes { title sold settlements { status amount { decimal } } } } balance { held { decimal } } } }',
      { id: seller.accountId },
    );
    expect(account).toEqual({
      offerings: { nodes: [{ title: 'A night at the opera', sold: 2, settlements: [{ status: 'PENDING', amount: { decimal: '50.00' } }] }] },
      balance: { held: { decimal: '50.00' } },
    });
  });

  it('is the same 404 for what never was and for an id of another kind', async () => {
    for (const path of ['/o/off_00000000000000000000000000', `/o/${seller.accountId}`, '/o/nothing', '/o/nothing/return']) {
      await buyer.open(path);
      expect([buyer.status, buyer.text()]).toEqual([404, expect.stringContaining('There is no such page.')]);
    }
  });

  it('sells nothing any more once it is delivered', async () => {
    await turnTo(world, later(new Date(offering.deliversAt), dayMs));
    await buyer.open(`/o/${offering.id}`);
    expect(buyer.text()).toContain('This is no longer sold.');
    expect(buyer.html).not.toContain('<form');
  });
});
