import type { ApiAnswer, ApiRequest } from './dispatch.js';
import { ApiError, type ErrorCode } from './protocol/errors.js';
import type { World } from './world.js';

/** How a call can fail. Before anything is done: */
const refusals: Record<string, () => ApiError> = {
  rate_limit: () => new ApiError(429, { type: 'invalid_request_error', code: 'rate_limit', message: 'Request rate limit exceeded.' }),
  lock_timeout: () =>
    new ApiError(429, { type: 'invalid_request_error', code: 'lock_timeout', message: 'This object cannot be accessed right now.' }),
  key_in_use: () =>
    new ApiError(409, { type: 'invalid_request_error', code: 'idempotency_key_in_use', message: 'There is currently another in-progress request.' }),
  unauthorized: () => new ApiError(401, { type: 'invalid_request_error', message: 'Invalid API Key provided.' }),
  forbidden: () => new ApiError(403, { type: 'invalid_request_error', message: 'The provided key does not have the required permissions.' }),
  server_error: () => new ApiError(500, { type: 'api_error', message: 'An unknown error occurred' }),
};

export const faultKinds = [
  ...['rate_limit', 'lock_timeout', 'key_in_use', 'unauthorized', 'forbidden', 'server_error', 'html', 'drop_before'],
  ...['refuse', 'server_error_stored'], // while it is done: under its key, the refusal is kept
  ...['truncate', 'drop_after'], // once it is done: the answer is cut off halfway, or never comes
  'delay',
] as const;

export interface FaultRule {
  method: string;
  /** A `*` stands for one part of it. */
  path: string;
  kind: string;
  code?: string | undefined;
  /** Of calls for this account alone. */
  account?: string | undefined;
  /** How often so, from 0 to 1, the same in every replay; always where absent. */
  probability?: number | undefined;
  times: number;
  delayMs: number;
}

/** The fault that a call meets, which has then happened once more. */
export function takeFault(world: World, request: ApiRequest): FaultRule | undefined {
  const met = world.faults.find((fault) => matches(fault, request) && (fault.probability === undefined || world.chance() < fault.probability));
  if (met) met.times--;
  return met;
}

/** How long a fault asks to wait before the request begins. */
export function delayOf(world: World, request: ApiRequest): number {
  return world.faults.find((fault) => fault.kind === 'delay' && matches(fault, request))?.delayMs ?? 0;
}

function matches({ times, method, path, account }: FaultRule, request: ApiRequest): boolean {
  if (times === 0 || method !== request.method || (account !== undefined && account !== request.stripeAccount)) return false;
  const asked = request.url.split('?')[0] as string;
  return new RegExp(`^${path.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*')}$`).test(asked);
}

/** What is answered instead of doing anything; null where something is done. */
export function answeredBefore(kind: string | undefined, failed: (error: ApiError, headers?: Record<string, string>) => ApiAnswer): ApiAnswer | null {
  if (kind === 'drop_before') return { status: 0, body: null, headers: {}, cut: 'all' };
  if (kind === 'html') return { status: 502, body: '<html><h1>502 Bad Gateway</h1></html>', headers: { 'content-type': 'text/html' }, cut: null };
  const error = refusals[kind ?? '']?.();
  return error ? failed(error, kind === 'rate_limit' ? { 'stripe-rate-limited-reason': 'endpoint-rate' } : {}) : null;
}

/** Fails in the place of the endpoint's own work: what is thrown is the answer kept under the key. */
export function failWithin(fault: FaultRule | undefined): void {
  const code = (fault?.code ?? 'resource_missing') as ErrorCode;
  if (fault?.kind === 'refuse') throw new ApiError(400, { type: 'invalid_request_error', code, message: 'Refused as asked of the simulator.' });
  if (fault?.kind === 'server_error_stored') throw new ApiError(500, { type: 'api_error', message: 'An unknown error occurred' });
}

/** How much of the answer never comes. */
export function cutOf(fault: FaultRule | undefined): ApiAnswer['cut'] {
  if (fault?.kind === 'drop_after') return 'all';
  return fault?.kind === 'truncate' ? 'half' : null;
}
