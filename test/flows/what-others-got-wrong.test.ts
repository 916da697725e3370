import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dayMs, later } from '../../src/base/clock.js';
import { balances } from '../../src/ledger/balances.js';
import { settleDue } from '../../src/settlements/settling.js';
import { type Api, openCheckout, readySeller, signInAsAdmin, syncDocument } from '../support/api.js';
import { buyOffering, closeDispute, disputePayment, offer, stripeBalance, turnTo, workThrough } from '../support/marketplace.js';
import { openWorld, type TestWorld } from '../support/world.js';

let world: TestWorld;
beforeAll(async () => {
  world = await openWorld({ PLATFORM_FEE_FIXED: '0' }, { works: false });
});
afterAll(() => world.close()); // which audits the books

const work = () => world.app.openWork();
const chargeOf = async (paymentId: string) =>
  (await work().read.selectFrom('payment').select('chargeId').where('id', '=', paymentId).executeTakeFirstOrThrow()).chargeId;
const settlementOf = (paymentId: string) =>
  work()
    .read.selectFrom('settlement')
    .innerJoin('settlementLine', 'settlementLine.settlementId', 'settlement.id')
    .selectAll('settlement')
    .where('paymentId', '=', paymentId)
    .executeTakeFirstOrThrow();
const connectionOf = (seller: Api) =>
  work()
    .read.selectFrom('connectedAccount')
    .selectAll()
    .where('accountId', '=', seller.accountId)
    .where('retiredCause', 'is', null)
    .executeTakeFirstOrThrow();
const paymentShown = async (api: Api, id: string) =>
  (
    await api.run<{ payment: Record<string, unknown> }>(
      'query ($id: ID!) { payment(id: $id) { status fraudWarning { type actionable } disputes { status amount { decimal } } } }',
      { id },
    )
  ).payment;
const refund = async (api: Api, id: string, amount?: number) =>
  (
    await api.run<{ refundPayment: { userErrors: object[] } }>(
      'mutation ($id: ID!, $amount: MinorUnits) { refundPayment(input: { paymentId: $id, amount: $amount }) { userErrors { code message } } }',
      { id, amount },
    )
  ).refundPayment.userErrors;

describe('a purchase in another currency than the platform’s', () => {
  it('is settled, refunded and taken back in its own currency, to the cent', async () => {
    const seller = await readySeller(world);
    const { stripeAccountId } = await connectionOf(seller);
    const offering = await offer(seller, { unitPrice: 5_000, currency: 'EUR', inDays: 5 });
    const paymentId = await buyOffering(world, offering.id);
    await turnTo(world, later(new Date(offering.refundableUntil), dayMs));
    await workThrough(world);
    const held = async () => (await stripeBalance(world, { stripeAccountId: String(stripeAccountId), currency: 'eur' })).seller.available;
    expect(await held()).toBe(5_000);
    await buyOffering(world, (await offer(seller, { unitPrice: 9_000, currency: 'EUR', inDays: 5 })).id); // the platform has money to give back
    await turnTo(world, later(work().clock.now(), 3 * dayMs));
    expect(await refund(seller, paymentId, 2_700)).toEqual([]);
    await workThrough(world);
    expect(await held()).toBe(2_500);
    const booked = await balances(work().read);
    expect(booked.filter(({ currency, ledgerAccount }) => ledgerAccount === 'seller_receivable' || currency === 'USD')).toEqual([]);
  });
});

describe('a charge whose balance transaction comes later', () => {
  it('is booked with its fee when Stripe tells it, and its settlement waits until its money is available', async () => {
    const seller = await readySeller(world);
    const offering = await offer(seller, { unitPrice: 5_000, inDays: 1 });
    await turnTo(world, later(new Date(offering.deliversAt), -dayMs / 2));
    await world.control('settings', { booksLate: true });
    const paymentId = await buyOffering(world, offering.id);
    await world.control('settings', { booksLate: false });
    const feeOf = async () =>
      (
        await work()
          .read.selectFrom('ledgerTransaction')
          .select('id')
          .where('causeKind', '=', 'PROCESSING_FEE')
          .where('causeId', '=', paymentId)
          .execute()
      ).length;
    const soon = (await settlementOf(paymentId)).dueAt;
    expect([await feeOf(), soon]).toEqual([0, new Date(offering.refundableUntil)]);

    await world.control(`charges/${await chargeOf(paymentId)}/book`);
    await workThrough(world);
    const { availableOn } = await work().read.selectFrom('payment').select('availableOn').where('id', '=', paymentId).executeTakeFirstOrThrow();
    expect([await feeOf(), (await settlementOf(paymentId)).dueAt]).toEqual([1, availableOn]);
    expect(Number(availableOn)).toBeGreaterThan(Number(soon));
  });
});

describe('a seller who changes accounts while a transfer to the old one is under way', () => {
  it('is paid once: the transfer keeps where it was sent, is refused there, and is then made to the new one', async () => {
    const seller = await readySeller(world);
    const admin = await signInAsAdmin(world);
    const offering = await offer(seller, { unitPrice: 5_000, inDays: 5 });
    const paymentId = await buyOffering(world, offering.id);
    await turnTo(world, later(new Date(offering.refundableUntil), 3 * dayMs));
    await world.control('faults', { path: '/v1/transfers', kind: 'rate_limit', times: 100 });
    await settleDue(work(), 50);
    const before = await connectionOf(seller);
    await seller.run('mutation ($id: ID!) { disconnectAccount(input: { accountId: $id }) { userErrors { code } } }', { id: seller.accountId });
    await seller.run('mutation ($id: ID!) { startOnboarding(input: { accountId: $id }) { userErrors { code } } }', { id: seller.accountId });
    const after = await connectionOf(seller);
    await world.control(`accounts/${after.stripeAccountId}/onboard`);
    await world.control('faults/clear');

    await turnTo(world, later(work().clock.now(), dayMs / 24));
    await workThrough(world);
    const { id, status, failureCode } = await settlementOf(paymentId);
    expect([status, failureCode]).toEqual(['FAILED', 'INVALID_ACCOUNT']);
    await admin.run('mutation ($id: ID!) { retrySettlement(input: { settlementId: $id }) { userErrors { code } } }', { id });
    await workThrough(world);
    const sent = await work()
      .read.selectFrom('operation')
      .select(['parameters', 'state', 'generation'])
      .where('subjectId', '=', id)
      .orderBy('generation')
      .execute();
    expect(sent.map(({ parameters, state }) => [parameters['destination'], state])).toEqual([
      [before.stripeAccountId, 'REJECTED'],
      [after.stripeAccountId, 'SUCCEEDED'],
    ]);
  });
});

describe('a payment without a fee of the platform’s', () => {
  it('is refunded without asking Stripe for a share that was never taken', async () => {
    const seller = await readySeller(world);
    const admin = await signInAsAdmin(world);
    await admin.run(
      'mutation ($id: ID!) { setCommissionPlan(input: { accountId: $id, percentageFee: 0, fixedFee: 0, vatRate: 0, feeMode: INCLUDED }) { userErrors { code message } } }',
      {
        id: seller.accountId,
      },
    );
    const session = await openCheckout(world, seller.accountId);
    await world.control(`checkout/sessions/${session}/pay`);
    const { syncCheckoutSession } = await seller.run<{ syncCheckoutSession: { payment: { id: string } } }>(syncDocument, {
      id: seller.accountId,
      session,
    });
    expect(await refund(seller, syncCheckoutSession.payment.id)).toEqual([]);
  });
});

describe('a refund of a seller’s own charge', () => {
  it('leaves the platform its fee where that is asked for, and books what Stripe gives back where it is not', async () => {
    const seller = await readySeller(world);
    const session = await openCheckout(world, seller.accountId);
    await world.control(`checkout/sessions/${session}/pay`);
    const { syncCheckoutSession } = await seller.run<{ syncCheckoutSession: { payment: { id: string } } }>(syncDocument, {
      id: seller.accountId,
      session,
    });
    const giveBack = (amount: number, returnFee: boolean) =>
      seller.run(
        'mutation ($id: ID!, $amount: MinorUnits, $returnFee: Boolean) { refundPayment(input: { paymentId: $id, amount: $amount, returnFee: $returnFee }) { userErrors { code message } } }',
        { id: syncCheckoutSession.payment.id, amount, returnFee },
      );
    const booked = async () =>
      (
        await work()
          .read.selectFrom('posting')
          .innerJoin('ledgerTransaction', 'ledgerTransaction.id', 'transactionId')
          .innerJoin('refund', 'refund.id', 'causeId')
          .select((row) => row.fn.sum<string>('posting.amountMinor').as('minor'))
          .where('refund.paymentId', '=', syncCheckoutSession.payment.id)
          .where('ledgerAccount', '=', 'stripe_balance')
          .executeTakeFirstOrThrow()
      ).minor;
    const none = { refundPayment: { userErrors: [] } };
    expect(await giveBack(1_000, false)).toEqual(none);
    expect(await booked()).toBeNull();
    expect(await giveBack(500, true)).toEqual(none);
    expect(await giveBack(1_000, true)).toEqual(none);
    expect(Number(await booked())).toBe(-200); // all of the 8 % of 25.00, as the simulator counts what was left out before
  });
});

describe('what a bank says before it takes anything', () => {
  it('as a warning is shown with the payment, holds nothing, and asks for nothing once the payment is refunded', async () => {
    const seller = await readySeller(world);
    const paymentId = await buyOffering(world, (await offer(seller, { unitPrice: 5_000, inDays: 30 })).id);
    await turnTo(world, later(work().clock.now(), 3 * dayMs));
    await world.control(`charges/${await chargeOf(paymentId)}/early-fraud-warning`, { fraudType: 'unauthorized_use_of_card' });
    await workThrough(world);
    expect(await paymentShown(seller, paymentId)).toEqual({
      status: 'PAID',
      fraudWarning: { type: 'unauthorized_use_of_card', actionable: true },
      disputes: [],
    });
    const { settlement } = await seller.run<{ settlement: object }>(
      'query ($id: ID!) { settlement(id: $id) { amount { decimal } explanation { blocker { code } } } }',
      { id: (await settlementOf(paymentId)).id },
    );
    expect(settlement).toMatchObject({ amount: { decimal: '50.00' }, explanation: { blocker: { code: 'NOT_DUE' } } });
    expect(await refund(seller, paymentId)).toEqual([]);
    await workThrough(world);
    expect(await paymentShown(seller, paymentId)).toMatchObject({ status: 'REFUNDED', fraudWarning: { actionable: false } });
  });

  it('as a dispute that was prevented takes nothing, holds nothing and is over', async () => {
    const seller = await readySeller(world);
    const paymentId = await buyOffering(world, (await offer(seller, { unitPrice: 5_000, inDays: 30 })).id);
    await disputePayment(world, paymentId, { prevented: true });
    expect(await paymentShown(seller, paymentId)).toEqual({
      status: 'PAID',
      fraudWarning: null,
      disputes: [{ status: 'CLOSED', amount: { decimal: '54.00' } }],
    });
    expect((await settlementOf(paymentId)).status).toBe('PENDING');
    const line = await work().read.selectFrom('settlementLine').selectAll().where('paymentId', '=', paymentId).executeTakeFirstOrThrow();
    expect([line.heldSince, line.lostMinor]).toEqual([null, 0]);
  });
});

describe('a dispute that is answered', () => {
  it('costs what Stripe says it does, in several lines of the balance, and gives back what Stripe gives back', async () => {
    const seller = await readySeller(world);
    const paymentId = await buyOffering(world, (await offer(seller, { unitPrice: 5_000, inDays: 30 })).id);
    await turnTo(world, later(work().clock.now(), 3 * dayMs));
    const dispute = await disputePayment(world, paymentId);
    const key = work().config.stripe.secretKey.reveal();
    await fetch(`${world.stripeUrl}/v1/disputes/${dispute}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ 'evidence[customer_name]': 'Ada' }),
    });
    await workThrough(world);
    const feeOf = async () =>
      await work().read.selectFrom('dispute').select(['status', 'feeMinor']).where('stripeDisputeId', '=', dispute).executeTakeFirstOrThrow();
    expect(await feeOf()).toEqual({ status: 'UNDER_REVIEW', feeMinor: 3_000 });
    await closeDispute(world, dispute, 'won', { keepsFee: true });
    expect(await feeOf()).toEqual({ status: 'WON', feeMinor: 1_500 });
    const [fees] = (await balances(work().read)).filter(({ ledgerAccount, currency }) => ledgerAccount === 'dispute_fees' && currency === 'USD');
    expect(fees?.balanceMinor).toBe(1_500);
  });
});
