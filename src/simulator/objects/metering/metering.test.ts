import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { marketplaceOf, openSimulated, refused } from '../../../../test/support/simulated.js';
import type { Simulator } from '../../server.js';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await openSimulated();
});
afterAll(() => simulator.close());

/** A world with a customer whose requests are counted. */
async function meteredIn(world: string, formula: 'sum' | 'count' | 'last' = 'sum') {
  const { stripe, control, events } = await marketplaceOf(simulator, world);
  const customer = await stripe.customers.create({ email: 'builder@shop.test' });
  const meter = await stripe.billing.meters.create({
    display_name: 'Requests',
    event_name: 'request',
    default_aggregation: { formula },
    customer_mapping: { type: 'by_id', event_payload_key: 'customer' },
    value_settings: { event_payload_key: 'count' },
  });
  const midnight = customer.created - (customer.created % 86_400);
  const use = (count: string, more: object = {}) =>
    stripe.billing.meterEvents.create({ event_name: 'request', payload: { customer: customer.id, count }, ...more });
  const counted = async (asked: object = {}) =>
    (
      await stripe.billing.meters.listEventSummaries(meter.id, {
        customer: customer.id,
        start_time: midnight - 86_400,
        end_time: midnight + 2 * 86_400,
        ...asked,
      })
    ).data.map(({ aggregated_value }) => aggregated_value);
  return { stripe, control, events, customer: customer.id, meter: meter.id, midnight, use, counted };
}

describe('a meter', () => {
  it.each([
    ['sum', 8],
    ['count', 2],
    ['last', 3],
  ] as const)('answers the %s of what was used', async (formula, expected) => {
    const { use, counted } = await meteredIn(`formula_${formula}`, formula);
    await use('5');
    await use('3');
    expect(await counted()).toEqual([expected]);
  });

  it('counts each day by itself, the newest first', async () => {
    const { use, counted, midnight } = await meteredIn('days');
    await use('5', { timestamp: midnight - 60 });
    await use('2', { timestamp: midnight });
    expect(await counted({ value_grouping_window: 'day' })).toEqual([2, 5]);
    await expect(counted({ start_time: midnight + 1 })).rejects.toThrow('minute boundaries');
  });

  it('has its name for itself, until it is deactivated', async () => {
    const { stripe, meter, use, counted, events } = await meteredIn('names');
    const again = { display_name: 'Again', event_name: 'request', default_aggregation: { formula: 'sum' } } as const;
    await expect(stripe.billing.meters.create(again)).rejects.toThrow('already');
    expect((await stripe.billing.meters.update(meter, { display_name: 'All requests' })).display_name).toBe('All requests');
    expect((await stripe.billing.meters.deactivate(meter)).status).toBe('inactive');
    await use('5');
    expect(await counted()).toEqual([]);
    await stripe.billing.meters.reactivate(meter);
    expect((await stripe.billing.meters.list({ status: 'active' })).data.map(({ id }) => id)).toEqual([meter]);
    const told = (await events()).filter((type) => type.startsWith('billing.meter.'));
    expect(told).toEqual(['created', 'updated', 'deactivated', 'reactivated'].map((what) => `billing.meter.${what}`));
  });
});

describe('a meter event', () => {
  it('is counted once, however often it is sent', async () => {
    const { use, counted } = await meteredIn('twice');
    expect(await use('5', { identifier: 'once' })).toMatchObject({ object: 'billing.meter_event', identifier: 'once', payload: { count: '5' } });
    expect(await refused(use('5', { identifier: 'once' }))).toBe('resource_already_exists');
    expect(await counted()).toEqual([5]);
  });

  it('is taken before anybody asks what it counts for: an answer is a receipt', async () => {
    const { stripe, use, counted, customer } = await meteredIn('receipts');
    await use('many');
    await stripe.billing.meterEvents.create({ event_name: 'request', payload: { customer: 'cus_nobody', count: '5' } });
    await stripe.billing.meterEvents.create({ event_name: 'unheard', payload: { customer, count: '5' } });
    expect(await counted()).toEqual([]);
  });

  it('of long ago, or of later, is refused', async () => {
    const { use, midnight } = await meteredIn('old');
    await expect(use('5', { timestamp: midnight - 36 * 86_400 })).rejects.toThrow('35 days');
    await expect(use('5', { timestamp: midnight + 2 * 86_400 })).rejects.toThrow('35 days');
  });
});

describe('a stream of meter events', () => {
  it('counts under a session’s token, for a quarter of an hour', async () => {
    const { stripe, control, counted, customer } = await meteredIn('stream');
    const session = await stripe.v2.billing.meterEventSession.create();
    expect(Date.parse(session.expires_at) - Date.parse(session.created)).toBe(900_000);
    const apiKey = session.authentication_token;
    const send = () =>
      stripe.v2.billing.meterEventStream.create(
        { events: ['1', '2'].map((count) => ({ event_name: 'request', payload: { customer, count } })) },
        { apiKey },
      );
    await send();
    expect(await counted()).toEqual([3]);
    await control('clock/advance', { seconds: 900 });
    await expect(send()).rejects.toBeInstanceOf(Stripe.errors.TemporarySessionExpiredError);
    expect(await counted()).toEqual([3]);
  });

  it('takes no key, and its token opens nothing else', async () => {
    const { stripe, customer } = await meteredIn('tokens');
    const { authentication_token: apiKey } = await stripe.v2.billing.meterEventSession.create();
    const events = [{ event_name: 'request', payload: { customer, count: '1' } }];
    await expect(stripe.v2.billing.meterEventStream.create({ events })).rejects.toMatchObject({ statusCode: 401 });
    await expect(stripe.customers.list({}, { apiKey })).rejects.toMatchObject({ statusCode: 401 });
    await expect(stripe.v2.billing.meterEventStream.create({ events: [] }, { apiKey })).rejects.toThrow('1 to 100');
    const wrong = [{ event_name: 'request', payload: { customer, count: '1' }, timestamp: 'yesterday' }];
    await expect(stripe.v2.billing.meterEventStream.create({ events: wrong }, { apiKey })).rejects.toThrow('Invalid timestamp');
  });
});
