import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { openTestDatabase } from '../support/database.js';

/** Tables that hold no tenant's rows, each with what it holds instead. Every other table shows a transaction the rows of its own tenants alone. */
const ofNobody: Record<string, string> = {
  schema_migration: 'the migrations that have run',
  book_check: 'what the last audit found',
  job_tick: 'the ticks that have run',
  stripe_budget: 'requests a second',
  halt: 'why no money leaves, which every transaction that would send some must see',
  request_count: 'how often, by hashes',
  letter: 'whom the worker writes to next, until it is sent',
  idempotent_request: 'hashes of requests, found by caller and key together',
  balance_cursor: 'how far the platform’s balance was read',
  event_stream: 'how far the events of each Stripe account were read',
  ledger_link: 'hashes, which a proof leads through to the head',
  audit_link: 'hashes',
};

/** Tables whose changes by people and programs leave no entry in the audit log, each with why. */
const unaudited: Record<string, string> = {
  ...Object.fromEntries(Object.entries(ofNobody).filter(([name]) => !['halt', 'event_stream'].includes(name))), // who changes those is kept
  operation: 'tells its own story: who asked stands on its subject, every request on its attempts',
  operation_attempt: 'never changed but by its answer',
  purchase_session: 'a buyer’s',
  payment: 'recorded from Stripe; who refunded stands on the refund',
  commission_snapshot: 'never changed',
  settlement_line: 'follows payments and refunds',
  seller_debt: 'follows refunds and disputes',
  debt_deduction: 'follows the settlement',
  bulk_retry_item: 'follows the bulk retry, of which who began it and why is kept',
  transfer_reversal: 'follows refunds and disputes',
  dispute: 'recorded from Stripe',
  outbox_event: 'never changed',
  ledger_transaction: 'never changed',
  posting: 'never changed',
  ledger_balance: 'follows the postings',
  ledger_balance_change: 'follows the postings',
  balance_transaction: 'never changed',
  audit_entry: 'the audit log itself',
  recovery_code: 'hashes; they change with the person’s one-time codes',
  mailed_link: 'hashes of links; what they open is kept as a change of the person',
  webhook_secret: 'secrets; the endpoint tells when they were replaced',
  webhook_delivery: 'follows the outbox',
  webhook_attempt: 'never changed',
  kept_view: 'how somebody likes to see a list',
};

/** Keys of tables that do not name the tenant, each with why they need not. */
const acrossTenants: Record<string, string> = {
  'webhook_delivery: a_delivery_tells_of_a_change': 'written with the change, by a function of the owner',
  'webhook_delivery: webhook_delivery_endpoint_id_fkey': 'an endpoint of the platform is told of every tenant',
};

interface Table {
  name: string;
  enabled: boolean;
  forced: boolean;
  policies: string[] | null;
  triggers: string[] | null;
}

describe('every table', () => {
  let database: Awaited<ReturnType<typeof openTestDatabase>>;
  let client: pg.Client;
  let tables: Table[];
  beforeAll(async () => {
    database = await openTestDatabase();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    tables = await read();
  });
  afterAll(async () => {
    await client.end();
    await database.close();
  });

  async function read(): Promise<Table[]> {
    const { rows } = await client.query<Table>(`
      select relname as name, relrowsecurity as enabled, relforcerowsecurity as forced,
        (select array_agg(polname::text) from pg_policy where polrelid = pg_class.oid) as policies,
        (select array_agg(tgname::text) from pg_trigger where tgrelid = pg_class.oid and not tgisinternal) as triggers
      from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace order by relname`);
    return rows;
  }

  const unguarded = (found: Table[]) =>
    found
      .filter(({ name, enabled, forced, policies }) => !(name in ofNobody) && !(enabled && forced && policies?.includes('rows_of_its_tenants')))
      .map(({ name }) => name);

  it('is under forced row security, or is nobody’s and says what it holds', () => {
    expect(tables.length).toBeGreaterThan(30);
    expect(unguarded(tables)).toEqual([]);
  });

  it('would be reported where it was not', async () => {
    await client.query('begin; create table of_a_tenant (tenant_id text); alter table payment no force row level security');
    const found = unguarded(await read());
    await client.query('rollback');
    expect(found).toEqual(['of_a_tenant', 'payment']);
  });

  it('looks up another row for each of its own where that decides, and never reads all of another table for it', async () => {
    const { rows } = await client.query(`select polrelid::regclass::text as table from pg_policy where pg_get_expr(polqual, polrelid) ~* 'exists'`);
    expect(rows).toEqual([]);
  });

  it('tells the audit log of changes by people and programs, or says why it does not', () => {
    const audited = tables.filter(({ triggers }) => triggers?.some((name) => /^a_change_by_somebody_is_kept$|^a_sign_in_is_kept$/.test(name)));
    const accounted = [...audited.map(({ name }) => name), ...Object.keys(unaudited)];
    expect(tables.map(({ name }) => name).filter((name) => !accounted.includes(name))).toEqual([]);
    expect(accounted).toHaveLength(new Set(accounted).size);
  });

  it('and every list of exceptions is of tables there are', () => {
    const names = tables.map(({ name }) => name);
    for (const name of [...Object.keys(ofNobody), ...Object.keys(unaudited)]) expect(names).toContain(name);
  });

  it('belongs to the owner, who is nobody’s login; so does every view, which shows no more than its reader may see', async () => {
    const { rows } = await client.query(`
      select relname, relkind from pg_class where relkind in ('r', 'p', 'v', 'm') and relnamespace = 'public'::regnamespace
        and (relowner <> 'holdfast_owner'::regrole or relkind = 'm' or (relkind = 'v' and not coalesce('security_invoker=true' = any (reloptions), false)
          and not coalesce('security_invoker' = any (reloptions), false) and not coalesce('security_invoker=on' = any (reloptions), false)))`);
    expect(rows).toEqual([]);
    const { rows: logins } = await client.query(
      `select rolname from pg_roles where rolname like 'holdfast\\_%' and (rolcanlogin or rolsuper or rolbypassrls)`,
    );
    expect(logins).toEqual([]);
  });

  it('is reached by functions with the owner’s rights only where their search path is fixed and not everybody may call them', async () => {
    const { rows } = await client.query(`
      select proname from pg_proc where prosecdef and pronamespace = 'app'::regnamespace
        and (not exists (select from unnest(proconfig) setting where setting like 'search_path=%') or has_function_privilege('public', oid, 'execute'))`);
    expect(rows).toEqual([]);
  });

  it('is named by a child of another table together with its tenant, where both have one', async () => {
    const { rows } = await client.query<{ key: string }>(`
      select conrelid::regclass || ': ' || conname as key from pg_constraint
      where contype = 'f' and connamespace = 'public'::regnamespace and confrelid <> 'tenant'::regclass
        and exists (select from pg_attribute where attrelid = conrelid and attname = 'tenant_id')
        and exists (select from pg_attribute where attrelid = confrelid and attname = 'tenant_id')
        and not exists (select from pg_constraint other join pg_attribute on attrelid = other.conrelid and attnum = any (other.conkey) and attname = 'tenant_id'
          where other.contype = 'f' and other.conrelid = pg_constraint.conrelid and other.confrelid = pg_constraint.confrelid and other.conkey @> pg_constraint.conkey)`);
    expect(rows.map(({ key }) => key).sort()).toEqual(Object.keys(acrossTenants));
  });
});
