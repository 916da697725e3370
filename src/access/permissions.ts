import { Denied, notFound } from '../base/errors.js';
import { type Role, roleOf, type Viewer } from './viewer.js';

/** How far a role reaches: not at all, to what is its own, or to everything. */
type Reach = 'OWN' | 'ALL';
type Grants = Partial<Record<Role, Reach>>;

const everyone: Grants = { ANONYMOUS: 'ALL', SELLER: 'ALL', VIEWER: 'ALL', OPERATOR: 'ALL', ADMIN: 'ALL' };
const staff: Grants = { VIEWER: 'ALL', OPERATOR: 'ALL', ADMIN: 'ALL' };
const ownerOrStaff: Grants = { SELLER: 'OWN', ...staff };
const ownerOnly: Grants = { SELLER: 'OWN' };
const buyers: Grants = { ANONYMOUS: 'ALL', SELLER: 'ALL' };

/**
 * Who may do what. The one table: checks are made from it, and what is not in it is refused.
 * Actions are named as in the API; `Type.field` rows guard fields of objects that more people may see than the field.
 */
export const permissions = {
  viewer: everyone,
  publicAccount: everyone,
  node: ownerOrStaff,
  account: ownerOrStaff,
  accounts: staff,
  payment: ownerOrStaff,
  payments: ownerOrStaff,
  memberships: ownerOrStaff,
  offering: ownerOrStaff,
  publicOffering: everyone,
  settlement: ownerOrStaff,
  settlements: ownerOrStaff,
  disputes: ownerOrStaff,
  moneyAudit: staff,
  proveSettlement: ownerOrStaff,
  reconciliation: staff,
  events: staff,
  'StripeEvent.payload': { OPERATOR: 'ALL', ADMIN: 'ALL' },

  startOnboarding: ownerOnly,
  refreshOnboardingStatus: { SELLER: 'OWN', OPERATOR: 'ALL', ADMIN: 'ALL' },
  disconnectAccount: { SELLER: 'OWN', ADMIN: 'ALL' },
  setMembershipPrice: ownerOnly,
  setOneTimePrice: ownerOnly,
  setCommissionPlan: { ADMIN: 'ALL' },
  createOffering: ownerOnly,
  createOfferingCheckout: buyers,
  settleNow: { ADMIN: 'ALL' },
  retrySettlement: { ADMIN: 'ALL' },
  verifySettlement: { OPERATOR: 'ALL', ADMIN: 'ALL' },
  adoptTransfer: { ADMIN: 'ALL' },
  sendAgain: { ADMIN: 'ALL' },
  clearHalt: { ADMIN: 'ALL' },
  replayEvents: { OPERATOR: 'ALL', ADMIN: 'ALL' },
  ignoreEvents: { OPERATOR: 'ALL', ADMIN: 'ALL' },
  createMembershipCheckout: buyers,
  createPaymentCheckout: buyers,
  syncCheckoutSession: everyone, // the session's id, which only its buyer was given, is the proof
  refundPayment: { SELLER: 'OWN', OPERATOR: 'ALL', ADMIN: 'ALL' },
  cancelMembership: { SELLER: 'OWN', OPERATOR: 'ALL', ADMIN: 'ALL' },

  'Account.private': ownerOrStaff,
  'Payment.private': ownerOrStaff,
  'Membership.private': ownerOrStaff,
} as const satisfies Record<string, Grants>;
export type Action = keyof typeof permissions;

/** Whether the viewer may do this to what belongs to `owner`; null where it belongs to nobody. */
export function isAllowed(viewer: Viewer, action: Action, owner: { accountId: string } | null): boolean {
  const reach = (permissions[action] as Grants)[roleOf(viewer)];
  if (reach === 'OWN') return viewer.kind === 'PERSON' && owner !== null && viewer.accountId === owner.accountId;
  return reach === 'ALL';
}

/**
 * Refuses what the table does not grant: UNAUTHENTICATED where signing in could help, FORBIDDEN to a role that never may,
 * and for another's object NOT_FOUND, in the words for a missing one.
 */
export function authorize(viewer: Viewer, action: Action, owner: { accountId: string } | null): void {
  if (isAllowed(viewer, action, owner)) return;
  if (viewer.kind === 'ANONYMOUS') throw new Denied('UNAUTHENTICATED', 'Sign in first.');
  if ((permissions[action] as Grants)[viewer.role] === 'OWN' && owner) throw notFound('account', owner.accountId);
  throw new Denied('FORBIDDEN', `Your role ${viewer.role} may not do this.`);
}
