import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { dayMs, later } from '../../src/base/clock.js';
import { balances } from '../../src/ledger/balances.js';
import { reconcile } from '../../src/reconciliation/reconciling.js';
import { type Api, readySeller } from '../support/api.js';
import { buyOffering, disputePayment, type Offered, offer, stripeBalance, topUp, turnTo, workThrough } from '../support/marketplace.js';
import { openWorld, type TestWorld } from '../support/world.js';

// 2 × 25.00 at 8 %: 54.00 charged, 4.00 the platform's, 50.00 the seller's

let world: TestWorld;
let seller: Api;
let offering: Offered;
let paymentId: string;
let toppedUp = 0;
beforeEach(async () => {
  world = await openWorld({ PLATFORM_FEE_FIXED: '0' }, { works: false });
  seller = await readySeller(world);
  offering = await offer(seller, { unitPrice: 2_500, inDays: 10, refundableForDays: 3 });
  paymentId = await buyOffering(world, offering.id, 2);
});
afterEach(async () => {
  try {
    expect(await reconcile(world.app.openWork())).toMatchObject({ ok: true, residual: [] }); // every cent of Stripe's balance is explained
  } finally {
    toppedUp = 0;
    await world.close(); // which audits the books
  }
});

const deliver = async () => {
  await turnTo(world, later(new Date(offering.refundableUntil), dayMs));
  await workThrough(world);
};
const refund = async (amount: number | null) =>
  (
    await seller.run<{ refundPayment: { payment: { status: string } | null; userErrors: { code: string; message: string }[] } }>(
      'mutation ($id: ID!, $amount: MinorUnits) { refundPayment(input: { paymentId: $id, amount: $amount }) { payment { status } userErrors { code message } } }',
      { id: paymentId, amount },
    )
  ).refundPayment;
const shown = async () =>
  (
    await seller.run<{ payment: object }>(
      'query ($id: ID!) { payment(id: $id) { status amountRefunded { decimal } settlement { status amount { decimal } reversedAmount { decimal } explanation { amount { code amount { decimal } } } } } }',
      { id: paymentId },
    )
  ).payment;
const sellerHas = async () => (await stripeBalance(world)).seller.available;
const booked = async (ledgerAccount: string) =>
  (await balances(world.app.openWork().read))
    .filter((row) => row.ledgerAccount === ledgerAccount)
    .reduce((sum, { balanceMinor }) => sum + balanceMinor, 0);

describe('a refund before the seller is settled', () => {
  it('leaves the settlement in proportion: of 27.00, 25.00 were the seller’s', async () => {
    expect(await refund(2_700)).toMatchObject({ payment: { status: 'PARTIALLY_REFUNDED' }, userErrors: [] });
    expect(await shown()).toMatchObject({
      settlement: {
        amount: { decimal: '25.00' },
        explanation: {
          amount: [
            { code: 'SOLD', amount: { decimal: '50.00' } },
            { code: 'REFUNDED', amount: { decimal: '-25.00' } },
          ],
        },
      },
    });
    toppedUp = 1_000; // Stripe keeps what it took for processing
    await topUp(world, toppedUp);
    await deliver();
    expect(await sellerHas()).toBe(2_500);
    expect(await booked('seller_payable')).toBe(0);
  });

  it('of all of it cancels the settlement', async () => {
    await refund(null);
    await deliver();
    expect(await shown()).toMatchObject({ status: 'REFUNDED', settlement: { status: 'CANCELED', amount: { decimal: '0.00' } } });
    expect(await sellerHas()).toBe(0);
    expect([await booked('commission'), await booked('seller_payable')]).toEqual([0, 0]);
  });

  it('of more than is left changes nothing', async () => {
    await refund(5_000);
    expect(await refund(500)).toMatchObject({ payment: null, userErrors: [{ code: 'NOT_REFUNDABLE', message: 'amount 500 is more than is left.' }] });
    for (const amount of [0, -1]) expect((await refund(amount)).userErrors).toMatchObject([{ code: 'AMOUNT_TOO_SMALL' }]);
  });
});

describe('a refund after the seller was settled', () => {
  beforeEach(async () => {
    await deliver();
    toppedUp = 10_000; // the platform refunds first, and takes the seller's part back afterwards
    await topUp(world, toppedUp);
  });

  it('takes the seller’s part back, for each of several refunds its own', async () => {
    await refund(2_700);
    expect(await sellerHas()).toBe(2_500);
    await refund(1_350);
    expect(await sellerHas()).toBe(1_250);
    await refund(null);
    await workThrough(world);
    expect(await sellerHas()).toBe(0);
    expect(await shown()).toMatchObject({ status: 'REFUNDED', settlement: { status: 'REVERSED', reversedAmount: { decimal: '50.00' } } });
    const { reversals } = (await world.stripeState()) as unknown as { reversals: { amount: number }[] };
    expect(reversals.map(({ amount }) => amount).sort()).toEqual([1_250, 1_250, 2_500]);
    expect([await booked('commission'), await booked('seller_payable')]).toEqual([0, 0]);
  });

  it('takes what the seller still has, and the rest from what they sell next', async () => {
    const [account] = await world.app.openWork().read.selectFrom('connectedAccount').select('stripeAccountId').execute();
    const id = account?.stripeAccountId as string;
    await world.control(`accounts/${id}/payout`);
    await refund(null);
    await workThrough(world);
    expect(await booked('seller_receivable')).toBe(5_000);
    const { account: standing } = await seller.run<{ account: object }>(
      'query ($id: ID!) { account(id: $id) { balance { owedByAccount { decimal } } } }',
      {
        id: seller.accountId,
      },
    );
    expect(standing).toEqual({ balance: { owedByAccount: { decimal: '50.00' } } });

    const next = await offer(seller, { unitPrice: 2_000, inDays: 10 });
    await buyOffering(world, next.id, 2, 'grace@example.com'); // 40.00 for the seller: all of it is owed
    await turnTo(world, later(new Date(next.deliversAt), dayMs));
    await workThrough(world);
    expect(await sellerHas()).toBe(0);
    expect(await booked('seller_receivable')).toBe(1_000);
    const last = await offer(seller, { unitPrice: 2_000, inDays: 10 });
    await buyOffering(world, last.id, 2, 'alan@example.com');
    await turnTo(world, later(new Date(last.deliversAt), dayMs));
    await workThrough(world);
    expect(await sellerHas()).toBe(3_000);
    expect([await booked('seller_receivable'), await booked('seller_payable')]).toEqual([0, 0]);
  });

  it('is refused while a bank takes the payment back, and after it has', async () => {
    const dispute = await disputePayment(world, paymentId);
    expect(await refund(100)).toMatchObject({
      payment: null,
      userErrors: [{ code: 'NOT_REFUNDABLE', message: expect.stringContaining('is taking this payment back') }],
    });
    await world.control(`disputes/${dispute}/close`, { outcome: 'lost' });
    await workThrough(world);
    expect((await refund(100)).userErrors).toMatchObject([
      { code: 'NOT_REFUNDABLE', message: expect.stringContaining('has taken this payment back') },
    ]);
  });
});
