import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { dayMs, hourMs, later } from '../../src/base/clock.js';
import { lookUpUnknown } from '../../src/settlements/verification.js';
import { type Api, readySeller, signInAsAdmin } from '../support/api.js';
import { buyOffering, type Offered, offer, stripeBalance, topUp, turnTo, workThrough } from '../support/marketplace.js';
import { openWorld, type TestWorld } from '../support/world.js';

interface Settlement {
  id: string;
  status: string;
  failure: {
    code: string;
    message: string;
    remedy: string;
    retriesAutomatically: boolean;
    stripeCode: string | null;
    stripeRequestId: string | null;
  } | null;
  attempts: { outcome: string; idempotencyKey: string }[];
  stripeTransferId: string | null;
  availableActions: { action: string; enabled: boolean; disabledReason: string | null }[];
  explanation: { blocker: { code: string; whoCanAct: string } | null };
}

let world: TestWorld;
let seller: Api;
let admin: Api;
let offering: Offered;
let paymentId: string;
beforeEach(async () => {
  world = await openWorld({ PLATFORM_FEE_FIXED: '0' }, { works: false });
  seller = await readySeller(world);
  admin = await signInAsAdmin(world);
  offering = await offer(seller, { unitPrice: 2_500, inDays: 10 });
  paymentId = await buyOffering(world, offering.id, 2);
});
afterEach(() => world.close()); // which audits the books

const deliver = async () => {
  await turnTo(world, later(new Date(offering.refundableUntil), dayMs));
  await workThrough(world);
};
const wait = async (ms: number) => {
  await turnTo(world, later(world.app.openWork().clock.now(), ms));
  await workThrough(world);
};
const settlement = async () =>
  (
    await seller.run<{ payment: { settlement: Settlement } }>(
      `query ($id: ID!) { payment(id: $id) { settlement { id status stripeTransferId attempts { outcome idempotencyKey }
        failure { code message remedy retriesAutomatically stripeCode stripeRequestId } availableActions { action enabled disabledReason } explanation { blocker { code whoCanAct } } } } }`,
      { id: paymentId },
    )
  ).payment.settlement;
const act = async (mutation: string, more = '') => {
  const { id } = await settlement();
  const answer = await admin.run<Record<string, { userErrors: { code: string; message: string }[] } & Record<string, unknown>>>(
    `mutation ($id: ID!) { done: ${mutation}(input: { settlementId: $id ${more} }) { ${mutation === 'verifySettlement' ? 'verdict stripeTransferId' : 'settlement { status }'} userErrors { code message } } }`,
    { id },
  );
  return answer['done'] as { userErrors: { code: string; message: string }[]; verdict?: string; stripeTransferId?: string };
};
const fail = (kind: string, more: object = {}) => world.control('faults', { method: 'POST', path: '/v1/transfers', kind, times: 1, ...more });
const transfers = async () => ((await world.stripeState()) as unknown as { transfers: { id: string; destination: string }[] }).transfers;
const stripeAccountId = async () =>
  (
    await seller.run<{ account: { stripeAccount: { stripeId: string } } }>('query ($id: ID!) { account(id: $id) { stripeAccount { stripeId } } }', {
      id: seller.accountId,
    })
  ).account.stripeAccount.stripeId;

describe('a settlement that Stripe refuses', () => {
  it.each([
    ['transfers_not_allowed', 'ACCOUNT_RESTRICTED', 'SELLER'],
    ['insufficient_capabilities_for_transfer', 'ACCOUNT_RESTRICTED', 'SELLER'],
    ['account_closed', 'INVALID_ACCOUNT', 'SELLER'],
    ['some_code_nobody_knows', 'UNCLASSIFIED', 'ADMINISTRATOR'],
  ])('(%s) fails as %s, says what to do, and is paid by a retry under a new key', async (stripeCode, code, whoCanAct) => {
    await fail('refuse', { code: stripeCode });
    await deliver();
    const failed = await settlement();
    expect(failed).toMatchObject({
      status: 'FAILED',
      failure: { code, stripeCode, retriesAutomatically: false },
      explanation: { blocker: { code, whoCanAct } },
    });
    expect(failed.failure?.remedy.length).toBeGreaterThan(20);
    expect(failed.availableActions).toMatchObject([
      { action: 'settleNow', enabled: false, disabledReason: 'It has failed; retry it instead.' },
      { action: 'retrySettlement', enabled: true, disabledReason: null },
      { action: 'verifySettlement', enabled: false },
    ]);

    expect((await act('retrySettlement')).userErrors).toEqual([]);
    const paid = await settlement();
    expect(paid).toMatchObject({ status: 'SETTLED', failure: null, attempts: [{ outcome: 'REFUSED' }, { outcome: 'SUCCEEDED' }] });
    expect(new Set(paid.attempts.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(2);
  });

  it('for want of money waits for it by itself, and is paid as soon as there is some', async () => {
    await world.control(`accounts/${await stripeAccountId()}/onboard`, { outcome: 'complete' });
    const [payment] = await world.app.openWork().read.selectFrom('payment').select('chargeId').where('id', '=', paymentId).execute();
    const other = await buyOffering(world, offering.id, 1, 'grace@example.com');
    const { chargeId } = await world.app.openWork().read.selectFrom('payment').select('chargeId').where('id', '=', other).executeTakeFirstOrThrow();
    await world.control(`charges/${chargeId}/dispute`, { reason: 'fraudulent' }); // takes 27.00 and the fee: too little is left
    expect(payment?.chargeId).not.toBe(chargeId);
    await deliver();
    expect(await settlement()).toMatchObject({
      status: 'PENDING',
      failure: { code: 'INSUFFICIENT_BALANCE', retriesAutomatically: true },
      attempts: [{ outcome: 'REFUSED' }],
    });
    await topUp(world, 5_000);
    await wait(hourMs);
    expect(await settlement()).toMatchObject({ status: 'SETTLED', failure: null });
    expect((await stripeBalance(world)).seller.available).toBe(5_000);
  });
});

describe('a seller who leaves', () => {
  it('goes on selling what was offered; it fails as disconnected, and is paid to the new account once they are back', async () => {
    const first = await stripeAccountId();
    await world.control(`accounts/${first}/deauthorize`);
    await workThrough(world);
    paymentId = await buyOffering(world, offering.id, 1, 'grace@example.com');
    await deliver();
    expect(await settlement()).toMatchObject({
      status: 'FAILED',
      failure: { code: 'ACCOUNT_DISCONNECTED' },
      attempts: [],
      explanation: { blocker: { whoCanAct: 'SELLER' } },
    });
    expect((await act('retrySettlement')).userErrors).toEqual([]); // still nobody to pay
    expect(await settlement()).toMatchObject({ status: 'FAILED', failure: { code: 'ACCOUNT_DISCONNECTED' } });

    await seller.run('mutation ($id: ID!) { startOnboarding(input: { accountId: $id }) { userErrors { message } } }', { id: seller.accountId });
    const second = await stripeAccountId();
    await world.control(`accounts/${second}/onboard`, { outcome: 'complete' });
    expect((await act('retrySettlement')).userErrors).toEqual([]);
    expect(await settlement()).toMatchObject({ status: 'SETTLED' });
    expect(await transfers()).toMatchObject([{ destination: second }]);
    expect(second).not.toBe(first);
  });
});

describe('a settlement whose outcome is unknown', () => {
  it('is found at Stripe by itself where the answer was lost', async () => {
    await fail('drop_after', { times: 20 });
    await deliver();
    await world.control('faults/clear');
    expect(await settlement()).toMatchObject({
      status: 'SETTLED',
      attempts: expect.arrayContaining([expect.objectContaining({ outcome: 'UNKNOWN' })]),
    });
    expect(await transfers()).toHaveLength(1);
  });

  it('is sent again under its key for 23 hours, and never after', async () => {
    await fail('drop_before', { times: 10_000 });
    await deliver();
    expect(await settlement()).toMatchObject({ status: 'PENDING', failure: null });
    await wait(23 * hourMs);
    const { status, failure, attempts } = await settlement();
    expect({ status, code: failure?.code }).toEqual({ status: 'FAILED', code: 'VERIFICATION_REQUIRED' });
    expect(new Set(attempts.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);

    await world.control('faults/clear');
    expect((await act('retrySettlement')).userErrors).toMatchObject([{ code: 'VERIFICATION_REQUIRED' }]);
    expect(await act('verifySettlement')).toMatchObject({ verdict: 'NOT_FOUND_YET', stripeTransferId: null });
    expect((await act('sendAgain', 'reason: "nobody knows"')).userErrors).toMatchObject([{ code: 'VERIFICATION_REQUIRED' }]);
    await wait(2 * hourMs);
    expect(await act('verifySettlement')).toMatchObject({ verdict: 'NOT_FOUND' });
    expect((await act('sendAgain', 'reason: " "')).userErrors).toMatchObject([{ code: 'INVALID' }]);
    expect((await act('sendAgain', 'reason: "Stripe shows none after 25 hours"')).userErrors).toEqual([]);
    await workThrough(world);
    expect(await settlement()).toMatchObject({ status: 'SETTLED' });
    expect(await transfers()).toHaveLength(1);
  });

  it('after an error that Stripe has stored is verified by a person, who sends it again', async () => {
    await fail('server_error_stored');
    await deliver();
    expect(await settlement()).toMatchObject({ status: 'FAILED', failure: { code: 'VERIFICATION_REQUIRED' } });
    expect(await act('verifySettlement')).toMatchObject({ verdict: 'NOT_FOUND' });
    expect((await act('adoptTransfer', 'stripeTransferId: "tr_of_another"')).userErrors).toMatchObject([{ code: 'CONFLICT' }]);
    expect((await act('sendAgain', 'reason: "Stripe shows none"')).userErrors).toEqual([]);
    await workThrough(world);
    expect(await settlement()).toMatchObject({ status: 'SETTLED' });
    expect(await transfers()).toHaveLength(1);
  });

  it('is adopted by a person, or by itself, once Stripe shows the transfer', async () => {
    await fail('drop_after', { times: 20 });
    await world.control('faults', { method: 'GET', path: '/v1/transfers', kind: 'drop_before', times: 1_000 }); // and Stripe cannot be asked
    await deliver();
    expect(await settlement()).toMatchObject({ status: 'PENDING', failure: null });
    await wait(23 * hourMs);
    expect(await settlement()).toMatchObject({ status: 'FAILED', failure: { code: 'VERIFICATION_REQUIRED' } });
    await world.control('faults/clear');
    const [made] = await transfers();
    expect(await act('verifySettlement')).toMatchObject({ verdict: 'FOUND', stripeTransferId: made?.id });
    expect((await act('sendAgain', 'reason: "in a hurry"')).userErrors).toMatchObject([{ code: 'CONFLICT' }]);
    expect((await act('adoptTransfer', `stripeTransferId: "${made?.id}"`)).userErrors).toEqual([]);
    expect(await settlement()).toMatchObject({ status: 'SETTLED', stripeTransferId: made?.id });
    expect(await lookUpUnknown(world.app.openWork(), 10)).toBe(0); // which would have adopted it by itself within the hour
    expect(await transfers()).toHaveLength(1);
  });
});

describe('what an administrator may not do', () => {
  it('is told from which state to which, and why', async () => {
    expect((await act('retrySettlement')).userErrors).toMatchObject([
      { code: 'NOT_RETRIABLE', message: expect.stringContaining('is PENDING; only a FAILED one goes back to PENDING') },
    ]);
    await deliver();
    expect((await act('settleNow')).userErrors).toMatchObject([
      { code: 'NOT_RETRIABLE', message: expect.stringContaining('is SETTLED, and goes to SETTLING only from PENDING') },
    ]);
    expect((await act('verifySettlement')).userErrors).toMatchObject([{ code: 'NOT_RETRIABLE' }]);
    expect((await act('sendAgain', 'reason: "because"')).userErrors).toMatchObject([{ code: 'NOT_RETRIABLE' }]);
  });

  it('twice at once is done once', async () => {
    await fail('refuse', { code: 'account_closed' });
    await deliver();
    const answers = await Promise.all(Array.from({ length: 5 }, () => act('retrySettlement')));
    expect(answers.filter(({ userErrors }) => userErrors.length === 0)).toHaveLength(1);
    expect(await transfers()).toHaveLength(1);
  });

  it('is the same under one idempotency key', async () => {
    for (let times = 0; times < 2; times++) expect((await act('settleNow', 'idempotencyKey: "now"')).userErrors).toEqual([]);
    expect(await settlement()).toMatchObject({ status: 'PENDING', failure: { code: 'INSUFFICIENT_BALANCE' }, attempts: [{ outcome: 'REFUSED' }] });
  });
});
