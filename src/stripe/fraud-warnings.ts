import type { Stripe } from 'stripe';
import type { Work } from '../db/work.js';
import { idOf, instant, read } from './client.js';
import type { StripeResult } from './result.js';
import type { Scope } from './scope.js';
import { readWhole } from './whole-lists.js';

/** What a buyer's bank suspects of a charge. */
export interface FraudWarningFacts {
  id: string;
  chargeId: string;
  /** Stripe's own word; new ones may come. */
  type: string;
  warnedAt: Date;
}

export function retrieveFraudWarning(work: Work, scope: Scope, id: string): Promise<StripeResult<FraudWarningFacts>> {
  return read(work, 'radar.early_fraud_warnings.retrieve', scope, (sdk, options) => sdk.radar.earlyFraudWarnings.retrieve(id, {}, options), factsOf);
}

export function listFraudWarningsOfCharge(work: Work, scope: Scope, chargeId: string): Promise<StripeResult<FraudWarningFacts[]>> {
  return readWhole(
    work,
    'radar.early_fraud_warnings.list',
    scope,
    (sdk, page, options) => sdk.radar.earlyFraudWarnings.list({ charge: chargeId, ...page }, options),
    factsOf,
  );
}

function factsOf({ id, charge, fraud_type: type, created }: Stripe.Radar.EarlyFraudWarning): FraudWarningFacts {
  return { id, chargeId: idOf(charge) ?? '', type, warnedAt: instant(created) };
}
