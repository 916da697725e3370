import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { openTestDatabase } from '../../test/support/database.js';
import { entities } from '../entities.js';
import { openDatabase } from './database.js';

describe('what the database itself enforces', () => {
  let database: Awaited<ReturnType<typeof openTestDatabase>>;
  let owner: pg.Client;
  let app: pg.Client;

  beforeAll(async () => {
    database = await openTestDatabase();
    owner = new pg.Client({ connectionString: database.url });
    app = new pg.Client({ connectionString: database.url, options: '-c role=holdfast_app -c app.tenants=*' });
    await Promise.all([owner.connect(), app.connect()]);
    await owner.query(`
      insert into tenant values ('ten_1', 'One', now()), ('ten_2', 'Two', now());
      insert into account (id, tenant_id, display_name, membership_interval, created_at) values ('acc_1', 'ten_1', 'One', 'MONTH', now()), ('acc_2', 'ten_2', 'Two', 'MONTH', now());
      insert into connected_account (id, tenant_id, account_id, profile, country, service_agreement, created_at) values ('con_1', 'ten_1', 'acc_1', 'express', 'US', 'full', now());
      insert into payment (id, tenant_id, account_id, connected_account_id, kind, charge_model, email, quantity, amount_minor, currency, checkout_session_id, charge_id, recorded_from, paid_at, created_at)
        values ('pay_1', 'ten_1', 'acc_1', 'con_1', 'ONE_TIME', 'DIRECT', 'a@example.com', 1, 2500, 'USD', 'cs_1', 'ch_1', 'RETURN', now(), now());
      insert into commission_snapshot (id, tenant_id, payment_id, quantity, currency, percentage_bps, fixed_fee_minor, vat_bps, fee_mode, subtotal_minor, platform_fee_minor, vat_minor, seller_transfer_minor, total_charged_minor, created_at)
        values ('com_1', 'ten_1', 'pay_1', 1, 'USD', 800, 100, 0, 'INCLUDED', 2500, 300, 0, 2200, 2500, now());`);
  });
  afterAll(async () => {
    await Promise.all([owner.end(), app.end()]);
    await database.close();
  });

  const refusedAs = (client: pg.Client, text: string) =>
    client.query(text).then(
      () => 'accepted',
      (error: { code: string; constraint?: string }) => error.constraint ?? error.code,
    );

  it.each([
    "update commission_snapshot set platform_fee_minor = 0, seller_transfer_minor = 2500 where id = 'com_1'",
    'delete from commission_snapshot',
    'truncate commission_snapshot',
  ])('a snapshot never changes, also for the owner and in bulk: %s', async (text) => {
    expect(await refusedAs(owner, text)).toBe('23001');
    expect(await refusedAs(app, text)).toBe('42501');
  });

  it.each([
    ['update commission_snapshot set id = id', 'the application rewrites a snapshot'],
    ['delete from payment', 'the application deletes payments'],
    ['delete from account', 'the application deletes accounts'],
    ['truncate refund', 'the application empties refunds'],
    ['alter table payment disable trigger all', 'the application switches triggers off'],
    ["set session_replication_role = 'replica'", 'the application goes round triggers'],
    ['create table mine (n int)', 'the application makes tables'],
  ])('%s is refused: it would be that %s', async (text) => {
    expect(await refusedAs(app, text)).toBe('42501');
  });

  it.each([
    [
      'a second payment for one Checkout Session',
      `insert into payment select (jsonb_populate_record(payment, '{"id": "pay_2", "charge_id": "ch_2"}')).* from payment where id = 'pay_1'`,
      'one_payment_per_checkout_session',
    ],
    [
      'a second payment for one charge',
      `insert into payment select (jsonb_populate_record(payment, '{"id": "pay_2", "checkout_session_id": "cs_2"}')).* from payment where id = 'pay_1'`,
      'one_payment_per_charge',
    ],
    ['a refund of more than was paid', "update payment set refunded_minor = 2501 where id = 'pay_1'", 'a_refund_never_exceeds_the_payment'],
    ['a payment of nothing', "update payment set amount_minor = 0 where id = 'pay_1'", 'a_payment_is_positive'],
    ['a payment of another tenant’s account', "update payment set account_id = 'acc_2' where id = 'pay_1'", 'a_payment_is_of_its_account'],
    [
      'two Stripe accounts in use at once',
      `insert into connected_account select (jsonb_populate_record(connected_account, '{"id": "con_2"}')).* from connected_account where id = 'con_1'`,
      'one_active_connected_account_per_account',
    ],
    [
      'a retired Stripe account without a cause',
      "update connected_account set active_until = now() where id = 'con_1'",
      'a_retired_connected_account_has_its_cause',
    ],
    ['a price without a currency', "update account set one_time_price_minor = 100 where id = 'acc_1'", 'a_one_time_price_has_its_currency'],
  ])('%s is refused', async (_, text, constraint) => {
    expect(await refusedAs(owner, text)).toBe(constraint);
  });

  it('parts that do not sum to the whole are refused', async () => {
    const text = `insert into commission_snapshot select (jsonb_populate_record(commission_snapshot, '{"id": "com_2", "payment_id": "pay_x", "seller_transfer_minor": 2201}')).* from commission_snapshot where id = 'com_1'`;
    expect(await refusedAs(owner, text)).toBe('a_snapshot_parts_sum_to_the_whole');
  });

  describe('the books', () => {
    const movement = (id: string, sides: string) => `
      begin;
      insert into ledger_transaction values ('ldg_${id}', 'PAYMENT', '${id}', now(), now());
      insert into posting (transaction_id, number, ledger_account, account_id, currency, amount_minor) select 'ldg_${id}', sides.* from (values ${sides}) sides;
      commit;`;
    const balanced = `(1, 'stripe_balance', null, 'USD', 500::bigint), (2, 'seller_payable', 'acc_1', 'USD', -500)`;
    const refusedAndUndone = async (client: pg.Client, text: string) => {
      const refused = await refusedAs(client, text);
      await client.query('rollback');
      return refused;
    };
    beforeAll(async () => {
      await owner.query(movement('first', balanced));
      await owner.query(`insert into ledger_link values (1, 'ldg_first', repeat('a', 64), repeat('b', 64), now())`);
    });

    it.each([
      ['of one side', `(1, 'commission', null, 'USD', 5::bigint)`, 'a_ledger_transaction_balances'],
      [
        'of two currencies that sum to zero together',
        `(1, 'commission', null, 'EUR', 5::bigint), (2, 'stripe_balance', null, 'USD', -5)`,
        'a_ledger_transaction_balances',
      ],
      ['of nothing', `(1, 'commission', null, 'USD', 0::bigint)`, 'a_posting_moves_something'],
      ['on an account nobody knows', `(1, 'petty_cash', null, 'USD', 5::bigint)`, 'a_known_ledger_account'],
      ['owed to no seller', `(1, 'seller_payable', null, 'USD', 5::bigint)`, 'a_sellers_posting_names_the_seller'],
      ['of commission that names a seller', `(1, 'commission', 'acc_1', 'USD', 5::bigint)`, 'a_sellers_posting_names_the_seller'],
      ['owed to a seller there is not', `(1, 'seller_payable', 'acc_none', 'USD', 5::bigint)`, 'a_posting_is_of_its_account'],
      ['in a currency of no such form', `(1, 'commission', null, 'usd', 5::bigint)`, 'a_posted_currency_is_iso'],
      ['with one side twice', `(1, 'commission', null, 'USD', 5::bigint), (1, 'commission', null, 'USD', -5)`, 'posting_pkey'],
    ])('take no movement %s, also from the owner', async (_, sides, constraint) => {
      for (const client of [owner, app]) expect(await refusedAndUndone(client, movement('bad', sides))).toBe(constraint);
    });

    it('take no second movement of one cause, and no further side of a movement that leaves it unbalanced', async () => {
      const again = `insert into ledger_transaction values ('ldg_again', 'PAYMENT', 'first', now(), now())`;
      expect(await refusedAs(owner, again)).toBe('one_ledger_transaction_per_cause');
      expect(await refusedAs(owner, `insert into posting values ('ldg_first', 3, 'commission', null, 'USD', 5)`)).toBe(
        'a_ledger_transaction_balances',
      );
    });

    it.each(['ledger_transaction', 'posting', 'ledger_link'])(
      'never change: no row of %s is updated, deleted or emptied away, also by the owner',
      async (table) => {
        const column = { ledger_transaction: 'cause_id', posting: 'currency', ledger_link: 'hash' }[table];
        for (const text of [`update ${table} set ${column} = ${column}`, `delete from ${table}`, `truncate ${table} cascade`]) {
          expect(await refusedAs(owner, text)).toBe('23001');
          expect(await refusedAs(app, text)).toBe('42501');
        }
      },
    );

    it('are followed by balances that only the database itself writes', async () => {
      const text = `select amount_minor from ledger_standing where account_id = 'acc_1'`;
      expect((await app.query(text)).rows).toEqual([{ amount_minor: '-500' }]);
      for (const table of ['ledger_balance', 'ledger_balance_change']) {
        for (const change of [`update ${table} set amount_minor = 0`, `delete from ${table}`, `truncate ${table}`])
          expect(await refusedAs(app, change)).toBe('42501');
      }
    });
  });

  it('no process works under a role that owns a table or passes row security by', async () => {
    const { rows } = await owner.query(
      `select rolname, rolsuper or rolbypassrls or rolcreatedb or rolcreaterole or rolcanlogin as powerful from pg_roles where rolname like 'holdfast\\_%' order by 1`,
    );
    expect(rows).toEqual(['app', 'migrator', 'owner', 'read', 'worker'].map((name) => ({ rolname: `holdfast_${name}`, powerful: false })));
    const owned = await owner.query(`select distinct tableowner from pg_tables where schemaname = 'public'`);
    expect(owned.rows).toEqual([{ tableowner: 'holdfast_owner' }]);
  });

  it('the tables have the columns the code says, and no others', async () => {
    const { orm, close } = openDatabase({ url: database.url, role: 'holdfast_app', applicationName: 'drift', entities: [...entities] });
    const said = [...orm.getMetadata().getAll().values()].flatMap(({ tableName, properties }) =>
      Object.values(properties).flatMap(({ fieldNames = [], nullable }) =>
        fieldNames.map((field) => `${tableName}.${field} ${nullable ? 'YES' : 'NO'}`),
      ),
    );
    const { rows } = await owner.query<{ has: string }>(
      `select table_name || '.' || column_name || ' ' || is_nullable as has from information_schema.columns where table_schema = 'public' and table_name = any($1)`,
      [entities.map(({ meta }) => meta.tableName)],
    );
    expect(said.length).toBeGreaterThan(150);
    expect(rows.map(({ has }) => has).sort()).toEqual(said.sort());
    await close();
  });
});
