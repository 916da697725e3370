import type { Stripe } from 'stripe';
import { invalid } from '../../protocol/errors.js';
import { flag, type Spec, texts, type Values } from '../../protocol/parameters.js';
import { none } from '../../protocol/unset.js';
import type { Route } from '../../route.js';
import type { Part, Stored, World } from '../../world.js';
import type { SimCharge } from './charges.js';
import { noActionLeft } from './fraud-warnings.js';

export type SimDispute = Stored & Part<Stripe.Dispute> & { amount: number; currency: string; charge: string; status: Stripe.Dispute.Status };

const updateSpec = { evidence: texts, metadata: texts, submit: flag } satisfies Spec<Stripe.DisputeUpdateParams>;

/** What Stripe asks for a dispute received, in minor units. Source: stripe.com/pricing */
const disputeFee = 1_500;
/** What Stripe asks once more for answering it, and gives back when it is won. Source: support.stripe.com, on dispute fees */
const counteredFee = 1_500;
const answerWithinSeconds = 7 * 86_400;
const openStatuses = ['needs_response', 'under_review'];

/** Whether the bank has not decided yet: of a dispute, or of an inquiry. */
export function isUndecided({ status }: SimDispute): boolean {
  return openStatuses.includes(status) || isInquiry(status);
}

function isInquiry(status: string): boolean {
  return status.startsWith('warning_') && status !== 'warning_closed';
}

export const disputeRoutes: Route[] = [
  { method: 'GET', path: '/v1/disputes/:id', spec: {}, run: ({ world, owner, id }) => world.get(owner, 'dispute', id) },
  { method: 'GET', path: '/v1/disputes', listOf: 'dispute', filters: ['charge', 'payment_intent'] },
  {
    method: 'POST',
    path: '/v1/disputes/:id',
    spec: updateSpec,
    run: ({ world, owner, id, values }) => update(world, owner, world.get(owner, 'dispute', id), values),
  },
  {
    method: 'POST',
    path: '/v1/disputes/:id/close',
    spec: {},
    run: ({ world, owner, id }) => closeDispute(world, owner, world.get(owner, 'dispute', id), 'lost'),
  },
];

/** What a bank asks for: how much, where not all that is left; and whether it only asks. */
export interface Complaint {
  reason: string;
  /** May be more than the charge, where currencies have moved. */
  amount?: number | undefined;
  inquiry?: boolean | undefined;
  /** Settled between the banks before it was one: no money moves, and it is over. */
  prevented?: boolean | undefined;
}

/** The buyer's bank takes a charge back from whoever received it, with a fee; that balance may go below zero. An inquiry moves nothing. */
export function openDispute(world: World, owner: string, charge: SimCharge, complaint: Complaint): SimDispute {
  const { reason, amount: asked, inquiry = false, prevented = false } = complaint;
  const { currency } = charge;
  const amount = asked ?? charge.amount_captured - charge.amount_refunded;
  if (charge.disputed && asked === undefined) throw invalid('charge_disputed', `Charge ${charge.id} has been charged back already.`);
  if (amount === 0) throw invalid('charge_already_refunded', `Charge ${charge.id} has already been refunded.`);
  const moves = !inquiry && !prevented;
  charge.disputed = !prevented;
  const made: SimDispute = world.add(owner, {
    id: world.id('dp'),
    object: 'dispute',
    created: world.now,
    amount,
    balance_transactions: [],
    charge: charge.id,
    currency,
    evidence: noEvidence(),
    evidence_details: {
      due_by: world.now + answerWithinSeconds,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'not_submitted',
    },
    is_charge_refundable: !moves,
    livemode: false,
    metadata: {},
    payment_intent: charge.payment_intent,
    reason,
    status: prevented ? 'prevented' : inquiry ? 'warning_needs_response' : 'needs_response',
  });
  if (moves) withdraw(world, owner, made);
  world.emit(owner, 'charge.dispute.created', made);
  if (moves) world.emit(owner, 'charge.dispute.funds_withdrawn', made);
  if (prevented) world.emit(owner, 'charge.dispute.closed', made);
  noActionLeft(world, owner, charge);
  return made;
}

/** An inquiry becomes a dispute: only now the money moves. */
export function escalate(world: World, owner: string, made: SimDispute): SimDispute {
  if (!made.status.startsWith('warning_')) throw invalid('status_transition_invalid', `Dispute ${made.id} is ${made.status}, and no inquiry.`);
  made.status = 'needs_response';
  made.is_charge_refundable = false;
  withdraw(world, owner, made);
  world.emit(owner, 'charge.dispute.funds_withdrawn', made);
  world.emit(owner, 'charge.dispute.updated', made);
  return made;
}

function withdraw(world: World, owner: string, made: SimDispute): void {
  move(world, owner, made, { amount: -made.amount, fee: disputeFee });
}

/** Moves money of a dispute between the buyer's bank and the owner's balance, with Stripe's fee: asked for, or given back where negative. */
function move(world: World, owner: string, made: SimDispute, { amount, fee }: { amount: number; fee: number }): void {
  const { id, currency } = made;
  world.ledger.post(currency, [
    { book: `${owner}:available`, minor: amount - fee },
    { book: 'cards', minor: -amount },
    { book: 'stripe_fees', minor: fee },
  ]);
  made.balance_transactions = [...(made.balance_transactions ?? []), transaction(world, owner, { id, amount, fee, currency })];
}

/** What answering it has cost so far. */
function paidForAnswering({ evidence_details: details }: SimDispute): number {
  return (details?.submission_count ?? 0) > 0 ? counteredFee : 0;
}

/** An inquiry ends without a dispute: nothing moved, and nothing moves. */
function closeInquiry(world: World, owner: string, made: SimDispute): SimDispute {
  made.status = 'warning_closed';
  world.get<SimCharge>(owner, 'charge', made.charge).disputed = false;
  world.emit(owner, 'charge.dispute.closed', made);
  return made;
}

/** The bank decides. Won: the money comes back, with what answering cost, and with the fee for the dispute itself unless `keepsFee`. */
export function closeDispute(world: World, owner: string, made: SimDispute, outcome: 'won' | 'lost', keepsFee = false): SimDispute {
  if (isInquiry(made.status)) return closeInquiry(world, owner, made);
  if (!openStatuses.includes(made.status)) throw invalid('status_transition_invalid', `Dispute ${made.id} is already ${made.status}.`);
  made.status = outcome;
  if (outcome === 'won') {
    const fee = (keepsFee ? 0 : disputeFee) + paidForAnswering(made);
    move(world, owner, made, { amount: made.amount, fee: fee === 0 ? 0 : -fee });
    world.get<SimCharge>(owner, 'charge', made.charge).disputed = false;
    world.emit(owner, 'charge.dispute.funds_reinstated', made);
  }
  world.emit(owner, 'charge.dispute.closed', made);
  return made;
}

interface Line {
  id: string;
  amount: number;
  fee: number;
  currency: string;
}

function transaction(world: World, owner: string, { id, ...line }: Line): Part<Stripe.BalanceTransaction> {
  const made = world.addTransaction(owner, {
    ...line,
    type: 'adjustment',
    source: id,
    status: 'available',
    available_on: world.now,
    reporting_category: line.amount < 0 ? 'dispute' : 'dispute_reversal',
  });
  return structuredClone(world.get<Stored>(owner, 'balance_transaction', made)) as Part<Stripe.BalanceTransaction>;
}

/** Evidence is kept until submitted; Stripe's test words then decide at once. Source: docs.stripe.com/testing */
function update(world: World, owner: string, made: SimDispute, values: Values<typeof updateSpec>): object {
  if (!openStatuses.includes(made.status)) throw invalid('status_transition_invalid', `Dispute ${made.id} is already ${made.status}.`);
  if (values.metadata) made.metadata = { ...made.metadata, ...values.metadata };
  if (values.evidence) made.evidence = { ...made.evidence, ...values.evidence } as NonNullable<SimDispute['evidence']>;
  const submits = values.evidence !== undefined && values.submit !== false;
  if (submits) {
    if (paidForAnswering(made) === 0) move(world, owner, made, { amount: 0, fee: counteredFee });
    made.status = 'under_review';
    const submission_count = (made.evidence_details?.submission_count ?? 0) + 1;
    made.evidence_details = { ...made.evidence_details, has_evidence: true, submission_method: 'manual', submission_count };
  }
  world.emit(owner, 'charge.dispute.updated', made);
  const words = made.evidence?.uncategorized_text;
  if (submits && (words === 'winning_evidence' || words === 'losing_evidence'))
    closeDispute(world, owner, made, words === 'winning_evidence' ? 'won' : 'lost');
  return made;
}

function noEvidence(): Part<Stripe.Dispute.Evidence> {
  return {
    ...none('access_activity_log', 'billing_address', 'cancellation_policy', 'cancellation_policy_disclosure', 'cancellation_rebuttal'),
    ...none('customer_communication', 'customer_email_address', 'customer_name', 'customer_purchase_ip', 'customer_signature'),
    ...none('duplicate_charge_documentation', 'duplicate_charge_explanation', 'duplicate_charge_id', 'product_description', 'receipt'),
    ...none('refund_policy', 'refund_policy_disclosure', 'refund_refusal_explanation', 'service_date', 'service_documentation'),
    ...none('shipping_address', 'shipping_carrier', 'shipping_date', 'shipping_documentation', 'shipping_tracking_number'),
    ...none('uncategorized_file', 'uncategorized_text'),
    enhanced_evidence: {},
  };
}
