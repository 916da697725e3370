import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { openCheckout, readySeller } from '../support/api.js';
import { reachInto } from '../support/looking.js';
import { until } from '../support/until.js';
import { openWorld, type TestWorld } from '../support/world.js';

/** Buyers pay and never come back; what Stripe tells is all there is, and it arrives in every way it may. */
describe('events that arrive', () => {
  let world: TestWorld;
  let database: pg.Pool;

  beforeAll(async () => {
    world = await openWorld();
    database = reachInto(world.databaseUrl);
  });
  afterAll(async () => {
    await database.end();
    await world.close();
  });

  const rows = async (text: string, values: unknown[] = []) => (await database.query(text, values)).rows as Record<string, unknown>[];

  async function applied(): Promise<void> {
    await world.app.simulator?.delivered();
    await until(
      () => rows(`select id, type from inbox_event where state = 'RECEIVED'`),
      (left) => left.length === 0,
    );
  }

  it.each([
    ['as they happen', { mode: 'normal' }],
    ['five times at once', { mode: 'duplicate', copies: 5 }],
    ['the last one first', { mode: 'reverse' }],
    ['in any order', { mode: 'shuffle', windowMs: 100 }],
    ['after one that was signed long ago', { mode: 'stale' }],
    ['after one that somebody else signed', { mode: 'bad_signature' }],
    ['after one of live mode', { mode: 'live_stray' }],
    ['in the words of another API version', { mode: 'other_version' }],
  ])(
    '%s make one payment and one membership that is canceled, and none else is believed',
    async (_, way) => {
      const seller = await readySeller(world);
      await world.control('webhooks', way);
      await world.control(`checkout/sessions/${await openCheckout(world, seller.accountId)}/pay`);
      await world.control(`checkout/sessions/${await openCheckout(world, seller.accountId, 'Membership')}/pay`);
      await applied();
      const told = async () =>
        await rows(
          `select (select count(*)::int from payment where account_id = $1) as payments,
                (select array_agg(status) from membership where account_id = $1) as memberships`,
          [seller.accountId],
        );
      expect(await told()).toEqual([{ payments: 2, memberships: ['ACTIVE'] }]); // the membership's first period is paid too

      const [{ id } = {}] = await rows('select stripe_subscription_id as id from membership where account_id = $1', [seller.accountId]);
      await world.control(`subscriptions/${String(id)}/card`, { card: 'failing' });
      await world.control('clock/advance', { seconds: 60 * 86_400 });
      await applied();
      expect(await told()).toEqual([{ payments: 2, memberships: ['CANCELED'] }]);
      expect(await rows(`select stripe_event_id from inbox_event where stripe_event_id like '%stray' or state = 'PARKED'`)).toEqual([]);
      await world.control('webhooks', { mode: 'normal' });
    },
    60_000,
  );
});
