import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Browser } from '../support/browser.js';
import { type ServerProcess, startServer } from '../support/server-process.js';

/** What a newcomer does after installing: the server's own process, over an empty folder, by HTTP alone. */
describe('the first minute', () => {
  let dataDir: string;
  let server: ServerProcess;
  let payPath: string;
  const startedMs = performance.now();

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'holdfast-first-'));
    chmodSync(dataDir, 0o755);
    server = await startServer(dataDir);
  });
  afterAll(async () => {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('shows staff that nobody is there yet', async () => {
    const admin = await new Browser(server.url).open('/sign-in');
    await admin.submit({ email: 'admin@demo.test', password: 'holdfast-demo' });
    expect([new URL(admin.address).pathname, admin.status]).toEqual(['/admin', 200]);
  });

  it('ends with a seller, who has just signed up, paid by a stranger', async () => {
    const seller = await new Browser(server.url).open('/sign-up');
    await seller.submit({ name: 'Venue Luna', email: 'luna@example.com', password: 'a quiet moon rises' });
    await seller.submit({ country: 'US' }, '/connect/start');
    await seller.submit({ outcome: 'complete' });
    await seller.submit({ amount: '25.00', currency: 'USD' }, 'one-time-price');
    payPath = new URL(/href="([^"]*\/c\/acc_[^"]*)"/.exec(seller.html)?.[1] as string).pathname;

    const buyer = await new Browser(server.url).open(payPath);
    await buyer.submit({ email: 'ada@example.com', kind: 'one-time' });
    await buyer.submit({ email: 'ada@example.com', card: 'ok', do: 'pay' });
    expect(buyer.text()).toContain('Paid: $25.00');
    expect(performance.now() - startedMs).toBeLessThan(60_000);
  });

  it('is still there after a restart: the seller, the price, and the payment at Stripe', async () => {
    await server.stop();
    server = await startServer(dataDir);
    expect((await new Browser(server.url).open(payPath)).text()).toContain('Pay $25.00 once');
    const { charges } = (await (await fetch(`${server.stripeUrl}/_simulator/state`)).json()) as { charges: { amount: number }[] };
    expect(charges.map(({ amount }) => amount)).toEqual([2500]);
  });
});
