import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { type Api, readySeller, signUp } from '../../test/support/api.js';
import { buyOffering, offer, turnTo, workThrough } from '../../test/support/marketplace.js';
import { openWorld, type TestWorld } from '../../test/support/world.js';
import { dayMs, later } from '../base/clock.js';
import { checkChain } from '../db/chain.js';
import { bookChain, linkMovements } from '../ledger/chain.js';
import { ingestBalance } from './ingesting.js';
import { type SettlementProof, verifyProof } from './proof.js';

let world: TestWorld;
let seller: Api;
let settlementId: string;
let proof: SettlementProof;
beforeAll(async () => {
  world = await openWorld({ PLATFORM_VAT_BPS: '2100' }, { works: false });
  seller = await readySeller(world);
  const offering = await offer(seller, { unitPrice: 2_500, inDays: 10 });
  for (const quantity of [2, 1, 3]) await buyOffering(world, offering.id, quantity, `buyer${quantity}@example.com`);
  await turnTo(world, later(new Date(offering.deliversAt), dayMs));
  await workThrough(world);
  const work = world.app.openWork();
  await ingestBalance(work);
  while ((await linkMovements(work, 3)) > 0);
  const { account } = await seller.run<{ account: { settlements: { nodes: { id: string }[] } } }>(
    'query ($id: ID!) { account(id: $id) { settlements { nodes { id } } } }',
    { id: seller.accountId },
  );
  settlementId = account.settlements.nodes[0]?.id as string;
  proof = JSON.parse(
    (await seller.run<{ proveSettlement: string }>('query ($id: ID!) { proveSettlement(id: $id) }', { id: settlementId })).proveSettlement,
  );
});
afterAll(() => world.close());

describe('a settlement’s proof', () => {
  it('holds, and is checked without the server', () => {
    expect(verifyProof(proof)).toEqual([]);
    expect(proof).toMatchObject({
      settlement: { amountMinor: 15_000 },
      purchases: { length: 3 },
      transfer: { amountMinor: 15_000, attempts: [{ outcome: 'SUCCEEDED' }] },
      balanceLines: [{ netMinor: -15_000 }],
    });
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-proof-'));
    try {
      const file = join(folder, 'proof.json');
      writeFileSync(file, JSON.stringify(proof));
      const verify = () =>
        execFileSync(process.execPath, ['dist/src/main.js', 'verify-proof', file], {
          encoding: 'utf8',
          env: { PATH: process.env['PATH'] },
          stdio: 'pipe',
        });
      expect(verify()).toContain('The proof holds.');
      writeFileSync(file, JSON.stringify({ ...proof, settlement: { ...proof.settlement, amountMinor: 15_001 } }));
      expect(verify).toThrow('the settlement is not the sum of its purchases less debts');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  const tampered: [string, (copy: SettlementProof) => void, RegExp][] = [
    [
      'a split',
      (copy) => {
        purchase(copy).platformFeeMinor += 1;
      },
      /its parts do not sum/,
    ],
    [
      'the tax',
      (copy) => {
        purchase(copy).vatMinor += 1;
      },
      /the tax is not/,
    ],
    [
      'what was settled of a purchase',
      (copy) => {
        purchase(copy).paidMinor -= 1;
      },
      /not settled what was left/,
    ],
    [
      'the transfer',
      (copy) => {
        if (copy.transfer) copy.transfer.amountMinor += 1;
      },
      /the transfer is not/,
    ],
    [
      'Stripe’s line',
      (copy) => {
        (copy.balanceLines[0] as { netMinor: number }).netMinor += 1;
      },
      /Stripe’s balance moved by another amount/,
    ],
    [
      'a movement',
      (copy) => {
        movement(copy).content = movement(copy).content.replace('stripe_balance', 'commission');
      },
      /is not what the chain was made of/,
    ],
    [
      'a side of a movement',
      (copy) => {
        movement(copy).content = movement(copy).content.replace(/\d+$/, '7');
      },
      /does not balance/,
    ],
    [
      'what is in it',
      (copy) => {
        copy.movements.pop();
      },
      /is not in the books/,
    ],
    [
      'the head of the chain',
      (copy) => {
        if (copy.path) copy.path.head = '0'.repeat(64);
      },
      /does not lead to the head/,
    ],
  ];
  it.each(tampered)('no longer holds once %s is changed', (_, tamper, told) => {
    const copy = structuredClone(proof);
    tamper(copy);
    expect(verifyProof(copy).join('\n')).toMatch(told);
  });

  it('is for its seller and for staff alone, and for what is settled', async () => {
    const another = await signUp(world, 'Somebody else');
    expect(await another.codes('query ($id: ID!) { proveSettlement(id: $id) }', { id: settlementId })).toEqual(['NOT_FOUND']);
    const open = await offer(seller, { unitPrice: 2_500, inDays: 10 });
    const paymentId = await buyOffering(world, open.id);
    const { payment } = await seller.run<{ payment: { settlement: { id: string } } }>('query ($id: ID!) { payment(id: $id) { settlement { id } } }', {
      id: paymentId,
    });
    expect(await seller.codes('query ($id: ID!) { proveSettlement(id: $id) }', { id: payment.settlement.id })).toEqual(['BAD_USER_INPUT']);
  });
});

describe('the chain over the books', () => {
  it('holds from its first link to its head, and shows the first one that does not', async () => {
    const work = world.app.openWork();
    while ((await linkMovements(work, 100)) > 0);
    expect((await checkChain(work, bookChain)).broken).toBeNull();
    const owner = new pg.Client({ connectionString: world.databaseUrl });
    await owner.connect();
    try {
      await owner.query(
        `alter table posting disable trigger all; update posting set amount_minor = amount_minor * 2 where transaction_id = (select transaction_id from ledger_link where number = 3)`,
      );
      expect((await checkChain(work, bookChain)).broken).toMatchObject({ number: 3 });
      await owner.query(
        `update posting set amount_minor = amount_minor / 2 where transaction_id = (select transaction_id from ledger_link where number = 3); alter table posting enable trigger all`,
      );
    } finally {
      await owner.end();
    }
    expect((await checkChain(work, bookChain)).broken).toBeNull();
  });

  it('links each movement once, however many workers link', async () => {
    const work = world.app.openWork();
    const offering = await offer(seller, { unitPrice: 2_500, inDays: 10 });
    await buyOffering(world, offering.id);
    const linked = await Promise.all(Array.from({ length: 4 }, () => linkMovements(work, 100)));
    expect(linked.filter((count) => count > 0)).toHaveLength(1);
    expect((await checkChain(work, bookChain)).broken).toBeNull();
  });
});

function purchase(proof: SettlementProof) {
  return proof.purchases[0] as SettlementProof['purchases'][number];
}

function movement(proof: SettlementProof) {
  return proof.movements.at(-1) as SettlementProof['movements'][number];
}
