import { defineEntity, p } from '@mikro-orm/postgresql';
import type { ColumnsOf } from '../../db/database.js';

export const deliveryStates = ['PENDING', 'DELIVERED', 'FAILED'] as const;
/** Still to be told, told, or given up. */
export type DeliveryState = (typeof deliveryStates)[number];

/** One change that one endpoint is told of. The database queues it with the change. */
export const WebhookDeliveryEntity = defineEntity({
  name: 'WebhookDelivery',
  tableName: 'webhook_delivery',
  properties: {
    id: p.string().primary(),
    endpointId: p.string(),
    subjectId: p.string(),
    sequence: p.integer(),
    topic: p.string(),
    tenantId: p.string(),
    accountId: p.string(),
    /** When it changed. */
    recordedAt: p.datetime(),
    state: p.string().$type<DeliveryState>(),
    /** Tries in all; each is an attempt. */
    attemptCount: p.integer(),
    /** Tries since it was queued or replayed, which its patience is counted by. */
    retryCount: p.integer(),
    nextAttemptAt: p.datetime(),
    lockedUntil: p.datetime().nullable(),
    concludedAt: p.datetime().nullable(),
  },
});
export type WebhookDeliveryRow = ColumnsOf<typeof WebhookDeliveryEntity>;

/** One request of a delivery, and what came of it. */
export const WebhookAttemptEntity = defineEntity({
  name: 'WebhookAttempt',
  tableName: 'webhook_attempt',
  properties: {
    deliveryId: p.string().primary(),
    number: p.integer().primary(),
    startedAt: p.datetime(),
    tookMs: p.integer(),
    /** Null where no answer came. */
    status: p.integer().nullable(),
    error: p.string().nullable(),
    /** The beginning of what was answered, for whoever mends it. */
    answer: p.string().nullable(),
  },
});
export type WebhookAttemptRow = ColumnsOf<typeof WebhookAttemptEntity>;

declare module '../../db/database.js' {
  interface Tables {
    webhookDelivery: WebhookDeliveryRow;
    webhookAttempt: WebhookAttemptRow;
  }
}
