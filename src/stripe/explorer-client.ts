import { types } from 'node:util';
import Stripe from 'stripe';
import { Refusal } from '../base/errors.js';
import type { Secret } from '../base/secret.js';
import { assertOutsideTransaction } from '../db/work.js';
import { readingObjectsAlone } from './client.js';

/** One request as it went out and what came back. Keys and tokens are in the headers, which are not told. */
export interface ToldCall {
  method: string;
  path: string;
  stripeAccount: string | null;
  idempotencyKey: string | null;
  /** As it was sent: a form, or JSON. */
  body: string;
  /** Null where no answer came. */
  status: number | null;
  requestId: string | null;
  answer: unknown;
  ms: number;
}

/** What an error of the SDK says, as a value. */
export interface ToldError {
  type: string;
  code: string | null;
  message: string;
  status: number | null;
  requestId: string | null;
}

/** The SDK with a key of somebody's own, beside the platform's: it tells every request it makes. */
export interface ExplorerClient {
  readonly sdk: Stripe;
  readonly calls: ToldCall[];
  /** Whether its server may answer from fixtures, as a stripe-mock does. */
  readonly mayBeCanned: boolean;
}

/** The version of Stripe's API that the installed SDK is made for. */
export const apiVersion = '2026-10-28.endive';

/** Where a stripe-mock listens, and a key it takes. */
export const stripeMock = { address: 'http://localhost:12111', key: 'sk_test_123' };

const silenceMaxMs = 8_000;
const callsMax = 100; // what one step could make by mistake

/**
 * Opens a client for learning with: it takes test keys alone, sends nothing twice, and makes at most a hundred requests.
 * Refuses with INVALID every other key. The budget of the platform's own requests is not touched.
 */
export function openExplorerClient({ key, apiBase, mayBeCanned = false }: { key: Secret; apiBase: string; mayBeCanned?: boolean }): ExplorerClient {
  assertOutsideTransaction();
  assertTestKey(key);
  const calls: ToldCall[] = [];
  const { protocol, hostname, port } = new URL(apiBase);
  const sdk = new Stripe(key.reveal(), {
    apiVersion,
    host: hostname,
    port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
    protocol: protocol === 'https:' ? 'https' : 'http',
    timeout: silenceMaxMs,
    maxNetworkRetries: 0,
    telemetry: false,
    httpClient: telling(readingObjectsAlone(Stripe.createNodeHttpClient()), calls),
  });
  return { sdk, calls, mayBeCanned };
}

/** Refuses with INVALID what is no test key: with a live one, a lesson would move money. */
export function assertTestKey(key: Secret): void {
  if (/^(sk|rk)_test_\w{1,200}$/.test(key.reveal())) return;
  const isLive = /^(sk|rk)_live_/.test(key.reveal());
  throw new Refusal(
    'INVALID',
    isLive ? 'This is a live key. Nothing is learned with real money.' : 'This is no secret key of Stripe’s test mode.',
    ['secretKey'],
    'Give a key that begins with sk_test_ or rk_test_.',
  );
}

function telling(client: Stripe.HttpClient, calls: ToldCall[]): Stripe.HttpClient {
  const makeRequest = client.makeRequest.bind(client);
  client.makeRequest = async (...request) => {
    assertOutsideTransaction();
    if (calls.length >= callsMax) throw new Refusal('INVALID', `A step makes at most ${callsMax} requests.`);
    const [, , path, method, headers, body] = request;
    const sent = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
    const call: ToldCall = {
      method,
      path,
      stripeAccount: sent.get('stripe-account') ?? null,
      idempotencyKey: sent.get('idempotency-key') ?? null,
      body: body ?? '',
      status: null,
      requestId: null,
      answer: null,
      ms: 0,
    };
    calls.push(call);
    const startedMs = performance.now();
    const response = await makeRequest(...request).finally(() => {
      call.ms = Math.round(performance.now() - startedMs);
    });
    call.status = response.getStatusCode();
    call.requestId = String(response.getHeaders()['request-id'] ?? '') || null;
    const toJSON = response.toJSON.bind(response);
    response.toJSON = async () => {
      const answer: unknown = await toJSON();
      call.answer = structuredClone(answer);
      return answer;
    };
    return response;
  };
  return client;
}

/** What went wrong, as a value to look at; an error that is neither Stripe's nor the SDK's keeps its own name. */
export function toldError(error: unknown): ToldError {
  if (!types.isNativeError(error)) return { type: 'Error', code: null, message: String(error), status: null, requestId: null };
  if (!(error instanceof Stripe.errors.StripeError))
    return { type: error.name, code: null, message: error.message + causeOf(error.cause), status: null, requestId: null };
  const { type, code, statusCode, requestId } = error;
  return { type, code: code ?? null, message: error.message + causeOf(error.detail), status: statusCode ?? null, requestId: requestId ?? null };
}

/** Why nobody answered, where that is what went wrong. */
function causeOf(told: unknown): string {
  const cause = typeof told === 'object' && told !== null && 'message' in told ? told.message : told;
  return typeof cause === 'string' && cause !== '' ? ` (${cause})` : '';
}
