import { defineEntity, p } from '@mikro-orm/postgresql';
import type { ColumnsOf } from '../../db/database.js';
import type { SeatRole, StaffRole } from '../people.js';

/** A place kept for somebody: in a tenant, or among the staff. Its link is known to whoever was given it; here is the hash. */
export const InvitationEntity = defineEntity({
  name: 'Invitation',
  tableName: 'invitation',
  properties: {
    id: p.string().primary(),
    /** Null for the staff. */
    tenantId: p.string().nullable(),
    email: p.string(),
    emailKey: p.string(),
    role: p.string().$type<StaffRole | SeatRole>(),
    tokenSha256: p.string(),
    invitedBy: p.string(),
    createdAt: p.datetime(),
    expiresAt: p.datetime(),
    acceptedAt: p.datetime().nullable(),
    acceptedBy: p.string().nullable(),
    withdrawnAt: p.datetime().nullable(),
  },
});
export type InvitationRow = ColumnsOf<typeof InvitationEntity>;

declare module '../../db/database.js' {
  interface Tables {
    invitation: InvitationRow;
  }
}
