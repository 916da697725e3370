import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { openTestDatabase } from '../../test/support/database.js';

describe('what the database itself enforces of commission plans', () => {
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
      ${plan({})}; ${plan({ id: "'cpl_eur'", currency: "'EUR'", fee_floor_minor: '10', fee_cap_minor: '20' })};`);
  });
  afterAll(async () => {
    await Promise.all([owner.end(), app.end()]);
    await database.close();
  });

  const refusedAs = (client: pg.Client, text: string) =>
    client.query(`begin; ${text}; rollback`).then(
      () => 'accepted',
      async (error: { code: string; constraint?: string }) => {
        await client.query('rollback');
        return error.constraint ?? error.code;
      },
    );

  it.each([
    ['at the same time', {}],
    ['from the middle on', { valid_from: "'2027-06-01'", valid_until: "'2028-06-01'" }],
    ['up to the middle', { valid_from: "'2026-06-01'", valid_until: "'2027-06-01'" }],
    ['within', { valid_from: "'2027-06-01'", valid_until: "'2027-06-02'" }],
    ['around', { valid_from: "'2026-01-01'", valid_until: "'2029-01-01'" }],
    ['at the last instant', { valid_from: "'2027-12-31T23:59:59.999Z'", valid_until: "'9999-12-31T23:59:59Z'" }],
  ])('two plans of one currency never hold %s', async (_, dates) => {
    expect(await refusedAs(owner, plan({ id: "'cpl_2'", ...dates }))).toBe('one_commission_plan_at_a_time');
    expect(await refusedAs(owner, plan({ id: "'cpl_2'", currency: "'EUR'", ...dates }))).toBe('one_commission_plan_at_a_time');
  });

  it.each([
    ['one that follows at once', { valid_from: "'2028-01-01'", valid_until: "'9999-12-31T23:59:59Z'" }],
    ['one that ends where it begins', { valid_from: "'2026-01-01'", valid_until: "'2027-01-01'" }],
    ['one of another currency', { currency: "'USD'" }],
    ['one of another account', { tenant_id: "'ten_2'", account_id: "'acc_2'" }],
    ['one that was replaced before it began', { valid_from: "'2027-06-01'", valid_until: "'2027-06-01'" }],
  ])('beside a plan there may be %s', async (_, changed) => {
    expect(await refusedAs(owner, plan({ id: "'cpl_2'", ...changed }))).toBe('accepted');
  });

  it.each([
    ['a plan that ends before it begins', { valid_from: "'2029-01-02'", valid_until: "'2029-01-01'" }, 'a_plan_does_not_end_before_it_begins'],
    ['a floor above its cap', { currency: "'USD'", fee_floor_minor: '2', fee_cap_minor: '1' }, 'a_fee_floor_is_not_above_its_cap'],
    ['a floor below nothing', { currency: "'USD'", fee_floor_minor: '-1' }, 'a_fee_floor_is_not_negative'],
    ['a bound without a currency', { tenant_id: "'ten_2'", account_id: "'acc_2'", fee_cap_minor: '1' }, 'a_bounded_fee_has_its_currency'],
    ['a currency that is none', { currency: "'eur'" }, 'a_plans_currency_is_iso'],
  ])('%s is refused', async (_, changed, constraint) => {
    expect(await refusedAs(owner, plan({ id: "'cpl_2'", ...changed }))).toBe(constraint);
  });

  it('a plan can end sooner, and nothing else of it changes, also for the owner', async () => {
    expect(await refusedAs(app, "update commission_plan set valid_until = '2027-06-01' where id = 'cpl_1'")).toBe('accepted');
    for (const change of ["valid_until = '2028-06-01'", 'percentage_bps = 0', "valid_from = '2026-06-01'", 'fee_floor_minor = null'])
      expect(await refusedAs(owner, `update commission_plan set ${change} where id = 'cpl_eur'`)).toBe('23001');
    expect(await refusedAs(owner, 'delete from commission_plan')).toBe('23001');
    expect(await refusedAs(owner, 'truncate commission_plan')).toBe('23001');
    for (const text of ['update commission_plan set percentage_bps = 0', 'delete from commission_plan'])
      expect(await refusedAs(app, text)).toBe('42501');
  });
});

/** An insert of a plan of the first account for 2027 and all currencies, but for what is `changed`; in SQL. */
function plan(changed: Record<string, string>): string {
  const columns = {
    id: "'cpl_1'",
    tenant_id: "'ten_1'",
    account_id: "'acc_1'",
    percentage_bps: '800',
    fixed_fee_minor: '100',
    vat_bps: '0',
    fee_mode: "'INCLUDED'",
    valid_from: "'2027-01-01'",
    valid_until: "'2028-01-01'",
    created_by: "'per_1'",
    ...changed,
  };
  return `insert into commission_plan (${Object.keys(columns)}) values (${Object.values(columns)})`;
}
