import type { Stripe } from 'stripe';
import { shareByBps } from '../../../base/money.js';
import { invalid } from '../../protocol/errors.js';
import { none } from '../../protocol/unset.js';
import { inside, type Part, type Stored, type World } from '../../world.js';
import { type Interval, periodAfter, type SimSubscription } from './billing.js';

type SimCoupon = Stored & Part<Stripe.Coupon> & { times_redeemed: number };
/** What is taken off a subscription's invoices: until when, and whether off the next one alone. */
export interface KeptDiscount {
  id: string;
  percentBps: number | null;
  amountOff: number | null;
  end: number | null;
  isOnce: boolean;
}

/** Takes a coupon off the subscription's invoices from the next one on, in the place of another. Refuses one that has run out. */
export function takeCoupon(world: World, owner: string, subscription: SimSubscription, id: string): void {
  const param = 'discounts[0][coupon]';
  const coupon = world.get<SimCoupon>(owner, 'coupon', id, param);
  const isUsedUp = coupon.max_redemptions !== null && coupon.times_redeemed >= (coupon.max_redemptions as number);
  if (isUsedUp || (typeof coupon.redeem_by === 'number' && coupon.redeem_by <= world.now))
    throw invalid('coupon_expired', `Coupon ${id} can be redeemed no more.`, param);
  if (coupon.amount_off !== null && coupon.currency !== subscription[inside].currency)
    throw invalid(null, `Coupon ${id} is in ${coupon.currency}, the subscription in ${subscription[inside].currency}.`, param);

  coupon.times_redeemed++;
  coupon.valid = coupon.max_redemptions === null || coupon.times_redeemed < (coupon.max_redemptions as number);
  const kept: KeptDiscount = {
    id: world.id('di'),
    percentBps: typeof coupon.percent_off === 'number' ? Math.round(coupon.percent_off * 100) : null,
    amountOff: coupon.amount_off ?? null,
    end: monthsLater(world.now, coupon.duration_in_months ?? null),
    isOnce: coupon.duration === 'once',
  };
  subscription[inside].discount = kept;
  subscription.discounts = [kept.id];
  world.emit(owner, 'customer.discount.created', discountObject(world, subscription, kept, id));
}

function monthsLater(from: number, months: number | null): number | null {
  if (months === null) return null;
  let at = from;
  for (let month = 0; month < months; month++) at = periodAfter(at, 'month' satisfies Interval);
  return at;
}

function discountObject(world: World, { id, customer }: SimSubscription, kept: KeptDiscount, coupon: string): Part<Stripe.Discount> {
  return {
    ...none('checkout_session', 'customer_account', 'invoice', 'invoice_item', 'promotion_code', 'subscription_item'),
    id: kept.id,
    object: 'discount',
    customer: customer as string,
    end: kept.end,
    source: { type: 'coupon', coupon },
    start: world.now,
    subscription: id,
  };
}

/** Nothing is taken off any more. */
export function dropDiscount(subscription: SimSubscription): void {
  subscription[inside].discount = null;
  subscription.discounts = [];
}

/** What is taken off an invoice that is made now, and by which discount; a discount that is over with it is gone. */
export function discountOn(world: World, subscription: SimSubscription, amount: number): { amount: number; discount: string }[] {
  const { discount } = subscription[inside];
  if (discount === null) return [];
  const isOver = discount.end !== null && discount.end <= world.now;
  if (isOver || discount.isOnce) dropDiscount(subscription);
  if (isOver) return [];
  const off = discount.percentBps === null ? (discount.amountOff ?? 0) : shareByBps(amount, discount.percentBps);
  return [{ amount: Math.min(off, amount), discount: discount.id }];
}
