import type { Scope } from './keys/scopes.js';
import type { SeatRole, StaffRole } from './people.js';

/** Who is asking. Established once per request, at the door. */
export type Viewer = Visitor | Partner;
/** Who may look at the pages: people, signed in or not. */
export type Visitor = Anonymous | Seller | Staff;
export interface Anonymous {
  kind: 'ANONYMOUS';
}
export interface Seller {
  kind: 'PERSON';
  personId: string;
  email: string;
  name: string;
  role: 'SELLER';
  seat: SeatRole;
  /** The session they act under; none where they act without a browser. */
  sessionId?: string;
  /** Whether they showed within the last minutes, in that session, that it is them. */
  steppedUp: boolean;
  /** Whether they sign in with one-time codes. */
  hasSecondFactor: boolean;
  tenantId: string;
  accountId: string;
}
export interface Staff {
  kind: 'PERSON';
  personId: string;
  email: string;
  name: string;
  role: StaffRole;
  /** As a seller's. */
  sessionId?: string;
  steppedUp: boolean;
  hasSecondFactor: boolean;
  /** Whether they may do nothing before they have set up one-time codes. */
  mustEnrol: boolean;
  tenantId: null;
  accountId: null;
}
/** A program with an API key: of one account, or of the platform. */
export interface Partner {
  kind: 'KEY';
  keyId: string;
  name: string;
  role: 'PARTNER';
  scopes: readonly Scope[];
  tenantId: string | null;
  accountId: string | null;
}
export type Role = 'ANONYMOUS' | 'SELLER' | 'PARTNER' | StaffRole;

export const anonymous: Anonymous = { kind: 'ANONYMOUS' };

export function roleOf(viewer: Viewer): Role {
  return viewer.kind === 'ANONYMOUS' ? 'ANONYMOUS' : viewer.role;
}

/**
 * The account that is the viewer's own, or null: to ask whether they may do such a thing at all before anything is looked up,
 * so that what they are told does not depend on whether it exists.
 */
export function ownAccountOf(viewer: Viewer): { accountId: string } | null {
  return viewer.kind !== 'ANONYMOUS' && viewer.accountId !== null ? { accountId: viewer.accountId } : null;
}

/** Under whom an idempotency key is kept: a person, a program, or the buyers of one account. */
export function callerOf(viewer: Viewer, accountId: string): string {
  return viewer.kind === 'ANONYMOUS' ? `buyer:${accountId}` : actorOf(viewer);
}

/** Who did it, for a row that says so: a person's id, a key's, or that nobody knows. */
export function actorOf(viewer: Viewer): string {
  if (viewer.kind === 'ANONYMOUS') return 'anonymous';
  return viewer.kind === 'KEY' ? viewer.keyId : viewer.personId;
}
