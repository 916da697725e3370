import pg from 'pg';
import { sha256 } from '../../src/base/ids.js';

export const accountCount = 50;
export const paymentCount = 50_000;

/** Somebody signed in, as the session cookie tells. */
export interface SignedIn {
  token: string;
}
export const staff: SignedIn = { token: 'the-bench-staff' };
/** A program of that seller's, as it shows whose it is. */
export const program = { id: idOf('key', 1), secret: 'the-bench-program'.padEnd(43, '-') };
export const seller: SignedIn & { accountId: string } = { token: 'the-bench-seller', accountId: idOf('acc', 1) };

/** The n-th object of a kind. */
export function idOf(prefix: string, n: number): string {
  return `${prefix}_${String(n).padStart(26, '0')}`;
}

/** Fills an empty database with connected sellers, payments spread evenly over them, and the two people who look. */
export async function fillMarketplace(databaseUrl: string, payments = paymentCount): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(`
      create function pg_temp.id(prefix text, n bigint) returns text language sql immutable as $$ select prefix || '_' || lpad(n::text, 26, '0') $$;
      insert into tenant (id, name, created_at) select pg_temp.id('ten', n), 'Seller ' || n, now() from generate_series(1, ${accountCount}) n;
      insert into account (id, tenant_id, display_name, membership_interval, one_time_price_minor, one_time_currency, created_at)
        select pg_temp.id('acc', n), pg_temp.id('ten', n), 'Seller ' || n, 'MONTH', 2500, 'USD', now() + n * interval '1 second'
        from generate_series(1, ${accountCount}) n;
      insert into connected_account (id, tenant_id, account_id, stripe_account_id, profile, country, service_agreement, details_submitted, charges_enabled, connected_at, created_at)
        select pg_temp.id('con', n), pg_temp.id('ten', n), pg_temp.id('acc', n), 'acct_' || n, 'express', 'US', 'full', true, true, now(), now()
        from generate_series(1, ${accountCount}) n;
      insert into payment (id, tenant_id, account_id, connected_account_id, kind, charge_model, email, quantity, amount_minor, currency, refunded_minor, checkout_session_id, payment_intent_id, charge_id, recorded_from, paid_at, created_at)
        select pg_temp.id('pay', n), pg_temp.id('ten', seller), pg_temp.id('acc', seller), pg_temp.id('con', seller), 'ONE_TIME', 'DIRECT', 'buyer' || n || '@example.com',
          1, amount, 'USD', case n % 10 when 0 then amount else 0 end, 'cs_' || n, 'pi_' || n, 'ch_' || n, 'WEBHOOK', now(), now()
        from (select n, 1 + n % ${accountCount} as seller, 2500 + n % 40 * 100 as amount from generate_series(1, ${payments}) n) sale;
      insert into commission_snapshot (id, tenant_id, payment_id, quantity, currency, percentage_bps, fixed_fee_minor, vat_bps, fee_mode, subtotal_minor, platform_fee_minor, vat_minor, seller_transfer_minor, total_charged_minor, created_at)
        select replace(id, 'pay_', 'com_'), tenant_id, id, quantity, currency, 800, 100, 0, 'INCLUDED', amount_minor, amount_minor / 25 * 2 + 100, 0,
          amount_minor - (amount_minor / 25 * 2 + 100), amount_minor, now()
        from payment;`);
    await client.query(`insert into person (id, name, email, email_key, password_hash, staff_role, created_at) values
      ('per_staff', 'Staff', 'staff@example.com', 'staff@example.com', 'none', 'ADMIN', now()),
      ('per_seller', 'Seller', 'seller@example.com', 'seller@example.com', 'none', null, now())`);
    await client.query(`insert into seat (tenant_id, person_id, role, created_at) values ($1, 'per_seller', 'OWNER', now())`, [idOf('ten', 1)]);
    // last seen in an hour, so that no measured request stops to note that it was
    await client.query(
      `insert into sign_in_session (token_sha256, person_id, created_at, last_seen_at, expires_at)
        values ($1, 'per_staff', now(), now() + interval '1 hour', now() + interval '1 day'), ($2, 'per_seller', now(), now() + interval '1 hour', now() + interval '1 day')`,
      [sha256(staff.token), sha256(seller.token)],
    );
    await client.query(
      `insert into api_key (id, tenant_id, account_id, name, scopes, secret_sha256, created_by, created_at, last_used_at)
        values ($1, $2, $3, 'Shop', '{checkout:write}', $4, 'per_seller', now(), now() + interval '1 hour')`,
      [program.id, idOf('ten', 1), seller.accountId, sha256(program.secret)],
    );
    await client.query('vacuum analyze');
  } finally {
    await client.end();
  }
}
