import type { Stripe } from 'stripe';
import type { Work } from '../db/work.js';
import { idOf, instant, read } from './client.js';
import type { StripeResult } from './result.js';
import type { Scope } from './scope.js';
import { readWhole } from './whole-lists.js';

/** What Stripe says of a dispute. What it cost is read from the balance it moved, never assumed. */
export interface DisputeFacts {
  id: string;
  chargeId: string;
  /** Stripe's own word; an inquiry's begins with `warning_`. New words may come. */
  status: string;
  reason: string;
  /** What the bank asks for; may be more than was paid, where currencies have moved. */
  amountMinor: number;
  currency: string;
  evidenceDueBy: Date | null;
  /** What was taken of the balance so far, fees left out; 0 for an inquiry. */
  withdrawnMinor: number;
  /** What came back to it, fees left out. */
  reinstatedMinor: number;
  /** What Stripe keeps for all of it, after what it gave back. */
  feeMinor: number;
  openedAt: Date;
}

export function retrieveDispute(work: Work, scope: Scope, id: string): Promise<StripeResult<DisputeFacts>> {
  return read(work, 'disputes.retrieve', scope, (sdk, options) => sdk.disputes.retrieve(id, {}, options), factsOf);
}

/** The disputes of a charge, newest first: what Stripe knows of, whatever we have recorded. */
export function listDisputesOfCharge(work: Work, scope: Scope, chargeId: string): Promise<StripeResult<DisputeFacts[]>> {
  return readWhole(work, 'disputes.list', scope, (sdk, page, options) => sdk.disputes.list({ charge: chargeId, ...page }, options), factsOf);
}

function factsOf(dispute: Stripe.Dispute): DisputeFacts {
  const moved = dispute.balance_transactions;
  const sum = (amounts: number[]) => amounts.reduce((total, amount) => total + amount, 0);
  const { due_by } = dispute.evidence_details;
  return {
    id: dispute.id,
    chargeId: idOf(dispute.charge) ?? '',
    status: dispute.status,
    reason: dispute.reason,
    amountMinor: dispute.amount,
    currency: dispute.currency.toUpperCase(),
    evidenceDueBy: due_by === null ? null : instant(due_by),
    withdrawnMinor: 0 - sum(moved.map(({ amount }) => Math.min(0, amount))),
    reinstatedMinor: sum(moved.map(({ amount }) => Math.max(0, amount))),
    feeMinor: sum(moved.map(({ fee }) => fee)),
    openedAt: instant(dispute.created),
  };
}
