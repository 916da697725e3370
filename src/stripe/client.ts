import Stripe from 'stripe';
import { Bug } from '../base/assert.js';
import { at } from '../base/clock.js';
import type { Secret } from '../base/secret.js';
import { assertOutsideTransaction, type Work } from '../db/work.js';
import type { Budget } from './budget.js';
import { classify, lateAnswer, unreadableAnswer } from './failures.js';
import type { IdempotencyKey } from './idempotency-key.js';
import type { StripeFailure, StripeResult } from './result.js';
import { type Scope, scopeOptions } from './scope.js';

/** The connection to Stripe. Opaque outside this room: the other files here are what it can do. */
export interface StripeClient {
  readonly sdk: Stripe;
  /** How long one request may take in all, with what the SDK sends again. */
  readonly answerMaxMs: number;
  readonly budget: Budget;
}

declare module '../db/work.js' {
  interface Reach {
    readonly stripe: StripeClient;
  }
}

/** How long Stripe may stay silent, and how often the SDK itself sends a request again under the same key. */
export const silenceMaxMs = 20_000;
export const networkRetriesMax = 1;
const retryWaitMaxMs = 1_000;

/** Opens the connection to Stripe, or to whatever answers at `apiBase` in its stead; over `transport` where there is no network between. */
export function openStripe(options: {
  secretKey: Secret;
  apiBase: string;
  budget: Budget;
  silenceMaxMs?: number;
  transport?: Stripe.HttpClient;
}): StripeClient {
  const timeout = options.silenceMaxMs ?? silenceMaxMs;
  const { protocol, hostname, port } = new URL(options.apiBase);
  const sdk = new Stripe(options.secretKey.reveal(), {
    apiVersion: '2026-10-28.endive',
    host: hostname,
    port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
    protocol: protocol === 'https:' ? 'https' : 'http',
    timeout,
    maxNetworkRetries: networkRetriesMax,
    telemetry: false,
    httpClient: readingObjectsAlone(options.transport ?? Stripe.createNodeHttpClient()),
  });
  return { sdk, budget: options.budget, answerMaxMs: (timeout + retryWaitMaxMs) * (networkRetriesMax + 1) };
}

/** The SDK loses its way, beyond any catch, over an answer in JSON that is no object; such a one is made a body it cannot parse. */
export function readingObjectsAlone(client: Stripe.HttpClient): Stripe.HttpClient {
  const makeRequest = client.makeRequest.bind(client);
  client.makeRequest = async (...request) => {
    const response = await makeRequest(...request);
    const toJSON = response.toJSON.bind(response);
    response.toJSON = async () => {
      const body: unknown = await toJSON();
      if (typeof body !== 'object' || body === null) throw new SyntaxError('not an object');
      return body;
    };
    return response;
  };
  return client;
}

type Options = Stripe.RequestOptions;
type Answer = { object?: unknown; lastResponse?: { requestId?: string; statusCode?: number } };

/** Reads from Stripe. Every read of this room goes through here. */
export function read<T extends object, V>(
  work: Work,
  endpoint: string,
  scope: Scope,
  send: (sdk: Stripe, options: Options) => Promise<T>,
  normalise: (answer: T) => V,
): Promise<StripeResult<V>> {
  return request(work, endpoint, false, (sdk) => send(sdk, scopeOptions(scope)), normalise);
}

/** Writes to Stripe, always under a key. Every write of this room goes through here. */
export function write<T extends object, V>(
  work: Work,
  endpoint: string,
  scope: Scope,
  key: IdempotencyKey,
  send: (sdk: Stripe, options: Options) => Promise<T>,
  normalise: (answer: T) => V,
): Promise<StripeResult<V>> {
  return request(work, endpoint, true, (sdk) => send(sdk, { ...scopeOptions(scope), idempotencyKey: key }), normalise);
}

async function request<T extends object, V>(
  work: Work,
  endpoint: string,
  isWrite: boolean,
  send: (sdk: Stripe) => Promise<T>,
  normalise: (answer: T) => V,
): Promise<StripeResult<V>> {
  assertOutsideTransaction();
  const waitMs = await work.stripe.budget.reserve(endpoint, isWrite);
  if (waitMs === null) return overBudget;
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));

  const startedMs = performance.now();
  const took = () => Math.round(performance.now() - startedMs);
  try {
    const answer = await withDeadline(send(work.stripe.sdk), work.stripe.answerMaxMs);
    const stripeRequestId = (answer as Answer).lastResponse?.requestId ?? null;
    if (!isStripes(answer)) return refusal(unreadableAnswer(stripeRequestId));
    const value = normalise(answer);
    work.log.debug({ endpoint, stripeRequestId, ms: took() }, 'stripe answered');
    return { ok: true, value, stripeRequestId };
  } catch (error) {
    const failure = failureOf(error);
    if (failure.kind === 'NOT_RUN' && failure.stripeCode !== 'lock_timeout') await work.stripe.budget.slowDown(endpoint);
    return refusal(failure);
  }

  function refusal(failure: StripeFailure): { ok: false; failure: StripeFailure } {
    work.log[failure.kind === 'DEFECT' || failure.kind === 'PLATFORM' ? 'error' : 'warn'](
      { endpoint, failure, ms: took() },
      'stripe refused or did not answer',
    );
    return { ok: false, failure };
  }
}

/** What the SDK takes for an answer although it is not Stripe's: of a proxy between, say, in JSON without an `error`. */
function isStripes(answer: Answer): boolean {
  const status = answer.lastResponse?.statusCode ?? 0;
  return status >= 200 && status < 300 && typeof answer.object === 'string';
}

/** The SDK limits how long a connection stays silent; this limits the whole, so that a slow answer cannot outlive the claim on its operation. */
async function withDeadline<T>(answer: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeadlinePassed()), ms);
  });
  try {
    return await Promise.race([answer, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

class DeadlinePassed extends Error {}

function failureOf(error: unknown): StripeFailure {
  if (error instanceof Stripe.errors.StripeError) return classify(error);
  if (error instanceof DeadlinePassed) return lateAnswer;
  if (error instanceof Bug) throw error;
  return unreadableAnswer(null); // of another shape than the SDK or we could read: it may have happened all the same
}

const overBudget = {
  ok: false,
  failure: {
    kind: 'NOT_RUN',
    code: 'UNCLASSIFIED',
    message: 'The budget of requests to Stripe is used up for now.',
    stripeCode: null,
    httpStatus: null,
    stripeRequestId: null,
    replayed: false,
  },
} as const;

/** Stripe's seconds as an instant. */
export function instant(seconds: number): Date {
  return at(seconds * 1_000);
}

/** An instant in Stripe's whole seconds. */
export function epochSecondsOf(instant: Date): number {
  return Math.floor(instant.getTime() / 1_000);
}

/** The id behind a field that Stripe answers as an id or as the object. */
export function idOf(field: string | { id: string } | null | undefined): string | null {
  if (field === null || field === undefined) return null;
  return typeof field === 'string' ? field : field.id;
}
