import { hourMs, later, minuteMs, secondMs } from '../../base/clock.js';

/** How long between two polls of one stream: at least, and at most. */
export const pollEveryMinMs = minuteMs;
export const pollEveryMaxMs = hourMs;
const quietShare = 10; // polled again after a tenth of the time nothing has happened
const spread = 0.2; // so that what was due at once is not due at once for ever
const failureWaitBaseMs = 15 * secondMs;

/**
 * When a stream is polled next: each minute while something happens there, ever more seldom while nothing does, down to once an hour.
 * A list of Stripe's costs a request of the budget that all streams share; webhooks bring the rest.
 */
export function nextPollAfter(now: Date, lastEventAt: Date): Date {
  const quietMs = now.getTime() - lastEventAt.getTime();
  return later(now, spreadOut(Math.min(pollEveryMaxMs, Math.max(pollEveryMinMs, quietMs / quietShare))));
}

/** When a stream is tried again after so many polls in a row that failed. */
export function retryPollAfter(now: Date, failureCount: number): Date {
  return later(now, spreadOut(Math.min(pollEveryMaxMs, failureWaitBaseMs * 2 ** Math.min(failureCount, 20))));
}

function spreadOut(ms: number): number {
  return ms * (1 - spread / 2 + Math.random() * spread);
}
