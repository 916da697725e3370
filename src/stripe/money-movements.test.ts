import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Gateway, openGateway } from '../../test/support/gateway.js';
import { later, systemClock } from '../base/clock.js';
import { openLog } from '../base/log.js';
import { type Simulator, startSimulator } from '../simulator/server.js';
import { createAccount } from './accounts.js';
import { applicationFeeOfCharge, createFeeRefund, listFeeRefunds, retrieveApplicationFee } from './application-fees.js';
import { leavesInBalance, retrievePayoutSettings } from './balance-settings.js';
import { listBalanceTransactions } from './balance-transactions.js';
import { retrieveBalance } from './balances.js';
import { type ChargeFacts, chargeOfPaymentIntent } from './charges.js';
import { createPaymentCheckout, createSeparateCheckout, retrieveCheckoutSession } from './checkout-sessions.js';
import { listDisputesOfCharge, retrieveDispute } from './disputes.js';
import { listEvents } from './events.js';
import { recordKey } from './idempotency-key.js';
import { listPayouts, retrievePayout } from './payouts.js';
import { createDirectRefund, createPlatformRefund, listRefundsOfCharge } from './refunds.js';
import type { StripeResult } from './result.js';
import { type Connected, onAccount, platform } from './scope.js';
import { createReversal, createTransfer, listReversals, listTransfersOfGroup, retrieveTransfer } from './transfers.js';

let simulator: Simulator;
const gateways = new Map<string, Gateway>();
let records = 0;
const key = (what: string) => recordKey(what, `rec_${++records}`);

beforeAll(async () => {
  simulator = await startSimulator({ port: 0, clock: systemClock, log: openLog('silent'), journalFile: null, world: 'main' });
});
afterAll(async () => {
  await Promise.all([...gateways.values()].map(({ close }) => close()));
  await simulator.close();
});

function inWorld(world: string) {
  const gateway = gateways.get(world) ?? openGateway({ apiBase: simulator.url, key: `sk_test_sim_${world}` });
  gateways.set(world, gateway);
  return gateway.work;
}
async function control(world: string, path: string, body: object = {}): Promise<void> {
  const answer = await fetch(`${simulator.url}/_simulator/${path}?world=${world}`, { method: 'POST', body: JSON.stringify(body) });
  expect([path, answer.status]).toEqual([path, 200]);
}
async function answerOf<T>(result: Promise<StripeResult<T>>): Promise<T> {
  const settled = await result;
  if (!settled.ok) throw new Error(JSON.stringify(settled.failure));
  return settled.value;
}
async function failureOf(result: Promise<StripeResult<unknown>>) {
  const settled = await result;
  if (settled.ok) throw new Error(`it succeeded: ${JSON.stringify(settled.value)}`);
  return settled.failure;
}

function evening() {
  return {
    productName: 'Evening at Luna’s',
    amountMinor: 5400,
    currency: 'USD',
    email: 'ada@example.com',
    successUrl: 'http://shop.test/return?session={CHECKOUT_SESSION_ID}',
    cancelUrl: 'http://shop.test/',
    expiresAt: later(systemClock.now(), 3_600_000),
    reference: 'ses_1',
    metadata: {},
  };
}

/** A seller who was paid 54.00 by a buyer, of which 4.00 are the platform's. */
async function paidSeller(world: string, applicationFeeMinor = 400): Promise<{ seller: Connected; charge: ChargeFacts }> {
  const work = inWorld(world);
  const account = { country: 'US', serviceAgreement: 'full', profile: 'express', metadata: {} } as const;
  const { stripeAccountId } = await answerOf(createAccount(work, key('account'), account));
  await control(world, `accounts/${stripeAccountId}/onboard`);
  const seller = onAccount(stripeAccountId);
  const { id } = await answerOf(createPaymentCheckout(work, seller, key('checkout'), { ...evening(), applicationFeeMinor }));
  await control(world, `checkout/sessions/${id}/pay`);
  const { paymentIntentId } = await answerOf(retrieveCheckoutSession(work, seller, id));
  const charge = await answerOf(chargeOfPaymentIntent(work, seller, String(paymentIntentId)));
  if (!charge) throw new Error('no charge');
  return { seller, charge };
}

describe('the platform’s fee', () => {
  it('is found by its charge, and by its own id', async () => {
    const work = inWorld('fee');
    const { seller, charge } = await paidSeller('fee');
    const fee = await answerOf(applicationFeeOfCharge(work, charge.id));
    expect(fee).toMatchObject({
      id: charge.applicationFeeId,
      chargeId: charge.id,
      stripeAccountId: seller,
      amountMinor: 400,
      refundedMinor: 0,
      currency: 'USD',
    });
    expect(await answerOf(retrieveApplicationFee(work, String(fee?.id)))).toEqual(fee);
  });

  it('is null where none was taken', async () => {
    const { charge } = await paidSeller('free', 0);
    expect(await answerOf(applicationFeeOfCharge(inWorld('free'), charge.id))).toBeNull();
  });

  it('is given back with a refund of its charge, or by itself, and never further than it was taken', async () => {
    const work = inWorld('returned');
    const { seller, charge } = await paidSeller('returned');
    const feeId = String(charge.applicationFeeId);
    await answerOf(createDirectRefund(work, seller, key('refund'), { chargeId: charge.id, amountMinor: 2700, returnFee: true, metadata: {} }));
    const once = key('fee-refund');
    const byItself = { feeId, amountMinor: 150, metadata: { reason: 'goodwill' } };
    const made = await answerOf(createFeeRefund(work, once, byItself));
    expect(await answerOf(createFeeRefund(work, once, byItself))).toEqual(made);

    expect(await answerOf(retrieveApplicationFee(work, feeId))).toMatchObject({ amountMinor: 400, refundedMinor: 350 });
    const refunds = await answerOf(listFeeRefunds(work, feeId));
    expect(refunds.map(({ amountMinor }) => amountMinor)).toEqual([150, 200]);
    expect(refunds[0]).toEqual({ id: made.id, feeId, amountMinor: 150, currency: 'USD', metadata: { reason: 'goodwill' } });
    expect((await failureOf(createFeeRefund(work, key('fee-refund'), { ...byItself, amountMinor: 51 }))).kind).toBe('REFUSED');
  });
});

describe('the settings of payouts', () => {
  it('say when an account is paid out, on the platform and on a seller’s account', async () => {
    const { seller } = await paidSeller('settings');
    const work = inWorld('settings');
    const manual = { interval: 'manual', minimumMinor: {}, isEnabled: true };
    expect(await answerOf(retrievePayoutSettings(work, platform))).toEqual(manual);
    await fetch(`${simulator.url}/v1/balance_settings`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test_sim_settings', 'content-type': 'application/x-www-form-urlencoded' },
      body: 'payments[payouts][schedule][interval]=daily',
    });
    expect(await answerOf(retrievePayoutSettings(work, platform))).toEqual({ ...manual, interval: 'daily' });
    expect(await answerOf(retrievePayoutSettings(work, seller))).toEqual(manual);
  });

  it.each([
    ['manual', {}, true],
    ['daily', {}, false],
    ['daily', { USD: 4999 }, false],
    ['daily', { EUR: 9000 }, false],
    ['weekly', { USD: 5000 }, true],
    [null, {}, false],
  ])('of %s with %j leave 50.00 in the balance: %s', (interval, minimumMinor: Record<string, number>, expected) => {
    expect(leavesInBalance({ interval, minimumMinor, isEnabled: true }, 'USD', 5000)).toBe(expected);
  });
});

describe('payouts', () => {
  it('are listed newest first, and take what was available', async () => {
    const work = inWorld('payouts');
    const { seller } = await paidSeller('payouts');
    expect(await answerOf(listPayouts(work, seller, null))).toEqual({ rows: [], hasMore: false });
    await control('payouts', 'clock/advance', { seconds: 3 * 86_400 });
    const availableMinor = (await answerOf(retrieveBalance(work, seller)))[0]?.availableMinor;
    expect(availableMinor).toBeGreaterThan(0);
    await control('payouts', `accounts/${seller}/payout`);

    const { rows, hasMore } = await answerOf(listPayouts(work, seller, null));
    expect([rows.length, hasMore]).toEqual([1, false]);
    expect(rows[0]).toMatchObject({ status: 'paid', amountMinor: availableMinor, currency: 'USD', isAutomatic: false, failureCode: null });
    const id = String(rows[0]?.id);
    expect(await answerOf(retrievePayout(work, seller, id))).toEqual(rows[0]);
    expect(await answerOf(listPayouts(work, seller, id))).toEqual({ rows: [], hasMore: false });
    expect(await failureOf(retrievePayout(work, platform, id))).toMatchObject({ kind: 'REFUSED', stripeCode: 'resource_missing' });
  });
});

describe('the refunds of a charge', () => {
  it('are all found, however many: one that was overlooked would be made again', async () => {
    const work = inWorld('parts');
    const { seller, charge } = await paidSeller('parts');
    const part = { chargeId: charge.id, amountMinor: 1, returnFee: false };
    for (let i = 0; i < 203; i++) await answerOf(createDirectRefund(work, seller, key('refund'), { ...part, metadata: { refund: `re_${i}` } }));
    const found = await answerOf(listRefundsOfCharge(work, seller, charge.id));
    expect(found.map(({ metadata }) => metadata['refund'])).toEqual(Array.from({ length: 203 }, (_, i) => `re_${202 - i}`));
  });
});

describe('the disputes of a charge', () => {
  it('are found without knowing their ids', async () => {
    const work = inWorld('dispute');
    const { seller, charge } = await paidSeller('dispute');
    expect(await answerOf(listDisputesOfCharge(work, seller, charge.id))).toEqual([]);
    await control('dispute', `charges/${charge.id}/dispute`);
    const [dispute, ...others] = await answerOf(listDisputesOfCharge(work, seller, charge.id));
    expect(others).toEqual([]);
    expect(dispute).toMatchObject({ chargeId: charge.id, amountMinor: 5400, currency: 'USD', withdrawnMinor: 5400, reinstatedMinor: 0 });
    expect(await answerOf(retrieveDispute(work, seller, String(dispute?.id)))).toEqual(dispute);
  });
});

describe('events', () => {
  it('of a seller name the seller, and are not among the platform’s', async () => {
    const work = inWorld('events');
    const { seller, charge } = await paidSeller('events');
    const { rows } = await answerOf(listEvents(work, seller, null));
    const succeeded = rows.find(({ event }) => event.type === 'charge.succeeded');
    expect(succeeded?.event).toMatchObject({ objectId: charge.id, stripeAccountId: seller, livemode: false });
    expect(JSON.parse(String(succeeded?.payload))).toMatchObject({ object: 'event', id: succeeded?.event.id, data: { object: { id: charge.id } } });
    const ours = await answerOf(listEvents(work, platform, null));
    expect(ours.rows.map(({ event }) => event.type)).toContain('application_fee.created');
    expect(ours.rows.map(({ event }) => event.stripeAccountId).filter((id) => id !== null)).toEqual([]);
  });

  it('are walked both ways without a gap or a double, also while more happen', async () => {
    const world = 'walk';
    const work = inWorld(world);
    const { seller, charge } = await paidSeller(world);
    const [oldest] = (await answerOf(listEvents(work, seller, null))).rows.slice(-1);
    for (let i = 0; i < 110; i++)
      await answerOf(createDirectRefund(work, seller, key('refund'), { chargeId: charge.id, amountMinor: 1, returnFee: false, metadata: {} }));

    const upwards: string[] = [String(oldest?.event.id)];
    for (let more = true; more; ) {
      const page = await answerOf(listEvents(work, seller, { newerThan: String(upwards.at(-1)) }));
      upwards.push(...page.rows.map(({ event }) => event.id).reverse());
      more = page.hasMore;
      if (upwards.length === 101)
        await answerOf(createDirectRefund(work, seller, key('refund'), { chargeId: charge.id, amountMinor: 1, returnFee: false, metadata: {} }));
    }
    const downwards: string[] = [];
    for (let more = true; more; ) {
      const last = downwards.at(-1);
      const page = await answerOf(listEvents(work, seller, last === undefined ? null : { olderThan: last }));
      downwards.push(...page.rows.map(({ event }) => event.id));
      more = page.hasMore;
    }
    expect(upwards.length).toBeGreaterThan(111);
    expect(upwards).toEqual([...downwards].reverse());
    expect(new Set(upwards).size).toBe(upwards.length);
  });

  it('are left out that happened before, and an event nobody keeps is no place to go on from', async () => {
    const work = inWorld('since');
    const { seller } = await paidSeller('since');
    const { rows } = await answerOf(listEvents(work, seller, null));
    const newest = rows[0]?.event.happenedAt ?? systemClock.now();
    expect((await answerOf(listEvents(work, seller, null, later(newest, 1_000)))).rows).toEqual([]);
    expect((await answerOf(listEvents(work, seller, null, later(newest, -3_600_000)))).rows).toEqual(rows);
    expect(await failureOf(listEvents(work, seller, { newerThan: 'evt_gone' }))).toMatchObject({ kind: 'REFUSED', stripeCode: 'resource_missing' });
  });
});

describe('the lines of the platform’s balance', () => {
  it('sum to what it holds, from either end', async () => {
    const work = inWorld('lines');
    const { seller, charge } = await paidSeller('lines');
    await answerOf(createDirectRefund(work, seller, key('refund'), { chargeId: charge.id, amountMinor: 2700, returnFee: true, metadata: {} }));
    const { rows, hasMore } = await answerOf(listBalanceTransactions(work, null));
    expect(hasMore).toBe(false);
    const [funds] = await answerOf(retrieveBalance(work, platform));
    expect(rows.reduce((total, { netMinor }) => total + netMinor, 0)).toBe((funds?.availableMinor ?? 0) + (funds?.pendingMinor ?? 0));
    const [first, last] = [String(rows[0]?.id), String(rows.at(-1)?.id)];
    expect((await answerOf(listBalanceTransactions(work, { newerThan: last }))).rows).toEqual(rows.slice(0, -1));
    expect((await answerOf(listBalanceTransactions(work, { olderThan: first }))).rows).toEqual(rows.slice(1));
  });
});

describe('a transfer', () => {
  /** A platform that was paid 54.00 for a seller's offering, none of it available yet. */
  async function held(world: string) {
    const work = inWorld(world);
    const { seller } = await paidSeller(world, 0);
    const { id } = await answerOf(createSeparateCheckout(work, key('checkout'), { ...evening(), transferGroup: 'off_1' }));
    await control(world, `checkout/sessions/${id}/pay`);
    const { paymentIntentId } = await answerOf(retrieveCheckoutSession(work, platform, id));
    const charge = await answerOf(chargeOfPaymentIntent(work, platform, String(paymentIntentId)));
    const transfer = { amountMinor: 5000, currency: 'USD', destination: seller, transferGroup: 'stl_1', metadata: { operation: 'op_1' } };
    return { work, seller, charge, transfer, turn: () => control(world, 'clock/advance', { seconds: 3 * 86_400 }) };
  }

  it('that was refused stays refused under its key, and is made once under the next when the money is available', async () => {
    const { work, seller, transfer, turn } = await held('transfer');
    const [first, second] = [recordKey('transfer', 'op_1', 1), recordKey('transfer', 'op_1', 2)];
    expect(await failureOf(createTransfer(work, first, transfer))).toMatchObject({ kind: 'REFUSED', code: 'INSUFFICIENT_BALANCE', replayed: false });
    expect(await answerOf(listTransfersOfGroup(work, 'stl_1'))).toEqual([]);
    await control('transfer', 'clock/advance', { seconds: 23 * 3_600 });
    expect(await failureOf(createTransfer(work, first, transfer))).toMatchObject({ code: 'INSUFFICIENT_BALANCE', replayed: true });

    await turn();
    const made = await answerOf(createTransfer(work, second, transfer));
    expect(made).toMatchObject({ amountMinor: 5000, reversedMinor: 0, currency: 'USD', destination: seller, transferGroup: 'stl_1' });
    expect(await answerOf(createTransfer(work, second, transfer))).toEqual(made);
    expect(await answerOf(listTransfersOfGroup(work, 'stl_1'))).toEqual([made]);
    expect(made.metadata).toEqual({ operation: 'op_1' });
    expect((await failureOf(createTransfer(work, second, { ...transfer, amountMinor: 4999 }))).kind).toBe('DEFECT');
  });

  it('is taken back in parts, no further than the seller’s balance holds it', async () => {
    const { work, seller, transfer, turn } = await held('reversal');
    await turn();
    const { id } = await answerOf(createTransfer(work, key('transfer'), transfer));
    const part = { transferId: id, amountMinor: 2000, metadata: { operation: 'op_2' } };
    const reversal = await answerOf(createReversal(work, key('reversal'), part));
    expect(await answerOf(retrieveTransfer(work, id))).toMatchObject({ amountMinor: 5000, reversedMinor: 2000 });
    expect(await answerOf(listReversals(work, id))).toEqual([reversal]);

    await control('reversal', `accounts/${seller}/payout`);
    expect(await failureOf(createReversal(work, key('reversal'), part))).toMatchObject({ kind: 'REFUSED', code: 'INSUFFICIENT_BALANCE' });
    expect(await answerOf(listReversals(work, id))).toEqual([reversal]);
  });

  it('stays as it is when the buyer is refunded from the platform’s balance', async () => {
    const { work, charge, transfer, turn } = await held('untouched');
    await turn();
    const { id } = await answerOf(createTransfer(work, key('transfer'), { ...transfer, amountMinor: 1000 }));
    const chargeId = String(charge?.id);
    await answerOf(createPlatformRefund(work, key('refund'), { chargeId, amountMinor: 900, metadata: { refund: 're_1' } }));
    expect(await answerOf(listRefundsOfCharge(work, platform, chargeId))).toMatchObject([{ amountMinor: 900, metadata: { refund: 're_1' } }]);
    expect(await answerOf(retrieveTransfer(work, id))).toMatchObject({ amountMinor: 1000, reversedMinor: 0 });
  });
});
