import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { openCheckout, readySeller, syncDocument } from '../../test/support/api.js';
import { openGround, type TestGround } from '../../test/support/ground.js';
import { buyOffering, closeDispute, disputePayment, offer, topUp, turnTo, workThrough } from '../../test/support/marketplace.js';
import { openWorld, type TestWorld } from '../../test/support/world.js';
import { dayMs, later } from '../base/clock.js';
import { atomically } from '../db/work.js';

describe('what partners will be told', () => {
  let world: TestWorld;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world.close()); // which audits that nothing is left out, and no number

  const topicsOf = async (subjectId: string) =>
    (await world.app.openWork().read.selectFrom('outboxEvent').select('topic').where('subjectId', '=', subjectId).orderBy('sequence').execute()).map(
      ({ topic }) => topic,
    );
  const idOf = async (noun: 'settlement' | 'refund' | 'dispute' | 'membership') =>
    (await world.app.openWork().read.selectFrom(noun).select('id').orderBy('id', 'desc').executeTakeFirstOrThrow()).id;

  it('is each step of a purchase, its settlement, its dispute and its refund, in order', async () => {
    const seller = await readySeller(world);
    expect(await topicsOf(seller.accountId)).toContain('account.updated');
    const offering = await offer(seller, { unitPrice: 2_500, inDays: 10 });
    const paymentId = await buyOffering(world, offering.id, 2);
    const settlementId = await idOf('settlement');
    expect(await topicsOf(settlementId)).toEqual(['settlement.pending']);
    await turnTo(world, later(new Date(offering.refundableUntil), dayMs));
    await workThrough(world);
    await topUp(world, 20_000);
    const first = await disputePayment(world, paymentId);
    await closeDispute(world, first, 'won');
    expect(await topicsOf(await idOf('dispute'))).toEqual(['dispute.needs_response', 'dispute.won']);
    await seller.run('mutation ($id: ID!) { refundPayment(input: { paymentId: $id }) { userErrors { code } } }', { id: paymentId });
    await workThrough(world);

    expect(await topicsOf(await idOf('refund'))).toEqual(['refund.requested', 'refund.succeeded']);
    expect(await topicsOf(paymentId)).toEqual(['payment.paid', 'payment.disputed', 'payment.won_back', 'payment.refunded']);
    expect(await topicsOf(settlementId)).toEqual([
      'settlement.pending',
      'settlement.settled',
      'settlement.reversed',
      'settlement.settled',
      'settlement.reversed',
    ]);
  });

  it('is each step of a membership until its seller leaves', async () => {
    const seller = await readySeller(world);
    const session = await openCheckout(world, seller.accountId, 'Membership');
    await world.control(`checkout/sessions/${session}/pay`);
    await seller.run(syncDocument, { id: seller.accountId, session });
    const id = await idOf('membership');
    await seller.run('mutation ($id: ID!) { cancelMembership(input: { membershipId: $id, atPeriodEnd: true }) { userErrors { code } } }', { id });
    await seller.run('mutation ($id: ID!) { disconnectAccount(input: { accountId: $id }) { userErrors { code } } }', { id: seller.accountId });
    expect(await topicsOf(id)).toEqual(['membership.active', 'membership.ending', 'membership.canceled']);
  });
});

describe('a change of an account', () => {
  let ground: TestGround;
  beforeAll(async () => {
    ground = await openGround();
  });
  afterAll(() => ground.close());

  it('is told once each, in one order, however many happen at once', async () => {
    const { id, accountId } = await ground.connected('acct_1');
    const flip = () => ground.rows('update connected_account set charges_enabled = not charges_enabled where id = $1', [id]);
    await Promise.all(Array.from({ length: 8 }, flip));
    const told = await ground.rows('select sequence, topic from outbox_event where subject_id = $1 order by sequence', [accountId]);
    expect(told).toEqual(Array.from({ length: 8 }, (_, index) => ({ sequence: index + 1, topic: 'account.updated' })));
  });

  it('is not told where nothing changed, and what was told is never taken back', async () => {
    const { id, accountId } = await ground.connected('acct_2');
    await ground.rows('update connected_account set synced_at = now() where id = $1', [id]);
    expect(await ground.rows('select * from outbox_event where subject_id = $1', [accountId])).toEqual([]);
    await ground.rows('update connected_account set payouts_enabled = false where id = $1', [id]);
    await expect(ground.rows(`update outbox_event set topic = 'account.deleted'`)).rejects.toThrow('permission denied');
    await expect(ground.rows('delete from outbox_event')).rejects.toThrow('permission denied');
  });
});

describe('telling of a settlement', () => {
  let ground: TestGround;
  beforeAll(async () => {
    ground = await openGround();
  });
  afterAll(() => ground.close());

  it('reads nothing of what was told of others', async () => {
    const { tenantId, accountId } = await ground.connected('acct_3');
    const read = await atomically(ground.work, async (tx) => {
      await sql`insert into offering (id, tenant_id, account_id, title, unit_price_minor, currency, delivers_at, refundable_until, created_at)
        select 'off_' || n, ${tenantId}, ${accountId}, 'A night', 2500, 'USD', now(), now(), now() from generate_series(1, 200) n`.execute(tx.sql);
      await sql`insert into settlement (id, tenant_id, account_id, offering_id, currency, status, due_at, next_attempt_at, created_at)
        select 'stl_' || n, ${tenantId}, ${accountId}, 'off_' || n, 'USD', 'PENDING', now(), now(), now() from generate_series(1, 200) n`.execute(
        tx.sql,
      );
      const counted = await sql<{ told: number; read: number }>`select n_tup_ins::int as told, (seq_tup_read + idx_tup_fetch)::int as read
        from pg_stat_xact_user_tables where relname = 'outbox_event'`.execute(tx.sql);
      return counted.rows[0];
    });
    expect(read).toEqual({ told: 200, read: 0 });
  });
});
