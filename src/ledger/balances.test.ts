import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openGround, type TestGround } from '../../test/support/ground.js';
import { atomically, type Work } from '../db/work.js';
import { balances, carryBalances } from './balances.js';
import { credit, debit, post } from './posting.js';

let ground: TestGround;
let worker: Work;
let sellers: string[];
beforeAll(async () => {
  ground = await openGround();
  worker = ground.another('holdfast_worker');
  sellers = [(await ground.seller()).accountId, (await ground.seller()).accountId];
});
afterAll(() => ground.close());

let causes = 0;
const pay = (amountMinor: number, seller: string, currency: string) =>
  atomically(ground.work, (tx) =>
    post(tx, {
      cause: { kind: 'PAYMENT', id: `pay_${++causes}` },
      currency,
      effectiveAt: ground.clock.now(),
      sides: [debit('stripe_balance', amountMinor), credit('seller_payable', amountMinor, seller)],
    }),
  );
const notInTheBooks = () => ground.rows('select * from check_balances_are_the_postings');
const waiting = async () => Number((await ground.rows('select count(*) from ledger_balance_change'))[0]?.count);

describe('a balance', () => {
  it('is the sum of its postings after any movements, carried as often and as far as anybody likes', async () => {
    const step = fc.oneof(
      fc.record({
        amount: fc.integer({ min: 1, max: 10 ** 9 }),
        seller: fc.constantFrom(0, 1),
        currency: fc.constantFrom('EUR', 'JPY', 'KWD'),
      }),
      fc.record({ carry: fc.integer({ min: 0, max: 7 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        for (const one of steps) {
          const before = await balances(ground.work.read);
          if ('carry' in one) {
            await carryBalances(worker, one.carry);
            expect(await balances(ground.work.read)).toEqual(before);
          } else await pay(one.amount, sellers[one.seller] as string, one.currency);
          expect(await notInTheBooks()).toEqual([]);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('is right while many pay at once and several workers carry at once, and everything is carried in the end', async () => {
    const { accountId: seller } = await ground.seller();
    const paying = Array.from({ length: 60 }, (_, n) => pay(100 + n, seller, 'EUR'));
    const carrying = Array.from({ length: 30 }, async () => {
      await carryBalances(worker, 5);
      expect(await notInTheBooks()).toEqual([]);
    });
    await Promise.all([...paying, ...carrying]);
    expect(await balances(ground.work.read, { accountId: seller })).toEqual([
      { ledgerAccount: 'seller_payable', accountId: seller, currency: 'EUR', balanceMinor: -7_770 },
    ]);
    while ((await waiting()) > 0) await carryBalances(worker, 1_000);
    expect(await balances(ground.work.read, { accountId: seller })).toMatchObject([{ balanceMinor: -7_770 }]);
    expect(await notInTheBooks()).toEqual([]);
  });

  it('does not move when the movement that would move it is undone', async () => {
    const [seller] = sellers as [string];
    const before = await balances(ground.work.read);
    const undone = atomically(ground.work, async (tx) => {
      await post(tx, {
        cause: { kind: 'PAYMENT', id: 'pay_undone' },
        currency: 'EUR',
        effectiveAt: ground.clock.now(),
        sides: [debit('stripe_balance', 5), credit('seller_payable', 5, seller)],
      });
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await balances(ground.work.read)).toEqual(before);
  });

  it.each([
    'update ledger_balance set amount_minor = 0',
    'delete from ledger_balance',
    `insert into ledger_balance values (null, 'commission', 'EUR', 1)`,
    'delete from ledger_balance_change',
    `insert into ledger_balance_change (ledger_account, currency, amount_minor) values ('commission', 'EUR', 1)`,
  ])('is not the application’s to write: %s', async (statement) => {
    await expect(ground.rows(statement)).rejects.toThrow('permission denied');
  });
});
