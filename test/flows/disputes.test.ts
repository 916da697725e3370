import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { dayMs, later } from '../../src/base/clock.js';
import { balances } from '../../src/ledger/balances.js';
import { reconcile } from '../../src/reconciliation/reconciling.js';
import { type Api, readySeller, signInAsAdmin, signUp } from '../support/api.js';
import { buyOffering, closeDispute, disputePayment, type Offered, offer, stripeBalance, topUp, turnTo, workThrough } from '../support/marketplace.js';
import { openWorld, type TestWorld } from '../support/world.js';

// 2 × 25.00 at 8 %: 54.00 charged, 1.87 to Stripe, 52.13 held, 50.00 the seller's

let world: TestWorld;
let seller: Api;
let offering: Offered;
let paymentId: string;
let toppedUp = 0;
beforeEach(async () => {
  world = await openWorld({ PLATFORM_FEE_FIXED: '0' });
  seller = await readySeller(world);
  offering = await offer(seller, { unitPrice: 2_500, inDays: 10, refundableForDays: 3 });
  paymentId = await buyOffering(world, offering.id, 2);
});
afterEach(async () => {
  try {
    expect(await reconcile(world.app.openWork())).toMatchObject({
      ok: true, // whatever happened, every cent of Stripe's balance is explained by our books
      residual: [],
      currencies: [{ currency: 'USD', platformMinor: toppedUp, bookedMinor: (await platformHas()) - toppedUp }],
    });
  } finally {
    toppedUp = 0;
    await world.close();
  }
});

const deliver = async () => {
  await turnTo(world, later(new Date(offering.refundableUntil), dayMs));
  await workThrough(world);
};
const platformHas = async () => {
  const { platform } = await stripeBalance(world);
  return platform.available + platform.pending;
};
const sellerHas = async () => (await stripeBalance(world)).seller.available;
const booked = async (ledgerAccount: string) =>
  (await balances(world.app.openWork().read))
    .filter((row) => row.ledgerAccount === ledgerAccount)
    .reduce((sum, { balanceMinor }) => sum + balanceMinor, 0);
const shown = async () =>
  (
    await seller.run<{ payment: Record<string, object> }>(
      `query ($id: ID!) { payment(id: $id) { status disputes { status amount { decimal } fee { decimal } inquiry transferReversed { decimal } closedAt }
        settlement { status amount { decimal } reversedAmount { decimal } explanation { blocker { code } amount { code amount { decimal } } } } } }`,
      { id: paymentId },
    )
  ).payment;

describe('a dispute before the seller is settled', () => {
  it('holds the money while it is open, and costs 16.87 when it is lost', async () => {
    const dispute = await disputePayment(world, paymentId);
    expect(await shown()).toMatchObject({
      status: 'DISPUTED',
      disputes: [
        {
          status: 'NEEDS_RESPONSE',
          amount: { decimal: '54.00' },
          fee: { decimal: '15.00' },
          inquiry: false,
          transferReversed: { decimal: '0.00' },
          closedAt: null,
        },
      ],
      settlement: { status: 'PENDING', amount: { decimal: '0.00' } },
    });
    await deliver();
    expect(await shown()).toMatchObject({ settlement: { status: 'PENDING', explanation: { blocker: { code: 'DISPUTED' } } } });
    expect(await sellerHas()).toBe(0);

    await closeDispute(world, dispute, 'lost');
    expect(await shown()).toMatchObject({ status: 'CHARGED_BACK', disputes: [{ status: 'LOST' }], settlement: { status: 'CANCELED' } });
    expect(await platformHas()).toBe(-1_687);
    expect(await booked('seller_payable')).toBe(0);
  });

  it('is listed for its seller and for staff, in a state or in any', async () => {
    await disputePayment(world, paymentId);
    const lists = (asked: string) =>
      `{ disputes${asked} { nodes { status payment { id status } } } settlements${asked && '(status: [PENDING])'} { nodes { status payments { nodes { id } } } } }`;
    for (const person of [seller, await signInAsAdmin(world)]) {
      for (const asked of ['', '(status: [NEEDS_RESPONSE])']) {
        expect(await person.run(lists(asked))).toEqual({
          disputes: { nodes: [{ status: 'NEEDS_RESPONSE', payment: { id: paymentId, status: 'DISPUTED' } }] },
          settlements: { nodes: [{ status: 'PENDING', payments: { nodes: [{ id: paymentId }] } }] },
        });
      }
      expect(await person.run('{ disputes(status: [WON]) { nodes { status } } }')).toEqual({ disputes: { nodes: [] } });
    }
    const stranger = await signUp(world, 'Somebody else');
    expect(await stranger.run(lists(''))).toEqual({ disputes: { nodes: [] }, settlements: { nodes: [] } });
  });

  it('settles the seller once it is won, and keeps 2.13 where the fee comes back', async () => {
    const dispute = await disputePayment(world, paymentId);
    await deliver();
    await closeDispute(world, dispute, 'won');
    await workThrough(world);
    expect(await shown()).toMatchObject({
      status: 'PAID',
      disputes: [{ status: 'WON', fee: { decimal: '0.00' } }],
      settlement: { status: 'SETTLED' },
    });
    expect(await sellerHas()).toBe(5_000);
    expect(await platformHas()).toBe(213);
  });

  it('leaves the platform with -12.87 where it is won and Stripe keeps the fee', async () => {
    const dispute = await disputePayment(world, paymentId);
    await deliver();
    await closeDispute(world, dispute, 'won', { keepsFee: true });
    toppedUp = 2_000; // the held money alone is short of the fee
    await topUp(world, toppedUp);
    await turnTo(world, later(world.app.openWork().clock.now(), dayMs));
    await workThrough(world);
    expect(await shown()).toMatchObject({ disputes: [{ status: 'WON', fee: { decimal: '15.00' } }], settlement: { status: 'SETTLED' } });
    expect((await platformHas()) - toppedUp).toBe(-1_287);
  });

  it('holds one purchase and settles the others', async () => {
    const other = await buyOffering(world, offering.id, 2, 'grace@example.com');
    const third = await buyOffering(world, offering.id, 2, 'alan@example.com');
    const dispute = await disputePayment(world, paymentId);
    toppedUp = 5_000; // what the bank took is missing until it comes back
    await topUp(world, toppedUp);
    await deliver();
    expect(await sellerHas()).toBe(10_000);
    expect(await shown()).toMatchObject({ settlement: { status: 'PENDING' } });
    expect([other, third]).not.toContain(paymentId);

    await closeDispute(world, dispute, 'won');
    expect(await sellerHas()).toBe(15_000);
    expect(await shown()).toMatchObject({ settlement: { status: 'SETTLED' } });
  });
});

describe('a dispute after the seller was settled', () => {
  it('takes the seller’s share back, and costs 16.87 when it is lost', async () => {
    await deliver();
    expect(await sellerHas()).toBe(5_000);
    const dispute = await disputePayment(world, paymentId);
    expect(await sellerHas()).toBe(0);
    expect(await shown()).toMatchObject({
      disputes: [{ transferReversed: { decimal: '50.00' } }],
      settlement: { status: 'REVERSED', amount: { decimal: '50.00' }, reversedAmount: { decimal: '50.00' } },
    });
    await closeDispute(world, dispute, 'lost');
    expect(await platformHas()).toBe(-1_687);
    expect(await booked('seller_payable')).toBe(0);
  });

  it('transfers the share again when it is won, once, however often it is told', async () => {
    await deliver();
    const dispute = await disputePayment(world, paymentId);
    await closeDispute(world, dispute, 'won');
    await world.control('webhooks', { mode: 'duplicate' });
    toppedUp = 1; // any movement tells again
    await topUp(world, toppedUp);
    await workThrough(world);
    expect(await sellerHas()).toBe(5_000);
    expect(await platformHas()).toBe(213 + toppedUp);
    expect(await shown()).toMatchObject({
      disputes: [{ status: 'WON', transferReversed: { decimal: '0.00' } }],
      settlement: { status: 'SETTLED', reversedAmount: { decimal: '0.00' } },
    });
  });

  it('takes a refund after that back from what was transferred again, and makes no debt of it', async () => {
    await deliver();
    await closeDispute(world, await disputePayment(world, paymentId), 'won');
    toppedUp = 10_000;
    await topUp(world, toppedUp);
    await seller.run('mutation ($id: ID!) { refundPayment(input: { paymentId: $id, amount: 2700 }) { userErrors { code } } }', { id: paymentId });
    await workThrough(world);
    expect(await sellerHas()).toBe(2_500);
    expect(await booked('seller_receivable')).toBe(0);
  });

  it('costs 66.87 where the seller has taken the money away, and takes it from what they sell next', async () => {
    await deliver();
    const [account] = await world.app.openWork().read.selectFrom('connectedAccount').select('stripeAccountId').execute();
    await world.control(`accounts/${account?.stripeAccountId}/payout`);
    const dispute = await disputePayment(world, paymentId);
    await closeDispute(world, dispute, 'lost');
    expect(await platformHas()).toBe(-6_687);
    expect(await booked('seller_receivable')).toBe(5_000);

    const next = await offer(seller, { unitPrice: 4_000, inDays: 10 });
    toppedUp = 10_000;
    await topUp(world, toppedUp);
    const nextPayment = await buyOffering(world, next.id, 2, 'grace@example.com'); // 80.00 for the seller
    await turnTo(world, later(new Date(next.deliversAt), dayMs));
    await workThrough(world);
    expect(await sellerHas()).toBe(3_000);
    expect(await booked('seller_receivable')).toBe(0);
    const { payment } = await seller.run<{ payment: object }>(
      'query ($id: ID!) { payment(id: $id) { settlement { amount { decimal } explanation { amount { code amount { decimal } } } } } }',
      { id: nextPayment },
    );
    expect(payment).toMatchObject({
      settlement: {
        amount: { decimal: '30.00' },
        explanation: {
          amount: [
            { code: 'SOLD', amount: { decimal: '80.00' } },
            { code: 'DEBT', amount: { decimal: '-50.00' } },
          ],
        },
      },
    });
  });
});

describe('what a bank may do besides', () => {
  it('only ask: nothing moves, nothing is held, and the seller is settled', async () => {
    const inquiry = await disputePayment(world, paymentId, { inquiry: true });
    expect(await shown()).toMatchObject({
      status: 'PAID',
      disputes: [{ status: 'NEEDS_RESPONSE', inquiry: true, fee: { decimal: '0.00' } }],
      settlement: { amount: { decimal: '50.00' } },
    });
    await deliver();
    expect(await sellerHas()).toBe(5_000);
    await closeDispute(world, inquiry, 'won');
    expect(await shown()).toMatchObject({ status: 'PAID', disputes: [{ status: 'CLOSED' }], settlement: { status: 'SETTLED' } });
    expect(await sellerHas()).toBe(5_000);
  });

  it('ask first and take afterwards: what it takes is held then', async () => {
    const inquiry = await disputePayment(world, paymentId, { inquiry: true });
    await world.control(`disputes/${inquiry}/escalate`);
    await workThrough(world);
    expect(await shown()).toMatchObject({
      status: 'DISPUTED',
      disputes: [{ inquiry: false, fee: { decimal: '15.00' } }],
      settlement: { amount: { decimal: '0.00' } },
    });
    await closeDispute(world, inquiry, 'lost');
    expect(await platformHas()).toBe(-1_687);
  });

  it('take more than was paid: the seller bears their part and no more, the platform the rest', async () => {
    await deliver();
    const dispute = await disputePayment(world, paymentId, { amount: 6_000 });
    expect(await sellerHas()).toBe(0);
    await closeDispute(world, dispute, 'lost');
    expect(await shown()).toMatchObject({
      status: 'CHARGED_BACK',
      disputes: [{ amount: { decimal: '60.00' }, transferReversed: { decimal: '50.00' } }],
    });
    expect(await booked('dispute_losses')).toBe(600);
    expect(await booked('seller_payable')).toBe(0);
  });

  it('take a part: each bears its part, and the rest of the purchase is settled', async () => {
    const dispute = await disputePayment(world, paymentId, { amount: 2_700 });
    toppedUp = 5_000; // what the bank took is missing
    await topUp(world, toppedUp);
    await deliver();
    expect(await sellerHas()).toBe(0); // held while the bank decides
    await closeDispute(world, dispute, 'lost');
    expect(await sellerHas()).toBe(2_500);
    expect(await booked('seller_payable')).toBe(0);
    expect(await shown()).toMatchObject({
      settlement: {
        status: 'SETTLED',
        amount: { decimal: '25.00' },
        explanation: { amount: [{ code: 'SOLD' }, { code: 'LOST', amount: { decimal: '-25.00' } }] },
      },
    });
  });

  it('take twice: both parts come back from the seller, each once', async () => {
    await deliver();
    const first = await disputePayment(world, paymentId, { amount: 2_700 });
    expect(await sellerHas()).toBe(2_500);
    const second = await disputePayment(world, paymentId, { amount: 2_700 });
    expect(await sellerHas()).toBe(0);
    await closeDispute(world, first, 'lost');
    toppedUp = 10_000;
    await topUp(world, toppedUp);
    await closeDispute(world, second, 'won');
    expect(await sellerHas()).toBe(2_500);
    expect(await shown()).toMatchObject({ status: 'CHARGED_BACK', settlement: { reversedAmount: { decimal: '25.00' } } });
  });
});
