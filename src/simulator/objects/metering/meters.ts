import type { Stripe } from 'stripe';
import { invalid } from '../../protocol/errors.js';
import { integer, object, oneOf, required, type Spec, text, type Values } from '../../protocol/parameters.js';
import { pageKinds } from '../../protocol/sublists.js';
import type { Route } from '../../route.js';
import type { Part, Stored, World } from '../../world.js';
import { summariesOf } from './usage.js';

export type SimMeter = Stored &
  Part<Stripe.Billing.Meter> & {
    event_name: string;
    status: 'active' | 'inactive';
    default_aggregation: { formula: 'sum' | 'count' | 'last' };
    customer_mapping: { event_payload_key: string; type: 'by_id' };
    value_settings: { event_payload_key: string };
  };

const createSpec = {
  display_name: required(text),
  event_name: required(text),
  default_aggregation: required(object({ formula: required(oneOf('sum', 'count', 'last')) })),
  customer_mapping: object({ event_payload_key: required(text), type: required(oneOf('by_id')) }),
  value_settings: object({ event_payload_key: required(text) }),
  event_time_window: oneOf('day', 'hour'),
} satisfies Spec<Stripe.Billing.MeterCreateParams>;
const updateSpec = { display_name: text } satisfies Spec<Stripe.Billing.MeterUpdateParams>;
const summariesSpec = {
  customer: required(text),
  start_time: required(integer),
  end_time: required(integer),
  value_grouping_window: oneOf('day', 'hour'),
  ...(pageKinds as Record<'limit', (typeof pageKinds)[string]>),
} satisfies Spec<Stripe.Billing.MeterListEventSummariesParams>;
export type AskedSummaries = Values<typeof summariesSpec>;

export const meterRoutes: Route[] = [
  {
    method: 'POST',
    path: '/v1/billing/meters',
    spec: createSpec,
    run: ({ world, owner, values }) => create(world, owner, values as Values<typeof createSpec>),
  },
  { method: 'GET', path: '/v1/billing/meters/:id', spec: {}, run: ({ world, owner, id }) => world.get(owner, 'billing.meter', id) },
  { method: 'GET', path: '/v1/billing/meters', listOf: 'billing.meter', filters: ['status'] },
  { method: 'POST', path: '/v1/billing/meters/:id', spec: updateSpec, run: ({ world, owner, id, values }) => update(world, owner, id, values) },
  {
    method: 'POST',
    path: '/v1/billing/meters/:id/deactivate',
    spec: {},
    run: ({ world, owner, id }) => change(world, owner, world.get(owner, 'billing.meter', id), 'inactive'),
  },
  {
    method: 'POST',
    path: '/v1/billing/meters/:id/reactivate',
    spec: {},
    run: ({ world, owner, id }) => change(world, owner, world.get(owner, 'billing.meter', id), 'active'),
  },
  {
    method: 'GET',
    path: '/v1/billing/meters/:id/event_summaries',
    spec: summariesSpec,
    run: ({ world, owner, id, values }) => summariesOf(world, owner, world.get(owner, 'billing.meter', id), values as AskedSummaries),
  },
];

function create(world: World, owner: string, values: Values<typeof createSpec>): SimMeter {
  const name = values.event_name as string;
  assertFree(world, owner, name);
  const { customer_mapping: mapping, value_settings: value } = values;
  const meter: SimMeter = world.add(owner, {
    id: world.id('mtr_test'),
    object: 'billing.meter',
    created: world.now,
    updated: world.now,
    display_name: values.display_name as string,
    event_name: name,
    event_time_window: values.event_time_window ?? null,
    default_aggregation: { formula: values.default_aggregation?.formula ?? 'sum' },
    customer_mapping: { event_payload_key: mapping?.event_payload_key ?? 'stripe_customer_id', type: 'by_id' },
    value_settings: { event_payload_key: value?.event_payload_key ?? 'value' },
    livemode: false,
    status: 'active',
    status_transitions: { deactivated_at: null },
  });
  world.emit(owner, 'billing.meter.created', meter);
  return meter;
}

/** One active meter listens to a name. */
function assertFree(world: World, owner: string, name: string): void {
  if (meterOf(world, owner, name)) throw invalid(null, `There is an active meter with the event_name '${name}' already.`, 'event_name');
}

/** The active meter that counts events of a name; null where none does. */
export function meterOf(world: World, owner: string, name: string): SimMeter | null {
  return world.all<SimMeter>('billing.meter', owner).find(({ event_name, status }) => event_name === name && status === 'active') ?? null;
}

function update(world: World, owner: string, id: string, values: Values<typeof updateSpec>): SimMeter {
  const meter = world.get<SimMeter>(owner, 'billing.meter', id);
  if (values.display_name !== undefined) Object.assign(meter, { display_name: values.display_name, updated: world.now });
  world.emit(owner, 'billing.meter.updated', meter);
  return meter;
}

function change(world: World, owner: string, meter: SimMeter, status: SimMeter['status']): SimMeter {
  if (meter.status === status) throw invalid(null, `The meter is ${status} already.`);
  if (status === 'active') assertFree(world, owner, meter.event_name);
  meter.status = status;
  meter.updated = world.now;
  meter.status_transitions = { deactivated_at: status === 'active' ? null : world.now };
  world.emit(owner, status === 'active' ? 'billing.meter.reactivated' : 'billing.meter.deactivated', meter);
  return meter;
}
