import type { Stripe } from 'stripe';
import { invalid } from '../../protocol/errors.js';
import { flag, integer, type Kind, list, natural, object, oneOf, required, type Spec, text, texts, type Values } from '../../protocol/parameters.js';
import { none } from '../../protocol/unset.js';
import type { Route } from '../../route.js';
import { inside, type Stored, type World } from '../../world.js';
import { billDue, cancel as cancelSubscription, type Interval, itemOf, periodAfter, type SimSubscription } from './billing.js';
import { costOf, type SimPrice } from './catalog.js';
import { enterPhase, release, type SimPhase, type SimSchedule } from './phases.js';
import { startSubscription } from './subscriptions.js';

const nowOrInstant: Kind<number | 'now'> = { read: (raw, path) => (raw === 'now' ? raw : integer.read(raw, path)) };
const phaseSpec = {
  items: required(list(object({ price: required(text), quantity: natural }))),
  start_date: nowOrInstant,
  end_date: integer,
  duration: object({ interval: required(oneOf('day', 'week', 'month', 'year')), interval_count: integer }),
  proration_behavior: oneOf('none'),
  metadata: texts,
};
const createSpec = {
  customer: text,
  from_subscription: text,
  start_date: nowOrInstant,
  end_behavior: oneOf('release', 'cancel'),
  phases: list(object(phaseSpec)),
  metadata: texts,
} satisfies Spec<Stripe.SubscriptionScheduleCreateParams>;
const updateSpec = {
  end_behavior: oneOf('release', 'cancel'),
  phases: list(object(phaseSpec)),
  proration_behavior: oneOf('none'),
  metadata: texts,
} satisfies Spec<Stripe.SubscriptionScheduleUpdateParams>;
const releaseSpec = { preserve_cancel_date: flag } satisfies Spec<Stripe.SubscriptionScheduleReleaseParams>;
type AskedPhase = Values<typeof phaseSpec>;

/** Subscriptions that change by themselves. A phase's price holds from the renewal after it began; nothing is prorated. */
export const scheduleRoutes: Route[] = [
  {
    method: 'POST',
    path: '/v1/subscription_schedules',
    spec: createSpec,
    run: ({ world, owner, values }) => create(world, owner, values as Values<typeof createSpec>),
  },
  { method: 'GET', path: '/v1/subscription_schedules/:id', spec: {}, run: ({ world, owner, id }) => world.get(owner, 'subscription_schedule', id) },
  { method: 'GET', path: '/v1/subscription_schedules', listOf: 'subscription_schedule', filters: ['customer'] },
  {
    method: 'POST',
    path: '/v1/subscription_schedules/:id',
    spec: updateSpec,
    run: ({ world, owner, id, values }) => update(world, owner, unended(world, owner, id), values),
  },
  {
    method: 'POST',
    path: '/v1/subscription_schedules/:id/cancel',
    spec: {},
    run: ({ world, owner, id }) => cancel(world, owner, unended(world, owner, id)),
  },
  {
    method: 'POST',
    path: '/v1/subscription_schedules/:id/release',
    spec: releaseSpec,
    run: ({ world, owner, id }) => {
      const schedule = unended(world, owner, id);
      release(world, owner, schedule);
      return schedule;
    },
  },
];

function unended(world: World, owner: string, id: string): SimSchedule {
  const schedule = world.get<SimSchedule>(owner, 'subscription_schedule', id);
  if (schedule.status === 'active' || schedule.status === 'not_started') return schedule;
  throw invalid(null, `A subscription schedule that is ${schedule.status} cannot be changed.`);
}

function create(world: World, owner: string, values: Values<typeof createSpec>): SimSchedule {
  if (values.from_subscription !== undefined) return createFrom(world, owner, values);
  const customer = world.get<Stored>(owner, 'customer', values.customer ?? '', 'customer').id;
  const start = values.start_date === undefined || values.start_date === 'now' ? world.now : values.start_date;
  if (start < world.now) throw invalid(null, 'The simulator takes no start_date in the past.', 'start_date');
  const schedule = add(world, owner, customer, phasesOf(world, owner, values.phases ?? [], start), values);
  if (start > world.now) world.wake(schedule.id, start);
  else begin(world, owner, schedule);
  return schedule;
}

/** A schedule over what a subscription is now, for one more period. */
function createFrom(world: World, owner: string, values: Values<typeof createSpec>): SimSchedule {
  const subscription = world.get<SimSubscription>(owner, 'subscription', values.from_subscription as string, 'from_subscription');
  if (values.phases || values.customer || values.start_date) throw invalid(null, 'from_subscription goes with no phases, customer or start_date.');
  if (subscription.schedule) throw invalid(null, 'The subscription has a schedule already.', 'from_subscription');
  const item = itemOf(subscription);
  const asked = [{ items: [{ price: item.price.id, quantity: item.quantity }], end_date: item.current_period_end }];
  const phases = phasesOf(world, owner, asked, item.current_period_start);
  const schedule = add(world, owner, subscription.customer as string, phases, values);
  Object.assign(schedule, { status: 'active', subscription: subscription.id });
  subscription.schedule = schedule.id;
  enterPhase(world, owner, subscription, schedule, phases[0] as SimPhase);
  billDue(world, owner, subscription);
  return schedule;
}

function add(world: World, owner: string, customer: string, phases: SimPhase[], values: Values<typeof createSpec>): SimSchedule {
  const schedule: SimSchedule = world.add(owner, {
    id: world.id('sub_sched'),
    object: 'subscription_schedule',
    created: world.now,
    customer,
    phases,
    end_behavior: values.end_behavior ?? 'release',
    status: 'not_started',
    subscription: null,
    current_phase: null,
    livemode: false,
    metadata: values.metadata ?? {},
  });
  world.emit(owner, 'subscription_schedule.created', schedule);
  return schedule;
}

/** The phases as Stripe answers them, each from the end of the one before. */
function phasesOf(world: World, owner: string, asked: AskedPhase[], start: number): SimPhase[] {
  if (asked.length === 0) throw invalid('parameter_missing', 'A schedule takes at least one phase.', 'phases');
  let from = start;
  return asked.map((phase, index) => {
    const where = `phases[${index}]`;
    const [item] = phase.items ?? [];
    if (!item || phase.items?.length !== 1) throw invalid(null, 'The simulator takes one item a phase.', `${where}[items]`);
    const price = world.get<SimPrice>(owner, 'price', item.price ?? '', `${where}[items][0][price]`);
    costOf(price, item.quantity ?? 1, `${where}[items][0][quantity]`);
    if (!price.recurring) throw invalid(null, 'The price is not recurring.', `${where}[items][0][price]`);
    const end = endOf(phase, from, price.recurring.interval as Interval, where);
    const made = {
      ...none('application_fee_percent', 'billing_cycle_anchor', 'billing_thresholds', 'collection_method', 'default_payment_method', 'description'),
      ...none('invoice_settings', 'on_behalf_of', 'transfer_data', 'trial_end'),
      add_invoice_items: [],
      currency: price.currency,
      discounts: [],
      items: [{ billing_thresholds: null, discounts: [], metadata: {}, plan: price.id, price: price.id, quantity: item.quantity ?? 1 }],
      metadata: phase.metadata ?? {},
      proration_behavior: 'none',
      start_date: from,
      end_date: end,
    };
    from = end;
    return made;
  });
}

function endOf({ duration, end_date: end }: AskedPhase, start: number, interval: Interval, where: string): number {
  if (end !== undefined && duration !== undefined) throw invalid('parameters_exclusive', 'A phase takes an end_date or a duration.', where);
  if (end !== undefined && end <= start) throw invalid(null, 'A phase ends after it begins.', `${where}[end_date]`);
  if (end !== undefined) return end;
  let at = start;
  for (let count = 0; count < (duration?.interval_count ?? 1); count++)
    at = periodAfter(at, (duration?.interval as Interval | undefined) ?? interval);
  return at;
}

/** The day has come: the first phase is a subscription now. */
export function begin(world: World, owner: string, schedule: SimSchedule): void {
  const { now } = world;
  const [phase] = schedule.phases as [SimPhase];
  const [item] = phase.items as [SimPhase['items'][0]];
  const customer = world.find<Stored>(owner, 'customer', schedule.customer as string);
  if (!customer) {
    cancel(world, owner, schedule); // deleted before the day
    return;
  }
  const price = world.get<SimPrice>(owner, 'price', item.price);
  world.now = phase.start_date;
  const { subscription } = startSubscription(
    world,
    owner,
    {
      amount: costOf(price, item.quantity, 'quantity'),
      quantity: item.quantity,
      currency: price.currency,
      interval: price.recurring?.interval as Interval,
      email: (customer['email'] as string | null) ?? null,
      applicationFeePercent: 0,
      metadata: {},
      price,
      schedule: schedule.id,
    },
    customer,
  );
  Object.assign(schedule, { status: 'active', subscription: subscription.id });
  enterPhase(world, owner, subscription, schedule, phase);
  world.now = now;
  billDue(world, owner, subscription);
}

function update(world: World, owner: string, schedule: SimSchedule, values: Values<typeof updateSpec>): SimSchedule {
  if (values.end_behavior) schedule.end_behavior = values.end_behavior;
  if (values.metadata) schedule.metadata = { ...schedule.metadata, ...values.metadata };
  if (values.phases) replacePhases(world, owner, schedule, values.phases);
  world.emit(owner, 'subscription_schedule.updated', schedule);
  return schedule;
}

function replacePhases(world: World, owner: string, schedule: SimSchedule, asked: AskedPhase[]): void {
  const start = schedule.current_phase?.start_date ?? (schedule.phases[0] as SimPhase).start_date;
  const wanted = asked[0]?.start_date ?? start;
  if (wanted !== start) throw invalid(null, 'The first phase begins when the current one did.', 'phases[0][start_date]');
  const phases = phasesOf(world, owner, asked, start);
  const [current] = phases as [SimPhase];
  if (current.end_date <= world.now) throw invalid(null, 'The current phase ends in the future.', 'phases[0][end_date]');
  schedule.phases = [...schedule.phases.filter(({ end_date }) => end_date <= start), ...phases];
  const subscription = world.find<SimSubscription>(owner, 'subscription', (schedule.subscription as string | null) ?? '');
  if (!subscription) return;
  enterPhase(world, owner, subscription, schedule, current);
  billDue(world, owner, subscription);
}

function cancel(world: World, owner: string, schedule: SimSchedule): SimSchedule {
  const subscription = world.find<SimSubscription>(owner, 'subscription', (schedule.subscription as string | null) ?? '');
  world.wake(schedule.id, null);
  Object.assign(schedule, { status: 'canceled', canceled_at: world.now, current_phase: null });
  world.emit(owner, 'subscription_schedule.canceled', schedule);
  if (subscription && subscription.status !== 'canceled') {
    subscription[inside].phaseEndsAt = null;
    cancelSubscription(world, owner, subscription);
  }
  return schedule;
}
