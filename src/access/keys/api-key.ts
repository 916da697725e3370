import { defineEntity, p } from '@mikro-orm/postgresql';
import type { ColumnsOf } from '../../db/database.js';

/** A program's key: of one account, or of the platform. Its secret is known to its holder alone; here is the hash. */
export const ApiKeyEntity = defineEntity({
  name: 'ApiKey',
  tableName: 'api_key',
  properties: {
    id: p.string().primary(),
    /** Null for a key of the platform, which reaches every account. */
    tenantId: p.string().nullable(),
    accountId: p.string().nullable(),
    name: p.string(),
    scopes: p.array(),
    secretSha256: p.string(),
    /** The secret before the last rotation, and until when it is still taken. */
    formerSha256: p.string().nullable(),
    formerUntil: p.datetime().nullable(),
    createdBy: p.string(),
    createdAt: p.datetime(),
    expiresAt: p.datetime().nullable(),
    /** To the minute. */
    lastUsedAt: p.datetime().nullable(),
    rotatedAt: p.datetime().nullable(),
    revokedAt: p.datetime().nullable(),
    revokedBy: p.string().nullable(),
  },
});
export type ApiKeyRow = ColumnsOf<typeof ApiKeyEntity>;

declare module '../../db/database.js' {
  interface Tables {
    apiKey: ApiKeyRow;
  }
}
