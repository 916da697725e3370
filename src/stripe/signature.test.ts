import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { at, later, TurnableClock } from '../base/clock.js';
import { Secret } from '../base/secret.js';
import { verifyWebhook } from './signature.js';

const now = at(1_795_000_000_000);
const clock = new TurnableClock(now);
const secret = 'whsec_of_the_platform';
const secrets = [new Secret(secret)];
const seconds = now.getTime() / 1_000;
const event = {
  id: 'evt_1',
  object: 'event',
  type: 'charge.refunded',
  created: seconds - 2,
  livemode: false,
  account: 'acct_1',
  api_version: '2026-10-28.endive',
  data: { object: { id: 'ch_1', object: 'charge' } },
};
const text = JSON.stringify(event);

const digest = (body: string, of = secret, signedAt: number | string = seconds) =>
  createHmac('sha256', of).update(`${signedAt}.${body}`).digest('hex');
const headerOf = (body: string, of = secret, signedAt: number | string = seconds) => `t=${signedAt},v1=${digest(body, of, signedAt)}`;
const verify = (body: string, header: string | undefined, having = secrets) => verifyWebhook(body, header, having, clock);

describe('a webhook', () => {
  it('that Stripe signed tells what happened, where and to what', () => {
    expect(verify(text, headerOf(text))).toEqual({
      event: { id: 'evt_1', type: 'charge.refunded', objectId: 'ch_1', stripeAccountId: 'acct_1', livemode: false, happenedAt: later(now, -2_000) },
    });
  });

  it('of the platform’s own has no account, and one about an object without id no object', () => {
    const body = JSON.stringify({ ...event, account: undefined, livemode: true, data: { object: { object: 'balance' } } });
    expect(verify(body, headerOf(body))).toMatchObject({ event: { stripeAccountId: null, objectId: null, livemode: true } });
  });

  it('is understood as the SDK signs it', () => {
    const header = Stripe.webhooks.generateTestHeaderString({ payload: text, secret, timestamp: seconds });
    expect(verify(text, header)).toHaveProperty('event');
  });

  it('passes by any of the secrets, and by any of the signatures, while they are rotated', () => {
    const both = [new Secret('whsec_the_new_one'), new Secret(secret)];
    expect(verify(text, headerOf(text), both)).toHaveProperty('event');
    expect(verify(text, `t=${seconds},v1=${digest(text, 'whsec_the_new_one')},v1=${digest(text)},v0=abc`)).toHaveProperty('event');
  });

  it('with characters of every kind is checked byte by byte', () => {
    const body = JSON.stringify({ ...event, note: 'naïve 🌙 ‮ \u0000' }, null, 2);
    expect(verify(body, headerOf(body))).toHaveProperty('event');
    expect(verify(JSON.stringify(JSON.parse(body)), headerOf(body))).toEqual({ problem: 'SIGNATURE_INVALID' });
  });

  it.each([
    ['no signature', undefined],
    ['an empty one', ''],
  ])('with %s is refused as unsigned', (_, header) => {
    expect(verify(text, header)).toEqual({ problem: 'SIGNATURE_MISSING' });
  });

  const good = digest(text);
  const old = digest(text, secret, seconds - 9_999);
  it.each([
    ['another secret', headerOf(text, 'whsec_of_somebody_else')],
    ['the signature of another body', headerOf(text.replace('ch_1', 'ch_2'))],
    ['no time', `v1=${good}`],
    ['a time in words', `t=now,v1=${good}`],
    ['a time that was not signed', `t=${seconds - 1},v1=${good}`],
    ['an old time, and a new one before it', `t=${seconds},t=${seconds - 9_999},v1=${old}`],
    ['an old time, and a new one behind it', `t=${seconds - 9_999},t=${seconds},v1=${old}`],
    ['an old time, and a new one behind the signature', `t=${seconds - 9_999},v1=${old},t=${seconds}`],
    ['a time with something behind it', `t=${seconds}x,v1=${good}`],
    ['a negative time', `t=-${seconds},v1=${digest(text, secret, -seconds)}`],
    ['only the old scheme', `t=${seconds},v0=${good}`],
    ['a cut signature', `t=${seconds},v1=${good.slice(0, -1)}`],
    ['an upper-case signature', `t=${seconds},v1=${good.toUpperCase()}`],
    ['an empty signature', `t=${seconds},v1=`],
    ['nothing but noise', 'x'.repeat(10_000)],
    ['ten thousand signatures', `t=${seconds},${'v1=00,'.repeat(10_000)}`],
  ])('with %s is refused', (_, header) => {
    expect(verify(text, header)).toEqual({ problem: 'SIGNATURE_INVALID' });
  });

  it.each([
    ['', ''],
    ['   ', '   '],
    ['no secret at all', null],
  ])('is never verified by an empty secret (%j)', (_, empty) => {
    const having = empty === null ? [] : [new Secret(empty)];
    expect(verify(text, headerOf(text, empty ?? ''), having)).toEqual({ problem: 'SIGNATURE_INVALID' });
  });

  it.each([
    [-300, 'event'],
    [-301, 'TOO_OLD'],
    [-86_400, 'TOO_OLD'],
    [0, 'event'],
    [300, 'event'],
    [301, 'FROM_THE_FUTURE'],
    [86_400, 'FROM_THE_FUTURE'],
  ])('signed %d seconds from now is answered with %s', (away, expected) => {
    const verdict = verify(text, headerOf(text, secret, seconds + away));
    expect('problem' in verdict ? verdict.problem : 'event').toBe(expected);
  });

  it('signed at the end of time is from the future', () => {
    expect(verify(text, headerOf(text, secret, '999999999999'))).toEqual({ problem: 'FROM_THE_FUTURE' });
  });

  it('is never an empty body, though signed', () => {
    expect(verify('', headerOf(''))).toEqual({ problem: 'SIGNATURE_INVALID' });
  });

  it('that is too old is not told apart unless Stripe signed it', () => {
    expect(verify(text, headerOf(text, 'whsec_of_somebody_else', seconds - 9_999))).toEqual({ problem: 'SIGNATURE_INVALID' });
  });

  it.each([
    ['blank', ' '],
    ['not JSON', 'charge refunded'],
    ['JSON cut short', text.slice(0, -1)],
    ['null', 'null'],
    ['a list', `[${text}]`],
    ['a thin event', JSON.stringify({ ...event, object: 'v2.core.event' })],
    ['without an id', JSON.stringify({ ...event, id: undefined })],
    ['without a type', JSON.stringify({ ...event, type: 7 })],
    ['without a time', JSON.stringify({ ...event, created: 'yesterday' })],
    ['of an account that is none', JSON.stringify({ ...event, account: 7 })],
    ['with half a letter', JSON.stringify({ ...event, type: '\ud800' })],
    ['with a zero byte', JSON.stringify({ ...event, id: 'evt_\0' })],
    ['beyond all calendars', JSON.stringify({ ...event, created: 2 ** 53 })],
    ['of an account with a name of its own making', JSON.stringify({ ...event, account: 'platform' })],
  ])('whose body is %s is no event, though signed', (_, body) => {
    expect(verify(body, headerOf(body))).toEqual({ problem: 'NOT_AN_EVENT' });
  });
});
