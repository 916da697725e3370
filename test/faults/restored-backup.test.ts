import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { haltOnUnknownTransfers } from '../../src/reconciliation/unknown-transfers.js';
import { type Api, readySeller, signInAsAdmin } from '../support/api.js';
import { fillDueSettlements } from '../support/due-settlements.js';
import { topUp, workThrough } from '../support/marketplace.js';
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
  }, 60_000);
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

    expect(await clear()).toEqual([]);
    expect(await haltOnUnknownTransfers(world.app.openWork())).toBe(0);
    await workThrough(world);
    expect(await transfers()).toHaveLength(settledCount);
  }, 60_000);
});
