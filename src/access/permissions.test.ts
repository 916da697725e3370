import { describe, expect, it } from '@jest/globals';
import { Denied } from '../base/errors.js';
import { isScope, scopes } from './keys/scopes.js';
import type { StaffRole } from './people.js';
import { type Action, authorize, permissions, steppedUpActions } from './permissions.js';
import { anonymous, type Partner, type Viewer } from './viewer.js';

const own = { accountId: 'acc_own' };
const seller: Viewer = {
  kind: 'PERSON',
  personId: 'per_1',
  email: 's@example.com',
  name: 'S',
  role: 'SELLER',
  seat: 'OWNER',
  steppedUp: true,
  hasSecondFactor: false,
  tenantId: 'ten_1',
  ...own,
};
const member: Viewer = { ...seller, seat: 'MEMBER' };
const staff = (role: StaffRole): Viewer => ({
  kind: 'PERSON',
  personId: 'per_2',
  email: 'a@example.com',
  name: 'A',
  role,
  steppedUp: true,
  hasSecondFactor: false,
  mustEnrol: false,
  tenantId: null,
  accountId: null,
});

const key = (accountId: string | null): Viewer => ({
  kind: 'KEY',
  role: 'PARTNER',
  keyId: 'key_1',
  name: 'Shop',
  scopes: Object.keys(scopes).filter(isScope),
  tenantId: accountId && 'ten_1',
  accountId,
});

const askers: [string, Viewer, { accountId: string } | null][] = [
  ['a stranger', anonymous, own],
  ['the seller', seller, own],
  ['another seller', seller, { accountId: 'acc_other' }],
  ['a seller, of nobody’s', seller, null],
  ['a viewer', staff('VIEWER'), own],
  ['an operator', staff('OPERATOR'), own],
  ['an administrator', staff('ADMIN'), own],
  ['the account’s program', key('acc_own'), own],
  ['another account’s program', key('acc_own'), { accountId: 'acc_other' }],
  ['an account’s program, of nobody’s', key('acc_own'), null],
  ['the platform’s program', key(null), own],
  ['the platform’s program, of nobody’s', key(null), null],
];

// one letter per asker above: y may; u signs in first; f never may; n is told that there is no such thing
const expected: Record<Action, string> = {
  viewer: 'yyyyyyyyyyyy',
  publicAccount: 'yyyyyyyyyyyy',
  syncCheckoutSession: 'yyyyyyyynfyy',
  createMembershipCheckout: 'yyyyfffynfyy',
  createPaymentCheckout: 'yyyyfffynfyy',
  node: 'uynfyyyyyyyy',
  account: 'uynfyyyynfyy',
  accounts: 'ufffyyyfffyy',
  payment: 'uynfyyyynfyy',
  payments: 'uynfyyyynfyy',
  memberships: 'uynfyyyynfyy',
  startOnboarding: 'uynffffynfyy',
  setAccountProfile: 'uynffffynfyy',
  setMembershipPrice: 'uynffffynfyy',
  setOneTimePrice: 'uynffffynfyy',
  refreshOnboardingStatus: 'uynffyyynfyy',
  refundPayment: 'uynffyyynfyy',
  cancelMembership: 'uynffyyynfyy',
  disconnectAccount: 'uynfffyfffff',
  setCommissionPlan: 'ufffffyfffff',
  offering: 'uynfyyyynfyy',
  publicOffering: 'yyyyyyyyyyyy',
  createOffering: 'uynffffynfyy',
  createOfferingCheckout: 'yyyyfffynfyy',
  settlement: 'uynfyyyynfyy',
  settlements: 'uynfyyyynfyy',
  disputes: 'uynfyyyynfyy',
  attention: 'ufffyyyfffyy',
  keptViews: 'ufffyyyfffff',
  keepView: 'ufffyyyfffff',
  forgetView: 'ufffyyyfffff',
  scenarios: 'ufffyyyfffff',
  playScenario: 'ufffffyfffff',
  settings: 'ufffffyfffff',
  lookUp: 'ufffyyyfffff',
  statistics: 'ufffyyyfffyy',
  moneyAudit: 'ufffyyyfffyy',
  heldMoney: 'ufffyyyfffyy',
  proveSettlement: 'uynfyyyynfyy',
  reconciliation: 'ufffyyyfffyy',
  bulkRetry: 'ufffyyyfffff',
  bulkRetries: 'ufffyyyfffff',
  startBulkRetry: 'ufffffyfffff',
  stopBulkRetry: 'uffffyyfffff',
  clearHalt: 'ufffffyfffff',
  settleNow: 'ufffffyfffyy',
  retrySettlement: 'ufffffyfffyy',
  verifySettlement: 'uffffyyfffff',
  adoptTransfer: 'ufffffyfffff',
  sendAgain: 'ufffffyfffff',
  apiKeys: 'uynfyyyfffff',
  sessions: 'uyyyyyyfffff',
  revokeSession: 'uyyyyyyfffff',
  changePassword: 'uyyyyyyfffff',
  stepUp: 'uyyyyyyfffff',
  startSecondFactor: 'uyyyyyyfffff',
  confirmSecondFactor: 'uyyyyyyfffff',
  renewRecoveryCodes: 'uyyyyyyfffff',
  removeSecondFactor: 'uyyyyyyfffff',
  auditLog: 'uynfyyyfffff',
  staff: 'ufffyyyfffff',
  seats: 'uynfyyyfffff',
  invitations: 'uynfyyyfffff',
  inviteStaff: 'ufffffyfffff',
  setStaffRole: 'ufffffyfffff',
  inviteToAccount: 'uynfffyfffff',
  withdrawInvitation: 'uynfffyfffff',
  endSeat: 'uynfffyfffff',
  'AuditEntry.address': 'ufffyyyfffff',
  createApiKey: 'uynfffyfffff',
  rotateApiKey: 'uynfffyfffff',
  revokeApiKey: 'uynffyyfffff',
  'Payment.email': 'uynffyyynfyy',
  'Account.private': 'uynfyyyynfyy',
  'Payment.private': 'uynfyyyynfyy',
  'Membership.private': 'uynfyyyynfyy',
  event: 'ufffyyyfffff',
  events: 'ufffyyyfffff',
  webhookTopics: 'yyyyyyyyyyyy',
  webhookEndpoints: 'uynfyyyynfyy',
  webhookDeliveries: 'uynfyyyynfyy',
  createWebhookEndpoint: 'uynfffyynfyy',
  updateWebhookEndpoint: 'uynfffyynfyy',
  rotateWebhookSecret: 'uynfffyynfyy',
  removeWebhookEndpoint: 'uynfffyynfyy',
  testWebhookEndpoint: 'uynfffyynfyy',
  replayDeliveries: 'uynffyyynfyy',
  eventStreams: 'ufffyyyfffff',
  explorerChapters: 'ufffyyyfffff',
  explorerTargets: 'ufffyyyfffff',
  runExplorerStep: 'ufffffyfffff',
  eventEndpoints: 'ufffyyyfffff',
  resyncEventStream: 'ufffffyfffff',
  'StripeEvent.payload': 'uffffyyfffff',
  replayEvents: 'uffffyyfffff',
  ignoreEvents: 'uffffyyfffff',
};

const letters: Record<string, string> = { UNAUTHENTICATED: 'u', FORBIDDEN: 'f', NOT_FOUND: 'n' };

function answer(viewer: Viewer, action: Action, owner: { accountId: string } | null): string {
  try {
    authorize(viewer, action, owner);
    return 'y';
  } catch (error) {
    return error instanceof Denied ? (letters[error.code] ?? error.code) : 'a defect';
  }
}

describe('the permission table', () => {
  it.each(Object.keys(permissions) as Action[])('grants and refuses as agreed: %s', (action) => {
    expect(askers.map(([, viewer, owner]) => answer(viewer, action, owner)).join('')).toBe(expected[action]);
  });

  it('refuses everybody what is not in it', () => {
    const unknown = 'deleteEverything' as Action;
    expect(() => authorize(staff('ADMIN'), unknown, null)).toThrow();
  });

  it.each(Object.keys(scopes).filter(isScope))('grants a program nothing that takes the scope %s, where its key has all others', (scope) => {
    const without: Viewer = {
      ...(key(null) as Partner),
      scopes: Object.keys(scopes)
        .filter(isScope)
        .filter((one) => one !== scope),
    };
    const taking = (Object.keys(permissions) as Action[]).filter(
      (action) => 'PARTNER' in permissions[action] && permissions[action].PARTNER === scope,
    );
    expect(taking.length).toBeGreaterThan(0);
    expect(taking.map((action) => answer(without, action, own))).toEqual(taking.map(() => 'f'));
  });

  it('grants a member of an account what it grants its owner, but its ways out, its keys and who is in it', () => {
    const less = (Object.keys(permissions) as Action[]).filter((action) => answer(member, action, own) !== answer(seller, action, own)).sort();
    expect(less).toEqual([
      'createApiKey',
      'disconnectAccount',
      'endSeat',
      'invitations',
      'inviteToAccount',
      'revokeApiKey',
      'rotateApiKey',
      'withdrawInvitation',
    ]);
    expect(less.map((action) => answer(member, action, own))).toEqual(less.map(() => 'f'));
  });

  it('asks a person whose password is some minutes old for it again, before whatever moves money or rights, and no program', () => {
    const late = (viewer: Viewer): Viewer => ({ ...viewer, steppedUp: false }) as Viewer;
    const asked = (viewer: Viewer, action: Action) => {
      try {
        authorize(viewer, action, own);
        return false;
      } catch (error) {
        return error instanceof Denied && error.reason === 'STEP_UP_REQUIRED';
      }
    };
    for (const viewer of [seller, staff('OPERATOR'), staff('ADMIN'), key('acc_own'), key(null)])
      for (const action of Object.keys(permissions) as Action[])
        expect([action, asked(late(viewer), action)]).toEqual([
          action,
          viewer.kind === 'PERSON' && steppedUpActions.has(action) && answer(viewer, action, own) === 'y',
        ]);
  });

  it('speaks of another’s account as of a missing one', () => {
    expect(() => authorize(seller, 'account', { accountId: 'acc_other' })).toThrow('There is no account "acc_other" here.');
  });
});
