import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answerer, startAnswerer } from '../../../test/support/gateway.js';
import type { Reachable } from './addresses.js';
import { post } from './sending.js';
import { newSigningSecret, signedHeaders } from './signing.js';

let receiver: Answerer;
beforeAll(async () => {
  receiver = await startAnswerer();
});
afterAll(() => receiver.close());

const here: Reachable = { allowsLoopback: true, resolve: async () => ['127.0.0.1'] };
const send = (reachable = here, url = receiver.url) => post(url, { 'webhook-id': 'msg_1' }, '{"type":"test"}', reachable);

describe('one request to a partner', () => {
  it('is taken where the answer is 2xx, and carries body and headers', async () => {
    receiver.answer((response) => void response.writeHead(204).end());
    expect(await send()).toMatchObject({ status: 204, error: null, text: '', retryAfterMs: null });
    expect(receiver.requests).toMatchObject([
      { method: 'POST', body: '{"type":"test"}', headers: { 'content-type': 'application/json', 'webhook-id': 'msg_1' } },
    ]);
  });

  it('goes to the address that was found open, whatever the name would lead to afterwards', async () => {
    receiver.answer((response) => void response.end('ok'));
    const { port } = new URL(receiver.url);
    let asked = 0;
    const rebinding: Reachable = { allowsLoopback: true, resolve: async () => (++asked === 1 ? ['127.0.0.1'] : ['10.0.0.1']) };
    expect(await send(rebinding, `http://shop.example.com:${port}/`)).toMatchObject({ status: 200, error: null });
    expect(receiver.requests).toMatchObject([{ headers: { host: `shop.example.com:${port}` } }]);
    expect(await send(rebinding, `http://shop.example.com:${port}/`)).toMatchObject({
      status: null,
      error: expect.stringContaining('private network'),
    });
    expect(receiver.requests).toHaveLength(1);
  });

  it('is not made where the name leads into a private network by now', async () => {
    const outside: Reachable = { allowsLoopback: false, resolve: async () => ['127.0.0.1'] };
    expect(await send(outside)).toMatchObject({ status: null, error: 'The address leads nowhere, or into a private network.' });
  });

  it('follows no redirect', async () => {
    receiver.answer((response) => void response.writeHead(302, { location: 'http://169.254.169.254/' }).end());
    expect(await send()).toMatchObject({ status: 302, error: 'It answered 302; redirects are not followed.' });
    expect(receiver.requests).toHaveLength(1);
  });

  it('reads no more of an endless answer than fits, and keeps its beginning without secrets', async () => {
    receiver.answer((response) => {
      response.write('whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0 and ');
      const more = () => {
        while (response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      response.on('error', () => undefined);
      more();
    });
    const { status, error, text } = await send();
    expect([status, error, text?.slice(0, 15), text?.length]).toEqual([200, null, '[secret] and xx', 1_000]);
  });

  it.each([
    ['is cut off', 'socket hang up', (receiving: Parameters<Parameters<Answerer['answer']>[0]>[0]) => void receiving.destroy()],
    [
      'is cut off within its answer',
      'aborted',
      (receiving: Parameters<Parameters<Answerer['answer']>[0]>[0]) => {
        receiving.writeHead(200, { 'content-length': '100' });
        receiving.write('half', () => receiving.destroy());
      },
    ],
  ])('that %s says so', async (_, error, how) => {
    receiver.answer(how);
    expect(await send()).toMatchObject({ status: null, error });
  });

  it('tells how long the receiver wants to be left alone, a day at most', async () => {
    receiver.answer((response) => void response.writeHead(429, { 'retry-after': '120' }).end());
    expect(await send()).toMatchObject({ status: 429, error: 'It answered 429.', retryAfterMs: 120_000 });
    receiver.answer((response) => void response.writeHead(503, { 'retry-after': '99999999' }).end());
    expect(await send()).toMatchObject({ retryAfterMs: 86_400_000 });
  });
});

describe('the signature', () => {
  it('is the one of the specification’s own example', () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const headers = signedHeaders([secret], { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: '{"test": 2432232314}' }, new Date(1_614_265_330_000));
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('is made with each secret while one is replaced; no two secrets are the same', () => {
    const secrets = [newSigningSecret(), newSigningSecret()];
    const { 'webhook-signature': signature } = signedHeaders(secrets, { id: 'm', body: '{}' }, new Date(0));
    expect(signature?.split(' ')).toHaveLength(2);
    expect(new Set(secrets).size).toBe(2);
    expect(secrets[0]).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  });
});
