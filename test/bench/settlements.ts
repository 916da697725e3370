import pg from 'pg';

export const sellerCount = 20;
export const historyCount = 1_000_000;

/** Sellers with their accounts at Stripe, and a history of settlements that were paid long ago. */
export async function fillHistory(databaseUrl: string, stripeAccountIds: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(
      `create function pg_temp.id(prefix text, n bigint) returns text language sql immutable as $$ select prefix || '_' || lpad(n::text, 26, '0') $$;
       insert into tenant (id, name, created_at) select pg_temp.id('ten', n), 'Seller ' || n, now() from generate_series(1, ${sellerCount}) n;
       insert into account (id, tenant_id, display_name, membership_interval, created_at)
         select pg_temp.id('acc', n), pg_temp.id('ten', n), 'Seller ' || n, 'MONTH', now() from generate_series(1, ${sellerCount}) n;
       insert into offering (id, tenant_id, account_id, title, unit_price_minor, currency, delivers_at, refundable_until, created_at)
         select pg_temp.id('off', 0 - n), pg_temp.id('ten', n), pg_temp.id('acc', n), 'Long ago', 2500, 'USD', now() - interval '1 year', now() - interval '1 year', now()
         from generate_series(1, ${sellerCount}) n;`,
    );
    await client.query(
      `insert into connected_account (id, tenant_id, account_id, stripe_account_id, profile, country, service_agreement, details_submitted, charges_enabled, transfers_capability, connected_at, created_at)
       select 'con_' || lpad(n::text, 26, '0'), 'ten_' || lpad(n::text, 26, '0'), 'acc_' || lpad(n::text, 26, '0'), stripe_id, 'express', 'US', 'full', true, true, 'active', now(), now()
       from unnest($1::text[]) with ordinality as made (stripe_id, n)`,
      [stripeAccountIds],
    );
    await client.query(
      `insert into settlement (id, tenant_id, account_id, offering_id, currency, status, due_at, next_attempt_at, closed_at, amount_minor, settled_at, created_at)
       select 'stl_9' || lpad(n::text, 25, '0'), 'ten_' || lpad(seller::text, 26, '0'), 'acc_' || lpad(seller::text, 26, '0'), 'off_' || lpad((0 - seller)::text, 26, '0'), 'USD', 'SETTLED',
         now() - interval '1 year', now() - interval '1 year', now() - interval '1 year', 0, now() - interval '1 year', now() - interval '1 year'
       from (select n, 1 + n % ${sellerCount} as seller from generate_series(1, ${historyCount}) n) past`,
    );
    await client.query('vacuum analyze settlement');
  } finally {
    await client.end();
  }
}

/** So many settlements that are due, of two purchases of 25.00 each; `round` tells them from those of other rounds. */
export async function fillDue(databaseUrl: string, round: number, count: number): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const n = `${round * 100_000} + n`;
  const id = (prefix: string, number: string) => `'${prefix}_' || lpad((${number})::text, 26, '0')`;
  const seller = `1 + n % ${sellerCount}`;
  try {
    await client.query(`
      insert into offering (id, tenant_id, account_id, title, unit_price_minor, currency, delivers_at, refundable_until, created_at)
        select ${id('off', n)}, ${id('ten', seller)}, ${id('acc', seller)}, 'A night', 2500, 'USD', now() - interval '1 day', now() - interval '1 day', now() from generate_series(1, ${count}) n;
      insert into settlement (id, tenant_id, account_id, offering_id, currency, status, due_at, next_attempt_at, created_at)
        select ${id('stl', n)}, ${id('ten', seller)}, ${id('acc', seller)}, ${id('off', n)}, 'USD', 'PENDING', now() - interval '1 hour', now() - interval '1 hour', now() from generate_series(1, ${count}) n;
      insert into payment (id, tenant_id, account_id, kind, charge_model, offering_id, email, quantity, amount_minor, currency, checkout_session_id, charge_id, recorded_from, paid_at, created_at)
        select ${id('pay', `2 * (${n}) + half`)}, ${id('ten', seller)}, ${id('acc', seller)}, 'OFFERING', 'SEPARATE', ${id('off', n)}, 'buyer@example.com', 1, 2800, 'USD',
          'cs_' || (2 * (${n}) + half), 'ch_' || (2 * (${n}) + half), 'WEBHOOK', now(), now() from generate_series(1, ${count}) n, generate_series(0, 1) half;
      insert into settlement_line (payment_id, tenant_id, settlement_id, gross_minor)
        select ${id('pay', `2 * (${n}) + half`)}, ${id('ten', seller)}, ${id('stl', n)}, 2500 from generate_series(1, ${count}) n, generate_series(0, 1) half;
      analyze settlement, settlement_line;`);
  } finally {
    await client.end();
  }
}
