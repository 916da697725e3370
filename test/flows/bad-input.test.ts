import { request as plainRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Api, readySeller } from '../support/api.js';
import { openWorld, type TestWorld } from '../support/world.js';

let world: TestWorld;
let seller: Api;

beforeAll(async () => {
  world = await openWorld();
  seller = await readySeller(world);
});
afterAll(() => world.close());

interface Sent {
  method?: string;
  body?: string;
  headers?: Record<string, string>;
}

const json = { 'content-type': 'application/json' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const nul = '\u0000';

/** The status and the code a request is answered with; fails on anything that shows the inside of the server. */
async function answered(path: string, { method = 'POST', body, headers = {} }: Sent): Promise<string> {
  const answer = await fetch(`${world.url}${path}`, { method, redirect: 'manual', headers, ...(body === undefined ? {} : { body }) });
  const text = await answer.text();
  expect(text).not.toMatch(/\.js:\d|node:internal|node_modules|postgresql:|from "|insert into/i);
  expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  const code = /"code":"(\w+)"/.exec(text)?.[1];
  return code ? `${answer.status} ${code}` : String(answer.status);
}

describe('input that nobody should send', () => {
  const signIn = '/api/auth/sign-in/email';
  const person = (fields: object) => JSON.stringify({ name: 'Ann', email: 'ann@example.com', password: 'a quiet moon rises', ...fields });
  const cases: [string, string, Sent, string][] = [
    ['malformed JSON', signIn, { headers: json, body: '{"email": ' }, '400 BAD_USER_INPUT'],
    ['an empty JSON body', signIn, { headers: json, body: '' }, '400 BAD_USER_INPUT'],
    ['no body at all', signIn, {}, '400 BAD_USER_INPUT'],
    ['a JSON list', signIn, { headers: json, body: '[]' }, '400 BAD_USER_INPUT'],
    ['null', signIn, { headers: json, body: 'null' }, '400 BAD_USER_INPUT'],
    ['fields of other types', signIn, { headers: json, body: '{"email":{"$ne":1},"password":7}' }, '400 BAD_USER_INPUT'],
    ['a key that reaches for prototypes', signIn, { headers: json, body: '{"__proto__":{"role":"ADMIN"}}' }, '400 BAD_USER_INPUT'],
    ['two hundred kilobytes', signIn, { headers: json, body: person({ name: 'a'.repeat(200_000) }) }, '413 BAD_USER_INPUT'],
    ['JSON nested ten thousand deep', signIn, { headers: json, body: '['.repeat(10_000) + ']'.repeat(10_000) }, '400 BAD_USER_INPUT'],
    ['plain text', signIn, { headers: { 'content-type': 'text/plain' }, body: person({}) }, '415 BAD_USER_INPUT'],
    ['XML', signIn, { headers: { 'content-type': 'application/xml' }, body: '<email/>' }, '415 BAD_USER_INPUT'],
    ['a content type that is none', signIn, { headers: { 'content-type': ';;;' }, body: 'x' }, '415 BAD_USER_INPUT'],
    ['a zero byte in an address', signIn, { headers: json, body: person({ email: `a${nul}@example.com` }) }, '400 BAD_USER_INPUT'],
    ['a zero byte in a name', '/api/auth/sign-up/email', { headers: json, body: person({ name: `A${nul}` }) }, '422 INVALID'],
    ['an empty name', '/api/auth/sign-up/email', { headers: json, body: person({ name: '  ' }) }, '422 INVALID'],
    ['a short password', '/api/auth/sign-up/email', { headers: json, body: person({ password: 'short' }) }, '422 INVALID'],
    ['a password without end', '/api/auth/sign-up/email', { headers: json, body: person({ password: 'x'.repeat(500) }) }, '422 INVALID'],
    ['an address without @', '/api/auth/sign-up/email', { headers: json, body: person({ email: 'ann' }) }, '422 EMAIL_INVALID'],
    ['another site’s post', signIn, { headers: { ...json, origin: 'https://evil.example' }, body: person({}) }, '403 FORBIDDEN'],
    ['a post from nowhere', signIn, { headers: { ...json, origin: 'null' }, body: person({}) }, '403 FORBIDDEN'],
    ['another site’s form', '/sign-in', { headers: { ...form, origin: 'https://evil.example' }, body: 'email=a' }, '403 FORBIDDEN'],
    ['an unknown address', '/api/nowhere', { method: 'GET' }, '404 NOT_FOUND'],
    ['a path out of the folder', '/graphql/assets/..%2f..%2fpackage.json', { method: 'GET' }, '404 NOT_FOUND'],
    ['a broken percent sign', '/c/%E0%A4%A', { method: 'GET' }, '400 BAD_USER_INPUT'],
    ['a wrong method', '/api/auth/sign-out', { method: 'GET' }, '404 NOT_FOUND'],
    ['a method that nothing takes', '/healthz', { method: 'DELETE' }, '404 NOT_FOUND'],
    ['GraphQL by GET', '/graphql?query={viewer{role}}', { method: 'GET' }, '405 BAD_USER_INPUT'],
    ['GraphQL as text', '/graphql', { headers: { 'content-type': 'text/plain' }, body: '{"query":"{viewer{role}}"}' }, '415 BAD_USER_INPUT'],
    ['GraphQL as a form', '/graphql', { headers: form, body: 'query={viewer{role}}' }, '400 BAD_USER_INPUT'],
    ['GraphQL that is no JSON', '/graphql', { headers: json, body: '{viewer}' }, '400 BAD_USER_INPUT'],
    ['a zero byte in GraphQL', '/graphql', { headers: json, body: '{"query":"{publicAccount(id:\\"\\\\u0000\\"){id}}"}' }, '200 BAD_USER_INPUT'],
    ['an unsigned webhook', '/api/webhooks/stripe', { headers: json, body: '{}' }, '400 SIGNATURE_MISSING'],
    ['a webhook of two megabytes', '/api/webhooks/stripe', { headers: json, body: 'x'.repeat(2_000_000) }, '413 BAD_USER_INPUT'],
    ['a webhook as a form', '/api/webhooks/stripe', { headers: form, body: 'a=b' }, '415 BAD_USER_INPUT'],
    ['a forged cookie', '/connect', { method: 'GET', headers: { cookie: 'holdfast_session=forged' } }, '303'],
    ['a cookie of zero bytes', '/connect', { method: 'GET', headers: { cookie: 'holdfast_session=%00%00' } }, '303'],
    ['a cookie without end', '/connect', { method: 'GET', headers: { cookie: `holdfast_session=${'a'.repeat(5_000)}` } }, '303'],
  ];

  it.each(cases)('is refused clearly, never with a 500 or a stack: %s', async (_, path, sent, expected) => {
    expect(await answered(path, sent)).toBe(expected);
  });

  it('is refused as a page where a page was asked for', async () => {
    const answer = await fetch(`${world.url}/nowhere`, { headers: { accept: 'text/html' } });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
    expect(await answer.text()).toContain('There is nothing at this address.');
  });

  it('is told on the page it was typed into, which keeps everything but the password', async () => {
    const visitor = await world.browse().open('/sign-up');
    await visitor.submit({ name: 'Ann & Co', email: 'ann@example.com', password: 'short' });
    expect([visitor.status, visitor.text()]).toEqual([422, expect.stringContaining('The password has 5 characters. Use 10 to 128 characters')]);
    expect(visitor.html).toMatch(/value="Ann &amp; Co".*value="ann@example.com"/s);
    await visitor.open('/sign-in');
    await visitor.submit({ email: 'ann@example.com', password: 'a wrong secret' });
    expect([visitor.status, visitor.text()]).toEqual([401, expect.stringContaining('The e-mail address or the password is wrong.')]);
    expect(visitor.html).not.toMatch(/short|a wrong secret/);
  });

  it('is cut off where the headers have no end', async () => {
    const { hostname, port } = new URL(world.url);
    const status = await new Promise((told) => {
      const asked = plainRequest({ hostname, port, path: '/healthz', headers: { 'x-long': 'a'.repeat(17_000) } }, (answer) => {
        answer.resume();
        told(answer.statusCode);
      });
      asked.end();
    });
    expect(status).toBe(431);
  });
});

describe('input that a seller’s own browser should not send', () => {
  const cases: [string, string, Sent, string][] = [
    ['a price that is no number', '/connect/one-time-price', { body: 'amount=ten&currency=USD' }, '422'],
    ['a price of 1e309', '/connect/one-time-price', { body: 'amount=1e309&currency=USD' }, '422'],
    ['a negative price', '/connect/one-time-price', { body: 'amount=-5&currency=USD' }, '422'],
    ['a price finer than a cent', '/connect/one-time-price', { body: 'amount=5.001&currency=USD' }, '422'],
    ['a currency that is none', '/connect/one-time-price', { body: 'amount=5&currency=toString' }, '422'],
    ['no currency', '/connect/one-time-price', { body: 'amount=5' }, '422'],
    ['an interval that is none', '/connect/membership-price', { body: 'amount=5&currency=USD&interval=constructor' }, '422'],
    ['a country that is none', '/connect/start', { body: 'country=XX' }, '422'],
    ['a payment of nobody', '/connect/refund', { body: 'payment=pay_0' }, '404 NOT_FOUND'],
    ['a payment with a zero byte', '/connect/refund', { body: 'payment=%00' }, '400 BAD_USER_INPUT'],
    ['the same field twice', '/connect/refund', { body: 'payment=a&payment=b' }, '404 NOT_FOUND'],
    ['disconnecting without saying so', '/connect/disconnect', { body: 'sure=yes' }, '422'],
    ['a notice named for what every object has', '/connect?did=__proto__', { method: 'GET' }, '200'],
    ['a notice twice', '/connect?did=a&did=b', { method: 'GET' }, '200'],
  ];

  it.each(cases)('is refused clearly: %s', async (_, path, sent, expected) => {
    const headers = { ...(sent.method === 'GET' ? {} : form), cookie: seller.cookie as string };
    expect(await answered(path, { ...sent, headers })).toBe(expected);
  });
});

describe('input that a buyer’s browser should not send', () => {
  const page = () => `/c/${seller.accountId}`;

  it.each([
    ['no address', 'kind=one-time', '422'],
    ['an address with a zero byte', 'kind=one-time&email=a%00%40example.com', '422'],
    ['an address twice', 'kind=one-time&email=a%40example.com&email=b%40example.com', '422'],
  ])('is refused with the form still there: %s', async (_, body, expected) => {
    expect(await answered(page(), { headers: form, body })).toBe(expected);
  });

  it.each([
    ['none', '', '404'],
    ['two', '?session_id=a&session_id=b', '404'],
    ['a zero byte', '?session_id=%00', '404'],
    ['one without end', `?session_id=${'a'.repeat(5_000)}`, '404'],
    ['one of nobody', '?session_id=cs_test_forged', '200'],
  ])('coming back with a checkout that is not the buyer’s tells nothing: %s', async (_, query, expected) => {
    expect(await answered(`${page()}/return${query}`, { method: 'GET' })).toBe(expected);
  });

  it('any language is taken', async () => {
    for (const language of ['*', 'x-klingon', `${'a'.repeat(500)}`, 'de-DE;q=1', 'en-US-u-nu-thai', '-'])
      expect(await answered(page(), { method: 'GET', headers: { 'accept-language': language } })).toBe('200');
  });
});
