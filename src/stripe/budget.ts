import type { Pool } from 'pg';

/** What the whole installation may send, in requests a second: to Stripe in all, and to one endpoint. */
export interface BudgetLimits {
  requestsPerSecondMax: number;
  endpointRequestsPerSecondMax: number;
}

/** Reserves the right to send one request. Answers how long to wait for it, in milliseconds, or null when that is too long: nothing is reserved then. */
export interface Budget {
  reserve(endpoint: string, write: boolean): Promise<number | null>;
  /** Stripe asked to slow down, for others may use the same key: nobody sends to the endpoint for half a second. */
  slowDown(endpoint: string): Promise<void>;
}

const writeWaitMaxMs = 8_000; // longer, and a person waiting is better told to try again
const readWaitMaxMs = 4_000; // a batch of events fits in; less than writes, so that a storm of reads always leaves half of the queue to money
const slowDownMs = 500; // at 25 a second, Stripe has then forgotten a dozen requests
const triesMax = 3; // of making rows that are gone
const steadyShare = 0.8; // of the limit, sent evenly; the rest may go at once, so that no second ever sees more than the limit

/**
 * A budget all processes share through one row per bucket: the time at which its next request is due.
 * One statement reserves in the platform's bucket and the endpoint's, in both or in neither; it locks the rows in one order, so reservations
 * never deadlock. Rows that a crash of the database took away (the table is unlogged) are made again.
 */
export function sharedBudget(pool: Pool, limits: BudgetLimits): Budget {
  const all = paceOf(limits.requestsPerSecondMax);
  const one = paceOf(limits.endpointRequestsPerSecondMax);
  return {
    async reserve(endpoint, write) {
      const buckets = ['all', `endpoint:${endpoint}`];
      const values = [buckets, [all.intervalMs, one.intervalMs], [all.burstMs, one.burstMs], write ? writeWaitMaxMs : readWaitMaxMs];
      for (let tries = 0; tries < triesMax; tries++) {
        const { rows } = await pool.query<Reservation>(reserveInAll, values);
        const [reservation] = rows;
        if (reservation?.known_count === buckets.length) return reservation.granted ? reservation.wait_ms : null;
        await pool.query('insert into stripe_budget (bucket, next_at) select unnest($1::text[]), clock_timestamp() on conflict do nothing', [
          buckets,
        ]);
      }
      return null;
    },

    async slowDown(endpoint) {
      await pool.query(
        'update stripe_budget set next_at = greatest(next_at, clock_timestamp() + make_interval(secs => $2::float8 / 1000)) where bucket = $1',
        [`endpoint:${endpoint}`, slowDownMs],
      );
    },
  };
}

interface Reservation {
  known_count: number;
  granted: boolean;
  wait_ms: number;
}

/** How far apart requests are, and how much of that may be saved up while none is sent: any second then holds `perSecond` at most. */
function paceOf(perSecond: number): { intervalMs: number; burstMs: number } {
  const intervalMs = 1_000 / (perSecond * steadyShare);
  return { intervalMs, burstMs: Math.max(0, (1 - steadyShare) * perSecond - 1) * intervalMs };
}

const reserveInAll = `
  with locked as materialized (
    select bucket, next_at from stripe_budget where bucket = any($1::text[]) order by bucket for update
  ), due as materialized (
    select bucket, interval_ms, greatest(next_at, clock_timestamp() - make_interval(secs => burst_ms / 1000)) as sends_at
    from locked join unnest($1::text[], $2::float8[], $3::float8[]) as asked (bucket, interval_ms, burst_ms) using (bucket)
  ), verdict as materialized (
    select count(*)::int as known_count, greatest(0, max(extract(epoch from sends_at - clock_timestamp()) * 1000))::float8 as wait_ms from due
  ), taken as (
    update stripe_budget as budget set next_at = sends_at + make_interval(secs => interval_ms / 1000)
    from due, verdict where budget.bucket = due.bucket and known_count = cardinality($1::text[]) and wait_ms <= $4
  )
  select known_count, wait_ms, wait_ms <= $4 as granted from verdict`;
