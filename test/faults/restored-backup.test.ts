import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { recordCheckoutSession } from '../../src/payments/recording.js';
import { haltOnUnknownTransfers } from '../../src/reconciliation/unknown-transfers.js';
import { type Api, readySeller, signInAsAdmin } from '../support/api.js';
import { fillDueSettlements } from '../support/due-settlements.js';
import { offer, topUp, workThrough } from '../support/marketplace.js';
import { openWorld, type TestWorld } from '../support/world.js';

const settledCount = 120; // more than one page of Stripe's

/** The database as a backup from before the settlements would have it; Stripe goes on where it was. */
async function restoreBackup(world: TestWorld): Promise<void> {
  const client = new pg.Client({ connectionString: world.databaseUrl });
  await client.connect();
  await client.query(`begin; set local session_replication_role = replica;
    delete from operation_attempt where operation_id in (select id from operation where kind = 'TRANSFER');
    delete from operation where kind = 'TRANSFER';
    create temporary table gone on commit drop as select id from ledger_transaction where cause_kind = 'SETTLEMENT';
    delete from posting where transaction_id in (select id from gone);
    delete from ledger_transaction where id in (select id from gone);
    delete from ledger_balance_change; delete from ledger_balance; delete from ledger_link;
    insert into ledger_balance_change (ledger_account, account_id, currency, amount_minor) select ledger_account, account_id, currency, amount_minor from posting;
    delete from outbox_event where topic = 'settlement.settled';
    update settlement_line set paid_minor = null;
    update settlement set status = 'PENDING', settled_at = null, closed_at = null, amount_minor = null, deducted_minor = 0, connected_account_id = null,
      operation_id = null, stripe_transfer_id = null, claim_token = null, claimed_at = null, started_at = null;
    commit`);
  await client.end();
}

describe('a database restored from a backup of before settlements that Stripe has made', () => {
  let world: TestWorld;
  let admin: Api;
  beforeAll(async () => {
    world = await openWorld({}, { works: false });
    admin = await signInAsAdmin(world);
    const seller = await readySeller(world);
    await fillDueSettlements(world, seller.accountId, settledCount);
    await topUp(world, 2 * settledCount * 5_000);
    await workThrough(world);
    await restoreBackup(world);
  });
  afterAll(() => world.close()); // which audits the books

  const transfers = async () =>
    ((await world.stripeState()) as unknown as { transfers: { id: string; metadata: Record<string, string> }[] }).transfers;
  const clear = async () =>
    (
      await admin.run<{ clearHalt: { userErrors: { code: string; message: string }[] } }>(
        'mutation { clearHalt(input: { reason: "adopted each" }) { userErrors { code message } } }',
      )
    ).clearHalt.userErrors;
  const adopt = async (settlementId: string, stripeTransferId: string) =>
    (
      await admin.run<{ adoptTransfer: { settlement: { status: string } | null; userErrors: object[] } }>(
        'mutation ($input: AdoptTransferInput!) { adoptTransfer(input: $input) { settlement { status } userErrors { code message } } }',
        { input: { settlementId, stripeTransferId } },
      )
    ).adoptTransfer;

  it('adopts nothing while money goes out, for a worker may be paying it', async () => {
    const [one] = await transfers();
    expect(await adopt(String(one?.metadata['settlement']), String(one?.id))).toMatchObject({
      settlement: null,
      userErrors: [{ code: 'CONFLICT', message: expect.stringContaining('Money is not halted') }],
    });
  });

  it('pays nobody, adopts what Stripe has made for each, and then goes on', async () => {
    expect(await haltOnUnknownTransfers(world.app.openWork())).toBe(settledCount);
    await workThrough(world);
    expect(await transfers()).toHaveLength(settledCount);
    expect(await clear()).toMatchObject([
      { code: 'CONFLICT', message: expect.stringContaining(`${settledCount} transfers this database never made`) },
    ]);

    const [one, another] = await transfers();
    expect(await adopt(String(one?.metadata['settlement']), String(another?.id))).toMatchObject({
      settlement: null,
      userErrors: [{ code: 'CONFLICT' }],
    });
    for (const { id, metadata } of await transfers())
      expect(await adopt(String(metadata['settlement']), id)).toEqual({ settlement: { status: 'SETTLED' }, userErrors: [] });

    expect(await adopt(String(one?.metadata['settlement']), String(one?.id))).toEqual({ settlement: { status: 'SETTLED' }, userErrors: [] }); // pressed again
    expect(await adopt(String(another?.metadata['settlement']), String(one?.id))).toMatchObject({ userErrors: [{ code: 'CONFLICT' }] });
    expect(await clear()).toEqual([]);
    expect(await haltOnUnknownTransfers(world.app.openWork())).toBe(0);
    await workThrough(world);
    expect(await transfers()).toHaveLength(settledCount);
  });
});

describe('a purchase that a restored database has forgotten', () => {
  let world: TestWorld;
  let seller: Api;
  beforeAll(async () => {
    world = await openWorld({}, { works: false });
    seller = await readySeller(world);
  });
  afterAll(() => world.close()); // which audits the books

  const quote = (offeringId: string, totalChargedMinor: number) => ({
    ...{ offeringId, currency: 'USD', quantity: 1, percentageBps: 1_000, fixedFeeMinor: 0, feeFloorMinor: null, feeCapMinor: null, vatBps: 0 },
    ...{ feeMode: 'ADDED', subtotalMinor: 5_000, platformFeeMinor: 500, vatMinor: 0, sellerTransferMinor: 5_000, totalChargedMinor },
  });
  /** Has somebody pay 55.00 at Stripe with this beside it, and hears of it. */
  async function hear(purchase: string, kept: string) {
    const form = {
      ...{
        mode: 'payment',
        success_url: 'http://localhost/',
        customer_email: 'ada@example.com',
        'metadata[purchase]': purchase,
        'metadata[quote]': kept,
      },
      ...{ 'line_items[0][quantity]': '1', 'line_items[0][price_data][currency]': 'usd', 'line_items[0][price_data][unit_amount]': '5500' },
      'line_items[0][price_data][product_data][name]': 'A night',
    };
    const key = world.app.openWork().config.stripe.secretKey.reveal();
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await fetch(`${world.stripeUrl}/v1/checkout/sessions`, { method: 'POST', headers, body: new URLSearchParams(form) });
    const { id } = (await answer.json()) as { id: string };
    await world.control(`checkout/sessions/${id}/pay`);
    return recordCheckoutSession(world.app.openWork(), null, id, 'WEBHOOK');
  }

  it('is taken up as it was quoted, and only where Stripe has been paid that for something that is sold here', async () => {
    const { id } = await offer(seller, { unitPrice: 5_000, inDays: 10 });
    expect((await hear('pur_other_amount', JSON.stringify(quote(id, 5_400)))).payment).toBeNull();
    expect((await hear('pur_of_nothing', JSON.stringify(quote('off_unknown', 5_500)))).payment).toBeNull();
    expect((await hear('pur_in_no_words', '{')).payment).toBeNull();
    const { payment } = await hear('pur_forgotten', JSON.stringify(quote(id, 5_500)));
    expect(payment).toMatchObject({ purchaseSessionId: 'pur_forgotten', offeringId: id, amountMinor: 5_500, email: 'ada@example.com' });
  });
});
