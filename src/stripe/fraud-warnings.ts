import type { Stripe } from 'stripe';
import type { Work } from '../db/work.js';
import { idOf, instant, read } from './client.js';
import type { StripeResult } from './result.js';
import type { Scope } from './scope.js';

/** What a buyer's bank suspects of a charge. */
export interface FraudWarningFacts {
  chargeId: string;
  /** Stripe's own word; new ones may come. */
  type: string;
  warnedAt: Date;
}

export function retrieveFraudWarning(work: Work, scope: Scope, id: string): Promise<StripeResult<FraudWarningFacts>> {
  return read(work, 'radar.early_fraud_warnings.retrieve', scope, (sdk, options) => sdk.radar.earlyFraudWarnings.retrieve(id, {}, options), factsOf);
}

function factsOf({ charge, fraud_type: type, created }: Stripe.Radar.EarlyFraudWarning): FraudWarningFacts {
  return { chargeId: idOf(charge) ?? '', type, warnedAt: instant(created) };
}
