import { payOutDue, type SimBalanceSettings } from './objects/money/balance-settings.js';
import { releaseAuthorization, type SimIntent } from './objects/money/charges.js';
import { billDue, type SimSubscription } from './objects/sales/billing.js';
import { expire, type SimSession } from './objects/sales/checkout-sessions.js';
import type { SimSchedule } from './objects/sales/phases.js';
import { begin } from './objects/sales/schedules.js';
import type { World } from './world.js';

/** What time does by itself: money becomes available, and what is due happens to each object whose time has come. */
export function passTime(world: World): void {
  world.release();
  for (const { owner, value } of world.takeDue()) {
    if (value.object === 'checkout.session') expire(world, owner, value as SimSession);
    else if (value.object === 'subscription') billDue(world, owner, value as SimSubscription);
    else if (value.object === 'payment_intent') releaseAuthorization(world, owner, value as SimIntent, 'automatic');
    else if (value.object === 'subscription_schedule') begin(world, owner, value as SimSchedule);
    else payOutDue(world, owner, value as SimBalanceSettings);
  }
}
