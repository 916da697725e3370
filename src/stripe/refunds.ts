import type { Work } from '../db/work.js';
import { write } from './client.js';
import type { IdempotencyKey } from './idempotency-key.js';
import type { StripeResult } from './result.js';
import type { Connected } from './scope.js';

/** What Stripe says of a refund. */
export interface RefundFacts {
  id: string;
  status: string | null;
  amountMinor: number;
}

/** Refunds a part of a direct charge from the seller's balance; `returnFee` gives the platform's share of the fee back in proportion. */
export function createDirectRefund(
  work: Work,
  scope: Connected,
  key: IdempotencyKey,
  refund: { chargeId: string; amountMinor: number; returnFee: boolean; metadata: Record<string, string> },
): Promise<StripeResult<RefundFacts>> {
  return write(
    work,
    'refunds.create',
    scope,
    key,
    (sdk, options) =>
      sdk.refunds.create(
        {
          charge: refund.chargeId,
          amount: refund.amountMinor,
          metadata: refund.metadata,
          ...(refund.returnFee ? { refund_application_fee: true } : {}),
        },
        options,
      ),
    ({ id, status, amount }) => ({ id, status, amountMinor: amount }),
  );
}
