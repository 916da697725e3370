import type { Stripe } from 'stripe';
import { invalid } from '../../protocol/errors.js';
import { inside, type Part, type Stored, type World } from '../../world.js';
import { itemOf, type SimSubscription } from './billing.js';
import { costOf, planOf, type SimPrice } from './catalog.js';

export interface SimPhase {
  start_date: number;
  end_date: number;
  items: { price: string; quantity: number }[];
  [member: string]: unknown;
}
/** A schedule as kept: what a subscription will be, one phase after the other. */
export type SimSchedule = Stored &
  Part<Omit<Stripe.SubscriptionSchedule, 'phases' | 'end_behavior'>> & { phases: SimPhase[]; end_behavior: 'release' | 'cancel' };

/** Lets a subscription renew at another price, or for more or fewer, from its next period on. Nothing is prorated. */
export function setPrice(subscription: SimSubscription, price: SimPrice, quantity: number): void {
  assertSameRhythm(subscription, price);
  const kept = subscription[inside];
  Object.assign(itemOf(subscription), { price, plan: planOf(price, kept.interval), quantity });
  kept.amount = costOf(price, quantity, 'items[0][quantity]');
}

/** Refuses a price of another interval or currency. */
export function assertSameRhythm({ [inside]: kept }: SimSubscription, price: SimPrice): void {
  if (price.recurring?.interval !== kept.interval || price.currency !== kept.currency)
    throw invalid(null, 'The simulator changes a price within one interval and one currency only.', 'items[0][price]');
}

/** A phase of the subscription's schedule ends: the next one begins, or the subscription goes on without a schedule, or it ends. */
export function turnPhase(world: World, owner: string, subscription: SimSubscription): 'goes on' | 'ends' {
  const schedule = world.get<SimSchedule>(owner, 'subscription_schedule', subscription.schedule as string);
  const next = schedule.phases.find(({ start_date }) => start_date >= (subscription[inside].phaseEndsAt as number));
  if (next) {
    enterPhase(world, owner, subscription, schedule, next);
    world.emit(owner, 'subscription_schedule.updated', schedule);
    return 'goes on';
  }
  if (schedule.end_behavior === 'release') {
    release(world, owner, schedule);
    return 'goes on';
  }
  Object.assign(schedule, { status: 'completed', completed_at: world.now, current_phase: null });
  subscription[inside].phaseEndsAt = null;
  world.emit(owner, 'subscription_schedule.completed', schedule);
  return 'ends';
}

/** What a phase says of its subscription holds from now on. */
export function enterPhase(world: World, owner: string, subscription: SimSubscription, schedule: SimSchedule, phase: SimPhase): void {
  const [item] = phase.items;
  setPrice(subscription, world.get(owner, 'price', item?.price ?? ''), item?.quantity ?? 1);
  schedule.current_phase = { start_date: phase.start_date, end_date: phase.end_date };
  subscription[inside].phaseEndsAt = phase.end_date;
}

/** The subscription goes on as it is, and the schedule has no part in it any more. */
export function release(world: World, owner: string, schedule: SimSchedule): void {
  const subscription = world.find<SimSubscription>(owner, 'subscription', (schedule.subscription as string | null) ?? '');
  const change = {
    status: 'released',
    released_at: world.now,
    released_subscription: schedule.subscription,
    subscription: null,
    current_phase: null,
  };
  Object.assign(schedule, change);
  if (subscription) {
    subscription.schedule = null;
    subscription[inside].phaseEndsAt = null;
  }
  world.emit(owner, 'subscription_schedule.released', schedule);
}
