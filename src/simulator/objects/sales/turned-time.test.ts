import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type Stripe from 'stripe';
import { sdkOf } from '../../../../test/support/simulated.js';
import { at, TurnableClock } from '../../../base/clock.js';
import { openLog } from '../../../base/log.js';
import { type Simulator, startSimulator } from '../../server.js';

const day = 86_400;
const start = 1_795_000_000;
let simulator: Simulator;
beforeAll(async () => {
  const clock = new TurnableClock(at(start * 1_000)); // stands still, so that both ways begin in the same second
  simulator = await startSimulator({ port: 0, clock, log: openLog('silent'), journalFile: null, world: 'main' });
});
afterAll(() => simulator.close());

interface Plan {
  startsAfterDays: number;
  phases: { plus: boolean; interval: 'day' | 'week' | 'month'; count: number }[];
  ends: 'release' | 'cancel';
  /** A pause of the collection of another subscription. */
  pausedForDays: number;
  card: 'pm_card_visa' | 'pm_card_chargeDeclined';
}

const plans: fc.Arbitrary<Plan> = fc.record({
  startsAfterDays: fc.integer({ min: 0, max: 9 }),
  phases: fc.array(fc.record({ plus: fc.boolean(), interval: fc.constantFrom('day', 'week', 'month'), count: fc.integer({ min: 1, max: 3 }) }), {
    minLength: 1,
    maxLength: 3,
  }),
  ends: fc.constantFrom('release', 'cancel'),
  pausedForDays: fc.integer({ min: 1, max: 40 }),
  card: fc.constantFrom('pm_card_visa', 'pm_card_chargeDeclined'),
});

let worlds = 0;

/** What has happened in a world of this plan once so much time has gone by, piece by piece. */
async function lived(plan: Plan, piecesOfDays: number[]) {
  const world = `turned_${++worlds}`;
  const stripe = sdkOf(simulator, world);
  const { id: customer } = await stripe.customers.create({ email: 'member@shop.test' });
  const [basic, plus] = (await Promise.all([700, 1_900].map((amount) => weekly(stripe, amount)))) as [string, string];
  const phases = plan.phases.map(({ plus: isPlus, interval, count }) => ({
    items: [{ price: isPlus ? plus : basic }],
    duration: { interval, interval_count: count },
  }));
  await stripe.subscriptionSchedules.create({ customer, start_date: start + plan.startsAfterDays * day, end_behavior: plan.ends, phases });
  const { id } = await stripe.subscriptions.create({ customer, items: [{ price: basic }] });
  const card = await stripe.paymentMethods.attach(plan.card, { customer });
  await stripe.subscriptions.update(id, {
    default_payment_method: card.id,
    pause_collection: { behavior: 'void', resumes_at: start + plan.pausedForDays * day },
  });
  for (const days of piecesOfDays) {
    await fetch(`${simulator.url}/_simulator/clock/advance?world=${world}`, { method: 'POST', body: JSON.stringify({ seconds: days * day }) });
  }
  const invoices = (await stripe.invoices.list({ customer, limit: 100 })).data.map(({ created, total, status, attempt_count }) => [
    (created - start) / day,
    total,
    status,
    attempt_count,
  ]);
  const schedules = (await stripe.subscriptionSchedules.list({ customer })).data.map(({ status, current_phase }) => [status, current_phase]);
  const subscriptions = (await stripe.subscriptions.list({ customer, status: 'all' })).data.map((one) => [one.status, one.canceled_at, one.ended_at]);
  return { invoices: invoices.map(String).sort(), schedules, subscriptions: subscriptions.map(String).sort() };
}

async function weekly(stripe: Stripe, unit_amount: number): Promise<string> {
  return (await stripe.prices.create({ currency: 'usd', unit_amount, recurring: { interval: 'week' }, product_data: { name: 'Club' } })).id;
}

describe('subscriptions and their schedules', () => {
  it('live through the same, whether time is turned at once or piece by piece', async () => {
    await fc.assert(
      fc.asyncProperty(plans, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 2, maxLength: 5 }), async (plan, pieces) => {
        const whole = pieces.reduce((sum, piece) => sum + piece, 0);
        const after = await lived(plan, pieces);
        expect(after).toEqual(await lived(plan, [whole]));
        expect(after.invoices.length).toBeGreaterThan(0);
      }),
      { numRuns: 12 },
    );
  });
});
