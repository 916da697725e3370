import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newPublicId } from '../../src/base/ids.js';
import { type Api, readySeller, signUp } from '../support/api.js';
import { openWorld, type TestWorld } from '../support/world.js';

let world: TestWorld;
let seller: Api;
let path: string;

beforeAll(async () => {
  world = await openWorld();
  seller = await readySeller(world, '<b onclick="x">Luna & Söhne</b>');
  path = `/c/${seller.accountId}`;
});
afterAll(() => world.close());

async function bytesOf(address: string, accept = 'text/html'): Promise<string> {
  const answer = await fetch(`${world.url}${address}`, { headers: { accept } });
  return `${answer.status} ${answer.headers.get('content-type')} ${await answer.text()}`;
}

async function openSessions(): Promise<number> {
  return Number(
    (
      await world.app
        .openWork()
        .read.selectFrom('purchaseSession')
        .select((row) => row.fn.countAll().as('count'))
        .executeTakeFirstOrThrow()
    ).count,
  );
}

describe('a public page', () => {
  it.each(['/', '/sign-up', '/sign-in', 'pay'])('is small and needs nothing but itself: %s', async (page) => {
    const answer = await fetch(`${world.url}${page === 'pay' ? path : page}`);
    const html = await answer.text();
    expect(Buffer.byteLength(html)).toBeLessThan(15_000);
    expect(html).not.toMatch(/<script|<link[^>]+href="(?!data:)|<img|<[^>]* (on\w+|style)=/);
    expect(html).toContain('TEST MODE');
    expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/]{43}='; /);
    expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect([answer.headers.get('cache-control'), answer.headers.get('x-content-type-options')]).toEqual(['no-store', 'nosniff']);
  });

  it('lets its form lead to Stripe and nowhere else', async () => {
    const policy = (await fetch(`${world.url}${path}`)).headers.get('content-security-policy') as string;
    const forms = /form-action ([^;]*)/.exec(policy)?.[1]?.split(' ') ?? [];
    expect(forms).toEqual(expect.arrayContaining(["'self'", 'https://checkout.stripe.com', world.stripeUrl]));
    expect(forms).not.toContain('*');
  });

  it('shows a name as it was written, never as markup', async () => {
    expect(await bytesOf(path)).toContain('&lt;b onclick=&quot;x&quot;&gt;Luna &amp; Söhne&lt;/b&gt;');
  });

  it('is the same bytes for an account that never was, an address that is none, and an id of another kind', async () => {
    const never = await bytesOf(`/c/${newPublicId('account')}`);
    expect(never).toMatch(/^404 /);
    for (const address of [
      '/c/x',
      '/c/acc_',
      `/c/${seller.accountId.toUpperCase()}`,
      `${path.slice(0, -1)}!`,
      '/c/%00',
      `/c/${newPublicId('payment')}`,
    ])
      expect([address, await bytesOf(address)]).toEqual([address, never]);
    for (const leg of ['return?session_id=cs_test_1', 'return'])
      expect([leg, await bytesOf(`/c/${newPublicId('account')}/${leg}`)]).toEqual([leg, never]);
  });

  it('says that a seller is not ready, without a form to fill in for nothing', async () => {
    const other = await signUp(world, 'Not Yet');
    const visitor = await world.browse().open(`/c/${other.accountId}`);
    expect([visitor.status, visitor.text()]).toEqual([200, expect.stringContaining('Not Yet cannot take payments yet')]);
    expect(visitor.html).not.toContain('<form');
  });

  it('says that nothing was charged to who comes back without paying', async () => {
    expect((await world.browse().open(`${path}?canceled=1`)).text()).toContain('You left before paying. Nothing was charged.');
  });

  it('keeps a mistyped address and says what is wrong with it', async () => {
    const buyer = await world.browse().open(path);
    await buyer.submit({ email: 'ada@example', kind: 'one-time' });
    expect([buyer.status, buyer.text()]).toEqual([422, expect.stringContaining('has no valid domain after the @')]);
    expect(buyer.html).toMatch(/<input[^>]*aria-invalid="true"[^>]*value="ada@example"/);
  });
});

describe('a buyer, while Stripe', () => {
  const createsSession = { path: '/v1/checkout/sessions' };
  const twice = { ...createsSession, times: 2 }; // the request, and the same sent again by the SDK

  it.each([
    ['is down', { kind: 'server_error', ...twice }, 503],
    ['cuts the connection', { kind: 'drop_before', ...twice }, 503],
    ['asks for patience', { kind: 'rate_limit', ...createsSession }, 503],
    ['refuses', { kind: 'refuse', ...createsSession }, 422],
  ])('%s, is told that nothing was charged, keeps what was typed, and can try again', async (_, fault, status) => {
    await world.control('faults', fault);
    const buyer = await world.browse().open(path);
    await buyer.submit({ email: 'ada@example.com', kind: 'one-time' });
    expect([buyer.status, buyer.text()]).toEqual([status, expect.stringContaining('nothing was charged')]);
    expect(buyer.html).toContain('value="ada@example.com"');
    expect(buyer.html).not.toMatch(/sk_test|req_|idempotency/i);

    await buyer.submit({ email: 'ada@example.com', kind: 'one-time' });
    expect(buyer.address).toContain('/c/pay/cs_test_');
  });

  it.each([
    ['is slow', { kind: 'delay', ...createsSession, delayMs: 300 }],
    ['loses its answer', { kind: 'drop_after', ...createsSession }],
    ['stumbles once', { kind: 'server_error', ...createsSession }],
  ])('%s, gets to one checkout all the same', async (_, fault) => {
    const before = await openSessions();
    await world.control('faults', fault);
    const buyer = await world.browse().open(path);
    await buyer.submit({ email: 'ada@example.com', kind: 'membership' });
    expect([buyer.status, buyer.address]).toEqual([200, expect.stringContaining('/c/pay/cs_test_')]);
    expect((await openSessions()) - before).toBe(1);
  });

  it('does not show a paid checkout yet, is told that nothing is lost, and is shown it on looking again', async () => {
    const buyer = await world.browse().open(path);
    await buyer.submit({ email: 'ada@example.com', kind: 'one-time' });
    const sessionId = /cs_\w+/.exec(buyer.address)?.[0] as string;
    await world.control('webhooks', { mode: 'off' });
    await world.control(`checkout/sessions/${sessionId}/pay`, { card: 'ok', email: 'ada@example.com' });
    await world.control('faults', { kind: 'server_error', method: 'GET', path: `/v1/checkout/sessions/${sessionId}`, times: 2 });
    await buyer.open(`${world.url}${path}/return?session_id=${sessionId}`);
    expect(buyer.text()).toContain('If you have paid, nothing is lost.');
    expect(buyer.html).toContain('http-equiv="refresh"');

    await buyer.open(buyer.address);
    expect(buyer.text()).toContain('Paid: $25.00');
    expect(buyer.html).not.toContain('ada@example.com');
  });
});
