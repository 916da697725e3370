import { Denied, notFound } from '../base/errors.js';
import type { Scope } from './keys/scopes.js';
import { ownAccountOf, type Role, roleOf, type Seller, type Staff, type Viewer } from './viewer.js';

/** How far a role reaches: not at all, to what is its own, to its own where it owns the account, or to everything. */
type Reach = 'OWN' | 'OWNER' | 'ALL';
/** A program reaches what its key belongs to, with the scope named here; every key may what says ANY, and none what says nothing. */
type Grants = Partial<Record<Exclude<Role, 'PARTNER'>, Reach>> & { PARTNER?: Scope | 'ANY' };

const everyone: Grants = { ANONYMOUS: 'ALL', SELLER: 'ALL', VIEWER: 'ALL', OPERATOR: 'ALL', ADMIN: 'ALL', PARTNER: 'ANY' };
const staff: Grants = { VIEWER: 'ALL', OPERATOR: 'ALL', ADMIN: 'ALL' };
const ownerOrStaff: Grants = { SELLER: 'OWN', ...staff };
const people: Grants = { SELLER: 'ALL', ...staff }; // their own, whoever they are
const buyers: Grants = { ANONYMOUS: 'ALL', SELLER: 'ALL', PARTNER: 'checkout:write' };

/**
 * Who may do what. The one table: checks are made from it, and what is not in it is refused.
 * Actions are named as in the API; `Type.field` rows guard fields of objects that more people may see than the field.
 */
export const permissions = {
  viewer: everyone,
  publicAccount: everyone,
  node: { ...ownerOrStaff, PARTNER: 'ANY' }, // what it finds is asked about by its kind
  account: { ...ownerOrStaff, PARTNER: 'accounts:read' },
  accounts: { ...staff, PARTNER: 'accounts:read' },
  payment: { ...ownerOrStaff, PARTNER: 'payments:read' },
  payments: { ...ownerOrStaff, PARTNER: 'payments:read' },
  memberships: { ...ownerOrStaff, PARTNER: 'payments:read' },
  offering: { ...ownerOrStaff, PARTNER: 'offerings:read' },
  publicOffering: everyone,
  settlement: { ...ownerOrStaff, PARTNER: 'settlements:read' },
  settlements: { ...ownerOrStaff, PARTNER: 'settlements:read' },
  bulkRetry: staff,
  bulkRetries: staff,
  disputes: { ...ownerOrStaff, PARTNER: 'disputes:read' },
  attention: { ...staff, PARTNER: 'books:read' },
  lookUp: staff,
  settings: { ADMIN: 'ALL' },
  statistics: { ...staff, PARTNER: 'books:read' },
  heldMoney: { ...staff, PARTNER: 'books:read' },
  moneyAudit: { ...staff, PARTNER: 'books:read' },
  proveSettlement: { ...ownerOrStaff, PARTNER: 'settlements:read' },
  reconciliation: { ...staff, PARTNER: 'books:read' },
  sessions: people,
  apiKeys: ownerOrStaff,
  auditLog: ownerOrStaff,
  staff,
  seats: ownerOrStaff,
  invitations: { SELLER: 'OWNER', ...staff },
  'AuditEntry.address': staff,
  webhookTopics: everyone,
  webhookEndpoints: { ...ownerOrStaff, PARTNER: 'webhooks:write' },
  webhookDeliveries: { ...ownerOrStaff, PARTNER: 'webhooks:write' },
  event: staff,
  events: staff,
  eventStreams: staff,
  explorerChapters: staff,
  explorerTargets: staff,
  eventEndpoints: staff,
  'StripeEvent.payload': { OPERATOR: 'ALL', ADMIN: 'ALL' },

  setAccountProfile: { SELLER: 'OWN', PARTNER: 'accounts:write' },
  startOnboarding: { SELLER: 'OWN', PARTNER: 'accounts:write' },
  refreshOnboardingStatus: { SELLER: 'OWN', OPERATOR: 'ALL', ADMIN: 'ALL', PARTNER: 'accounts:write' },
  disconnectAccount: { SELLER: 'OWNER', ADMIN: 'ALL' },
  setMembershipPrice: { SELLER: 'OWN', PARTNER: 'prices:write' },
  setOneTimePrice: { SELLER: 'OWN', PARTNER: 'prices:write' },
  setCommissionPlan: { ADMIN: 'ALL' },
  createOffering: { SELLER: 'OWN', PARTNER: 'offerings:write' },
  createOfferingCheckout: buyers,
  settleNow: { ADMIN: 'ALL', PARTNER: 'settlements:write' },
  retrySettlement: { ADMIN: 'ALL', PARTNER: 'settlements:write' },
  startBulkRetry: { ADMIN: 'ALL' },
  stopBulkRetry: { OPERATOR: 'ALL', ADMIN: 'ALL' },
  verifySettlement: { OPERATOR: 'ALL', ADMIN: 'ALL' },
  adoptTransfer: { ADMIN: 'ALL' },
  sendAgain: { ADMIN: 'ALL' },
  clearHalt: { ADMIN: 'ALL' },
  createWebhookEndpoint: { SELLER: 'OWN', ADMIN: 'ALL', PARTNER: 'webhooks:write' },
  updateWebhookEndpoint: { SELLER: 'OWN', ADMIN: 'ALL', PARTNER: 'webhooks:write' },
  rotateWebhookSecret: { SELLER: 'OWN', ADMIN: 'ALL', PARTNER: 'webhooks:write' },
  removeWebhookEndpoint: { SELLER: 'OWN', ADMIN: 'ALL', PARTNER: 'webhooks:write' },
  testWebhookEndpoint: { SELLER: 'OWN', ADMIN: 'ALL', PARTNER: 'webhooks:write' },
  replayDeliveries: { SELLER: 'OWN', OPERATOR: 'ALL', ADMIN: 'ALL', PARTNER: 'webhooks:write' },
  resyncEventStream: { ADMIN: 'ALL' },
  runExplorerStep: { ADMIN: 'ALL' },
  keptViews: staff,
  keepView: staff,
  forgetView: staff,
  scenarios: staff,
  playScenario: { ADMIN: 'ALL' },
  replayEvents: { OPERATOR: 'ALL', ADMIN: 'ALL' },
  ignoreEvents: { OPERATOR: 'ALL', ADMIN: 'ALL' },
  createMembershipCheckout: buyers,
  createPaymentCheckout: buyers,
  syncCheckoutSession: { ...everyone, PARTNER: 'checkout:write' }, // the session's id, which only its buyer was given, is the proof
  refundPayment: { SELLER: 'OWN', OPERATOR: 'ALL', ADMIN: 'ALL', PARTNER: 'refunds:write' },
  cancelMembership: { SELLER: 'OWN', OPERATOR: 'ALL', ADMIN: 'ALL', PARTNER: 'memberships:write' },
  createApiKey: { SELLER: 'OWNER', ADMIN: 'ALL' },
  rotateApiKey: { SELLER: 'OWNER', ADMIN: 'ALL' },
  revokeApiKey: { SELLER: 'OWNER', OPERATOR: 'ALL', ADMIN: 'ALL' },
  revokeSession: people,
  changePassword: people,
  stepUp: people,
  startSecondFactor: people,
  confirmSecondFactor: people,
  renewRecoveryCodes: people,
  removeSecondFactor: people,
  inviteStaff: { ADMIN: 'ALL' },
  setStaffRole: { ADMIN: 'ALL' },
  inviteToAccount: { SELLER: 'OWNER', ADMIN: 'ALL' },
  withdrawInvitation: { SELLER: 'OWNER', ADMIN: 'ALL' },
  endSeat: { SELLER: 'OWNER', ADMIN: 'ALL' },

  'Account.private': { ...ownerOrStaff, PARTNER: 'accounts:read' },
  'Payment.private': { ...ownerOrStaff, PARTNER: 'payments:read' },
  'Payment.email': { SELLER: 'OWN', OPERATOR: 'ALL', ADMIN: 'ALL', PARTNER: 'payments:read_pii' },
  'Membership.private': { ...ownerOrStaff, PARTNER: 'payments:read' },
} as const satisfies Record<string, Grants>;
export type Action = keyof typeof permissions;

/**
 * What moves money or rights: a person whose password is some minutes old is asked for it again, so that a browser left open or a stolen
 * session does none of it. Programs are not asked: their keys name what they may.
 */
export const steppedUpActions: ReadonlySet<Action> = new Set([
  'refundPayment',
  'settleNow',
  'retrySettlement',
  'startBulkRetry',
  'adoptTransfer',
  'sendAgain',
  'clearHalt',
  'setCommissionPlan',
  'disconnectAccount',
  'createApiKey',
  'rotateApiKey',
  'revokeApiKey',
  'inviteStaff',
  'setStaffRole',
  'inviteToAccount',
  'endSeat',
  'startSecondFactor',
  'renewRecoveryCodes',
  'removeSecondFactor',
]);

/** What staff may do who must set up one-time codes and have not. */
const enrolment: ReadonlySet<Action> = new Set(['viewer', 'sessions', 'revokeSession', 'stepUp', 'startSecondFactor', 'confirmSecondFactor']);

/** How far the viewer may go with this; null where not at all. */
function reachOf(viewer: Viewer, action: Action): Reach | null {
  const grants: Grants = permissions[action];
  if (mustEnrolFirst(viewer, action)) return null;
  if (viewer.kind !== 'KEY') {
    const reach = grants[roleOf(viewer) as Exclude<Role, 'PARTNER'>] ?? null;
    const isOwner = viewer.kind === 'PERSON' && viewer.role === 'SELLER' && viewer.seat === 'OWNER';
    return reach === 'OWNER' ? (isOwner ? 'OWN' : null) : reach;
  }
  if (grants.PARTNER === 'ANY') return 'ALL';
  if (grants.PARTNER === undefined || !viewer.scopes.includes(grants.PARTNER)) return null;
  if (viewer.accountId === null) return 'ALL';
  return grants.SELLER === undefined ? null : 'OWN'; // what no seller may is not for a seller's program either
}

function mustEnrolFirst(viewer: Viewer, action: Action): boolean {
  return viewer.kind === 'PERSON' && viewer.role !== 'SELLER' && viewer.mustEnrol && !enrolment.has(action);
}

/** Everything the viewer may do, to what is their own at least. */
export function actionsOf(viewer: Viewer): Action[] {
  return (Object.keys(permissions) as Action[]).filter((action) => reachOf(viewer, action) !== null);
}

/** Whether the viewer may do this to what belongs to `owner`; null where it belongs to nobody. */
export function isAllowed(viewer: Viewer, action: Action, owner: { accountId: string } | null): boolean {
  const reach = reachOf(viewer, action);
  if (reach === 'OWN') return owner !== null && ownAccountOf(viewer)?.accountId === owner.accountId;
  return reach === 'ALL';
}

/**
 * Refuses what the table does not grant: UNAUTHENTICATED where signing in could help, FORBIDDEN to a role or key that never may,
 * and for another's object NOT_FOUND, in the words for a missing one. FORBIDDEN with the reason STEP_UP_REQUIRED to who may once they have stepped up.
 */
export function authorize(viewer: Viewer, action: Action, owner: { accountId: string } | null): void {
  if (isAllowed(viewer, action, owner)) {
    assertSteppedUp(viewer, action);
    return;
  }
  if (viewer.kind === 'ANONYMOUS') throw new Denied('UNAUTHENTICATED', 'Sign in first.');
  if (mustEnrolFirst(viewer, action)) throw new Denied('FORBIDDEN', 'Set up one-time codes first, at /security.', null, 'SECOND_FACTOR_REQUIRED');
  if (reachOf(viewer, action) === 'OWN' && owner) throw notFound('account', owner.accountId);
  throw new Denied('FORBIDDEN', viewer.kind === 'KEY' ? keyMayNot(action) : `Your role ${viewer.role} may not do this.`);
}

function assertSteppedUp(viewer: Viewer, action: Action): void {
  if (viewer.kind !== 'PERSON' || viewer.steppedUp || !steppedUpActions.has(action)) return;
  throw new Denied('FORBIDDEN', 'This takes your password again.', null, 'STEP_UP_REQUIRED');
}

/** The person who may do what is done to oneself; refuses programs and strangers as `authorize` does. */
export function authorizePerson(viewer: Viewer, action: Action): Seller | Staff {
  authorize(viewer, action, null);
  if (viewer.kind !== 'PERSON') throw new Denied('FORBIDDEN', 'This is for people.');
  return viewer;
}

function keyMayNot(action: Action): string {
  const { PARTNER: scope }: Grants = permissions[action];
  return scope === undefined ? 'No API key may do this.' : `This takes an API key with the scope ${scope}, whose account or platform it is about.`;
}
