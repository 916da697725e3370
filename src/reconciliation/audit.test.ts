import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { readySeller, signInAsAdmin } from '../../test/support/api.js';
import { buyOffering, closeDispute, disputePayment, offer, topUp, turnTo, workThrough } from '../../test/support/marketplace.js';
import { openWorld, type TestWorld } from '../../test/support/world.js';
import { dayMs, later } from '../base/clock.js';
import { auditAndHalt, auditMoney } from './audit.js';
import { type CheckName, checks } from './checks.js';

let world: TestWorld;
let owner: pg.Client;
beforeAll(async () => {
  world = await openWorld();
  owner = new pg.Client({ connectionString: world.databaseUrl });
  await owner.connect();
  const seller = await readySeller(world);
  const offering = await offer(seller, { unitPrice: 2_500, inDays: 10 });
  const [settled] = [await buyOffering(world, offering.id, 2), await buyOffering(world, offering.id, 1)];
  await turnTo(world, later(new Date(offering.deliversAt), dayMs));
  await workThrough(world);
  await closeDispute(world, await disputePayment(world, settled as string), 'lost');
  await topUp(world, 10_000);
  const next = await offer(seller, { unitPrice: 1_000, inDays: 10 });
  await buyOffering(world, next.id);
});
afterAll(async () => {
  await owner.end();
  await world.close();
});

// what breaks each promise, as only the owner of the database with every guard taken down could
const broken: Record<CheckName, string> = {
  check_ledger_balances: `insert into posting select id, 9, 'commission', null, 'USD', 5 from ledger_transaction limit 1`,
  check_movements_balance: `update posting set amount_minor = amount_minor + 1 where number = 1`,
  check_balances_are_the_postings: `insert into ledger_balance_change (ledger_account, currency, amount_minor) values ('commission', 'USD', 1)`,
  check_payments_have_their_split: `delete from commission_snapshot where id = (select min(id) from commission_snapshot)`,
  check_payments_are_booked: `update ledger_transaction set cause_id = 'nobody ' || cause_id where cause_kind = 'PAYMENT'`,
  check_held_payments_are_in_a_settlement: `delete from settlement_line where payment_id = (select max(payment_id) from settlement_line)`,
  check_lines_are_of_one_currency: `update settlement set currency = 'EUR'`,
  check_settlements_pay_what_is_in_them: `update settlement set amount_minor = amount_minor + 1 where settled_at is not null`,
  check_settlements_paid_as_intended: `update operation set stripe_id = 'tr_other' where kind = 'TRANSFER'`,
  check_transfers_have_their_settlement: `update settlement set operation_id = null, stripe_transfer_id = null where settled_at is not null`,
  check_movements_happened_once: `update operation set stripe_id = 'tr_same' where kind in ('TRANSFER', 'REVERSAL')`,
  check_transfers_went_to_their_seller: `update operation set parameters = parameters || '{"destination": "acct_of_another"}' where kind = 'TRANSFER'`,
  check_no_seller_gets_more_than_their_share: `update settlement_line set retransferred_minor = 1 + reversed_minor where paid_minor is not null`,
  check_reversals_add_up: `update settlement set reversed_minor = reversed_minor - 1 where reversed_minor > 0`,
  check_debts_are_recovered_once: `insert into seller_debt select 'dbt_1', tenant_id, account_id, 'USD', 'DISPUTE', 'dsp_1', id, 100, 0, 50, 0, now() from payment limit 1`,
  check_receivables_are_the_debts: `insert into seller_debt select 'dbt_1', tenant_id, account_id, 'USD', 'DISPUTE', 'dsp_1', id, 100, 0, 0, 0, now() from payment limit 1`,
  check_payables_are_what_sellers_get: `update payment set refunded_minor = 100, refunded_seller_minor = 90 where charge_model = 'SEPARATE'`,
  check_lost_disputes_are_borne: `delete from transfer_reversal`,
  check_one_active_account_per_seller: `insert into connected_account (id, tenant_id, account_id, profile, country, service_agreement, active_until, created_at)
    select 'con_2', tenant_id, account_id, profile, country, service_agreement, now(), now() from connected_account limit 1`,
  check_movements_are_of_one_tenant: `update ledger_transaction set tenant_id = null`,
  check_nothing_is_stuck: `update operation set state = 'INTENDED', concluded_at = null, created_at = now() - interval '2 days' where kind = 'REVERSAL'`,
  check_every_change_is_announced: `delete from outbox_event where topic = 'payment.paid'`,
  check_the_books_cannot_be_rewritten: `alter table posting disable trigger a_posting_never_changes`,
};

describe('the audit of the money', () => {
  it('finds the books of a marketplace with sales, a settlement and a lost dispute right', async () => {
    const { ok, checks: results } = await auditMoney(world.app.openWork());
    expect(results.filter((check) => !check.ok)).toEqual([]);
    expect(ok).toBe(true);
  });

  it('has a promise for every check of the database, and a check for every promise', async () => {
    const { rows } = await owner.query<{ name: string }>(
      `select relname as name from pg_class where relkind = 'v' and relnamespace = 'public'::regnamespace and relname like 'check\\_%'`,
    );
    expect(rows.map(({ name }) => name).sort()).toEqual(Object.keys(checks).sort());
  });

  it.each(Object.entries(broken))('%s is reported where it is broken', async (name, statement) => {
    await owner.query('begin');
    try {
      await owner.query('set local session_replication_role = replica'); // no trigger and no foreign key stands in the way
      const { rows: guards } = await owner.query<{ command: string }>(
        `select format('alter table %s drop constraint %I', conrelid::regclass, conname) as command from pg_constraint
         where contype = 'c' and conrelid in ('settlement'::regclass, 'settlement_line'::regclass, 'operation'::regclass, 'connected_account'::regclass, 'seller_debt'::regclass)`,
      );
      for (const { command } of guards) await owner.query(command);
      await owner.query(statement);
      const { rows } = await owner.query(`select id, detail from ${name}`);
      expect(rows.length).toBeGreaterThan(0);
      expect(rows[0]).toMatchObject({ id: expect.any(String), detail: expect.any(String) });
    } finally {
      await owner.query('rollback');
    }
  });
});

describe('outgoing money', () => {
  it('stops where a promise of the books is broken, until an administrator has looked', async () => {
    await owner.query(`alter table posting disable trigger all; update posting set amount_minor = amount_minor + 1 where number = 1`);
    expect(await auditAndHalt(world.app.openWork())).toBeGreaterThan(0);

    const admin = await signInAsAdmin(world);
    const clear = () =>
      admin.run<{ clearHalt: object }>(
        'mutation { clearHalt(input: { reason: "looked at every row" }) { moneyAudit { ok halt { reason } } userErrors { code message } } }',
      );
    expect(await clear()).toMatchObject({ clearHalt: { userErrors: [{ code: 'CONFLICT' }] } });
    const { moneyAudit } = await admin.run<{ moneyAudit: object }>('{ moneyAudit { ok halt { reason detail } checks { name ok detail } } }');
    expect(moneyAudit).toMatchObject({ ok: false, halt: { reason: 'MONEY_AUDIT', detail: expect.stringContaining('check_movements_balance') } });

    const open = await world.app.openWork().read.selectFrom('settlement').selectAll().where('status', '=', 'PENDING').executeTakeFirstOrThrow();
    const settleNow = () =>
      admin.run<{ settleNow: { settlement: { status: string } | null; userErrors: object[] } }>(
        'mutation ($id: ID!) { settleNow(input: { settlementId: $id }) { settlement { status attempts { number } } userErrors { code message } } }',
        { id: open.id },
      );
    expect((await settleNow()).settleNow).toMatchObject({
      settlement: null,
      userErrors: [{ code: 'CONFLICT', message: expect.stringContaining('halted') }],
    });

    await owner.query(`update posting set amount_minor = amount_minor - 1 where number = 1; alter table posting enable trigger all`);
    expect(await clear()).toEqual({ clearHalt: { moneyAudit: { ok: true, halt: null }, userErrors: [] } });
    expect((await settleNow()).settleNow).toMatchObject({ settlement: { status: 'SETTLED' } });
  });
});
