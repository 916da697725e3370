import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Api, openCheckout, readySeller, signInAsAdmin, signUp, stranger, syncDocument } from '../support/api.js';
import { until } from '../support/until.js';
import { openWorld, type TestWorld } from '../support/world.js';

interface Synced {
  syncCheckoutSession: { payment: { id: string } | null; membership: { id: string } | null };
}

describe('a partner who integrates by GraphQL', () => {
  let world: TestWorld;
  let seller: Api;
  let paymentId: string;

  beforeAll(async () => {
    world = await openWorld();
    seller = await readySeller(world);
  });
  afterAll(() => world.close());

  it('sees a seller become ready with both ways to pay', async () => {
    const { account } = await seller.run<{ account: object }>(
      'query ($id: ID!) { account(id: $id) { status ready membershipEnabled oneTimeEnabled onboardingInProgress capabilities { canCharge canReceiveTransfers canBePaidOut } oneTimePrice { decimal formatted(locale: "de") } commissionPlan { percentageFee fixedFee { amount } feeMode } stripeAccount { active requirements { currentlyDue } } } }',
      { id: seller.accountId },
    );
    expect(account).toMatchObject({
      status: 'READY',
      ready: true,
      membershipEnabled: true,
      oneTimeEnabled: true,
      onboardingInProgress: false,
      capabilities: { canCharge: true, canReceiveTransfers: true, canBePaidOut: true },
      oneTimePrice: { decimal: '25.00' },
      commissionPlan: { percentageFee: 800, fixedFee: { amount: 100 }, feeMode: 'INCLUDED' },
      stripeAccount: { active: true, requirements: { currentlyDue: [] } },
    });
  });

  it('takes a one-time payment whose split is frozen: 25.00, of which 3.00 is the platform’s', async () => {
    const session = await openCheckout(world, seller.accountId);
    await world.control(`checkout/sessions/${session}/pay`, { card: 'ok' });
    const synced = await stranger(world).run<Synced>(syncDocument, { id: seller.accountId, session });
    paymentId = synced.syncCheckoutSession.payment?.id as string;

    const { payment } = await seller.run<{ payment: object }>(
      'query ($id: ID!) { payment(id: $id) { kind chargeModel status buyerEmail amount { amount currency } snapshot { subtotal { amount } platformFee { amount } sellerTransfer { amount } totalCharged { amount } feeMode } stripeCheckoutSessionId } }',
      { id: paymentId },
    );
    expect(payment).toMatchObject({
      kind: 'ONE_TIME',
      chargeModel: 'DIRECT',
      status: 'PAID',
      buyerEmail: 'ada@example.com',
      amount: { amount: 2500, currency: 'USD' },
      stripeCheckoutSessionId: session,
      snapshot: {
        subtotal: { amount: 2500 },
        platformFee: { amount: 300 },
        sellerTransfer: { amount: 2200 },
        totalCharged: { amount: 2500 },
        feeMode: 'INCLUDED',
      },
    });
  });

  it('takes a membership, and each renewal becomes a payment with the fee Stripe took', async () => {
    const session = await openCheckout(world, seller.accountId, 'Membership', 'ben@example.com');
    await world.control(`checkout/sessions/${session}/pay`, { card: 'ok' });
    const synced = await stranger(world).run<Synced>(syncDocument, { id: seller.accountId, session });
    expect(synced.syncCheckoutSession.membership?.id).toMatch(/^mem_/);

    const { memberships } = await seller.run<{ memberships: { nodes: { active: boolean; stripeSubscriptionId: string }[] } }>(
      '{ memberships { nodes { active stripeSubscriptionId price { amount } } } }',
    );
    await world.control(`subscriptions/${memberships.nodes[0]?.stripeSubscriptionId}/renew`, { outcome: 'paid' });
    const invoices = await until(
      async () => {
        const { payments } = await seller.run<{ payments: { nodes: { kind: string }[] } }>(
          '{ payments(status: [PAID]) { nodes { kind snapshot { platformFee { amount } sellerTransfer { amount } } } } }',
        );
        return payments.nodes.filter(({ kind }) => kind === 'MEMBERSHIP_INVOICE');
      },
      (paid) => paid.length >= 2,
    );
    expect(invoices).toEqual([
      { kind: 'MEMBERSHIP_INVOICE', snapshot: { platformFee: { amount: 80 }, sellerTransfer: { amount: 920 } } },
      { kind: 'MEMBERSHIP_INVOICE', snapshot: { platformFee: { amount: 80 }, sellerTransfer: { amount: 920 } } },
    ]);
  });

  it('keeps a member through a failed renewal', async () => {
    const { memberships } = await seller.run<{ memberships: { nodes: { stripeSubscriptionId: string }[] } }>(
      '{ memberships { nodes { stripeSubscriptionId } } }',
    );
    await world.control(`subscriptions/${memberships.nodes[0]?.stripeSubscriptionId}/renew`, { outcome: 'failed' });
    const { memberships: now } = await until(
      () => seller.run<{ memberships: { nodes: { status: string; active: boolean }[] } }>('{ memberships { nodes { status active } } }'),
      (found) => found.memberships.nodes.some(({ status }) => status === 'PAST_DUE'),
    );
    expect(now.nodes).toEqual([{ status: 'PAST_DUE', active: true }]);
  });

  it('refunds a part, then the rest, and no more', async () => {
    const refund = (amount: number | null, key: string) =>
      seller.run<{ refundPayment: { payment: object | null; userErrors: { code: string }[] } }>(
        'mutation ($input: RefundPaymentInput!) { refundPayment(input: $input) { payment { status amountRefunded { amount } } userErrors { code path remedy } } }',
        { input: { paymentId, amount, idempotencyKey: key } },
      );
    expect((await refund(1000, 'a')).refundPayment.payment).toEqual({ status: 'PARTIALLY_REFUNDED', amountRefunded: { amount: 1000 } });
    expect((await refund(1000, 'a')).refundPayment.payment).toEqual({ status: 'PARTIALLY_REFUNDED', amountRefunded: { amount: 1000 } });
    expect((await refund(1600, 'b')).refundPayment.userErrors).toEqual([{ code: 'NOT_REFUNDABLE', path: ['amount'], remedy: '15.00 USD is left.' }]);
    expect((await refund(900, 'a')).refundPayment.userErrors).toMatchObject([{ code: 'IDEMPOTENCY_KEY_REUSED' }]);
    expect((await refund(null, 'c')).refundPayment.payment).toEqual({ status: 'REFUNDED', amountRefunded: { amount: 2500 } });
    expect((await refund(null, 'd')).refundPayment.userErrors).toMatchObject([{ code: 'NOT_REFUNDABLE' }]);
  });

  it('answers a repeated checkout with the same session under one key, and refuses another request under it', async () => {
    const checkout = (email: string) =>
      stranger(world).run<{ createPaymentCheckout: { checkoutSessionId: string | null; userErrors: { code: string }[] } }>(
        'mutation ($id: ID!, $email: String!) { createPaymentCheckout(input: { accountId: $id, email: $email }) { checkoutSessionId checkoutUrl total { amount } userErrors { code } } }',
        { id: seller.accountId, email },
        { 'idempotency-key': 'checkout-1' },
      );
    const [first, again] = [await checkout('eve@example.com'), await checkout('eve@example.com')];
    expect(again).toEqual(first);
    expect((await checkout('mallory@example.com')).createPaymentCheckout.userErrors).toEqual([{ code: 'IDEMPOTENCY_KEY_REUSED' }]);
  });

  it('refuses one Idempotency-Key over two mutations, which could not both be the one', async () => {
    const two = `mutation { a: createPaymentCheckout(input: { accountId: "x", email: "a@b.test" }) { checkoutSessionId } b: createPaymentCheckout(input: { accountId: "x", email: "a@b.test" }) { checkoutSessionId } }`;
    await expect(stranger(world).run(two, {}, { 'idempotency-key': 'two' })).rejects.toThrow('goes with one mutation');
  });

  it('never shows one seller another’s, nor a stranger a seller’s', async () => {
    const other = await signUp(world, 'Somebody else');
    const read = 'query ($id: ID!) { node(id: $id) { id } }';
    for (const id of [seller.accountId, paymentId]) {
      expect(await other.codes(read, { id })).toEqual(['NOT_FOUND']);
      expect(await stranger(world).codes(read, { id })).toEqual(['UNAUTHENTICATED']);
    }
    expect(await other.codes('query ($id: ID!) { payments(accountId: $id) { nodes { id } } }', { id: seller.accountId })).toEqual(['NOT_FOUND']);
    expect(
      await other.codes('mutation ($id: ID!) { setOneTimePrice(input: { accountId: $id, amount: 50 }) { userErrors { code } } }', {
        id: seller.accountId,
      }),
    ).toEqual(['NOT_FOUND']);
    expect(await other.codes('mutation ($id: ID!) { refundPayment(input: { paymentId: $id }) { userErrors { code } } }', { id: paymentId })).toEqual([
      'NOT_FOUND',
    ]);
    expect(await other.codes('{ accounts { nodes { id } } }')).toEqual(['FORBIDDEN']);
  });

  it('shows a stranger what a buyer may know of a payment, and nothing behind it', async () => {
    const session = await openCheckout(world, seller.accountId, 'Payment', 'buyer@example.com');
    await world.control(`checkout/sessions/${session}/pay`);
    const sync = (fields: string) =>
      `mutation { syncCheckoutSession(input: { accountId: "${seller.accountId}", checkoutSessionId: "${session}" }) { payment { ${fields} } userErrors { code } } }`;
    const { syncCheckoutSession } = await stranger(world).run<{ syncCheckoutSession: object }>(
      sync('status buyerEmail amount { amount } account { displayName }'),
    );
    expect(syncCheckoutSession).toMatchObject({
      payment: { status: 'PAID', buyerEmail: 'b…r@e…e.com', amount: { amount: 2500 }, account: { displayName: 'Venue Luna' } },
    });
    expect(await stranger(world).codes(sync('account { revenue { gross { amount } } }'))).toEqual(['UNAUTHENTICATED']);
    expect(await stranger(world).codes(sync('account { payments { nodes { id } } }'))).toEqual(['UNAUTHENTICATED']);
  });

  it('lets an administrator see all, and set a commission that holds from the next purchase on', async () => {
    const admin = await signInAsAdmin(world);
    const { accounts } = await admin.run<{ accounts: { nodes: { displayName: string }[] } }>(
      '{ accounts(status: [READY]) { nodes { displayName status } } }',
    );
    expect(accounts.nodes).toEqual([{ displayName: 'Venue Luna', status: 'READY' }]);
    const { setCommissionPlan } = await admin.run<{ setCommissionPlan: object }>(
      'mutation ($id: ID!) { setCommissionPlan(input: { accountId: $id, percentageFee: 1000, fixedFee: 0, vatRate: 2100, feeMode: ADDED }) { account { commissionPlan { percentageFee feeMode } } userErrors { code } } }',
      { id: seller.accountId },
    );
    expect(setCommissionPlan).toEqual({ account: { commissionPlan: { percentageFee: 1000, feeMode: 'ADDED' } }, userErrors: [] });
    const { createPaymentCheckout } = await stranger(world).run<{ createPaymentCheckout: object }>(
      'mutation ($id: ID!) { createPaymentCheckout(input: { accountId: $id, email: "x@example.com" }) { total { amount } } }',
      { id: seller.accountId },
    );
    expect(createPaymentCheckout).toEqual({ total: { amount: 2750 } });
  });

  it('disconnects a seller: history kept, subscription canceled at Stripe, onboarding possible again', async () => {
    const { disconnectAccount } = await seller.run<{ disconnectAccount: object }>(
      'mutation ($id: ID!) { disconnectAccount(input: { accountId: $id }) { account { status ready stripeAccount { stripeId } stripeAccountHistory { active } } userErrors { code } } }',
      { id: seller.accountId },
    );
    expect(disconnectAccount).toEqual({
      account: { status: 'NOT_CONNECTED', ready: false, stripeAccount: null, stripeAccountHistory: [{ active: false }] },
      userErrors: [],
    });
    const { payments, memberships } = await seller.run<{ payments: { nodes: object[] }; memberships: { nodes: object[] } }>(
      '{ payments { nodes { id } } memberships { nodes { status active } } }',
    );
    expect(payments.nodes).toHaveLength(4);
    expect(memberships.nodes).toEqual([{ status: 'CANCELED', active: false }]);
    const state = (await world.stripeState()) as unknown as { subscriptions: { status: string }[] };
    expect(state.subscriptions.map(({ status }) => status)).toEqual(['canceled']);
    const { startOnboarding } = await seller.run<{ startOnboarding: { onboardingUrl: string } }>(
      'mutation ($id: ID!) { startOnboarding(input: { accountId: $id, country: "DE" }) { onboardingUrl userErrors { code } } }',
      { id: seller.accountId },
    );
    expect(startOnboarding.onboardingUrl).toContain('/setup/e/acct_');
  });
});
