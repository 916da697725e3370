import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openGround, type TestGround } from '../../test/support/ground.js';
import { known } from '../base/assert.js';
import { atomically } from '../db/work.js';
import { intend } from '../operations/lifecycle.js';
import { cancel, claimLeaseMs, claimOne, fail, reapStuck, release, reopen, settledBy } from './lifecycle.js';
import { type SettlementStatus, settlementStatuses } from './settlement.js';

let ground: TestGround;
let seller: { tenantId: string; accountId: string };
let count = 0;
beforeAll(async () => {
  ground = await openGround();
  seller = await ground.seller();
});
afterAll(() => ground.close());

// what a status needs beside its name, as the table's own checks say
const needs: Record<SettlementStatus, string> = {
  PENDING: 'claim_token = null, claimed_at = null, settled_at = null',
  SETTLING: `claim_token = 'mine', claimed_at = now(), settled_at = null`,
  SETTLED: 'claim_token = null, claimed_at = null, settled_at = now(), amount_minor = 0',
  FAILED: `claim_token = null, claimed_at = null, settled_at = null, failure_code = 'UNCLASSIFIED'`,
  REVERSED: 'claim_token = null, claimed_at = null, settled_at = now(), amount_minor = 0',
  CANCELED: 'claim_token = null, claimed_at = null, settled_at = null, amount_minor = 0',
};
const ways: Record<SettlementStatus, SettlementStatus[]> = {
  PENDING: ['SETTLING', 'SETTLED', 'FAILED', 'CANCELED'],
  SETTLING: ['PENDING', 'SETTLED', 'FAILED', 'CANCELED'],
  SETTLED: ['REVERSED'],
  FAILED: ['PENDING', 'SETTLED', 'CANCELED'],
  REVERSED: ['SETTLED'],
  CANCELED: [],
};

/** A settlement in a status, as history would have left it. */
async function settlementIn(status: SettlementStatus): Promise<string> {
  const number = String(++count).padStart(26, '0');
  const { tenantId, accountId } = seller;
  await ground.rows(
    `insert into offering (id, tenant_id, account_id, title, unit_price_minor, currency, delivers_at, refundable_until, created_at) values ($1, $2, $3, 'A night', 2500, 'USD', now(), now(), now())`,
    [`off_${number}`, tenantId, accountId],
  );
  const columns = needs[status].replaceAll(/(\w+) = /g, '').split(', ');
  const names = [...needs[status].matchAll(/(\w+) = /g)].map(([, name]) => name);
  await ground.rows(
    `insert into settlement (id, tenant_id, account_id, offering_id, currency, status, due_at, next_attempt_at, created_at, ${names.join(', ')})
     values ($1, $2, $3, $4, 'USD', '${status}', now(), now(), now(), ${columns.join(', ')})`,
    [`stl_${number}`, tenantId, accountId, `off_${number}`],
  );
  return `stl_${number}`;
}

describe('a settlement', () => {
  const cells = settlementStatuses.flatMap((from) => settlementStatuses.filter((to) => to !== from).map((to) => [from, to] as const));

  it.each(cells.filter(([from, to]) => ways[from].includes(to)))('goes from %s to %s', async (from, to) => {
    const id = await settlementIn(from);
    await ground.rows(`update settlement set status = '${to}', ${needs[to]} where id = $1`, [id]);
    expect(await ground.rows('select status from settlement where id = $1', [id])).toEqual([{ status: to }]);
  });

  it.each(cells.filter(([from, to]) => !ways[from].includes(to)))('never goes from %s to %s, whoever writes', async (from, to) => {
    const id = await settlementIn(from);
    await expect(ground.rows(`update settlement set status = '${to}', ${needs[to]} where id = $1`, [id])).rejects.toThrow(
      `cannot go from ${from} to ${to}`,
    );
  });

  it.each(settlementStatuses)('in %s is claimed by one of ten where it is pending, and by none otherwise', async (status) => {
    const id = await settlementIn(status);
    const claims = await Promise.all(Array.from({ length: 10 }, () => atomically(ground.work, (tx) => claimOne(tx, id))));
    expect(claims.filter(Boolean)).toHaveLength(status === 'PENDING' ? 1 : 0);
  });

  it('belongs to whom has claimed it: one whose claim has run out, and went to another, changes nothing any more', async () => {
    const id = await settlementIn('PENDING');
    const claim = async () => known(await atomically(ground.work, (tx) => claimOne(tx, id)), 'a claim');
    const slow = await claim();
    ground.clock.advance(claimLeaseMs + 1);
    await atomically(ground.work, (tx) => reapStuck(tx, 100));
    const owner = await claim();
    const failure = { code: 'UNCLASSIFIED', message: 'It was slow.', stripeCode: null, stripeRequestId: null } as const;
    const { clock } = ground;
    expect(await atomically(ground.work, (tx) => release(tx, slow, clock.now()))).toBe(false);
    expect(await atomically(ground.work, (tx) => fail(tx, slow, failure))).toBe(false);
    expect(await atomically(ground.work, (tx) => cancel(tx, slow))).toBe(false);
    const [kept] = await ground.rows('select status, claim_token from settlement where id = $1', [id]);
    expect(kept).toEqual({ status: 'SETTLING', claim_token: owner.claimToken });
    expect(await atomically(ground.work, (tx) => release(tx, owner, clock.now()))).toBe(true);
  });

  it.each(settlementStatuses)('in %s is opened again where it has failed, and not otherwise', async (status) => {
    const id = await settlementIn(status);
    expect(await atomically(ground.work, (tx) => reopen(tx, id))).toBe(status === 'FAILED');
  });

  it.each(settlementStatuses)('in %s is recorded as paid by one of many who know of its transfer, or by none', async (status) => {
    const id = await settlementIn(status);
    await ground.rows('update settlement set amount_minor = 0 where id = $1', [id]);
    const { tenantId } = seller;
    const operation = await atomically(ground.work, (tx) => intend(tx, { tenantId, kind: 'TRANSFER', subjectId: id, parameters: {} }));
    const pay = () => atomically(ground.work, (tx) => settledBy(tx, operation, { stripeId: `tr_${id}` }));
    const paid = (await Promise.all([pay(), pay(), pay()])).filter(Boolean);
    const isPayable = ['PENDING', 'SETTLING', 'FAILED'].includes(status);
    expect(paid).toMatchObject(isPayable ? [{ status: 'SETTLED', operationId: operation.id, stripeTransferId: `tr_${id}` }] : []);
  });
});
