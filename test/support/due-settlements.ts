import pg from 'pg';
import { known } from '../../src/base/assert.js';
import type { TestWorld } from './world.js';

/**
 * So many due settlements of one seller, each of one purchase of 54.00 (50.00 the seller's), as buying them one by one would have left them:
 * written at once, since what is tested begins afterwards.
 */
export async function fillDueSettlements(world: TestWorld, accountId: string, count: number): Promise<void> {
  const client = new pg.Client({ connectionString: world.databaseUrl });
  await client.connect();
  const id = (prefix: string) => `'${prefix}_' || lpad(n::text, 26, '0')`;
  try {
    const { rows } = await client.query<{ tenantId: string }>('select tenant_id as "tenantId" from account where id = $1', [accountId]);
    const owner = `'${known(rows[0], 'the seller').tenantId}', '${accountId}'`;
    const tenant = `'${known(rows[0], 'the seller').tenantId}'`;
    const from = `from generate_series(1, ${count}) n`;
    await client.query(`begin;
      insert into offering (id, tenant_id, account_id, title, unit_price_minor, currency, delivers_at, refundable_until, created_at)
        select ${id('off')}, ${owner}, 'A night', 5000, 'USD', now() - interval '1 day', now() - interval '1 day', now() - interval '2 days' ${from};
      insert into settlement (id, tenant_id, account_id, offering_id, currency, status, due_at, next_attempt_at, created_at)
        select ${id('stl')}, ${owner}, ${id('off')}, 'USD', 'PENDING', now() - interval '1 hour', now() - interval '1 hour', now() ${from};
      insert into payment (id, tenant_id, account_id, kind, charge_model, offering_id, email, quantity, amount_minor, currency, checkout_session_id, charge_id, recorded_from, paid_at, created_at)
        select ${id('pay')}, ${owner}, 'OFFERING', 'SEPARATE', ${id('off')}, 'buyer@example.com', 1, 5400, 'USD', 'cs_' || n, 'ch_' || n, 'WEBHOOK', now(), now() ${from};
      insert into commission_snapshot (id, tenant_id, payment_id, quantity, currency, percentage_bps, fixed_fee_minor, vat_bps, fee_mode, subtotal_minor, platform_fee_minor, vat_minor, seller_transfer_minor, total_charged_minor, created_at)
        select ${id('com')}, ${tenant}, ${id('pay')}, 1, 'USD', 800, 0, 0, 'ADDED', 5000, 400, 0, 5000, 5400, now() ${from};
      insert into settlement_line (payment_id, tenant_id, settlement_id, gross_minor) select ${id('pay')}, ${tenant}, ${id('stl')}, 5000 ${from};
      insert into ledger_transaction (id, cause_kind, cause_id, effective_at, recorded_at) select ${id('ldg')}, 'PAYMENT', ${id('pay')}, now(), now() ${from};
      insert into posting (transaction_id, number, ledger_account, account_id, currency, amount_minor)
        select ${id('ldg')}, side, ledger_account, seller, 'USD', minor ${from}, (values
          (1, 'stripe_balance', null, 5400), (2, 'seller_payable', '${accountId}', -5000), (3, 'commission', null, -400)) as sides (side, ledger_account, seller, minor);
      commit`);
  } finally {
    await client.end();
  }
}
