import type { World } from '../world.js';
import { ApiError } from './errors.js';

const endpointRequestsPerSecondMax = 25; // Source: docs.stripe.com/rate-limits

/** Counts a request in its second, and refuses with 429 what exceeds the world's limits: before anything else, as Stripe's limiters do, and leaving no trace. */
export function assertRoom(world: World, second: number, { method, url }: { method: string; url: string }): void {
  if (world.requestsPerSecondMax === 0) return;
  const { requests } = world;
  if (requests.second !== second) {
    requests.second = second;
    requests.counts.clear();
  }
  const endpoint = `${method} ${(url.split('?')[0] as string).replace(/[a-z]+_[A-Za-z0-9]{10,}/g, ':id')}`;
  const count = (name: string) => {
    const counted = (requests.counts.get(name) ?? 0) + 1;
    requests.counts.set(name, counted);
    return counted;
  };
  const tooMany = [count('all') > world.requestsPerSecondMax, count(endpoint) > endpointRequestsPerSecondMax];
  if (tooMany.includes(true)) throw new ApiError(429, { type: 'invalid_request_error', code: 'rate_limit', message: 'Request rate limit exceeded.' });
}
