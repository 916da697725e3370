import type { Stripe } from 'stripe';
import { at } from '../../../base/clock.js';
import { ApiError, invalid } from '../../protocol/errors.js';
import { integer, type Kind, list, object, required, type Spec, text, texts, type Values } from '../../protocol/parameters.js';
import type { Route } from '../../route.js';
import { inside, type Stored, type World } from '../../world.js';
import { meterOf } from './meters.js';
import type { Usage } from './usage.js';

const eventSpec = {
  event_name: required(text),
  payload: required(texts),
  identifier: text,
  timestamp: integer,
} satisfies Spec<Stripe.Billing.MeterEventCreateParams>;

/** A time as the v2 API writes it, in seconds. */
const instant: Kind<number> = {
  read(raw, path) {
    const ms = typeof raw === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(raw) ? Date.parse(raw) : Number.NaN;
    if (Number.isNaN(ms)) throw invalid(null, `Invalid timestamp: ${String(raw)}`, path);
    return Math.floor(ms / 1_000);
  },
};
const streamSpec = {
  events: required(list(object({ ...eventSpec, timestamp: instant }))),
} satisfies Spec<Parameters<Stripe['v2']['billing']['meterEventStream']['create']>[0]>;

/** Source: docs.stripe.com/api/v2/meter-event-streams */
const sessionSeconds = 900;
const eventsMax = 100;
/** Source: docs.stripe.com/api/billing/meter-event/create */
const pastSecondsMax = 35 * 86_400;
const aheadSecondsMax = 300;
const uniqueForSeconds = 86_400;

type SimSession = Stored & { [inside]: { token: string; expiresAt: number } };

/**
 * Usage, one event at a time or streamed. An answer says only that an event has come: as at Stripe, one that no active meter counts,
 * or of no customer or number, is dropped afterwards; the `v1.billing.meter.error_report_triggered` that Stripe then tells is not simulated.
 */
export const meterEventRoutes: Route[] = [
  {
    method: 'POST',
    path: '/v1/billing/meter_events',
    spec: eventSpec,
    run: ({ world, owner, values }) => take(world, owner, values as Values<typeof eventSpec>),
  },
  {
    method: 'POST',
    path: '/v2/billing/meter_event_session',
    spec: {},
    run: ({ world, owner }) => openSession(world, owner),
  },
  {
    method: 'POST',
    path: '/v2/billing/meter_event_stream',
    spec: streamSpec,
    takesSessionToken: true,
    run: ({ world, owner, values, sessionToken }) => stream(world, owner, values as Values<typeof streamSpec>, sessionToken),
  },
];

function take(world: World, owner: string, values: Values<typeof eventSpec>): object {
  const { event_name: name = '', payload = {}, identifier = world.id('identifier'), timestamp = world.now } = values;
  if (timestamp < world.now - pastSecondsMax || timestamp > world.now + aheadSecondsMax)
    throw invalid(null, 'The timestamp must be within the past 35 days, or up to 5 minutes in the future.', 'timestamp');
  const isKnown = world.all<Stored>('simulator.meter_event', owner).some((one) => one['identifier'] === identifier && isRecent(world, one));
  if (isKnown) throw invalid('resource_already_exists', `An event already exists with identifier ${identifier}.`, 'identifier');

  world.add(owner, { id: world.id('mev'), object: 'simulator.meter_event', created: world.now, identifier });
  count(world, owner, name, payload, timestamp);
  return { object: 'billing.meter_event', created: world.now, event_name: name, identifier, livemode: false, payload, timestamp };
}

function isRecent(world: World, { created }: Stored): boolean {
  return world.now - created < uniqueForSeconds;
}

/** What happens to an event after it was taken: its meter counts it, or nobody does. */
function count(world: World, owner: string, name: string, payload: Record<string, string>, timestamp: number): void {
  const meter = meterOf(world, owner, name);
  const customer = payload[meter?.customer_mapping.event_payload_key ?? ''];
  const value = payload[meter?.value_settings.event_payload_key ?? ''] ?? (meter?.default_aggregation.formula === 'count' ? '1' : '');
  if (!meter || customer === undefined || !world.find(owner, 'customer', customer) || !/^-?\d{1,15}(\.\d{1,12})?$/.test(value)) return;
  const usage = { meter: meter.id, customer, timestamp, value: Number(value) };
  world.add(owner, { id: world.id('usage'), object: 'simulator.usage', created: world.now, ...usage } satisfies Usage);
}

/** A session's token stands for its key for a quarter of an hour, at the stream alone. */
function openSession(world: World, owner: string): object {
  const expiresAt = world.now + sessionSeconds;
  const token = `mes_test_sim_${world.name}.${world.id('x').slice(2)}`;
  const session = world.add(owner, {
    id: world.id('bmes_test'),
    object: 'simulator.meter_event_session',
    created: world.now,
    [inside]: { token, expiresAt },
  } satisfies SimSession);
  return {
    id: session.id,
    object: 'v2.billing.meter_event_session',
    authentication_token: token,
    created: at(world.now * 1_000).toISOString(),
    expires_at: at(expiresAt * 1_000).toISOString(),
    livemode: false,
  };
}

function stream(world: World, owner: string, values: Values<typeof streamSpec>, token: string | null): object {
  const sessions = world.all<SimSession>('simulator.meter_event_session', owner);
  const session = sessions.find((one) => one[inside].token === token);
  if (!session) throw new ApiError(401, { type: 'invalid_request_error', message: 'This takes the authentication_token of a meter event session.' });
  if (session[inside].expiresAt <= world.now) throw expired();
  const { events = [] } = values;
  if (events.length < 1 || events.length > eventsMax) throw invalid(null, `A request takes 1 to ${eventsMax} events.`, 'events');

  for (const event of events) {
    const { event_name: name = '', payload = {}, timestamp = world.now } = event;
    count(world, owner, name, payload as Record<string, string>, timestamp);
  }
  return {};
}

function expired(): ApiError {
  return new ApiError(401, {
    type: 'temporary_session_expired',
    code: 'billing_meter_event_session_expired',
    message: 'The meter event session has expired; create a new one.',
  });
}
