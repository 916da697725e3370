import { defineEntity, p } from '@mikro-orm/postgresql';
import type { ColumnsOf } from '../db/database.js';

/** A caller's idempotency key: which request came under it first, and the row that request made. */
export const IdempotentRequestEntity = defineEntity({
  name: 'IdempotentRequest',
  tableName: 'idempotent_request',
  properties: {
    caller: p.string().primary(),
    key: p.string().primary(),
    operation: p.string(),
    requestSha256: p.string(),
    /** What the first request made; a repeat answers from it. Null while the first one runs. */
    subjectId: p.string().nullable(),
    lockedUntil: p.datetime(),
    createdAt: p.datetime(),
  },
});
export type IdempotentRequestRow = ColumnsOf<typeof IdempotentRequestEntity>;

declare module '../db/database.js' {
  interface Tables {
    idempotentRequest: IdempotentRequestRow;
  }
}
