import { defineEntity, p } from '@mikro-orm/postgresql';
import type { ColumnsOf } from '../db/database.js';

export const staffRoles = ['VIEWER', 'OPERATOR', 'ADMIN'] as const;
/** What a member of the marketplace's own staff may do: read, act, decide. */
export type StaffRole = (typeof staffRoles)[number];

export const seatRoles = ['OWNER', 'MEMBER'] as const;
/** What a person may do in their tenant: everything, or everything but what decides about its ways out and who is in it. */
export type SeatRole = (typeof seatRoles)[number];

/** A security boundary: no row of one tenant is ever seen by another. */
export const TenantEntity = defineEntity({
  name: 'Tenant',
  tableName: 'tenant',
  properties: {
    id: p.string().primary(),
    name: p.string(),
    createdAt: p.datetime(),
  },
});

/** Somebody who signs in: with a seat in a tenant, or with a staff role. */
export const PersonEntity = defineEntity({
  name: 'Person',
  tableName: 'person',
  properties: {
    id: p.string().primary(),
    name: p.string(),
    email: p.string(),
    /** The address as it is looked up: lower case. Unique. */
    emailKey: p.string(),
    passwordHash: p.string(),
    staffRole: p.string().$type<StaffRole>().nullable(),
    createdAt: p.datetime(),
    /** When they signed up, while they have not shown that they read mail at their address. */
    unconfirmedSince: p.datetime().nullable(),
  },
});

/** A person's place in a tenant. */
export const SeatEntity = defineEntity({
  name: 'Seat',
  tableName: 'seat',
  properties: {
    tenantId: p.string().primary(),
    personId: p.string().primary(),
    role: p.string().$type<SeatRole>(),
    createdAt: p.datetime(),
  },
});

/** A signed-in browser. The token itself is known to that browser alone; here is its hash. */
export const SignInSessionEntity = defineEntity({
  name: 'SignInSession',
  tableName: 'sign_in_session',
  properties: {
    tokenSha256: p.string().primary(),
    personId: p.string(),
    createdAt: p.datetime(),
    lastSeenAt: p.datetime(),
    expiresAt: p.datetime(),
    /** When the person last showed again that it is them; null where not since they signed in. */
    steppedUpAt: p.datetime().nullable(),
    /** Whether it is worth nothing yet: a one-time code is still to come. */
    codeDue: p.boolean().default(false),
    revokedAt: p.datetime().nullable(),
  },
});

declare module '../db/database.js' {
  interface Tables {
    tenant: ColumnsOf<typeof TenantEntity>;
    person: ColumnsOf<typeof PersonEntity>;
    seat: ColumnsOf<typeof SeatEntity>;
    signInSession: ColumnsOf<typeof SignInSessionEntity>;
  }
}
