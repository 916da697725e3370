import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dayMs, later } from '../../src/base/clock.js';
import { balances } from '../../src/ledger/balances.js';
import { type Api, openCheckout, readySeller, signInAsAdmin, syncDocument } from '../support/api.js';
import { buyOffering, closeDispute, disputePayment, offer, stripeBalance, turnTo, workThrough } from '../support/marketplace.js';
import { openWorld, type TestWorld } from '../support/world.js';

let world: TestWorld;
let admin: Api;
beforeAll(async () => {
  world = await openWorld();
  admin = await signInAsAdmin(world);
});
afterAll(() => world.close());

interface Refused {
  code: string;
  path: string[] | null;
}

async function setPlan(caller: Api, accountId: string, asked: object = {}): Promise<Refused[]> {
  const { setCommissionPlan } = await caller.run<{ setCommissionPlan: { userErrors: Refused[] } }>(
    'mutation ($input: SetCommissionPlanInput!) { setCommissionPlan(input: $input) { account { id } userErrors { code path } } }',
    { input: { accountId, percentageFee: 800, fixedFee: 0, vatRate: 2100, feeMode: 'ADDED', ...asked } },
  );
  return setCommissionPlan.userErrors;
}

async function splitOf(seller: Api, id: string): Promise<Record<string, unknown>> {
  const { payment } = await seller.run<{ payment: { snapshot: Record<string, unknown> } }>(
    `query ($id: ID!) { payment(id: $id) { snapshot { percentageFee feeFloor { amount } feeCap { amount } vatRate feeMode
      subtotal { amount } platformFee { amount } vatAmount { amount } sellerTransfer { amount } totalCharged { amount } } } }`,
    { id },
  );
  return payment.snapshot;
}

async function refund(seller: Api, id: string, amount: number | null): Promise<void> {
  const { refundPayment } = await seller.run<{ refundPayment: { userErrors: object[] } }>(
    'mutation ($id: ID!, $amount: MinorUnits) { refundPayment(input: { paymentId: $id, amount: $amount }) { userErrors { code message } } }',
    { id, amount },
  );
  expect(refundPayment.userErrors).toEqual([]);
}

const owed = async (currency: string) =>
  Object.fromEntries(
    (await balances(world.app.openWork().read))
      .filter((row) => row.currency === currency && ['commission', 'vat_payable', 'seller_payable'].includes(row.ledgerAccount))
      .map(({ ledgerAccount, balanceMinor }) => [ledgerAccount, balanceMinor]),
  );

describe('a seller whose commission is 8 % on top, with 21 % tax in it', () => {
  let seller: Api;
  let paymentId: string;
  beforeAll(async () => {
    seller = await readySeller(world);
    expect(await setPlan(admin, seller.accountId)).toEqual([]);
  });

  it('sells for 50.00: the buyer pays 54.00, the platform holds 52.13, and 0.69 of its 4.00 are tax', async () => {
    const { id } = await offer(seller, { unitPrice: 5_000, inDays: 10 });
    paymentId = await buyOffering(world, id);
    expect(await splitOf(seller, paymentId)).toMatchObject({
      subtotal: { amount: 5_000 },
      platformFee: { amount: 400 },
      vatAmount: { amount: 69 },
      sellerTransfer: { amount: 5_000 },
      totalCharged: { amount: 5_400 },
    });
    expect(await stripeBalance(world)).toMatchObject({ platform: { available: 0, pending: 5_213 } });
    expect(await owed('USD')).toEqual({ commission: -331, vat_payable: -69, seller_payable: -5_000 });
  });

  it('gives it back in nine uneven parts, after which nobody has or is owed a cent of it', async () => {
    for (const amount of [1, 2, 3, 7, 333, 1_001, 49, 2_500, null]) await refund(seller, paymentId, amount);
    await workThrough(world);
    expect(Object.values(await owed('USD')).filter((minor) => minor !== 0)).toEqual([]);
  });

  it('gives another back around a dispute that was won in between, to the same end', async () => {
    const { id } = await offer(seller, { unitPrice: 3_333, inDays: 10 });
    const bought = await buyOffering(world, id);
    for (const amount of [7, 1_000]) await refund(seller, bought, amount);
    await closeDispute(world, await disputePayment(world, bought), 'won');
    for (const amount of [1, 2, 1_111, null]) await refund(seller, bought, amount);
    await workThrough(world);
    expect(Object.values(await owed('USD')).filter((minor) => minor !== 0)).toEqual([]);
  });

  it('loses the rest of a third to a bank: each bears its part of it, to the cent', async () => {
    const { id } = await offer(seller, { unitPrice: 3_333, inDays: 10 });
    const bought = await buyOffering(world, id);
    for (const amount of [7, 1_000]) await refund(seller, bought, amount);
    await closeDispute(world, await disputePayment(world, bought), 'lost');
    expect(Object.values(await owed('USD')).filter((minor) => minor !== 0)).toEqual([]);
  });
});

describe('a seller with a plan of their own for one currency', () => {
  let seller: Api;
  const plansDocument = `query ($id: ID!) { account(id: $id) { commissionPlan { currency percentageFee feeCap { amount } validFrom }
    commissionPlans { currency percentageFee fixedFee { amount currency } feeFloor { decimal } feeCap { decimal } feeMode validFrom validUntil } } }`;
  beforeAll(async () => {
    seller = await readySeller(world);
  });

  it('pays its commission there, and the platform’s default elsewhere', async () => {
    expect(await setPlan(admin, seller.accountId, { currency: 'EUR', percentageFee: 1_000, feeFloor: 100, feeCap: 300 })).toEqual([]);
    const [euros, dollars] = [
      await offer(seller, { unitPrice: 9_000, currency: 'EUR', inDays: 10 }),
      await offer(seller, { unitPrice: 9_000, currency: 'USD', inDays: 10 }),
    ];
    expect(await splitOf(seller, await buyOffering(world, euros.id, 2))).toMatchObject({
      percentageFee: 1_000,
      feeFloor: { amount: 100 },
      feeCap: { amount: 300 },
      platformFee: { amount: 300 },
      totalCharged: { amount: 18_300 },
    });
    expect(await splitOf(seller, await buyOffering(world, dollars.id))).toMatchObject({
      percentageFee: 800,
      feeFloor: null,
      feeCap: null,
      platformFee: { amount: 820 },
    });
  });

  it('sees what holds and what will, and that buyers are quoted what holds when they come', async () => {
    const begins = later(world.app.openWork().clock.now(), 2 * dayMs);
    expect(await setPlan(admin, seller.accountId, { percentageFee: 2_000, feeMode: 'INCLUDED', validFrom: begins.toISOString() })).toEqual([]);
    const { account } = await seller.run<{ account: object }>(plansDocument, { id: seller.accountId });
    expect(account).toEqual({
      commissionPlan: { currency: null, percentageFee: 800, feeCap: null, validFrom: null },
      commissionPlans: [
        expect.objectContaining({ currency: null, percentageFee: 2_000, validFrom: begins.toISOString(), validUntil: null, feeCap: null }),
        {
          currency: 'EUR',
          percentageFee: 1_000,
          fixedFee: { amount: 0, currency: 'EUR' },
          feeFloor: { decimal: '1.00' },
          feeCap: { decimal: '3.00' },
          feeMode: 'ADDED',
          validFrom: expect.any(String),
          validUntil: null,
        },
      ],
    });

    await turnTo(world, later(begins, -60_000));
    const session = await openCheckout(world, seller.accountId);
    await turnTo(world, begins);
    await world.control(`checkout/sessions/${session}/pay`, { card: 'ok' });
    const { syncCheckoutSession } = await seller.run<{ syncCheckoutSession: { payment: { id: string } } }>(syncDocument, {
      id: seller.accountId,
      session,
    });
    expect(await splitOf(seller, syncCheckoutSession.payment.id)).toMatchObject({ percentageFee: 800, platformFee: { amount: 300 } });
    const { account: now } = await seller.run<{ account: object }>(plansDocument, { id: seller.accountId });
    expect(now).toMatchObject({ commissionPlan: { percentageFee: 2_000, validFrom: begins.toISOString() } });
  });

  it('is told what is wrong with a plan, and cannot set one', async () => {
    expect(await setPlan(admin, seller.accountId, { feeCap: 100 })).toEqual([{ code: 'INVALID', path: ['feeCap'] }]);
    expect(await setPlan(admin, seller.accountId, { currency: 'XXX' })).toEqual([{ code: 'CURRENCY_UNSUPPORTED', path: ['currency'] }]);
    expect(await setPlan(admin, seller.accountId, { validFrom: '2020-01-01T00:00:00Z' })).toEqual([{ code: 'DATE_INVALID', path: ['validFrom'] }]);
    await expect(setPlan(seller, seller.accountId)).rejects.toThrow();
  });
});

describe('a seller who sells in dinars, which move in steps of ten', () => {
  it('is settled what is left of a refund in whole steps', async () => {
    const seller = await readySeller(world);
    expect(await setPlan(admin, seller.accountId, { currency: 'KWD', percentageFee: 825 })).toEqual([]);
    const { id } = await offer(seller, { unitPrice: 10_010, currency: 'KWD', inDays: 10 });
    const paymentId = await buyOffering(world, id);
    expect(await splitOf(seller, paymentId)).toMatchObject({ platformFee: { amount: 830 }, totalCharged: { amount: 10_840 } });
    await refund(seller, paymentId, 3_330);
    await workThrough(world);
    const { payment } = await seller.run<{ payment: { settlement: object } }>(
      'query ($id: ID!) { payment(id: $id) { settlement { amount { amount } } } }',
      { id: paymentId },
    );
    expect(payment.settlement).toEqual({ amount: { amount: 6_930 } }); // 3330 × 830 / 10840 = 254.97, of which the fee bears 250
    expect(await owed('KWD')).toEqual({ seller_payable: -6_930, commission: -479, vat_payable: -101 });
  });
});
