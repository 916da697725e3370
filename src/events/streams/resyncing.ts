import { authorize } from '../../access/permissions.js';
import { actorOf, type Viewer } from '../../access/viewer.js';
import { at, dayMs, later } from '../../base/clock.js';
import { notFound } from '../../base/errors.js';
import { atomically, type Work } from '../../db/work.js';
import { type Home, scopeOf } from '../../payments/home.js';
import { isFailed } from '../../payments/refund-recording.js';
import { listRecentDisputes, listRecentFraudWarnings, listRecentRefunds, type RecentPage } from '../../stripe/recent-objects.js';
import type { StripeResult } from '../../stripe/result.js';
import { storeEvents } from '../storing.js';
import { PollFailed } from './draining.js';
import type { EventStreamRow } from './event-stream.js';
import { holdOn } from './leasing.js';

const lookBackMs = 30 * dayMs; // as far as Stripe keeps events
const sentBackWithinMs = 30 * dayMs; // by when a bank has sent a refund back, if it does
const chunkMax = 500; // rows of one statement

/** An object of a stream that is to be read again, as the event that would ask for it. */
interface ToRead {
  type: string;
  objectId: string;
}

type Recent = RecentPage['rows'];
type List = (after: string | null) => Promise<StripeResult<RecentPage>>;

/**
 * Has every object read again that events may have told of unheard: the account, purchases that are under way, memberships with their invoices,
 * open disputes, and what was refunded, sent back, suspected or disputed since. Each becomes an event of our own in the
 * inbox, which applies, retries and parks it like Stripe's.
 */
export async function resync(work: Work, home: Home, stream: EventStreamRow): Promise<void> {
  const now = work.clock.now();
  const since = at(Math.min(later(stream.seenUntil, -dayMs).getTime(), later(now, -lookBackMs).getTime()));
  const scope = scopeOf(home);
  await want(work, stream, now, await knownObjects(work, home, since));
  const refunds: List = (after) => listRecentRefunds(work, scope, later(since, -sentBackWithinMs), after);
  const warnings: List = (after) => listRecentFraudWarnings(work, scope, since, after);
  const disputes: List = (after) => listRecentDisputes(work, scope, since, after);
  await wantRecent(work, stream, now, refunds, refundsToRead);
  await wantRecent(work, stream, now, warnings, asEach('radar.early_fraud_warning.updated'));
  await wantRecent(work, stream, now, disputes, asEach('charge.dispute.updated'));
  await atomically(work, (tx) => holdOn(tx, stream, { resyncWanted: false }));
}

/** What our own rows say is not over. A membership is read through the purchase it began with, since that brings its invoices too. */
async function knownObjects(work: Work, home: Home, since: Date): Promise<ToRead[]> {
  const homeId = home?.id ?? null;
  const purchases = await work.read
    .selectFrom('purchaseSession')
    .leftJoin('membership', 'membership.purchaseSessionId', 'purchaseSession.id')
    .select(['purchaseSession.stripeSessionId', 'membership.stripeSubscriptionId'])
    .where('purchaseSession.connectedAccountId', 'is not distinct from', homeId)
    .where('purchaseSession.stripeSessionId', 'is not', null)
    .where((row) =>
      row.or([
        row.and([row('purchaseSession.status', '!=', 'COMPLETED'), row('purchaseSession.createdAt', '>=', since)]),
        row.and([row('membership.endedBecause', 'is', null), row('membership.status', 'not in', ['CANCELED', 'INCOMPLETE_EXPIRED'])]),
      ]),
    )
    .execute();
  const disputes = await work.read
    .selectFrom('dispute')
    .innerJoin('payment', 'payment.id', 'dispute.paymentId')
    .select('dispute.stripeDisputeId')
    .where('payment.connectedAccountId', 'is not distinct from', homeId)
    .where('dispute.closedAt', 'is', null)
    .execute();
  return [
    ...(home?.stripeAccountId ? [{ type: 'account.updated', objectId: home.stripeAccountId }] : []),
    ...purchases.flatMap(({ stripeSessionId, stripeSubscriptionId }) => [
      ...(stripeSessionId ? [{ type: 'checkout.session.completed', objectId: stripeSessionId }] : []),
      ...(stripeSubscriptionId ? [{ type: 'customer.subscription.updated', objectId: stripeSubscriptionId }] : []),
    ]),
    ...disputes.map(({ stripeDisputeId }) => ({ type: 'charge.dispute.updated', objectId: stripeDisputeId })),
  ];
}

/** The charges of which something was refunded, and the refunds that came back. */
function refundsToRead(rows: Recent): ToRead[] {
  const charges = new Set(rows.flatMap(({ chargeId }) => chargeId ?? []));
  return [
    ...[...charges].map((objectId) => ({ type: 'charge.refunded', objectId })),
    ...rows.filter(isFailed).map(({ id }) => ({ type: 'refund.failed', objectId: id })),
  ];
}

function asEach(type: string): (rows: Recent) => ToRead[] {
  return (rows) => rows.map(({ id }) => ({ type, objectId: id }));
}

async function wantRecent(work: Work, stream: EventStreamRow, now: Date, list: List, toRead: (rows: Recent) => ToRead[]): Promise<void> {
  let after: string | null = null;
  do {
    const page: StripeResult<RecentPage> = await list(after);
    if (!page.ok) throw new PollFailed(page.failure);
    const { rows, nextAfter } = page.value;
    await want(work, stream, now, toRead(rows));
    after = nextAfter;
  } while (after !== null);
}

/** Puts objects into the inbox, as events of this resynchronisation: each object once. */
async function want(work: Work, stream: EventStreamRow, now: Date, objects: ToRead[]): Promise<void> {
  const stripeAccountId = stream.name === 'platform' ? null : stream.name.slice('connect:'.length);
  const livemode = work.config.stripe.mode === 'live';
  const events = objects.map(({ type, objectId }) => ({
    event: { id: `resync_${now.getTime()}_${type}_${objectId}`, type, objectId, stripeAccountId, livemode, happenedAt: now },
    payload: '{}',
  }));
  for (let begin = 0; begin < events.length; begin += chunkMax) {
    await atomically(work, async (tx) => {
      await holdOn(tx, stream);
      await storeEvents(tx, events.slice(begin, begin + chunkMax), 'RESYNC');
    });
  }
}

/** Has everything of a stream read again with its next poll, which is at once. For administrators. NOT_FOUND for a stream that is none of ours. */
export async function wantResync(work: Work, viewer: Viewer, source: string): Promise<EventStreamRow> {
  authorize(viewer, 'resyncEventStream', null);
  const stream = await atomically(work, (tx) =>
    tx.sql
      .updateTable('eventStream')
      .set({ resyncWanted: true, nextPollAt: tx.clock.now() })
      .where('name', '=', source)
      .where('closedAt', 'is', null)
      .returningAll()
      .executeTakeFirst(),
  );
  if (!stream) throw notFound('event stream', source);
  work.log.info({ by: actorOf(viewer), stream: source }, 'a stream is to be read again as a whole');
  return stream;
}
