import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openGround, type TestGround } from '../../test/support/ground.js';
import { Bug } from '../base/assert.js';
import { later } from '../base/clock.js';
import { atomically } from '../db/work.js';
import { balances } from './balances.js';
import { credit, debit, type Movement, post, type Side } from './posting.js';

let ground: TestGround;
let accountId: string;
beforeAll(async () => {
  ground = await openGround();
  ({ accountId } = await ground.seller());
});
afterAll(() => ground.close());

let causes = 0;
const movement = (sides: Side[], id = `pay_${++causes}`): Movement => ({
  cause: { kind: 'PAYMENT', id },
  currency: 'EUR',
  effectiveAt: ground.clock.now(),
  sides,
});
const record = (asked: Movement) => atomically(ground.work, (tx) => post(tx, asked));

describe('the books', () => {
  it('take the worked example: 56.00 paid, 50.00 owed to the seller, 4.96 and 1.04 of tax earned, 1.92 spent on processing', async () => {
    const { accountId: seller } = await ground.seller();
    const paid = movement([
      debit('stripe_balance', 5_600),
      credit('seller_payable', 5_000, seller),
      credit('commission', 496),
      credit('vat_payable', 104),
    ]);
    await record(paid);
    await record({
      ...paid,
      cause: { kind: 'PROCESSING_FEE', id: paid.cause.id },
      sides: [debit('stripe_fees', 192), credit('stripe_balance', 192)],
    });
    await record({
      ...paid,
      cause: { kind: 'SETTLEMENT', id: paid.cause.id },
      sides: [debit('seller_payable', 5_000, seller), credit('stripe_balance', 5_000)],
    });

    expect(await balances(ground.work.read, { accountId: seller })).toEqual([]);
    const all = await balances(ground.work.read);
    expect(all.find(({ ledgerAccount }) => ledgerAccount === 'stripe_balance')?.balanceMinor).toBe(408);
  });

  it('move money once for each cause, however many say so at once', async () => {
    const sides = [debit('stripe_balance', 700), credit('seller_payable', 700, accountId)];
    const asked = movement(sides);
    const written = await Promise.all(Array.from({ length: 10 }, () => record(asked)));
    expect(written.filter(Boolean)).toHaveLength(1);
    expect(await balances(ground.work.read, { accountId })).toMatchObject([{ ledgerAccount: 'seller_payable', balanceMinor: -700, currency: 'EUR' }]);
  });

  it('take a cause that comes again with its sides in another order for the same, and with other money for a bug', async () => {
    const [held, owed] = [debit('stripe_balance', 900), credit('seller_payable', 900, accountId)];
    const asked = movement([held, owed]);
    expect(await record(asked)).toBe(true);
    expect(await record({ ...asked, sides: [owed, held], effectiveAt: later(asked.effectiveAt, 1_000) })).toBe(false);
    const before = await balances(ground.work.read);
    await expect(record({ ...asked, sides: [debit('stripe_balance', 901), credit('seller_payable', 901, accountId)] })).rejects.toThrow(
      `stripe_balance - 900 EUR, seller_payable ${accountId} -900 EUR, and comes again as stripe_balance - 901 EUR`,
    );
    await expect(record({ ...asked, currency: 'USD' })).rejects.toThrow(Bug);
    await expect(record({ ...asked, sides: [held, credit('commission', 900)] })).rejects.toThrow(Bug);
    expect(await balances(ground.work.read)).toEqual(before);
  });

  it('hold no movement of nothing', async () => {
    expect(await record(movement([debit('stripe_fees', 0), credit('stripe_balance', 0)]))).toBe(false);
  });

  it('refuse what does not balance, before the database is asked', async () => {
    await expect(record(movement([debit('stripe_balance', 5), credit('commission', 4)]))).rejects.toThrow('does not balance');
  });

  it('sum to zero after any movements', async () => {
    const amounts = fc.array(fc.integer({ min: 1, max: 10 ** 9 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(amounts, async (parts) => {
        const whole = parts.reduce((sum, part) => sum + part, 0);
        await record(movement([debit('stripe_balance', whole), ...parts.map((part) => credit('commission', part))]));
        const sums = await balances(ground.work.read);
        expect(sums.reduce((sum, { balanceMinor }) => sum + balanceMinor, 0)).toBe(0);
      }),
      { numRuns: 25 },
    );
  });
});

describe('the database, whatever the code does', () => {
  const begin = `insert into ledger_transaction (id, cause_kind, cause_id, effective_at, recorded_at) values ($1, 'PAYMENT', $1, now(), now())`;
  const insert = (id: string, rows: string) =>
    ground.rows(
      `with begun as (${begin} returning id) insert into posting (transaction_id, number, ledger_account, currency, amount_minor) select id, v.* from begun, (values ${rows}) v`,
      [id],
    );

  it.each([
    ['one side alone', `(1::smallint, 'commission', 'EUR', 5::bigint)`],
    ['two currencies that do not balance each', `(1::smallint, 'commission', 'EUR', 5::bigint), (2::smallint, 'stripe_balance', 'USD', -5::bigint)`],
  ])('refuses %s at commit', async (what, rows) => {
    await expect(insert(`ldg_${what}`, rows)).rejects.toThrow('does not balance');
  });

  it.each([
    'update posting set amount_minor = 1',
    'delete from posting',
    'update ledger_transaction set cause_id = id',
    'delete from ledger_transaction',
  ])('refuses to %s', async (statement) => {
    await expect(ground.rows(statement)).rejects.toThrow('permission denied');
  });
});
