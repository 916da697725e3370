import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type Connection,
  canBePaidOut,
  canReceiveTransfers,
  isMembershipEnabled,
  isOnboardingInProgress,
  isOneTimeEnabled,
  isReady,
  statusOf,
} from './readiness.js';

const connection = fc.record({
  stripeAccountId: fc.option(fc.constant('acct_1')),
  detailsSubmitted: fc.boolean(),
  chargesEnabled: fc.boolean(),
  payoutsEnabled: fc.boolean(),
  transfersCapability: fc.constantFrom('active', 'pending', 'inactive', 'unrequested'),
  disabledReason: fc.option(fc.constant('requirements.past_due')),
});
const prices = fc.record({ membershipPriceMinor: fc.option(fc.constant(1000)), oneTimePriceMinor: fc.option(fc.constant(2500)) });

const finished: NonNullable<Connection> = {
  stripeAccountId: 'acct_1',
  detailsSubmitted: true,
  chargesEnabled: true,
  payoutsEnabled: true,
  transfersCapability: 'active',
  disabledReason: null,
};

describe('the readiness of an account', () => {
  it.each([
    ['never connected', null, 'NOT_CONNECTED'],
    ['with questions of Stripe open', { ...finished, detailsSubmitted: false, chargesEnabled: false }, 'ONBOARDING'],
    ['finished, charges switched off', { ...finished, chargesEnabled: false }, 'RESTRICTED'],
    ['finished', finished, 'READY'],
  ] as const)('of a seller %s', (_, connected, status) => {
    expect(statusOf(connected)).toBe(status);
  });

  it('is ready, in progress, restricted or not connected, and only one of them', () => {
    fc.assert(
      fc.property(fc.option(connection), (connected) => {
        const status = statusOf(connected);
        expect(isReady(connected)).toBe(status === 'READY');
        expect(isOnboardingInProgress(connected)).toBe(status === 'ONBOARDING');
      }),
    );
  });

  it('shows a buy button only to a ready account with that price', () => {
    fc.assert(
      fc.property(prices, fc.option(connection), (account, connected) => {
        expect(isMembershipEnabled(account, connected)).toBe(isReady(connected) && account.membershipPriceMinor !== null);
        expect(isOneTimeEnabled(account, connected)).toBe(isReady(connected) && account.oneTimePriceMinor !== null);
      }),
    );
  });

  it('tells taking charges, receiving transfers and being paid out apart', () => {
    const recipient = { ...finished, chargesEnabled: false, payoutsEnabled: false };
    expect([isReady(recipient), canReceiveTransfers(recipient), canBePaidOut(recipient)]).toEqual([false, true, false]);
    expect([canReceiveTransfers(null), canBePaidOut(null)]).toEqual([false, false]);
  });
});
