import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { Browser } from '../../../test/support/browser.js';
import { openChromium } from '../../../test/support/chromium.js';
import { marketplaceOf, openSimulated, sdkOf } from '../../../test/support/simulated.js';
import type { Simulator } from '../server.js';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await openSimulated();
});
afterAll(() => simulator.close());

const overviewOf = (world: string) => new Browser(simulator.url).open(`/w/${world}/__sim`);

/** Presses the button of a name, as somebody does who hears or reads the page, with what is typed beside it. */
function press(browser: Browser, name: string, typed: Record<string, string> = {}): Promise<Browser> {
  const buttons = [...browser.html.matchAll(/<button([^>]*)>([^<]*)<\/button>/g)].map(([, attributes = '', text]) => ({
    name: /aria-label="([^"]*)"/.exec(attributes)?.[1] ?? text,
    value: /value="([^"]*)"/.exec(attributes)?.[1] ?? '',
  }));
  const button = buttons.find((one) => one.name === name);
  if (!button) throw new Error(`no button ${name} among ${buttons.map((one) => one.name).join(', ')}`);
  return browser.submit({ control: button.value, ...typed });
}

const chargeOf = ({ latest_charge }: Stripe.PaymentIntent) => (latest_charge as Stripe.Charge).id;

describe('the page of a world', () => {
  it('turns its clock, so that money becomes available', async () => {
    const { charge, pending, available } = await marketplaceOf(simulator, 'turned');
    await charge(5_400);
    const page = await overviewOf('turned');
    expect(page.text()).toContain('52.13 USD pending');
    await press(page, 'A day on');
    expect([await pending(), await available()]).toEqual([5_213, 0]);
    await press(page, 'Turn the clock', { seconds: '86400' });
    expect([await pending(), await available()]).toEqual([0, 5_213]);
    expect(page.text()).toContain('52.13 USD available');
  });

  it('disputes a charge, and closes the dispute as won or lost', async () => {
    const { charge, available, stripe } = await marketplaceOf(simulator, 'disputed');
    const first = chargeOf(await charge(5_400, 'pm_card_bypassPending'));
    const second = chargeOf(await charge(1_000, 'pm_card_bypassPending'));
    const page = await overviewOf('disputed');
    await press(page, `Dispute: ${first}`);
    const [won] = (await stripe.disputes.list()).data;
    await press(page, `Won: ${won?.id}`);
    expect(await available()).toBe(5_213 + 941);
    await press(page, `Dispute: ${second}`);
    const [lost] = (await stripe.disputes.list()).data;
    await press(page, `Lost: ${lost?.id}`);
    expect(await available()).toBe(5_213 + 941 - 1_000 - 1_500);
    expect(page.text()).not.toContain('needs_response');
  });

  it('asks a bank’s question first, which becomes a dispute or does not', async () => {
    const { charge, stripe } = await marketplaceOf(simulator, 'inquired');
    await charge(5_400, 'pm_card_createDisputeInquiry');
    const [inquiry] = (await stripe.disputes.list()).data;
    const page = await overviewOf('inquired');
    await press(page, `Escalate: ${inquiry?.id}`);
    expect((await stripe.disputes.retrieve(String(inquiry?.id))).status).toBe('needs_response');
  });

  it('makes requests fail until it is told to stop', async () => {
    const { stripe, charge, seller } = await marketplaceOf(simulator, 'failing');
    await charge(5_400, 'pm_card_bypassPending');
    const send = () => stripe.transfers.create({ amount: 100, currency: 'usd', destination: seller });
    const page = await overviewOf('failing');
    const typed = { method: 'POST', path: '/v1/transfers', kind: 'refuse', code: 'balance_insufficient', times: '5', delayMs: '' };
    await press(page, 'Fail so', typed);
    expect(page.text()).toContain('POST /v1/transfers · refuse · 5 to come');
    await expect(send()).rejects.toThrow('Refused as asked of the simulator.');
    await press(page, 'Fail no more');
    expect((await send()).amount).toBe(100);
  });

  it('resends an event, and says of a button that asks for what cannot be why', async () => {
    const { stripe, charge } = await marketplaceOf(simulator, 'resent');
    await stripe.webhookEndpoints.create({ url: 'http://127.0.0.1:9/', enabled_events: ['charge.succeeded'] });
    const id = chargeOf(await charge(5_400));
    await simulator.delivered();
    const page = await overviewOf('resent');
    expect(page.text()).toContain('charge.succeeded · platform · not taken yet');
    const [event] = (await stripe.events.list({ type: 'charge.succeeded' })).data;
    await press(page, `Resend: ${event?.id}`);
    expect(page.text()).toContain(`Done: events/${event?.id}/resend.`);
    await stripe.refunds.create({ charge: id });
    await page.submit({ control: `charges/${id}/dispute` });
    expect(page.html).toContain('role="alert"');
    expect(page.text()).toContain(`Charge ${id} has already been refunded.`);
  });

  it('stays within 15 kB, however much there is', async () => {
    const { charge, control, stripe } = await marketplaceOf(simulator, 'full');
    for (let i = 0; i < 15; i++) {
      const id = chargeOf(await charge(5_400, 'pm_card_bypassPending'));
      await control(`charges/${id}/dispute`);
      await control('faults', { path: `/v1/transfers${i}`, kind: 'rate_limit' });
      await stripe.accounts.create({ country: 'US' });
      await charge(5_400);
    }
    const page = await overviewOf('full');
    expect(Buffer.byteLength(page.html)).toBeLessThanOrEqual(15_000);
    expect(page.html).not.toContain('<script');
  });

  it('takes no form from another site, and is not there for a world that is not', async () => {
    await marketplaceOf(simulator, 'safe');
    const turn = (origin: string) =>
      fetch(`${simulator.url}/w/safe/__sim`, {
        method: 'POST',
        body: new URLSearchParams({ control: 'clock/advance', seconds: '60' }),
        headers: { origin },
        redirect: 'manual',
      });
    expect((await turn('http://elsewhere.test')).status).toBe(403);
    expect((await turn(simulator.url)).status).toBe(303);
    expect((await fetch(`${simulator.url}/w/nowhere/__sim`)).status).toBe(404);
    expect((await fetch(`${simulator.url}/c/pay/cs_test_unknown`)).status).toBe(404);
  });
});

describe('a world of another name', () => {
  it('is onboarded, paid and looked at by keyboard, without scripts', async () => {
    const stripe = sdkOf(simulator, 'elsewhere');
    const { id: seller } = await stripe.accounts.create({
      controller: { fees: { payer: 'application' }, losses: { payments: 'application' }, stripe_dashboard: { type: 'express' } },
      capabilities: { card_payments: { requested: true }, transfers: { requested: true } },
    });
    const back = `${simulator.url}/w/elsewhere/__sim`;
    const link = await stripe.accountLinks.create({ account: seller, type: 'account_onboarding', return_url: back, refresh_url: back });
    const chromium = await openChromium();
    try {
      const page = await (await chromium.newContext({ javaScriptEnabled: false })).newPage();
      await page.goto(link.url);
      await page.getByRole('button', { name: 'Complete' }).press('Enter');
      expect((await stripe.accounts.retrieve(seller)).charges_enabled).toBe(true);

      const session = await stripe.checkout.sessions.create(
        {
          mode: 'payment',
          line_items: [{ quantity: 1, price_data: { currency: 'usd', unit_amount: 5_400, product_data: { name: 'A thing' } } }],
          success_url: back,
        },
        { stripeAccount: seller },
      );
      await page.goto(String(session.url));
      await page.getByLabel('E-mail').fill('ada@example.com');
      await page.getByLabel('is declined').check();
      await page.getByRole('button', { name: 'Pay' }).press('Enter');
      expect(await page.getByRole('alert').textContent()).toContain('Your card was declined');
      await page.getByRole('button', { name: 'Pay' }).press('Enter');
      await page.getByRole('heading', { name: 'World “elsewhere”' }).waitFor();
      expect((await stripe.checkout.sessions.retrieve(session.id, {}, { stripeAccount: seller })).payment_status).toBe('paid');

      await page.getByRole('button', { name: /^Dispute/ }).press('Enter');
      await page.getByRole('button', { name: /^Lost/ }).press('Enter');
      expect((await stripe.disputes.list({}, { stripeAccount: seller })).data.map(({ status }) => status)).toEqual(['lost']);
      await page.getByRole('link', { name: seller }).press('Enter');
      await page.getByRole('heading', { name: 'Your balance' }).waitFor();
    } finally {
      await chromium.close();
    }
  });
});
