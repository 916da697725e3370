import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { marketplaceOf, openSimulated, refused } from '../../test/support/simulated.js';
import type { Simulator } from './server.js';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await openSimulated();
});
afterAll(() => simulator.close());

const hold = (amount: number, applicationFee?: number) =>
  ({
    amount,
    currency: 'usd',
    payment_method: 'pm_card_visa',
    confirm: true,
    capture_method: 'manual',
    ...(applicationFee === undefined ? {} : { application_fee_amount: applicationFee }),
  }) satisfies Stripe.PaymentIntentCreateParams;

describe('a card that only holds an amount', () => {
  it('moves nothing until a part is captured, with the platform’s fee of that part', async () => {
    const { stripe, onSeller, seller, available, pending, passDays, events, books } = await marketplaceOf(simulator, 'capture');
    const intent = await stripe.paymentIntents.create(hold(5_000, 400), onSeller);
    expect([intent.status, intent.amount_received, await pending(seller)]).toEqual(['requires_capture', 0, 0]);
    const held = await stripe.charges.retrieve(String(intent.latest_charge), {}, onSeller);
    expect([held.captured, held.amount_captured, held.balance_transaction]).toEqual([false, 0, null]);
    expect(await refused(stripe.refunds.create({ charge: held.id }, onSeller))).toBe('charge_not_refundable');
    expect(await refused(stripe.paymentIntents.confirm(intent.id, {}, onSeller))).toBe('payment_intent_unexpected_state');
    expect(await refused(stripe.paymentIntents.capture(intent.id, { amount_to_capture: 5_001 }, onSeller))).toBe('amount_too_large');
    expect(await refused(stripe.paymentIntents.capture(intent.id, { amount_to_capture: 300 }, onSeller))).toBeUndefined();

    const captured = await stripe.paymentIntents.capture(intent.id, { amount_to_capture: 3_000, application_fee_amount: 240 }, onSeller);
    expect([captured.status, captured.amount_received]).toEqual(['succeeded', 3_000]);
    expect(await pending(seller)).toBe(2_760);
    await passDays(2);
    expect([await available(seller), await available()]).toEqual([2_760, 240 - 117]); // the platform pays Stripe's 2.9 % + 0.30
    const { amount_captured, application_fee_amount } = await stripe.charges.retrieve(held.id, {}, onSeller);
    expect([amount_captured, application_fee_amount]).toEqual([3_000, 240]);
    expect(await refused(stripe.refunds.create({ charge: held.id, amount: 3_001 }, onSeller))).toBe('amount_too_large');
    expect(await refused(stripe.paymentIntents.capture(intent.id, {}, onSeller))).toBe('payment_intent_unexpected_state');
    expect(await events(seller)).toEqual(
      expect.arrayContaining(['payment_intent.amount_capturable_updated', 'charge.captured', 'payment_intent.succeeded']),
    );
    expect((await books()).reduce((sum, minor) => sum + minor, 0)).toBe(0);
  });

  it('is free again when it is canceled, or by itself after a week', async () => {
    const { stripe, passDays, pending, events } = await marketplaceOf(simulator, 'release');
    const first = await stripe.paymentIntents.create(hold(5_000));
    const canceled = await stripe.paymentIntents.cancel(first.id, { cancellation_reason: 'abandoned' });
    expect([canceled.status, canceled.cancellation_reason]).toEqual(['canceled', 'abandoned']);
    const second = await stripe.paymentIntents.create(hold(5_000));
    await passDays(6);
    expect((await stripe.paymentIntents.retrieve(second.id)).status).toBe('requires_capture');
    await passDays(1);
    const expired = await stripe.paymentIntents.retrieve(second.id);
    expect([expired.status, expired.cancellation_reason, await pending()]).toEqual(['canceled', 'automatic', 0]);
    expect(await events()).toContain('charge.expired');
  });
});

describe('a charge', () => {
  it('is available at once by the card for that, and no other with it', async () => {
    const { stripe, charge, available, pending } = await marketplaceOf(simulator, 'bypass');
    await charge(5_400);
    const quick = await charge(1_000, 'pm_card_bypassPending');
    expect([await pending(), await available()]).toEqual([5_213, 941]);
    const lines = await stripe.balanceTransactions.list({ limit: 10 });
    expect(lines.data.map(({ source, status }) => [source, status])).toEqual([
      [(quick.latest_charge as Stripe.Charge).id, 'available'],
      [expect.stringMatching(/^ch_/), 'pending'],
    ]);
  });

  it('may tell only later what it did to the balance', async () => {
    const { stripe, charge, control, pending } = await marketplaceOf(simulator, 'late');
    await control('settings', { booksLate: true });
    const { latest_charge } = await charge(5_400);
    const { id, balance_transaction } = latest_charge as Stripe.Charge;
    expect([balance_transaction, await pending()]).toEqual([null, 5_213]);
    await control(`charges/${id}/book`);
    const booked = await stripe.charges.retrieve(id, { expand: ['balance_transaction'] });
    expect(booked.balance_transaction).toMatchObject({ fee: 187, net: 5_213 });
    const [told] = (await stripe.events.list({ type: 'charge.updated' })).data;
    expect(told?.data).toMatchObject({ object: { id }, previous_attributes: { balance_transaction: null } });
  });

  it('that a bank suspects has a warning, which moves nothing and is over once it is refunded', async () => {
    const { stripe, charge, pending, control } = await marketplaceOf(simulator, 'warned');
    const { latest_charge } = await charge(5_400, 'pm_card_createIssuerFraudRecord');
    const { id } = latest_charge as Stripe.Charge;
    const [warning] = (await stripe.radar.earlyFraudWarnings.list({ charge: id })).data;
    expect(warning).toMatchObject({ actionable: true, fraud_type: 'misc', charge: id });
    expect(await pending()).toBe(5_213);
    await control('clock/advance', { seconds: 2 * 86_400 });
    await stripe.refunds.create({ charge: id });
    expect((await stripe.radar.earlyFraudWarnings.retrieve(String(warning?.id))).actionable).toBe(false);
    const types = (await stripe.events.list({ types: ['radar.early_fraud_warning.created', 'radar.early_fraud_warning.updated'] })).data;
    expect(types.map(({ type }) => type)).toEqual(['radar.early_fraud_warning.updated', 'radar.early_fraud_warning.created']);
  });
});

describe('a dispute', () => {
  const disputeOf = async (stripe: Stripe, charge: string) => (await stripe.disputes.list({ charge })).data[0] as Stripe.Dispute;

  it('costs a second fee once it is answered, which comes back when it is won and stays when it is lost', async () => {
    const { stripe, charge, available, control, passDays } = await marketplaceOf(simulator, 'countered');
    const { latest_charge } = await charge(5_400, 'pm_card_bypassPending');
    const { id } = latest_charge as Stripe.Charge;
    await control(`charges/${id}/dispute`);
    const { id: first } = await disputeOf(stripe, id);
    expect(await available()).toBe(5_213 - 5_400 - 1_500);
    await stripe.disputes.update(first, { evidence: { uncategorized_text: 'They were there.' }, submit: false });
    expect(await available()).toBe(5_213 - 5_400 - 1_500);
    for (let times = 0; times < 2; times++) await stripe.disputes.update(first, { evidence: { customer_name: 'Ada' } });
    expect(await available()).toBe(5_213 - 5_400 - 3_000);
    await control(`disputes/${first}/close`, { outcome: 'won', keepsFee: true });
    expect(await available()).toBe(5_213 - 1_500);
    expect((await stripe.disputes.retrieve(first)).balance_transactions.map(({ amount, fee }) => [amount, fee])).toEqual([
      [-5_400, 1_500],
      [0, 1_500],
      [5_400, -1_500],
    ]);

    const other = (await charge(5_400, 'pm_card_bypassPending')).latest_charge as Stripe.Charge;
    await control(`charges/${other.id}/dispute`);
    const { id: second } = await disputeOf(stripe, other.id);
    await stripe.disputes.update(second, { evidence: { uncategorized_text: 'losing_evidence' } });
    await passDays(1);
    expect((await stripe.disputes.retrieve(second)).status).toBe('lost');
    expect(await available()).toBe(5_213 - 1_500 + 5_213 - 5_400 - 3_000);
  });

  it('that was prevented, or is only an inquiry, moves nothing', async () => {
    const { stripe, charge, control, pending, available, events } = await marketplaceOf(simulator, 'prevented');
    const { latest_charge } = await charge(5_400);
    const { id } = latest_charge as Stripe.Charge;
    await control(`charges/${id}/dispute`, { prevented: true });
    expect(await disputeOf(stripe, id)).toMatchObject({ status: 'prevented', balance_transactions: [] });
    const asked = (await charge(1_000, 'pm_card_createDisputeInquiry')).latest_charge as Stripe.Charge;
    expect(await disputeOf(stripe, asked.id)).toMatchObject({ status: 'warning_needs_response', balance_transactions: [] });
    expect([await pending(), await available()]).toEqual([5_213 + 941, 0]);
    expect((await stripe.charges.retrieve(id)).disputed).toBe(false);
    expect(await events()).not.toContain('charge.dispute.funds_withdrawn');
  });
});
