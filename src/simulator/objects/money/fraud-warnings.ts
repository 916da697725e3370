import type { Stripe } from 'stripe';
import { invalid } from '../../protocol/errors.js';
import type { Route } from '../../route.js';
import type { Part, Stored, World } from '../../world.js';
import type { SimCharge } from './charges.js';

type SimWarning = Stored & Part<Stripe.Radar.EarlyFraudWarning>;

const kind = 'radar.early_fraud_warning';

export const fraudWarningRoutes: Route[] = [
  { method: 'GET', path: '/v1/radar/early_fraud_warnings/:id', spec: {}, run: ({ world, owner, id }) => world.get(owner, kind, id) },
  { method: 'GET', path: '/v1/radar/early_fraud_warnings', listOf: kind, filters: ['charge', 'payment_intent'] },
];

/** A bank suspects a charge: no money moves, and a dispute may follow. Source: docs.stripe.com/disputes/how-disputes-work */
export function warnOfFraud(world: World, owner: string, charge: SimCharge, fraudType: string): SimWarning {
  if (warningsOf(world, owner, charge).length > 0) throw invalid(null, `Charge ${charge.id} has its warning already.`);
  const warning: SimWarning = world.add(owner, {
    id: world.id('issfr'),
    object: kind,
    created: world.now,
    actionable: !charge.disputed && charge.amount_refunded < charge.amount_captured,
    charge: charge.id,
    fraud_type: fraudType,
    livemode: false,
    payment_intent: charge.payment_intent,
  });
  world.emit(owner, `${kind}.created`, warning);
  return warning;
}

/** What is disputed or refunded in full needs no action any more. */
export function noActionLeft(world: World, owner: string, charge: SimCharge): void {
  if (!charge.disputed && charge.amount_refunded < charge.amount_captured) return;
  for (const warning of warningsOf(world, owner, charge)) {
    if (!warning.actionable) continue;
    warning.actionable = false;
    world.emit(owner, `${kind}.updated`, warning, { actionable: true });
  }
}

function warningsOf(world: World, owner: string, charge: SimCharge): SimWarning[] {
  return world.all<SimWarning>(kind, owner).filter((warning) => warning.charge === charge.id);
}
