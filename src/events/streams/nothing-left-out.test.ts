import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type EventLists, startEventLists } from '../../../test/support/event-lists.js';
import { openGround, type TestGround } from '../../../test/support/ground.js';
import { dayMs, minuteMs, secondMs } from '../../base/clock.js';
import { overlapMs } from './draining.js';
import { pollDueStreams } from './polling.js';

const broken = [400, { error: { type: 'invalid_request_error', code: 'out_of_order', message: 'Out of order.' } }] as [number, object];

/** What may happen to a stream: events, some of them shown late; time; polls, of which some are cut off after a few pages. */
const deeds = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        what: fc.constant('events' as const),
        count: fc.oneof(fc.nat(5), fc.nat(260)),
        withinSeconds: fc.oneof(fc.nat(60), fc.nat(6_000)),
      }),
    },
    { weight: 1, arbitrary: fc.record({ what: fc.constant('late' as const), count: fc.nat(5), lateMs: fc.nat(overlapMs - minuteMs) }) },
    { weight: 3, arbitrary: fc.record({ what: fc.constant('time' as const), ms: fc.oneof(fc.nat(2 * minuteMs), fc.nat(2 * dayMs)) }) },
    { weight: 4, arbitrary: fc.record({ what: fc.constant('poll' as const), pages: fc.option(fc.nat(4), { nil: null }) }) },
  ),
  { minLength: 4, maxLength: 14 },
);

describe('a stream of events', () => {
  let stripe: EventLists;
  let ground: TestGround;
  let accounts = 0;
  beforeAll(async () => {
    stripe = await startEventLists();
    ground = await openGround(stripe.url);
    await ground.rows('update event_stream set closed_at = now()');
  });
  afterAll(async () => {
    await ground.close();
    await stripe.close();
  });

  const second = () => Math.floor(ground.clock.now().getTime() / 1_000);
  const row = async (account: string) => (await ground.rows('select * from event_stream where name = $1', [`connect:${account}`]))[0] ?? {};

  /** Polls it now, as far as Stripe answers. */
  async function poll(account: string, pages: number | null): Promise<void> {
    await ground.rows('update event_stream set next_poll_at = $2 where name = $1', [`connect:${account}`, ground.clock.now()]);
    let left = pages ?? Number.POSITIVE_INFINITY;
    stripe.instead(account, pages === 0 ? broken : async () => void (--left <= 0 && stripe.instead(account, broken)));
    await pollDueStreams(ground.work);
    stripe.instead(account, null);
  }

  it('leaves nothing out and goes never back, whatever happens, however late it is shown and wherever a poll is cut off', async () => {
    await fc.assert(
      fc.asyncProperty(deeds, async (story) => {
        const account = `acct_${++accounts}`;
        await ground.connected(account);
        const happened = new Set<string>();
        let seenUntil = 0;
        for (const deed of story) {
          if (deed.what === 'events') {
            ground.clock.advance((deed.withinSeconds + 1) * secondMs);
            for (let index = 0; index < deed.count; index++)
              happened.add(stripe.happen(account, second() - (deed.withinSeconds === 0 ? 0 : index % deed.withinSeconds)));
          } else if (deed.what === 'late') {
            const openedAt = ((await row(account))['opened_at'] as Date).getTime() / 1_000;
            const created = Math.max(Math.ceil(openedAt), second() - Math.floor(deed.lateMs / 1_000));
            for (let index = 0; index < deed.count; index++) happened.add(stripe.happen(account, created));
          } else if (deed.what === 'time') ground.clock.advance(deed.ms);
          else await poll(account, deed.pages);
          const now = ((await row(account))['seen_until'] as Date).getTime();
          expect(now).toBeGreaterThanOrEqual(seenUntil);
          seenUntil = now;
        }
        await poll(account, null);
        const stored = await ground.rows(`select stripe_event_id as id from inbox_event where stream = $1 and source = 'POLL'`, [
          `connect:${account}`,
        ]);
        expect(new Set(stored.map(({ id }) => id))).toEqual(happened);
        expect(await row(account)).toMatchObject({ failure_count: 0, locked_until: null });
        await ground.rows('update event_stream set closed_at = now() where name = $1', [`connect:${account}`]);
      }),
      { numRuns: 30 },
    );
  });
});
