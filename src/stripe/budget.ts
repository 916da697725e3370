import type { Pool } from 'pg';

/** What the whole installation may send, in requests a second: to Stripe in all, and to one endpoint. */
export interface BudgetLimits {
  requestsPerSecondMax: number;
  endpointRequestsPerSecondMax: number;
}

/** Reserves the right to send one request, for reads below the reserve that writes keep. Answers how long to wait for it, or null when that is too long. */
export interface Budget {
  reserve(endpoint: string, write: boolean): Promise<number | null>;
}

const waitMaxMs = 5_000; // longer, and a person waiting is better told to try again
const burstMs = 1_000; // unused rights are kept for a second
const readShare = 0.8; // reads leave a fifth to writes, so that polling can never starve money

/**
 * A budget all processes share through one row per bucket: the time at which its next request is due.
 * One statement reserves in the platform's bucket and the endpoint's; rows are taken in one order, so reservations never deadlock.
 */
export function sharedBudget(pool: Pool, limits: BudgetLimits): Budget {
  return {
    async reserve(endpoint, write) {
      const share = write ? 1 : readShare;
      const intervals = [1_000 / (limits.requestsPerSecondMax * share), 1_000 / (limits.endpointRequestsPerSecondMax * share)];
      const { rows } = await pool.query<{ wait_ms: number }>(statement, [['all', `endpoint:${endpoint}`], intervals, burstMs]);
      const waitMs = Math.max(0, ...rows.map((row) => row.wait_ms));
      return waitMs > waitMaxMs ? null : waitMs;
    },
  };
}

const statement = `
  insert into stripe_budget as budget (bucket, next_at)
  select bucket, clock_timestamp() - make_interval(secs => $3::float8 / 1000) + make_interval(secs => interval_ms / 1000)
  from unnest($1::text[], $2::float8[]) as asked (bucket, interval_ms) order by bucket
  on conflict (bucket) do update set next_at =
    greatest(budget.next_at, clock_timestamp() - make_interval(secs => $3::float8 / 1000))
    + (excluded.next_at - (clock_timestamp() - make_interval(secs => $3::float8 / 1000)))
  returning greatest(0, extract(epoch from next_at - clock_timestamp()) * 1000)::float8 as wait_ms`;
