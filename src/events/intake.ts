import { crashPoint } from '../base/crash-points.js';
import { newId } from '../base/ids.js';
import { atomically, type Work } from '../db/work.js';
import { type EventHint, type SignatureProblem, verifyWebhook } from '../stripe/signature.js';

/** What became of a delivery. Only STORED and DUPLICATE left a row. */
export type Intake = { outcome: 'STORED' | 'DUPLICATE' | 'OTHER_MODE' } | { outcome: 'REFUSED'; problem: SignatureProblem };

/**
 * Takes one webhook delivery: checks who sent it, stores it once, and nothing more; applying it is the inbox's work.
 * Refused are bodies that Stripe did not sign within five minutes of now. An event of the other mode (test or live) is left alone.
 */
export async function receiveWebhook(work: Work, body: Buffer, signature: string | undefined): Promise<Intake> {
  const { platformWebhookSecrets, connectWebhookSecrets, mode } = work.config.stripe;
  const verified = verifyWebhook(body, signature, [...platformWebhookSecrets, ...connectWebhookSecrets], work.wallClock);
  if ('problem' in verified) return { outcome: 'REFUSED', problem: verified.problem };
  if (verified.event.livemode !== (mode === 'live')) {
    work.log.warn({ event: verified.event.id, livemode: verified.event.livemode }, 'an event of the other mode is left alone');
    return { outcome: 'OTHER_MODE' };
  }

  const stored = await store(work, verified.event, body.toString('utf8'));
  crashPoint('event.stored');
  return { outcome: stored ? 'STORED' : 'DUPLICATE' };
}

/** The name of the stream an event belongs to: the platform's own, or one connected account's. */
export function streamOf(event: Pick<EventHint, 'stripeAccountId'>): string {
  return event.stripeAccountId ? `connect:${event.stripeAccountId}` : 'platform';
}

async function store(work: Work, event: EventHint, payload: string): Promise<boolean> {
  return atomically(work, async (tx) => {
    const now = tx.clock.now();
    const inserted = await tx.sql
      .insertInto('inboxEvent')
      .values({
        id: newId('inboxEvent', tx.clock),
        stream: streamOf(event),
        stripeEventId: event.id,
        type: event.type,
        objectId: event.objectId,
        livemode: event.livemode,
        source: 'WEBHOOK',
        payload,
        happenedAt: event.happenedAt,
        receivedAt: now,
        state: 'RECEIVED',
        attemptCount: 0,
        nextAttemptAt: now,
        lockedUntil: null,
        error: null,
        concludedAt: null,
      })
      .onConflict((conflict) => conflict.columns(['stream', 'stripeEventId']).doNothing())
      .returning('stripeEventId')
      .executeTakeFirst();
    return inserted !== undefined;
  });
}
