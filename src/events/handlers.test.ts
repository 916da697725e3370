import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Answerer, json, startAnswerer } from '../../test/support/gateway.js';
import { openGround, signatureOf, type TestGround, webhookSecrets } from '../../test/support/ground.js';
import { hourMs, later } from '../base/clock.js';
import { applyDueEvents } from './apply.js';
import { receiveWebhook } from './intake.js';

let stripe: Answerer;
let ground: TestGround;
let count = 0;
/** What Stripe answers, by the path that is asked; what is not here does not exist there. */
const objects = new Map<string, object>();

beforeAll(async () => {
  stripe = await startAnswerer();
  ground = await openGround(stripe.url);
});
afterAll(async () => {
  await ground.close();
  await stripe.close();
});
beforeEach(() => {
  objects.clear();
  stripe.answer((response, nth) => {
    const path = stripe.requests[nth - 1]?.url.split('?')[0] ?? '';
    const found = objects.get(path);
    if (found) json(200, found)(response);
    else json(404, { error: { type: 'invalid_request_error', code: 'resource_missing', message: `No such object: ${path}` } })(response);
  });
});

/** Tells of something on an account, or on the platform's own, and applies it. Answers what became of the event. */
async function tell(type: string, object: { id: string; [field: string]: unknown }, account?: string) {
  const id = `evt_${++count}`;
  const created = Math.floor(ground.clock.now().getTime() / 1_000);
  const body = JSON.stringify({ id, object: 'event', type, created, livemode: false, ...(account ? { account } : {}), data: { object } });
  await receiveWebhook(
    ground.work,
    Buffer.from(body),
    signatureOf(body, account ? webhookSecrets.connect : webhookSecrets.platform, ground.clock.now()),
  );
  await applyDueEvents(ground.work, 100);
  const [event] = await ground.rows('select state, error from inbox_event where stripe_event_id = $1', [id]);
  return event;
}
const asked = () => stripe.requests.map(({ url }) => url.split('?')[0]);

/** A seller with one payment of 25.00 on their own account, of which 10.00 went back by a refund of ours. */
async function refundedPayment() {
  const account = `acct_h${++count}`;
  const { id: connectedId, tenantId, accountId } = await ground.connected(account);
  const [paymentId, refundId] = [`pay_${count}`, `rfd_${count}`];
  await ground.rows(
    `insert into payment (id, tenant_id, account_id, connected_account_id, kind, charge_model, email, quantity, amount_minor, currency, refunded_minor,
       checkout_session_id, charge_id, recorded_from, paid_at, created_at)
     values ($1, $2, $3, $4, 'ONE_TIME', 'DIRECT', 'a@example.com', 1, 2500, 'USD', 1000, $5, $6, 'RETURN', now(), now())`,
    [paymentId, tenantId, accountId, connectedId, `cs_${count}`, `ch_${count}`],
  );
  await ground.rows(
    `insert into refund (id, tenant_id, payment_id, amount_minor, currency, fee_returned, status, stripe_refund_id, requested_by, created_at)
     values ($1, $2, $3, 1000, 'USD', false, 'SUCCEEDED', $4, 'per_1', now())`,
    [refundId, tenantId, paymentId, `re_${count}`],
  );
  return { account, paymentId, refundId, chargeId: `ch_${count}`, stripeRefundId: `re_${count}` };
}
const refund = (id: string, charge: string, more: object) => ({
  id,
  object: 'refund',
  amount: 1_000,
  currency: 'usd',
  charge,
  metadata: {},
  ...more,
});
/** Stripe shows a charge of which 10.00 went back. */
const showCharge = (id: string) =>
  objects.set(`/v1/charges/${id}`, { id, object: 'charge', amount: 2_500, currency: 'usd', amount_refunded: 1_000, balance_transaction: null });

describe('a refund that failed after it was booked', () => {
  it('is for a person: the event is parked with what to do, and partners hear that the refund failed', async () => {
    const { account, paymentId, refundId, chargeId, stripeRefundId } = await refundedPayment();
    showCharge(chargeId);
    objects.set(`/v1/refunds/${stripeRefundId}`, refund(stripeRefundId, chargeId, { status: 'failed', failure_reason: 'expired_or_canceled_card' }));
    expect(await tell('refund.failed', { id: stripeRefundId }, account)).toEqual({
      state: 'PARKED',
      error: expect.stringMatching(
        `^Refund ${stripeRefundId} of 10.00 USD of payment ${paymentId} failed after it was booked \\(expired_or_canceled_card\\)`,
      ),
    });
    expect(await ground.rows('select status, failure_message from refund where id = $1', [refundId])).toEqual([
      { status: 'FAILED', failure_message: 'The buyer’s bank sent it back (expired_or_canceled_card).' },
    ]);
    expect(await ground.rows(`select topic from outbox_event where subject_id = $1 order by sequence desc limit 1`, [refundId])).toEqual([
      { topic: 'refund.failed' },
    ]);
  });

  it('and one that failed before anything was booked of it asks for nothing', async () => {
    const { account } = await refundedPayment();
    showCharge('ch_of_nobody');
    objects.set('/v1/refunds/re_none', refund('re_none', 'ch_of_nobody', { status: 'failed' }));
    expect(await tell('refund.updated', { id: 're_none' }, account)).toEqual({ state: 'APPLIED', error: null });
  });

  it('and one that names the refund of another payment, as its owner may write at Stripe, leaves that as it is', async () => {
    const other = await refundedPayment();
    const { account, chargeId } = await refundedPayment();
    showCharge(chargeId);
    objects.set('/v1/refunds/re_forged', refund('re_forged', chargeId, { status: 'failed', metadata: { refund: other.refundId } }));
    expect(await tell('refund.failed', { id: 're_forged' }, account)).toMatchObject({ state: 'PARKED' });
    expect(await ground.rows('select status from refund where id = $1', [other.refundId])).toEqual([{ status: 'SUCCEEDED' }]);
  });
});

describe('a payment that takes days', () => {
  const session = (id: string, paymentStatus: string) => ({
    id,
    object: 'checkout.session',
    mode: 'payment',
    status: 'complete',
    payment_status: paymentStatus,
  });

  it('is under way until it fails; told late that it was under way, it has still failed', async () => {
    const account = `acct_d${++count}`;
    const { id: connectedId, tenantId, accountId } = await ground.connected(account);
    const id = `cs_days${count}`;
    await ground.rows(
      `insert into purchase_session (id, tenant_id, account_id, connected_account_id, kind, charge_model, status, email, currency, quantity,
         percentage_bps, fixed_fee_minor, vat_bps, fee_mode, subtotal_minor, platform_fee_minor, vat_minor, seller_transfer_minor,
         total_charged_minor, stripe_session_id, expires_at, created_at)
       values ($1, $2, $3, $4, 'ONE_TIME', 'DIRECT', 'OPEN', 'ada@example.com', 'USD', 1, 0, 0, 0, 'INCLUDED', 100, 0, 0, 100, 100, $5, now(), now())`,
      [`pur_${count}`, tenantId, accountId, connectedId, id],
    );
    const status = async () => (await ground.rows('select status from purchase_session where stripe_session_id = $1', [id]))[0]?.['status'];
    objects.set(`/v1/checkout/sessions/${id}`, session(id, 'unpaid'));
    await tell('checkout.session.completed', { id }, account);
    expect(await status()).toBe('PROCESSING');
    expect(await tell('checkout.session.async_payment_failed', { id }, account)).toEqual({ state: 'APPLIED', error: null });
    expect(await status()).toBe('FAILED');
    await tell('checkout.session.completed', { id }, account);
    expect(await status()).toBe('FAILED');
  });
});

describe('what was made at Stripe by hand', () => {
  it('as a refund is recorded with its charge; one of ours is not asked for again', async () => {
    const { account, chargeId, stripeRefundId } = await refundedPayment();
    expect(await tell('refund.created', { id: stripeRefundId }, account)).toMatchObject({ state: 'APPLIED' });
    expect(asked()).toEqual([]);
    objects.set('/v1/refunds/re_by_hand', refund('re_by_hand', chargeId, { status: 'succeeded' }));
    await tell('refund.created', { id: 're_by_hand' }, account);
    expect(asked()).toEqual(['/v1/refunds/re_by_hand', `/v1/charges/${chargeId}`]);
  });
});

describe('events about a seller’s account', () => {
  it.each([
    'account.updated',
    'capability.updated',
    'person.created',
    'person.updated',
    'person.deleted',
    'account.external_account.created',
    'account.external_account.updated',
    'account.external_account.deleted',
    'payout.failed',
  ])('%s has the account read again', async (type) => {
    const account = `acct_s${++count}`;
    await ground.connected(account);
    await tell(type, { id: 'object_1' }, account);
    expect(asked()).toEqual([`/v1/accounts/${account}`]);
  });

  it.each(['invoice.payment_failed', 'invoice.payment_action_required'])('%s has the subscription behind it read again', async (type) => {
    const account = `acct_s${++count}`;
    await ground.connected(account);
    objects.set('/v1/invoices/in_1', {
      id: 'in_1',
      object: 'invoice',
      status: 'open',
      amount_paid: 0,
      parent: { subscription_details: { subscription: 'sub_1' } },
    });
    await tell(type, { id: 'in_1' }, account);
    expect(asked()).toEqual(['/v1/invoices/in_1', '/v1/subscriptions/sub_1']);
  });

  it('that ask for nothing here are left alone', async () => {
    const account = `acct_s${++count}`;
    await ground.connected(account);
    expect(await tell('payout.created', { id: 'po_1' }, account)).toEqual({ state: 'IGNORED', error: null });
    expect(asked()).toEqual([]);
  });

  it('a payout that the bank sent back is noted until one arrives, in whatever order they are heard of', async () => {
    const account = `acct_s${++count}`;
    const { id: connectedId } = await ground.connected(account);
    const payout = (id: string, status: string, created: number) => ({
      ...{ id, object: 'payout', status, amount: 2_500, currency: 'usd', automatic: true, arrival_date: created, created },
      failure_code: status === 'failed' ? 'account_closed' : null,
    });
    const list = (...data: object[]) => objects.set('/v1/payouts', { object: 'list', data, has_more: false });
    const noted = async () =>
      (
        await ground.rows('select payout_sent_back_at as at, payout_sent_back_because as because from connected_account where id = $1', [connectedId])
      )[0];
    objects.set(`/v1/accounts/${account}`, { id: account, object: 'account', capabilities: {}, requirements: {} });

    expect(await tell('payout.paid', { id: 'po_1' }, account)).toEqual({ state: 'APPLIED', error: null });
    expect(asked()).toEqual([]); // nothing to clear
    list(payout('po_2', 'failed', 1_790_000_000), payout('po_1', 'paid', 1_780_000_000));
    expect(await tell('payout.failed', { id: 'po_2' }, account)).toEqual({ state: 'APPLIED', error: null });
    expect(await noted()).toEqual({ at: new Date(1_790_000_000_000), because: 'account_closed' });
    list(payout('po_4', 'pending', 1_792_000_000), payout('po_3', 'paid', 1_791_000_000), payout('po_2', 'failed', 1_790_000_000));
    await tell('payout.failed', { id: 'po_2' }, account); // heard of again, late
    expect(await noted()).toEqual({ at: null, because: null });
    await ground.rows(`update connected_account set payout_sent_back_at = now() where id = $1`, [connectedId]);
    await tell('payout.paid', { id: 'po_3' }, account);
    expect(await noted()).toEqual({ at: null, because: null });
  });
});

describe('events on the platform’s own account', () => {
  it.each([
    'payout.created',
    'payout.paid',
    'payout.failed',
    'payout.canceled',
    'topup.created',
    'topup.succeeded',
    'topup.failed',
    'topup.reversed',
  ])('%s has the balance taken in at once', async (type) => {
    objects.set('/v1/balance_transactions', { object: 'list', data: [], has_more: false });
    expect(await tell(type, { id: 'po_1' })).toEqual({ state: 'APPLIED', error: null });
    expect(asked()).toEqual(['/v1/balance_transactions']);
  });

  it('a fee of a charge we do not know has its seller’s events read at once: they may be lost', async () => {
    const account = `acct_s${++count}`;
    await ground.connected(account);
    const nextPoll = async () =>
      (await ground.rows('select next_poll_at from event_stream where name = $1', [`connect:${account}`]))[0]?.['next_poll_at'];
    const inAnHour = later(ground.clock.now(), hourMs);
    await ground.rows('update event_stream set next_poll_at = $2 where name = $1', [`connect:${account}`, inAnHour]);
    await tell('application_fee.created', { id: 'fee_1', account: 'acct_of_another' });
    expect(await nextPoll()).toEqual(inAnHour);
    expect(await tell('application_fee.created', { id: 'fee_1', account })).toEqual({ state: 'APPLIED', error: null });
    expect(await nextPoll()).toEqual(ground.clock.now());
    expect(asked()).toEqual([]);
  });

  it('a transfer that an unknown operation made halts all outgoing money', async () => {
    const transfer = { id: 'tr_1', object: 'transfer', amount: 100, amount_reversed: 0, currency: 'usd', destination: 'acct_1', created: 1 };
    objects.set('/v1/transfers', {
      object: 'list',
      data: [{ ...transfer, metadata: { operation: 'opn_forgotten', settlement: 'stl_1' } }],
      has_more: false,
    });
    await tell('transfer.created', { id: 'tr_1' });
    expect(await ground.rows('select reason from halt where cleared_at is null')).toEqual([{ reason: 'UNKNOWN_TRANSFER' }]);
  });
});
