import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { atomically } from '../../src/db/work.js';
import { applyDueEvents } from '../../src/events/apply.js';
import { pollDueStreams } from '../../src/events/streams/polling.js';
import { type Api, openCheckout, readySeller } from '../support/api.js';
import { signatureOf } from '../support/ground.js';
import { topUp } from '../support/marketplace.js';
import { outwait } from '../support/worker-process.js';
import { openWorld, type TestWorld } from '../support/world.js';

const secret = 'whsec_of_a_test_whose_database_goes_away';
const cutsCount = 8;

/** Every connection to the database is cut, in the middle of whatever it does, as when the server is started again. */
describe('while the database goes away again and again', () => {
  let world: TestWorld;
  let seller: Api;
  let cutter: pg.Client;
  beforeAll(async () => {
    world = await openWorld({ STRIPE_WEBHOOK_SECRET: secret }, { works: false });
    seller = await readySeller(world);
    await world.control('webhooks', { mode: 'off' });
    await hear();
    const url = new URL(world.databaseUrl);
    url.pathname = '/postgres';
    cutter = new pg.Client({ connectionString: url.href });
    await cutter.connect();
  });
  afterAll(async () => {
    await cutter.end();
    await world.close();
  });

  const work = () => world.app.openWork();
  const cut = () =>
    cutter.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [new URL(world.databaseUrl).pathname.slice(1)]);
  const inbox = () => work().read.selectFrom('inboxEvent').select(['stripeEventId', 'stream', 'state', 'attemptCount']).execute();

  /** Reads every stream now and applies what they held. */
  async function hear(): Promise<void> {
    await atomically(work(), (tx) => tx.sql.updateTable('eventStream').set({ nextPollAt: tx.clock.now() }).execute());
    await pollDueStreams(work());
    while ((await applyDueEvents(work(), 100)) > 0);
  }

  it('each delivery that was answered is kept, once, and one that was not is answered when it comes again', async () => {
    const ids = Array.from({ length: 400 }, (_, index) => `evt_cut_${index}`);
    let left = 4 * ids.length;
    async function deliver(id: string): Promise<void> {
      const body = JSON.stringify({ id, object: 'event', type: 'customer.updated', created: 1, livemode: false, data: { object: { id: 'cus_1' } } });
      const headers = { 'content-type': 'application/json', 'stripe-signature': signatureOf(body, secret, work().wallClock.now()) };
      for (; left > 0; left--) {
        const { status } = await fetch(`${world.url}/api/webhooks/stripe`, { method: 'POST', headers, body });
        if (status === 200) return;
        expect(status).toBe(503);
      }
      throw new Error('the database was not there often enough');
    }
    const queue = ids.values();
    const senders = Promise.all(
      Array.from({ length: 20 }, async () => {
        for (const id of queue) await deliver(id);
      }),
    );
    for (let cuts = 0; cuts < cutsCount; cuts++) {
      await cut();
      await cutter.query('select pg_sleep(0.03)');
    }
    await senders;
    const kept = (await inbox()).map(({ stripeEventId }) => stripeEventId).filter((id) => id.startsWith('evt_cut_'));
    expect(kept.sort()).toEqual(ids.toSorted());
  });

  it('what polling brings is applied as in a calm hour: nothing is left out, and no purchase recorded twice', async () => {
    for (let count = 0; count < 110; count++) await topUp(world, 100); // events for more than a page
    for (let count = 0; count < 4; count++) await world.control(`checkout/sessions/${await openCheckout(world, seller.accountId)}/pay`);
    let cuts = 0;
    const cutting = (async () => {
      for (; cuts < cutsCount; cuts++) {
        await cut();
        await cutter.query('select pg_sleep(0.05)');
      }
    })();
    while (cuts < cutsCount) await hear().catch(() => undefined);
    await cutting;
    await outwait(world); // what was leased when a connection was cut
    await hear();
    await outwait(world);
    await hear();

    const { data } = (await (
      await fetch(`${world.stripeUrl}/v1/events?limit=100`, { headers: { authorization: `Bearer ${work().config.stripe.secretKey.reveal()}` } })
    ).json()) as { data: { id: string }[] };
    const heard = await inbox();
    expect(heard.map(({ stripeEventId }) => stripeEventId)).toEqual(expect.arrayContaining(data.map(({ id }) => id)));
    expect(heard.filter(({ state }) => state === 'RECEIVED' || state === 'PARKED')).toEqual([]);
    expect(await work().read.selectFrom('payment').select('id').where('accountId', '=', seller.accountId).execute()).toHaveLength(4);
  });
});
