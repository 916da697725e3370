import { sql } from 'kysely';
import { hourMs, later, minuteMs, secondMs } from '../../base/clock.js';
import { crashPoint } from '../../base/crash-points.js';
import { inLanes } from '../../base/lanes.js';
import { atomically, type Work } from '../../db/work.js';
import { disable } from './registering.js';
import { postSigned } from './secrets.js';
import type { Answer } from './sending.js';
import type { WebhookDeliveryRow } from './webhook-delivery.js';

const lanesMax = 8; // at once in one process: fewer than its connections
const endpointLanesMax = 4; // of one endpoint, however many processes: a slow one leaves room
const turnMs = 10 * secondMs;
const leaseMs = 1 * minuteMs; // well over what one request may take
const goneStatus = 410; // Source: standardwebhooks.com: the receiver wants no more

/** How long after each try the next one comes: after the last, three days have passed. Source: standardwebhooks.com, on retries */
export const waitsMs = [
  5 * secondMs,
  5 * minuteMs,
  30 * minuteMs,
  2 * hourMs,
  5 * hourMs,
  10 * hourMs,
  14 * hourMs,
  20 * hourMs,
  24 * hourMs,
] as const;
const spread = 0.1;

type Due = WebhookDeliveryRow & { url: string };

/**
 * Tells partners what is due: of one subject in the order it changed, each endpoint at least once. Answers how many were taken.
 * Any number of workers may run it, and one may run it again while it still runs: each delivery is leased. A slow endpoint delays its own deliveries alone.
 */
export function deliverDue(work: Work): Promise<number> {
  return inLanes({ lease: (limit) => leaseDeliveries(work, limit), take: (delivery) => deliver(work, delivery), lanesMax, turnMs });
}

const isNextOfItsSubject = sql<boolean>`not exists (
  select from webhook_delivery earlier
  where earlier.endpoint_id = waiting.endpoint_id and earlier.subject_id = waiting.subject_id and earlier.sequence < waiting.sequence and earlier.state = 'PENDING')`;

/** One per subject and endpoint: while an earlier change is not told or given up, no later one is. */
async function leaseDeliveries(work: Work, limit: number): Promise<Due[]> {
  return atomically(work, async (tx) => {
    const now = tx.wallClock.now();
    return tx.sql
      .with('candidate', (query) =>
        query
          .selectFrom('webhookEndpoint')
          .innerJoinLateral(
            ({ selectFrom }) =>
              selectFrom('webhookDelivery as waiting')
                .select(['waiting.id', 'waiting.nextAttemptAt', 'waiting.lockedUntil'])
                .whereRef('waiting.endpointId', '=', 'webhookEndpoint.id')
                .where('waiting.state', '=', sql.lit('PENDING'))
                .where('waiting.nextAttemptAt', '<=', now)
                .where(isNextOfItsSubject)
                .orderBy('waiting.nextAttemptAt')
                .orderBy('waiting.id')
                .limit(endpointLanesMax)
                .as('candidate'),
            (join) => join.onTrue(),
          )
          .where('webhookEndpoint.disabledAt', 'is', null)
          .where((row) => row.or([row('candidate.lockedUntil', 'is', null), row('candidate.lockedUntil', '<=', now)])) // those under way count, too
          .select(['candidate.id', 'webhookEndpoint.url'])
          .orderBy('candidate.nextAttemptAt')
          .limit(limit),
      )
      .with('due', (query) =>
        query
          .selectFrom('webhookDelivery')
          .innerJoin('candidate', 'candidate.id', 'webhookDelivery.id')
          .select(['webhookDelivery.id', 'candidate.url'])
          .where('webhookDelivery.state', '=', 'PENDING')
          .where((row) => row.or([row('webhookDelivery.lockedUntil', 'is', null), row('webhookDelivery.lockedUntil', '<=', now)]))
          .orderBy('webhookDelivery.nextAttemptAt')
          .limit(limit)
          .forUpdate('webhookDelivery')
          .skipLocked(),
      )
      .updateTable('webhookDelivery')
      .from('due')
      .set((row) => ({
        lockedUntil: later(now, leaseMs),
        attemptCount: row('webhookDelivery.attemptCount', '+', 1),
        retryCount: row('webhookDelivery.retryCount', '+', 1),
      }))
      .whereRef('webhookDelivery.id', '=', 'due.id')
      .returningAll('webhookDelivery')
      .returning('due.url')
      .execute();
  });
}

async function deliver(work: Work, delivery: Due): Promise<number> {
  const startedAt = work.wallClock.now();
  const body = JSON.stringify({
    type: delivery.topic,
    timestamp: delivery.recordedAt.toISOString(),
    data: { id: delivery.subjectId, sequence: delivery.sequence, accountId: delivery.accountId },
  });
  const answer = await postSigned(work, { id: delivery.endpointId, url: delivery.url }, { id: messageIdOf(delivery), body }, startedAt);
  crashPoint('delivery.answered');
  await conclude(work, delivery, answer, startedAt);
  return answer.error === null ? 1 : 0;
}

/** The same however often and to whomever a change is told, so that a receiver knows it again. */
function messageIdOf({ subjectId, sequence }: WebhookDeliveryRow): string {
  return `${subjectId}-${sequence}`;
}

async function conclude(work: Work, delivery: Due, answer: Answer, startedAt: Date): Promise<void> {
  const { status, error, tookMs, text, retryAfterMs } = answer;
  const waitMs = waitsMs[delivery.retryCount - 1];
  const givesUp = error !== null && (waitMs === undefined || status === goneStatus);
  await atomically(work, async (tx) => {
    const now = tx.wallClock.now();
    await tx.sql
      .insertInto('webhookAttempt')
      .values({ deliveryId: delivery.id, number: delivery.attemptCount, startedAt, tookMs, status, error, answer: text })
      .execute();
    const nextAttemptAt = later(now, Math.max(retryAfterMs ?? 0, (waitMs ?? 0) * (1 + Math.random() * spread)));
    await tx.sql
      .updateTable('webhookDelivery')
      .set(
        error === null
          ? { state: 'DELIVERED', concludedAt: now, lockedUntil: null }
          : givesUp
            ? { state: 'FAILED', concludedAt: now, lockedUntil: null }
            : { nextAttemptAt, lockedUntil: null },
      )
      .where('id', '=', delivery.id)
      .where('attemptCount', '=', delivery.attemptCount)
      .where('state', '=', 'PENDING')
      .execute();
    if (givesUp && (await disable(tx, delivery.endpointId, status === goneStatus ? 'GONE' : 'FAILING')))
      work.log.error(
        { endpoint: delivery.endpointId, status, error },
        'a partner’s endpoint is switched off: it took nothing for three days, or wants no more',
      );
  });
}
