import { defineEntity, p } from '@mikro-orm/postgresql';
import type { ColumnsOf } from '../../db/database.js';

/** Why an endpoint is told nothing: it failed for three days, it said that it is gone, or somebody switched it off. */
export type DisabledBecause = 'FAILING' | 'GONE' | 'ASKED';

/** Where a partner is told what has changed: of one account, or of all. */
export const WebhookEndpointEntity = defineEntity({
  name: 'WebhookEndpoint',
  tableName: 'webhook_endpoint',
  properties: {
    id: p.string().primary(),
    /** Null for an endpoint of the platform, which is told of every account. */
    tenantId: p.string().nullable(),
    accountId: p.string().nullable(),
    url: p.string(),
    name: p.string(),
    /** Topics, or nouns for all topics of theirs; none for everything. */
    topics: p.array(),
    createdBy: p.string(),
    createdAt: p.datetime(),
    rotatedAt: p.datetime().nullable(),
    disabledAt: p.datetime().nullable(),
    disabledBecause: p.string().$type<DisabledBecause>().nullable(),
    /** Kept for its deliveries, and shown no more. */
    removedAt: p.datetime().nullable(),
  },
});
export type WebhookEndpointRow = ColumnsOf<typeof WebhookEndpointEntity>;

/** What an endpoint's deliveries are signed with: the newest, and while it is being replaced the one before. */
export const WebhookSecretEntity = defineEntity({
  name: 'WebhookSecret',
  tableName: 'webhook_secret',
  properties: {
    endpointId: p.string().primary(),
    number: p.integer().primary(),
    /** Sealed. */
    secret: p.string(),
    /** Null for the newest. */
    validUntil: p.datetime().nullable(),
  },
});

declare module '../../db/database.js' {
  interface Tables {
    webhookEndpoint: WebhookEndpointRow;
    webhookSecret: ColumnsOf<typeof WebhookSecretEntity>;
  }
}
