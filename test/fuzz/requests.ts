import type { Chance } from '../proving/chance.js';
import { signatureOf } from '../support/ground.js';
import { mangled, strangeText, strangeValue } from './values.js';

/** One request as it goes over the wire. */
export interface Drawn {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer;
}

export interface Surroundings {
  ids: readonly string[];
  cookies: readonly string[];
  webhookSecret: string;
  now: Date;
}

const paths = [
  '/',
  '/sign-in/code',
  '/sign-out',
  '/forgot',
  '/reset/ID',
  '/confirm/ID',
  '/security',
  '/security/codes',
  '/security/sign-out',
  '/invitation/ID',
  '/c/ID',
  '/c/ID/return?session_id=ID',
  '/o/ID',
  '/o/ID/return?session_id=ID',
  '/connect',
  '/connect/refund',
  '/connect/one-time-price',
  '/connect/membership-price',
  '/connect/offering',
  '/connect/payments.csv',
  '/connect/return',
  '/admin',
  '/admin/settlements/ID',
  '/admin/settlements/ID/retry',
  '/admin/clear-halt',
  '/admin/payments.csv',
  '/graphql',
  '/graphql/assets/ID',
  '/console/ID',
  '/healthz',
  '/readyz',
  '/metrics',
  '/api/auth/sign-in/code',
  '/api/auth/accept-invitation',
  '/api/auth/forgot-password',
  '/api/auth/reset-password',
];
/** What hashes a password, which is meant to take long: asked as much less often. */
const slowPaths = ['/sign-in', '/sign-up', '/security/password', '/api/auth/sign-in/email', '/api/auth/sign-up/email'];
const fields = [
  'email',
  'password',
  'name',
  'code',
  'token',
  'amount',
  'currency',
  'payment',
  'session',
  'reason',
  'title',
  'deliversAt',
  'kind',
  'query',
];
const types = [
  'account.updated',
  'charge.refunded',
  'checkout.session.completed',
  'customer.subscription.updated',
  'charge.dispute.created',
  'payout.failed',
  'transfer.reversed',
  'unheard.of',
];
const contentTypes = [
  'application/json',
  'application/x-www-form-urlencoded',
  'text/plain',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-7',
  ';;;',
];

/** A request to any address, by any method, with any body; every third is a webhook. */
export function drawRequest(chance: Chance, around: Surroundings): Drawn {
  return chance.happens(1 / 3) ? drawWebhook(chance, around) : drawVisit(chance, around);
}

function drawVisit(chance: Chance, { ids, cookies }: Surroundings): Drawn {
  const id = () => encodeURIComponent(wellFormed(chance.happens(0.5) ? chance.of(ids) : strangeText(chance)).slice(0, 300));
  const plain = chance.of(chance.happens(0.02) ? slowPaths : paths).replaceAll('ID', id);
  const path = chance.happens(0.15) ? `/${mangled(chance, plain).replace(/[^\x21-\x7e]/g, '')}` : plain;
  const isForm = chance.happens(0.5);
  const given = Array.from({ length: chance.below(5) }, () => [chance.of(fields), strangeText(chance)] as const);
  const text = isForm
    ? new URLSearchParams(given.map(([name, value]) => [name, value])).toString()
    : JSON.stringify(chance.happens(0.7) ? Object.fromEntries(given) : strangeValue(chance));
  const headers: Record<string, string> = {
    accept: chance.of(['text/html', 'application/json', '*/*', '']),
    'content-type': chance.happens(0.8) ? (isForm ? 'application/x-www-form-urlencoded' : 'application/json') : chance.of(contentTypes),
  };
  if (chance.happens(0.7)) headers['cookie'] = chance.happens(0.8) ? chance.of(cookies) : headerText(chance);
  if (chance.happens(0.1)) headers['authorization'] = `Bearer ${headerText(chance)}`;
  if (chance.happens(0.1)) headers['origin'] = headerText(chance);
  if (chance.happens(0.1))
    headers[chance.of(['accept-language', 'idempotency-key', 'x-forwarded-for', 'x-request-id', 'range', 'if-none-match'])] = headerText(chance);
  const method = chance.weighted([
    [5, 'POST'],
    [4, 'GET'],
    [1, chance.of(['HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND'])],
  ]) as string;
  const body = Buffer.from(chance.happens(0.1) ? mangled(chance, text) : text);
  return { method, path, headers, body: method === 'GET' || method === 'HEAD' ? Buffer.alloc(0) : body };
}

/** An event that is signed and wrong, or not signed as it should be. */
function drawWebhook(chance: Chance, { ids, webhookSecret, now }: Surroundings): Drawn {
  const event = {
    id: `evt_${chance.below(1_000_000_000)}`,
    object: 'event',
    type: chance.of(types),
    created: Math.floor(now.getTime() / 1_000),
    livemode: false,
    ...(chance.happens(0.5) ? { account: chance.of(['acct_none', ...ids]) } : {}),
    data: {
      object: { id: chance.of(ids), object: chance.of(['charge', 'account', 'subscription', 'dispute']), ...(strangeValue(chance, 2) as object) },
    },
  };
  const spoilt = chance.happens(0.4) ? { ...event, [chance.of(Object.keys(event))]: strangeValue(chance) } : event;
  const text = chance.happens(0.2) ? mangled(chance, JSON.stringify(spoilt)) : JSON.stringify(chance.happens(0.1) ? strangeValue(chance) : spoilt);
  const body = chance.happens(0.05) ? chance.bytes(200) : Buffer.from(text);
  const signature = signatureOf(body.toString('utf8'), webhookSecret, now);
  const sent = chance.happens(0.75) ? signature : chance.of([mangled(chance, signature), 't=,v1=', headerText(chance), '']);
  return {
    method: 'POST',
    path: '/api/webhooks/stripe',
    headers: {
      'content-type': chance.happens(0.95) ? 'application/json' : chance.of(contentTypes),
      'stripe-signature': sent.replace(/[^\x20-\x7e]/g, ''),
    },
    body,
  };
}

/** A text as a header may hold it. */
function headerText(chance: Chance): string {
  return strangeText(chance)
    .replace(/[^\x20-\x7e]/g, '')
    .slice(0, 1_000);
}

function wellFormed(text: string): string {
  return text.replace(/[\ud800-\udfff]/g, '');
}
