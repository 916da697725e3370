import type { Work } from '../db/work.js';
import { epochSecondsOf, read } from './client.js';
import type { StripeResult } from './result.js';
import { platform, type Scope } from './scope.js';
import { type EventHint, hintOf } from './signature.js';

/** An event as a list of Stripe's has it: what it says of itself, and its whole text. */
export interface ListedEvent {
  event: EventHint;
  payload: string;
}

export interface EventPage {
  /** Newest first. */
  rows: ListedEvent[];
  hasMore: boolean;
}

const pageMax = 100; // Stripe's own most

/**
 * A page of an account's events of the last 30 days: the newest, the next older ones after an event, or the next newer ones before it.
 * Who walks with `newerThan` sees all in order, and loses none that happen meanwhile. An event too old to be kept is refused as a cursor.
 * With `since`, only those from that instant on, to the second. Source: docs.stripe.com/api/events/list
 */
export function listEvents(
  work: Work,
  scope: Scope,
  from: { olderThan: string } | { newerThan: string } | null,
  since: Date | null = null,
): Promise<StripeResult<EventPage>> {
  const cursor = from === null ? {} : 'olderThan' in from ? { starting_after: from.olderThan } : { ending_before: from.newerThan };
  const range = since === null ? {} : { created: { gte: epochSecondsOf(since) } };
  return read(
    work,
    'events.list',
    scope,
    (sdk, options) => sdk.events.list({ limit: pageMax, ...cursor, ...range }, options),
    ({ data, has_more }) => ({ rows: data.flatMap((event) => listed(event, scope)), hasMore: has_more }),
  );
}

/** An account's own list holds its own events, whether or not each names it. */
function listed(told: object, scope: Scope): ListedEvent[] {
  const event = hintOf(told);
  if (!event) return [];
  return [{ event: scope === platform ? event : { ...event, stripeAccountId: scope }, payload: JSON.stringify(told) }];
}
