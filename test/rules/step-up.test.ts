import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { buildSchema } from 'graphql';
import { steppedUpActions } from '../../src/access/permissions.js';

/** Mutations that neither move money out of anybody's hands nor change what somebody may; a new one is in this list or asks for the password. */
const withoutPassword = {
  buying: ['createPaymentCheckout', 'createMembershipCheckout', 'createOfferingCheckout', 'syncCheckoutSession'], // the buyer pays at Stripe
  selling: ['startOnboarding', 'refreshOnboardingStatus', 'setOneTimePrice', 'setMembershipPrice', 'createOffering', 'setAccountProfile'], // what is asked for from now on
  ending: ['cancelMembership', 'stopBulkRetry', 'withdrawInvitation', 'removeWebhookEndpoint', 'revokeSession'], // less happens afterwards, not more
  lookingUp: ['verifySettlement', 'resyncEventStream', 'replayEvents', 'ignoreEvents', 'replayDeliveries'], // does what Stripe shows
  telling: ['createWebhookEndpoint', 'updateWebhookEndpoint', 'testWebhookEndpoint', 'rotateWebhookSecret'], // of one's own account
  itself: ['changePassword', 'stepUp', 'confirmSecondFactor'], // takes the password in any case
  looking: ['keepView', 'forgetView'], // how somebody likes to see a list
  learning: ['runExplorerStep', 'playScenario'], // no live key
};

describe('what asks for the password again', () => {
  it('is every mutation but those that are known to need no more than being signed in', () => {
    const mutations = Object.keys(buildSchema(readFileSync('schema/schema.graphql', 'utf8')).getMutationType()?.getFields() ?? {});
    const known = [...steppedUpActions, ...Object.values(withoutPassword).flat()];
    expect(mutations.length).toBeGreaterThan(40);
    expect([...known].sort()).toEqual([...mutations].sort());
  });
});
