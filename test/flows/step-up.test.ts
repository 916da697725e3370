import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { sha256 } from '../../src/base/ids.js';
import { type Api, openCheckout, readySeller, signInAgain, syncDocument } from '../support/api.js';
import type { Browser } from '../support/browser.js';
import { told } from '../support/refused.js';
import { openWorld, type TestWorld } from '../support/world.js';

let world: TestWorld;
let database: pg.Client;
let seller: Api;
let dashboard: Browser;
let payment: string;

beforeAll(async () => {
  world = await openWorld();
  database = new pg.Client({ connectionString: world.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database.end();
  await world.close();
});
beforeEach(async () => {
  seller = await readySeller(world, 'Luna');
  const { viewer } = await seller.run<{ viewer: { email: string } }>('{ viewer { email } }');
  dashboard = await (await world.browse().open('/sign-in')).submit({ email: viewer.email, password: 'a quiet moon rises' });
  payment = await paid();
});

async function paid(): Promise<string> {
  const session = await openCheckout(world, seller.accountId);
  await world.control(`checkout/sessions/${session}/pay`);
  const { syncCheckoutSession } = await seller.run<{ syncCheckoutSession: { payment: { id: string } } }>(syncDocument, {
    id: seller.accountId,
    session,
  });
  return syncCheckoutSession.payment.id;
}

/** Lets minutes pass for everybody who is signed in. */
const pass = (minutes: number) =>
  database.query(
    `update sign_in_session set created_at = created_at - $1 * interval '1 minute', stepped_up_at = stepped_up_at - $1 * interval '1 minute'`,
    [minutes],
  );
const refund = 'mutation ($id: ID!) { refundPayment(input: { paymentId: $id }) { userErrors { code path } } }';
const stepUp = 'mutation ($password: String!) { stepUp(input: { password: $password }) { steppedUpUntil userErrors { code path } } }';
const status = async () =>
  (await seller.run<{ payment: { status: string } }>('query ($id: ID!) { payment(id: $id) { status } }', { id: payment })).payment.status;
/** Why the seller may not refund; null where it was done. */
async function reason(by: Api = seller): Promise<string | null> {
  const answer = await fetch(`${world.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie: by.cookie as string },
    body: JSON.stringify({ query: refund, variables: { id: payment } }),
  });
  const { errors } = (await answer.json()) as { errors?: { extensions: { code: string; reason: string } }[] };
  return errors?.[0] ? `${errors[0].extensions.code} ${errors[0].extensions.reason}` : null;
}

describe('what moves money', () => {
  it('is done without more for five minutes after signing in, and then takes the password again', async () => {
    await pass(4);
    expect(await reason()).toBeNull();
    await pass(1);
    payment = await paid();
    expect(await reason()).toBe('FORBIDDEN STEP_UP_REQUIRED');
    expect(await status()).toBe('PAID');
    expect(await told(seller, stepUp, { password: 'the wrong one of them' })).toBe('INVALID password');
    expect(await reason()).toBe('FORBIDDEN STEP_UP_REQUIRED');
    const copied = Object.assign(Object.create(Object.getPrototypeOf(seller)), seller) as Api;
    expect(await told(seller, stepUp, { password: 'a quiet moon rises' })).toBe('done');
    expect(await reason(copied)).toBe('FORBIDDEN STEP_UP_REQUIRED'); // who had copied the session before has none of it
    expect(await reason()).toBeNull();
    expect(await status()).toBe('REFUNDED');
    const { rows } = await database.query("select expires_at - now() < interval '11 seconds' as over from sign_in_session where token_sha256 = $1", [
      sha256((copied.cookie as string).split('=')[1] as string),
    ]);
    expect(rows).toEqual([{ over: true }]);
  });

  it('takes it in each browser by itself: what was shown in one is worth nothing in another', async () => {
    const other = await signInAgain(seller);
    await pass(6);
    expect(await told(seller, stepUp, { password: 'a quiet moon rises' })).toBe('done');
    expect(await reason(other)).toBe('FORBIDDEN STEP_UP_REQUIRED');
    expect(await reason()).toBeNull();
  });

  it('gives who found a browser open no more than ten guesses', async () => {
    await pass(6);
    const guesses = await Promise.all(Array.from({ length: 12 }, (_, n) => told(seller, stepUp, { password: `guess number ${n}` })));
    expect(guesses.filter((guess) => guess === 'RATE_LIMITED')).toHaveLength(2);
    expect(await told(seller, stepUp, { password: 'a quiet moon rises' })).toBe('RATE_LIMITED');
  });
});

describe('a form without scripts', () => {
  it('asks for the password on a page of its own, and then does what was asked for with all that was typed', async () => {
    await pass(6);
    await (await dashboard.open('/connect')).submit({ sure: 'DISCONNECT' }, '/connect/disconnect');
    expect([dashboard.status, dashboard.text()]).toEqual([403, expect.stringContaining('Is it still you?')]);
    await dashboard.submit({ againProof: 'the wrong one of them' });
    expect([dashboard.status, dashboard.text()]).toEqual([422, expect.stringContaining('This is not your password.')]);
    await dashboard.submit({ againProof: 'a quiet moon rises' });
    expect([dashboard.status, dashboard.text()]).toEqual([200, expect.stringContaining('Disconnected. Your payment history is kept below.')]);
  });

  it('does the same for staff', async () => {
    const staff = await (await world.browse().open('/sign-in')).submit({ email: 'admin@demo.test', password: 'holdfast-demo' });
    await staff.open('/admin');
    await pass(6);
    const clear = () => staff.fetch('/admin/clear-halt', { headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' } });
    const { status: answered, body } = await clear();
    expect([answered, body['text']]).toEqual([403, expect.stringContaining('Is it still you?')]);
  });
});
