import { defineEntity, p } from '@mikro-orm/postgresql';
import type { ColumnsOf } from '../../db/database.js';

/** One change by a person or a program, as the database wrote it with the change. No address of a person is in it: it is kept for good. */
export const AuditEntryEntity = defineEntity({
  name: 'AuditEntry',
  tableName: 'audit_entry',
  properties: {
    id: p.string().primary(),
    recordedAt: p.datetime(),
    /** Who: the id of a person or of a key. */
    actor: p.string(),
    role: p.string().nullable(),
    /** What: the table, and what became of the row. */
    action: p.string(),
    /** On what. */
    subjectId: p.string(),
    tenantId: p.string().nullable(),
    accountId: p.string().nullable(),
    /** The columns that changed, as they were; null for what is new. */
    before: p.json<Record<string, unknown>>().nullable(),
    after: p.json<Record<string, unknown>>().nullable(),
    /** From where. */
    address: p.string().nullable(),
    requestId: p.string().nullable(),
  },
});
export type AuditEntryRow = ColumnsOf<typeof AuditEntryEntity>;

/** One link of the chain over the audit log. */
export const AuditLinkEntity = defineEntity({
  name: 'AuditLink',
  tableName: 'audit_link',
  properties: {
    number: p.bigint('number').primary(),
    entryId: p.string(),
    contentSha256: p.string(),
    hash: p.string(),
    linkedAt: p.datetime(),
  },
});

declare module '../../db/database.js' {
  interface Tables {
    auditEntry: AuditEntryRow;
    auditLink: ColumnsOf<typeof AuditLinkEntity>;
  }
}
