import type { StaffRole } from './people.js';

/** Who is asking. Established once per request, at the door. */
export type Viewer = Anonymous | Seller | Staff;
export interface Anonymous {
  kind: 'ANONYMOUS';
}
export interface Seller {
  kind: 'PERSON';
  personId: string;
  email: string;
  name: string;
  role: 'SELLER';
  tenantId: string;
  accountId: string;
}
export interface Staff {
  kind: 'PERSON';
  personId: string;
  email: string;
  name: string;
  role: StaffRole;
  tenantId: null;
  accountId: null;
}
export type Role = 'ANONYMOUS' | 'SELLER' | StaffRole;

export const anonymous: Anonymous = { kind: 'ANONYMOUS' };

export function roleOf(viewer: Viewer): Role {
  return viewer.kind === 'ANONYMOUS' ? 'ANONYMOUS' : viewer.role;
}

/**
 * The account that is the viewer's own, or null: to ask whether they may do such a thing at all before anything is looked up,
 * so that what they are told does not depend on whether it exists.
 */
export function ownAccountOf(viewer: Viewer): { accountId: string } | null {
  return viewer.kind === 'PERSON' && viewer.accountId !== null ? { accountId: viewer.accountId } : null;
}

/** Under whom an idempotency key is kept: a person, or the buyers of one account. */
export function callerOf(viewer: Viewer, accountId: string): string {
  return viewer.kind === 'PERSON' ? viewer.personId : `buyer:${accountId}`;
}

/** Who did it, for a row that says so. */
export function actorOf(viewer: Viewer): string {
  return viewer.kind === 'PERSON' ? viewer.personId : 'anonymous';
}
