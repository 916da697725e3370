import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { type Answerer, type Gateway, json, openGateway, startAnswerer } from '../../test/support/gateway.js';
import { retrieveCharge } from './charges.js';
import { codesByMeaning, meaningOf } from './error-codes.js';
import { classify } from './failures.js';
import { recordKey } from './idempotency-key.js';
import { createDirectRefund } from './refunds.js';
import type { StripeFailure } from './result.js';
import { onAccount } from './scope.js';

type Raw = { type?: string; code?: string; param?: string; message?: string; statusCode?: number; headers?: Record<string, string> };
const { errors } = Stripe;
const brief = ({ kind, code }: Pick<StripeFailure, 'kind' | 'code'>) => `${kind} ${code}`;
const generate = (raw: Raw) => errors.StripeError.generate({ type: 'invalid_request_error', ...raw } as never);

describe('an error of Stripe’s', () => {
  const byClass: [string, Raw, string][] = [
    ['StripeCardError', { type: 'card_error', statusCode: 402, code: 'card_declined' }, 'REFUSED UNCLASSIFIED'],
    ['StripeInvalidRequestError', { type: 'invalid_request_error', statusCode: 400, code: 'amount_too_small' }, 'REFUSED UNCLASSIFIED'],
    ['StripeAPIError', { statusCode: 500 }, 'UNKNOWN UNCLASSIFIED'],
    ['StripeAPIError', {}, 'UNKNOWN UNCLASSIFIED'],
    ['StripeAuthenticationError', { statusCode: 401 }, 'PLATFORM PLATFORM_NOT_ALLOWED'],
    ['StripePermissionError', { statusCode: 403 }, 'PLATFORM PLATFORM_NOT_ALLOWED'],
    ['StripeRateLimitError', { statusCode: 429 }, 'NOT_RUN UNCLASSIFIED'],
    ['StripeConnectionError', {}, 'UNKNOWN UNCLASSIFIED'],
    ['StripeIdempotencyError', { statusCode: 400 }, 'DEFECT UNCLASSIFIED'],
    ['StripeSignatureVerificationError', {}, 'UNKNOWN UNCLASSIFIED'],
    ['StripeError', {}, 'UNKNOWN UNCLASSIFIED'],
    // What follows answers nothing that we ask.
    ...[
      'StripeInvalidGrantError',
      'StripeOAuthError',
      'StripeInvalidClientError',
      'StripeOAuthInvalidRequestError',
      'StripeInvalidScopeError',
      'StripeUnsupportedGrantTypeError',
      'StripeUnsupportedResponseTypeError',
    ].map((name): [string, Raw, string] => [name, { statusCode: 400 }, 'UNKNOWN UNCLASSIFIED']),
    ...[
      'AlreadyCanceledError',
      'BlockedByStripeError',
      'CannotProceedError',
      'CapabilityNotEnabledError',
      'ControlledByAlternateResourceError',
      'FeatureNotEnabledError',
      'FinancialAccountNotOpenError',
      'FxQuoteNeedsRefreshError',
      'InsufficientFundsError',
      'InvalidPaymentMethodError',
      'InvalidPayoutMethodError',
      'InvalidVaultedCredentialError',
      'NotCancelableError',
      'QuotaExceededError',
      'RecipientNotNotifiableError',
      'TemporarySessionExpiredError',
      'VerificationAttemptFailedError',
      'VerificationExpiredError',
      'VerificationNotInitiatedError',
    ].map((name): [string, Raw, string] => [name, { statusCode: 400 }, 'UNKNOWN UNCLASSIFIED']),
    ['RateLimitError', { statusCode: 429 }, 'NOT_RUN UNCLASSIFIED'],
  ];
  const classes = errors as unknown as Record<string, new (...raw: unknown[]) => InstanceType<typeof errors.StripeError>>;

  it.each(byClass)('of class %s %j is %s', (name, raw, expected) => {
    const error =
      name === 'StripeSignatureVerificationError'
        ? new (classes[name] as never as new (...a: unknown[]) => never)('', '', raw)
        : new (classes[name] as (typeof classes)[string])(raw);
    expect(brief(classify(error))).toBe(expected);
  });

  it('has every class of the SDK in this table', () => {
    const known = Object.keys(errors).filter((name) => typeof classes[name] === 'function' && classes[name].prototype instanceof Error);
    expect(known.filter((name) => !byClass.some(([tested]) => tested === name))).toEqual([]);
  });

  const byStatus: [number, string][] = [
    [400, 'REFUSED UNCLASSIFIED'],
    [401, 'PLATFORM PLATFORM_NOT_ALLOWED'],
    [402, 'REFUSED UNCLASSIFIED'],
    [403, 'PLATFORM PLATFORM_NOT_ALLOWED'],
    [404, 'REFUSED UNCLASSIFIED'],
    [405, 'REFUSED UNCLASSIFIED'],
    [408, 'UNKNOWN UNCLASSIFIED'],
    [409, 'UNKNOWN UNCLASSIFIED'],
    [410, 'REFUSED UNCLASSIFIED'],
    [413, 'REFUSED UNCLASSIFIED'],
    [422, 'REFUSED UNCLASSIFIED'],
    [424, 'UNKNOWN UNCLASSIFIED'],
    [429, 'NOT_RUN UNCLASSIFIED'],
    ...[200, 302, 500, 501, 502, 503, 504, 520, 529, 599].map((status): [number, string] => [status, 'UNKNOWN UNCLASSIFIED']),
  ];
  it.each(byStatus)('with status %d and no code is %s', (statusCode, expected) => {
    expect(brief(classify(generate({ statusCode })))).toBe(expected);
  });

  const kindOfMeaning: Record<keyof typeof codesByMeaning, string> = {
    NOT_RUN: 'NOT_RUN UNCLASSIFIED',
    IN_FLIGHT: 'IN_FLIGHT UNCLASSIFIED',
    INSUFFICIENT_BALANCE: 'REFUSED INSUFFICIENT_BALANCE',
    ACCOUNT_DISCONNECTED: 'REFUSED ACCOUNT_DISCONNECTED',
    ACCOUNT_RESTRICTED: 'REFUSED ACCOUNT_RESTRICTED',
    INVALID_ACCOUNT: 'REFUSED INVALID_ACCOUNT',
    PLATFORM: 'PLATFORM PLATFORM_NOT_ALLOWED',
    DEFECT: 'DEFECT UNCLASSIFIED',
    UNKNOWN: 'UNKNOWN UNCLASSIFIED',
    REFUSED: 'REFUSED UNCLASSIFIED',
  };
  const everyCode = Object.entries(codesByMeaning).flatMap(([meaning, codes]) =>
    codes.map((code) => ({ code, meaning: meaning as keyof typeof codesByMeaning })),
  );

  it('means what its code says, for every code the SDK knows, in a 400', () => {
    const wrong = everyCode.filter(
      ({ code, meaning }) => brief(classify(generate({ statusCode: 400, code, message: 'x' }))) !== kindOfMeaning[meaning],
    );
    expect(wrong).toEqual([]);
    expect(everyCode.length).toBeGreaterThan(200);
  });

  it('has each code under one meaning', () => {
    expect(everyCode.map(({ code }) => code).sort()).toEqual([...new Set(everyCode.map(({ code }) => code))].sort());
  });

  it('is never definite with a status of 500, whatever its code', () => {
    const definite = everyCode.filter(({ code }) => classify(generate({ statusCode: 500, code, message: 'x' })).kind !== 'UNKNOWN');
    expect(definite).toEqual([]);
  });

  const particular: [string, Raw, string][] = [
    ['a transfer to a restricted account', { statusCode: 400, code: 'insufficient_capabilities_for_transfer' }, 'REFUSED ACCOUNT_RESTRICTED'],
    ['a destination that does not exist', { statusCode: 400, code: 'resource_missing', param: 'destination' }, 'REFUSED INVALID_ACCOUNT'],
    ['another object that does not exist', { statusCode: 404, code: 'resource_missing', param: 'id' }, 'REFUSED UNCLASSIFIED'],
    ['an account that left us', { statusCode: 403, code: 'account_invalid' }, 'REFUSED ACCOUNT_DISCONNECTED'],
    [
      'an account that left us, said in words',
      {
        statusCode: 403,
        message:
          "The provided key 'sk_test_****' does not have access to account 'acct_1' (or that account does not exist). Application access may have been revoked.",
      },
      'REFUSED ACCOUNT_DISCONNECTED',
    ],
    [
      'a key that may not',
      { statusCode: 403, message: 'The provided key rk_live_abc does not have the required permissions for this endpoint.' },
      'PLATFORM PLATFORM_NOT_ALLOWED',
    ],
    ['an expired key', { statusCode: 401, code: 'api_key_expired' }, 'PLATFORM PLATFORM_NOT_ALLOWED'],
    ['a key in use', { statusCode: 409, code: 'idempotency_key_in_use' }, 'IN_FLIGHT UNCLASSIFIED'],
    ['a lock', { statusCode: 429, code: 'lock_timeout' }, 'NOT_RUN UNCLASSIFIED'],
    ['a lock, in a 409', { statusCode: 409, code: 'lock_timeout' }, 'NOT_RUN UNCLASSIFIED'],
    ['a key with other parameters', { statusCode: 400, type: 'idempotency_error' }, 'DEFECT UNCLASSIFIED'],
    ['a code nobody has seen', { statusCode: 400, code: 'moon_phase_unsupported', message: 'x' }, 'REFUSED UNCLASSIFIED'],
  ];
  it.each(particular)('about %s %j is %s', (_, raw, expected) => {
    expect(brief(classify(generate(raw)))).toBe(expected);
  });

  it('says when Stripe only repeated what it had stored', () => {
    expect(classify(generate({ statusCode: 500, headers: { 'idempotent-replayed': 'true' } }))).toMatchObject({ kind: 'UNKNOWN', replayed: true });
    expect(classify(generate({ statusCode: 500, headers: {} }))).toMatchObject({ replayed: false });
  });

  const canaries = [
    'sk_live_canary51',
    'rk_test_canary51',
    'sk_test_****canary',
    'whsec_canary51',
    'pi_1canary_secret_x',
    'canary@example.com',
    'https://checkout.stripe.com/c/pay/cs_canary',
    '4242 4242 4242 4242',
  ];
  it.each(canaries)('never repeats %s', (canary) => {
    for (const raw of [
      { statusCode: 400 },
      { statusCode: 400, code: 'email_invalid' },
      { statusCode: 401 },
      { statusCode: 403 },
      { statusCode: 403, code: 'account_invalid' },
      { statusCode: 500 },
    ]) {
      expect(JSON.stringify(classify(generate({ ...raw, message: `Invalid: ${canary}.` })))).not.toMatch(/canary|4242/);
    }
  });

  it('is a plain value that a row can hold', () => {
    const failure = classify(generate({ statusCode: 400, code: 'balance_insufficient' }));
    expect(JSON.parse(JSON.stringify(failure))).toEqual(failure);
    expect(meaningOf('balance_insufficient')).toBe('INSUFFICIENT_BALANCE');
  });
});

describe('a server that is not quite Stripe', () => {
  let server: Answerer;
  let gateway: Gateway;
  beforeAll(async () => {
    server = await startAnswerer();
    gateway = openGateway({ apiBase: server.url, silenceMaxMs: 150 });
    await Promise.all(answers.map(([what, how]) => outcomeOf(how).then((outcome) => outcomes.set(what, outcome)))); // together: the SDK waits before it sends again
  });
  afterAll(async () => {
    await server.close();
    await gateway.close();
  });

  const seller = onAccount('acct_1');
  const refund = (work = gateway.work) =>
    createDirectRefund(work, seller, recordKey('refund', 're_1'), { chargeId: 'ch_1', amountMinor: 500, returnFee: true, metadata: {} });
  const failureOf = async (result: Promise<{ ok: true } | { ok: false; failure: StripeFailure }>) => {
    const settled = await result;
    if (settled.ok) throw new Error('it passed for an answer of Stripe’s');
    return settled.failure;
  };
  const text = (status: number, type: string, body: string) => (response: ServerResponse) =>
    void response.writeHead(status, { 'content-type': type, 'request-id': 'req_1' }).end(body);
  const whole = JSON.stringify({ id: 're_1', object: 'refund', amount: 500, status: 'succeeded' });

  const answers: [string, (response: ServerResponse) => void, string][] = [
    ['resets the connection', (response) => void response.socket?.resetAndDestroy(), 'UNKNOWN'],
    ['closes the connection', (response) => void response.destroy(), 'UNKNOWN'],
    ['never answers', () => undefined, 'UNKNOWN'],
    ['stops after the headers', (response) => void response.writeHead(200, { 'content-length': '500' }).flushHeaders(), 'UNKNOWN'],
    [
      'cuts the body short',
      (response) => void response.writeHead(200, { 'content-length': '500' }).write(whole.slice(0, 20), () => response.destroy()),
      'UNKNOWN',
    ],
    [
      'cuts a body of unknown length short',
      (response) => void response.writeHead(200, { connection: 'close', 'transfer-encoding': 'identity' }).end(whole.slice(0, 20)),
      'UNKNOWN',
    ],
    ['answers 502 in HTML', text(502, 'text/html', '<h1>Bad Gateway</h1>'), 'UNKNOWN'],
    ['answers 200 in HTML', text(200, 'text/html', '<h1>Welcome</h1>'), 'UNKNOWN'],
    ['answers 400 in HTML', text(400, 'text/html', '<h1>Bad Request</h1>'), 'UNKNOWN'],
    ['answers nothing at all', text(200, 'application/json', ''), 'UNKNOWN'],
    ['answers null', text(200, 'application/json', 'null'), 'UNKNOWN'],
    ['answers a number', text(200, 'application/json', '5'), 'UNKNOWN'],
    ['answers a string', text(503, 'application/json', '"down for maintenance"'), 'UNKNOWN'],
    ['answers a list', text(200, 'application/json', '[]'), 'UNKNOWN'],
    ['answers 503 in a proxy’s JSON', json(503, { message: 'no healthy upstream' }), 'UNKNOWN'],
    ['answers 404 in a proxy’s JSON', json(404, { message: 'no route' }), 'UNKNOWN'],
    ['answers 404 with an error in words', json(404, { error: 'Not Found' }), 'UNKNOWN'],
    ['answers 403 with an error in words', json(403, { error: 'invalid_request' }), 'UNKNOWN'],
    ['answers 400 with an error of its own', json(400, { error: { code: 'resource_missing', message: 'No upstream.' } }), 'UNKNOWN'],
    ['answers that there was an error', json(400, { error: true }), 'UNKNOWN'],
    ['answers 200 in a proxy’s JSON', json(200, { status: 'ok' }), 'UNKNOWN'],
    ['redirects', (response) => void response.writeHead(302, { location: 'https://example.com/' }).end('{}'), 'UNKNOWN'],
    ['answers 500 without saying more', json(500, { error: { type: 'api_error' } }), 'UNKNOWN'],
    ['answers 500 with a code', json(500, { error: { type: 'api_error', code: 'resource_missing' } }), 'UNKNOWN'],
    ['asks to slow down', json(429, { error: { type: 'invalid_request_error', code: 'rate_limit' } }), 'NOT_RUN'],
    ['is at work on the key', json(409, { error: { type: 'invalid_request_error', code: 'idempotency_key_in_use' } }), 'IN_FLIGHT'],
    ['declines', json(402, { error: { type: 'card_error', code: 'card_declined', message: 'No.' } }), 'REFUSED'],
    ['refuses', json(400, { error: { type: 'invalid_request_error', code: 'charge_already_refunded', message: 'No.' } }), 'REFUSED'],
  ];
  const outcomes = new Map<string, { kind: string; keys: (string | string[] | undefined)[] }>();
  async function outcomeOf(how: (response: ServerResponse) => void) {
    const own = await startAnswerer();
    const { work, close } = openGateway({ apiBase: own.url, silenceMaxMs: 500 });
    own.answer(how);
    const { kind } = await failureOf(refund(work));
    await Promise.all([close(), own.close()]);
    return { kind, keys: own.requests.map(({ headers }) => headers['idempotency-key']) };
  }

  it.each(answers)('that %s', (what, _, kind) => {
    const outcome = outcomes.get(what);
    expect(outcome?.kind).toBe(kind);
    expect(outcome?.keys.length).toBeLessThanOrEqual(2);
    expect(new Set(outcome?.keys)).toEqual(new Set(['holdfast:refund:re_1:1']));
  });

  it('that drips its answer byte by byte is not waited for beyond the limit', async () => {
    const dripping: NodeJS.Timeout[] = [];
    server.answer((response) => {
      response.writeHead(200);
      dripping.push(setInterval(() => response.write(' '), 20));
    });
    const startedAt = performance.now();
    const failure = await failureOf(refund());
    for (const timer of dripping) clearInterval(timer);
    expect(failure).toMatchObject({ kind: 'UNKNOWN', message: 'Stripe did not answer in time.' });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  it('that resets once and then answers is asked again under the same key', async () => {
    server.answer((response, nth) => (nth === 1 ? response.socket?.resetAndDestroy() : json(200, JSON.parse(whole))(response)));
    expect(await refund()).toEqual({
      ok: true,
      value: { id: 're_1', status: 'succeeded', amountMinor: 500, metadata: {}, chargeId: null, failureReason: null },
      stripeRequestId: 'req_1',
    });
    expect(server.requests.map(({ headers }) => headers['idempotency-key'])).toEqual(['holdfast:refund:re_1:1', 'holdfast:refund:re_1:1']);
  });

  it('that is not there at all', async () => {
    const gone = await startAnswerer();
    await gone.close();
    const lost = openGateway({ apiBase: gone.url });
    expect(await failureOf(retrieveCharge(lost.work, seller, 'ch_1'))).toMatchObject({ kind: 'UNKNOWN', httpStatus: null });
    await lost.close();
  });
});
