import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import Stripe from 'stripe';
import { systemClock } from '../../src/base/clock.js';
import { openLog } from '../../src/base/log.js';
import { type Simulator, startSimulator } from '../../src/simulator/server.js';
import { marketplaceOf, openSimulated, sdkOf } from '../support/simulated.js';

type Marketplace = Awaited<ReturnType<typeof marketplaceOf>>;

/** Something that anybody may ask of Stripe; amounts and objects are drawn, and often refused. */
type Command = (on: Marketplace) => Promise<unknown>;
const amount = fc.integer({ min: 500, max: 9_000 });
const part = fc.integer({ min: 1, max: 600 });
const card = fc.constantFrom('pm_card_visa', 'pm_card_bypassPending', 'pm_card_createDispute', 'pm_card_chargeDeclined');
const place = fc.nat({ max: 2 });
const newest = async <T>(list: Promise<{ data: T[] }>, at: number) => (await list).data[at];

const command: fc.Arbitrary<Command> = fc.oneof(
  fc.tuple(amount, card).map(
    ([minor, method]): Command =>
      (on) =>
        on.charge(minor, method),
  ),
  fc.tuple(amount, card, fc.boolean()).map(
    ([minor, method, holds]): Command =>
      ({ stripe, onSeller }) =>
        stripe.paymentIntents.create(
          {
            amount: minor,
            currency: 'usd',
            payment_method: method,
            confirm: true,
            application_fee_amount: 40,
            capture_method: holds ? 'manual' : 'automatic_async',
          },
          onSeller,
        ),
  ),
  fc.tuple(part, place, fc.boolean(), fc.boolean()).map(
    ([minor, at, onSeller, fee]): Command =>
      async (on) => {
        const options = onSeller ? on.onSeller : {};
        const charge = await newest(on.stripe.charges.list({}, options), at);
        return charge && on.stripe.refunds.create({ charge: charge.id, amount: minor, ...(fee ? { refund_application_fee: true } : {}) }, options);
      },
  ),
  fc.tuple(part, place, fc.boolean()).map(
    ([minor, at, fromCharge]): Command =>
      async ({ stripe, seller }) => {
        const charge = fromCharge ? await newest(stripe.charges.list(), at) : undefined;
        const source = charge ? { source_transaction: charge.id } : {};
        return stripe.transfers.create({ amount: minor, currency: 'usd', destination: seller, ...source });
      },
  ),
  fc.tuple(part, place).map(
    ([minor, at]): Command =>
      async ({ stripe }) => {
        const transfer = await newest(stripe.transfers.list(), at);
        return transfer && stripe.transfers.createReversal(transfer.id, { amount: minor });
      },
  ),
  fc.tuple(place, fc.constantFrom('winning_evidence', 'losing_evidence')).map(
    ([at, words]): Command =>
      async ({ stripe }) => {
        const dispute = await newest(stripe.disputes.list(), at);
        return dispute && stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: words } });
      },
  ),
  fc.tuple(part, place).map(
    ([minor, at]): Command =>
      async ({ stripe, onSeller }) => {
        const intent = await newest(stripe.paymentIntents.list({}, onSeller), at);
        return intent && stripe.paymentIntents.capture(intent.id, { amount_to_capture: minor }, onSeller);
      },
  ),
  amount.map(
    (minor): Command =>
      ({ stripe }) =>
        stripe.topups.create({ amount: minor, currency: 'usd' }),
  ),
  amount.map(
    (minor): Command =>
      ({ stripe, onSeller }) =>
        stripe.payouts.create({ amount: minor, currency: 'usd' }, onSeller),
  ),
  fc.integer({ min: 1, max: 9 }).map(
    (days): Command =>
      ({ passDays }) =>
        passDays(days),
  ),
);

const commands = fc.array(command, { minLength: 25, maxLength: 40 });

/** Does what can be done of it; what Stripe refuses stays undone. */
async function run(on: Marketplace, commands: Command[]): Promise<void> {
  for (const each of commands)
    await each(on).catch((error: unknown) => {
      if (!(error instanceof Stripe.errors.StripeError) || error.type === 'StripeAPIError') throw error;
    });
}

let simulator: Simulator;
let worlds = 0;
beforeAll(async () => {
  simulator = await openSimulated();
});
afterAll(() => simulator.close());
const nextWorld = () => `promises${++worlds}`;

describe('the books of a world', () => {
  it('sum to zero, and tell each balance by its movements, whatever happens', async () => {
    await fc.assert(
      fc.asyncProperty(commands, async (drawn) => {
        const on = await marketplaceOf(simulator, nextWorld());
        await run(on, drawn);
        expect((await on.books()).reduce((sum, minor) => sum + minor, 0)).toBe(0);
        for (const account of [undefined, on.seller]) {
          const lines = await on.stripe.balanceTransactions.list({ limit: 100 }, account ? { stripeAccount: account } : {});
          const told = lines.data.reduce((sum, { net }) => sum + net, 0);
          expect(told).toBe(((await on.available(account)) ?? 0) + ((await on.pending(account)) ?? 0));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('are the same, to the last object, after its commands are done again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'simulator-'));
    const start = () =>
      startSimulator({ port: 0, clock: systemClock, log: openLog('silent'), journalFile: join(folder, 'journal.jsonl'), world: 'main' });
    const digestOf = async ({ url }: Simulator, world: string) =>
      ((await (await fetch(`${url}/_simulator/state?world=${world}`)).json()) as { digest: string }).digest;
    const first = await start();
    const names: string[] = [];
    await fc.assert(
      fc.asyncProperty(commands, async (drawn) => {
        names.push(nextWorld());
        await run(await marketplaceOf(first, names.at(-1) as string), drawn);
      }),
      { numRuns: 8 },
    );
    const before = await Promise.all(names.map((name) => digestOf(first, name)));
    await first.close();
    const second = await start();
    expect(await Promise.all(names.map((name) => digestOf(second, name)))).toEqual(before);
    expect(new Set(before).size).toBe(names.length);
    await second.close();
    rmSync(folder, { recursive: true });
  });
});

describe('one key', () => {
  it('makes one object, however many ask with it at once, and each learns of that one or that it is under way', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 12 }), amount, async (count, minor) => {
        const stripe = sdkOf(simulator, nextWorld());
        const ask = () => stripe.topups.create({ amount: minor, currency: 'usd' }, { idempotencyKey: 'one' });
        const answers = await Promise.allSettled(Array.from({ length: count }, ask));
        const { data } = await stripe.topups.list();
        expect(data).toHaveLength(1);
        const learned = answers.map((one) => (one.status === 'fulfilled' ? one.value.id : (one.reason as { code: string }).code));
        expect(learned).toContain(data[0]?.id);
        expect(learned.filter((one) => one !== data[0]?.id && one !== 'idempotency_key_in_use')).toEqual([]);
      }),
      { numRuns: 15 },
    );
  });
});

describe('a list read page by page', () => {
  const topUp = (stripe: Stripe) => stripe.topups.create({ amount: 100, currency: 'usd' });

  it('has each object that was there once, in either direction, also while others are added', async () => {
    const adding = fc.record({
      before: fc.integer({ min: 1, max: 12 }),
      between: fc.array(fc.nat({ max: 2 }), { maxLength: 6 }),
      limit: fc.integer({ min: 1, max: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(adding, async ({ before, between, limit }) => {
        const stripe = sdkOf(simulator, nextWorld());
        const made: string[] = [];
        for (let n = 0; n < before; n++) made.push((await topUp(stripe)).id);
        const add = async (at: number) => {
          for (let n = 0; n < (between[at] ?? 0); n++) made.push((await topUp(stripe)).id);
        };

        const backwards: string[] = []; // from the newest of that moment
        const wanted = [...made].reverse();
        for (let page = await stripe.topups.list({ limit }), at = 0; ; at++) {
          backwards.push(...page.data.map(({ id }) => id));
          if (!page.has_more) break;
          await add(at);
          page = await stripe.topups.list({ limit, starting_after: backwards.at(-1) as string });
        }
        expect(backwards).toEqual(wanted);

        const onwards = [made[0] as string]; // up to the newest there is
        for (let at = 0; ; at++) {
          const page = await stripe.topups.list({ limit, ending_before: onwards.at(-1) as string });
          onwards.push(...page.data.map(({ id }) => id).reverse());
          if (!page.has_more) break;
          await add(at);
        }
        expect(onwards).toEqual(made);
      }),
      { numRuns: 15 },
    );
  });
});
