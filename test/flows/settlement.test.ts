import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dayMs } from '../../src/base/clock.js';
import { balances } from '../../src/ledger/balances.js';
import { settleDue } from '../../src/settlements/settling.js';
import { type Api, readySeller } from '../support/api.js';
import { buyOffering, offer, stripeBalance, turnTo } from '../support/marketplace.js';
import { openWorld, type TestWorld } from '../support/world.js';

let world: TestWorld;
let seller: Api;
beforeAll(async () => {
  world = await openWorld({ PLATFORM_VAT_BPS: '2100' });
  seller = await readySeller(world);
});
afterAll(() => world.close());

const settlementOf = `query ($id: ID!) { payment(id: $id) {
  snapshot { subtotal { decimal } platformFee { decimal } vatAmount { decimal } sellerTransfer { decimal } totalCharged { decimal } }
  settlement { id status amount { decimal } dueAt settledAt stripeTransferId failure { code remedy retriesAutomatically }
    attempts { number outcome idempotencyKey stripeRequestId }
    explanation { amount { code because amount { decimal } } timing { code at } blocker { code because at } }
    availableActions { action enabled disabledReason consequences }
    payments { nodes { id } } } } }`;

describe('two tickets of 25.00 that are delivered later, at 8 % and 1.00 each', () => {
  let paymentId: string;
  let deliversAt: Date;

  it('are charged at 56.00, of which the platform holds 54.08', async () => {
    const offering = await offer(seller, { title: 'A night at the opera', unitPrice: 2_500, currency: 'USD', inDays: 10, refundableForDays: 3 });
    deliversAt = new Date(offering.deliversAt);
    paymentId = await buyOffering(world, offering.id, 2);

    const { payment } = await seller.run<{ payment: { snapshot: object; settlement: object } }>(settlementOf, { id: paymentId });
    expect(payment.snapshot).toEqual({
      subtotal: { decimal: '50.00' },
      platformFee: { decimal: '6.00' },
      vatAmount: { decimal: '1.04' },
      sellerTransfer: { decimal: '50.00' },
      totalCharged: { decimal: '56.00' },
    });
    expect(payment.settlement).toMatchObject({
      status: 'PENDING',
      amount: { decimal: '50.00' },
      failure: null,
      attempts: [],
      payments: { nodes: [{ id: paymentId }] },
      explanation: { amount: [{ code: 'SOLD', amount: { decimal: '50.00' } }], blocker: { code: 'NOT_DUE' } },
    });
    expect(await stripeBalance(world)).toMatchObject({ platform: { available: 0, pending: 5_408 } });
    expect(await balances(world.app.openWork().read)).toEqual([
      { ledgerAccount: 'commission', accountId: null, currency: 'USD', balanceMinor: -496 },
      { ledgerAccount: 'seller_payable', accountId: seller.accountId, currency: 'USD', balanceMinor: -5_000 },
      { ledgerAccount: 'stripe_balance', accountId: null, currency: 'USD', balanceMinor: 5_408 },
      { ledgerAccount: 'stripe_fees', accountId: null, currency: 'USD', balanceMinor: 192 },
      { ledgerAccount: 'vat_payable', accountId: null, currency: 'USD', balanceMinor: -104 },
    ]);
  });

  it('are not settled before delivery and the end of the refund window', async () => {
    await turnTo(world, new Date(deliversAt.getTime() + 2 * dayMs));
    expect(await settleDue(world.app.openWork(), 10)).toBe(0);
  });

  it('are settled then: 50.00 to the seller, 4.08 stay with the platform', async () => {
    await turnTo(world, new Date(deliversAt.getTime() + 3 * dayMs + 1_000));
    await settleDue(world.app.openWork(), 10);

    const { payment } = await seller.run<{ payment: { settlement: { attempts: { idempotencyKey: string }[]; stripeTransferId: string } } }>(
      settlementOf,
      { id: paymentId },
    );
    expect(payment.settlement).toMatchObject({
      status: 'SETTLED',
      amount: { decimal: '50.00' },
      failure: null,
      attempts: [{ number: 1, outcome: 'SUCCEEDED' }],
      explanation: { blocker: null },
    });
    expect(payment.settlement.stripeTransferId).toMatch(/^tr_/);
    expect(await stripeBalance(world)).toMatchObject({ platform: { available: 408, pending: 0 }, seller: { available: 5_000 } });
    const { account } = await seller.run<{ account: object }>(
      'query ($id: ID!) { account(id: $id) { balance { held { decimal } settled { decimal } owedByAccount { decimal } } } }',
      { id: seller.accountId },
    );
    expect(account).toEqual({ balance: { held: { decimal: '0.00' }, settled: { decimal: '50.00' }, owedByAccount: { decimal: '0.00' } } });
  });
});
