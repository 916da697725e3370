import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { openTestDatabase } from '../../test/support/database.js';
import { currencyCodes } from '../base/currencies.js';
import { type Quote, quote, quoteFromChargedFee } from './commission.js';

describe('what the database itself enforces of a split', () => {
  let database: Awaited<ReturnType<typeof openTestDatabase>>;
  let owner: pg.Client;

  beforeAll(async () => {
    database = await openTestDatabase();
    owner = new pg.Client({ connectionString: database.url });
    await owner.connect();
    await owner.query(`
      insert into tenant values ('ten_1', 'One', now());
      insert into account (id, tenant_id, display_name, membership_interval, created_at) values ('acc_1', 'ten_1', 'One', 'MONTH', now());
      insert into connected_account (id, tenant_id, account_id, profile, country, service_agreement, created_at) values ('con_1', 'ten_1', 'acc_1', 'express', 'US', 'full', now());
      insert into payment (id, tenant_id, account_id, connected_account_id, kind, charge_model, email, quantity, amount_minor, currency, checkout_session_id, recorded_from, paid_at, created_at)
        values ('pay_1', 'ten_1', 'acc_1', 'con_1', 'ONE_TIME', 'DIRECT', 'a@example.com', 1, 2500, 'USD', 'cs_1', 'RETURN', now(), now());`);
  });
  afterAll(async () => {
    await owner.end();
    await database.close();
  });

  /** The constraint that refuses this split, or "accepted"; nothing stays. */
  async function refusedBy(split: Quote): Promise<string> {
    await owner.query('begin');
    try {
      await owner.query(
        `insert into commission_snapshot (id, tenant_id, payment_id, quantity, currency, percentage_bps, fixed_fee_minor, fee_floor_minor, fee_cap_minor, vat_bps, fee_mode,
           subtotal_minor, platform_fee_minor, vat_minor, seller_transfer_minor, total_charged_minor, created_at)
         values ('com_1', 'ten_1', 'pay_1', $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, now())`,
        [
          split.quantity,
          split.currency,
          split.percentageBps,
          split.fixedFeeMinor,
          split.feeFloorMinor,
          split.feeCapMinor,
          split.vatBps,
          split.feeMode,
          split.subtotalMinor,
          split.platformFeeMinor,
          split.vatMinor,
          split.sellerTransferMinor,
          split.totalChargedMinor,
        ],
      );
      return 'accepted';
    } catch (error) {
      return (error as { constraint?: string }).constraint ?? String(error);
    } finally {
      await owner.query('rollback');
    }
  }

  const terms = fc.record({
    percentageBps: fc.integer({ min: 0, max: 5_000 }),
    fixedFeeMinor: fc.integer({ min: 0, max: 40 }),
    feeFloorMinor: fc.option(fc.constantFrom(0, 100, 9_900)),
    feeCapMinor: fc.option(fc.constantFrom(9_900, 20_000)),
    vatBps: fc.integer({ min: 0, max: 10_000 }),
    feeMode: fc.constantFrom('INCLUDED' as const, 'ADDED' as const),
  });

  it('takes every split the code makes, in every currency, its tax to the minor unit', async () => {
    const hundreds = fc.integer({ min: 300, max: 300_000 }).map((count) => count * 100);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...currencyCodes),
        hundreds,
        fc.integer({ min: 1, max: 2 }),
        terms,
        async (currency, unitPriceMinor, quantity, terms) => {
          expect(await refusedBy(quote({ unitPriceMinor, quantity, currency, terms }))).toBe('accepted');
        },
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 99_999_999 }), fc.nat(), terms, async (amountMinor, fee, terms) => {
        const applicationFeeMinor = Math.min(fee, amountMinor);
        expect(await refusedBy(quoteFromChargedFee({ amountMinor, applicationFeeMinor, currency: 'EUR', terms }))).toBe('accepted');
      }),
    );
  });

  const bought = quote({
    unitPriceMinor: 2_500,
    quantity: 2,
    currency: 'USD',
    terms: { percentageBps: 800, fixedFeeMinor: 100, feeFloorMinor: 500, feeCapMinor: 700, vatBps: 2_100, feeMode: 'ADDED' },
  });
  it.each([
    ['a cent less of tax', { vatMinor: 103 }, 'a_snapshot_tax_is_what_its_fee_contains'],
    ['a cent more of tax', { vatMinor: 105 }, 'a_snapshot_tax_is_what_its_fee_contains'],
    ['a fee above its cap', { feeCapMinor: 599 }, 'a_snapshot_fee_keeps_to_its_bounds'],
    ['a fee below its floor', { feeFloorMinor: 601 }, 'a_snapshot_fee_keeps_to_its_bounds'],
    ['a cent for nobody', { totalChargedMinor: 5_601, subtotalMinor: 5_001 }, 'a_snapshot_parts_sum_to_the_whole'],
    ['the fee in the price and on top of it', { feeMode: 'INCLUDED' as const }, 'a_snapshot_total_follows_the_fee_mode'],
  ])('refuses %s', async (_, changed, constraint) => {
    expect(await refusedBy(bought)).toBe('accepted');
    expect(await refusedBy({ ...bought, ...changed })).toBe(constraint);
  });
});
