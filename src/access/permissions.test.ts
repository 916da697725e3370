import { describe, expect, it } from '@jest/globals';
import { Denied } from '../base/errors.js';
import type { StaffRole } from './people.js';
import { type Action, authorize, permissions } from './permissions.js';
import { anonymous, type Viewer } from './viewer.js';

const own = { accountId: 'acc_own' };
const seller: Viewer = { kind: 'PERSON', personId: 'per_1', email: 's@example.com', name: 'S', role: 'SELLER', tenantId: 'ten_1', ...own };
const staff = (role: StaffRole): Viewer => ({
  kind: 'PERSON',
  personId: 'per_2',
  email: 'a@example.com',
  name: 'A',
  role,
  tenantId: null,
  accountId: null,
});

const askers: [string, Viewer, { accountId: string } | null][] = [
  ['a stranger', anonymous, own],
  ['the seller', seller, own],
  ['another seller', seller, { accountId: 'acc_other' }],
  ['a seller, of nobody’s', seller, null],
  ['a viewer', staff('VIEWER'), own],
  ['an operator', staff('OPERATOR'), own],
  ['an administrator', staff('ADMIN'), own],
];

// one letter per asker above: y may; u signs in first; f never may; n is told that there is no such thing
const expected: Record<Action, string> = {
  viewer: 'yyyyyyy',
  publicAccount: 'yyyyyyy',
  syncCheckoutSession: 'yyyyyyy',
  createMembershipCheckout: 'yyyyfff',
  createPaymentCheckout: 'yyyyfff',
  node: 'uynfyyy',
  account: 'uynfyyy',
  accounts: 'ufffyyy',
  payment: 'uynfyyy',
  payments: 'uynfyyy',
  memberships: 'uynfyyy',
  startOnboarding: 'uynffff',
  setMembershipPrice: 'uynffff',
  setOneTimePrice: 'uynffff',
  refreshOnboardingStatus: 'uynffyy',
  refundPayment: 'uynffyy',
  cancelMembership: 'uynffyy',
  disconnectAccount: 'uynfffy',
  setCommissionPlan: 'ufffffy',
  offering: 'uynfyyy',
  publicOffering: 'yyyyyyy',
  createOffering: 'uynffff',
  createOfferingCheckout: 'yyyyfff',
  settlement: 'uynfyyy',
  settlements: 'uynfyyy',
  disputes: 'uynfyyy',
  moneyAudit: 'ufffyyy',
  proveSettlement: 'uynfyyy',
  reconciliation: 'ufffyyy',
  clearHalt: 'ufffffy',
  events: 'ufffyyy',
  'StripeEvent.payload': 'uffffyy',
  replayEvents: 'uffffyy',
  ignoreEvents: 'uffffyy',
  settleNow: 'ufffffy',
  retrySettlement: 'ufffffy',
  verifySettlement: 'uffffyy',
  adoptTransfer: 'ufffffy',
  sendAgain: 'ufffffy',
  'Account.private': 'uynfyyy',
  'Payment.private': 'uynfyyy',
  'Membership.private': 'uynfyyy',
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

  it('speaks of another’s account as of a missing one', () => {
    expect(() => authorize(seller, 'account', { accountId: 'acc_other' })).toThrow('There is no account "acc_other" here.');
  });
});
