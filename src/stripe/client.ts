import Stripe from 'stripe';
import { at } from '../base/clock.js';
import type { Secret } from '../base/secret.js';
import { assertOutsideTransaction, type Work } from '../db/work.js';
import type { Budget } from './budget.js';
import { classify } from './failures.js';
import type { IdempotencyKey } from './idempotency-key.js';
import type { StripeResult } from './result.js';
import { type Scope, scopeOptions } from './scope.js';

/** The connection to Stripe. Opaque outside this room: the other files here are what it can do. */
export interface StripeClient {
  readonly sdk: Stripe;
  readonly budget: Budget;
}

declare module '../db/work.js' {
  interface Reach {
    readonly stripe: StripeClient;
  }
}

/** How long one request may take, and how often the SDK itself sends it again under the same key. */
export const requestTimeoutMs = 20_000;
export const networkRetriesMax = 1;

/** Opens the connection to Stripe, or to whatever answers at `apiBase` in its stead. */
export function openStripe(options: { secretKey: Secret; apiBase: string; budget: Budget }): StripeClient {
  const { protocol, hostname, port } = new URL(options.apiBase);
  const sdk = new Stripe(options.secretKey.reveal(), {
    apiVersion: '2026-10-28.endive',
    host: hostname,
    port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
    protocol: protocol === 'https:' ? 'https' : 'http',
    timeout: requestTimeoutMs,
    maxNetworkRetries: networkRetriesMax,
    telemetry: false,
  });
  return { sdk, budget: options.budget };
}

type Options = Stripe.RequestOptions;
type Answer = { lastResponse?: { requestId?: string } };

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
    const answer = await send(work.stripe.sdk);
    const stripeRequestId = (answer as Answer).lastResponse?.requestId ?? null;
    work.log.debug({ endpoint, stripeRequestId, ms: took() }, 'stripe answered');
    return { ok: true, value: normalise(answer), stripeRequestId };
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeError)) throw error;
    const failure = classify(error);
    work.log[failure.kind === 'DEFECT' || failure.kind === 'PLATFORM' ? 'error' : 'warn'](
      { endpoint, failure, ms: took() },
      'stripe refused or did not answer',
    );
    return { ok: false, failure };
  }
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

/** The id behind a field that Stripe answers as an id or as the object. */
export function idOf(field: string | { id: string } | null | undefined): string | null {
  if (field === null || field === undefined) return null;
  return typeof field === 'string' ? field : field.id;
}
