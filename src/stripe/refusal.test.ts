import { describe, expect, it } from '@jest/globals';
import { refusalOf } from './refusal.js';
import type { StripeFailure } from './result.js';

const failed = (kind: StripeFailure['kind'], code: StripeFailure['code'] = 'UNCLASSIFIED'): StripeFailure => ({
  kind,
  code,
  message: 'Stripe said no.',
  stripeCode: null,
  httpStatus: null,
  stripeRequestId: 'req_1',
  replayed: false,
});

describe('what a person reads of a failure of Stripe’s', () => {
  it.each([
    ['REFUSED', 'UNCLASSIFIED', 'STRIPE_REFUSED', /Correct it/],
    ['REFUSED', 'ACCOUNT_DISCONNECTED', 'NOT_CONNECTED', /connects to Stripe again/],
    ['REFUSED', 'ACCOUNT_RESTRICTED', 'STRIPE_REFUSED', /open questions/],
    ['REFUSED', 'INSUFFICIENT_BALANCE', 'STRIPE_REFUSED', /become available/],
    ['REFUSED', 'INVALID_ACCOUNT', 'STRIPE_REFUSED', /Correct it/],
    ['DEFECT', 'UNCLASSIFIED', 'STRIPE_REFUSED', /operator finds the request/],
    ['PLATFORM', 'PLATFORM_NOT_ALLOWED', 'STRIPE_UNAVAILABLE', /operator checks/],
    ['NOT_RUN', 'UNCLASSIFIED', 'STRIPE_UNAVAILABLE', /in a minute/],
    ['IN_FLIGHT', 'UNCLASSIFIED', 'STRIPE_UNAVAILABLE', /in a minute/],
    ['UNKNOWN', 'UNCLASSIFIED', 'STRIPE_UNAVAILABLE', /in a minute/],
  ] as const)('that is %s %s: %s and what to do', (kind, code, refusalCode, remedy) => {
    const refusal = refusalOf(failed(kind, code), 'Nothing was charged', ['accountId']);
    expect(refusal).toMatchObject({ code: refusalCode, message: 'Nothing was charged: Stripe said no.', path: ['accountId'] });
    expect(refusal.remedy).toMatch(remedy);
  });
});
