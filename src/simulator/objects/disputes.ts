import type { Stripe } from 'stripe';
import { invalid } from '../protocol/errors.js';
import { flag, object, type Spec, text, texts, type Values } from '../protocol/parameters.js';
import type { Route } from '../route.js';
import type { Part, Stored, World } from '../world.js';
import type { SimCharge } from './charges.js';

export type SimDispute = Stored & Part<Stripe.Dispute> & { amount: number; charge: string; currency: string };

const updateSpec = {
  evidence: object({ uncategorized_text: text, product_description: text, customer_email_address: text }),
  submit: flag,
  metadata: texts,
} satisfies Spec<Stripe.DisputeUpdateParams>;

/** What Stripe takes for a dispute it received, and gives back on a win where the world says so. */
const feeMinor = 1_500;
const evidenceSeconds = 9 * 86_400;

export const disputeRoutes: Route[] = [
  { method: 'GET', path: '/v1/disputes/:id', spec: {}, run: ({ world, owner, id }) => world.get(owner, 'dispute', id) },
  { method: 'GET', path: '/v1/disputes', listOf: 'dispute', filters: ['charge', 'payment_intent'] },
  { method: 'POST', path: '/v1/disputes/:id', spec: updateSpec, run: ({ world, owner, id, values }) => update(world, owner, id, values) },
  {
    method: 'POST',
    path: '/v1/disputes/:id/close',
    spec: {},
    run: ({ world, owner, id }) => closeDispute(world, owner, world.get<SimDispute>(owner, 'dispute', id), 'lost'),
  },
];

/** The buyer's bank takes a charge back, and Stripe its fee, from whoever was charged. */
export function openDispute(world: World, owner: string, charge: SimCharge, reason: string): SimDispute {
  if (charge.disputed) throw invalid('charge_disputed', `Charge ${charge.id} is disputed already.`);
  const { amount, currency } = charge;
  world.ledger.post(currency, [
    { book: `${owner}:available`, minor: -amount - feeMinor },
    { book: 'cards', minor: amount },
    { book: 'stripe_fees', minor: feeMinor },
  ]);
  charge.disputed = true;
  const dispute: SimDispute = world.add(owner, {
    id: world.id('dp'),
    object: 'dispute',
    created: world.now,
    amount,
    currency,
    charge: charge.id,
    payment_intent: charge.payment_intent,
    reason,
    status: 'needs_response',
    is_charge_refundable: false,
    evidence_details: { due_by: world.now + evidenceSeconds, has_evidence: false, past_due: false, submission_count: 0 },
    balance_transactions: [],
    livemode: false,
    metadata: {},
  });
  note(world, owner, dispute, -amount, feeMinor);
  world.emit(owner, 'charge.dispute.created', dispute);
  world.emit(owner, 'charge.dispute.funds_withdrawn', dispute);
  return dispute;
}

/** The bank decides. Won, the money comes back with the fee; lost, it stays gone. */
export function closeDispute(world: World, owner: string, dispute: SimDispute, outcome: 'won' | 'lost'): SimDispute {
  if (dispute.status === 'won' || dispute.status === 'lost') throw invalid('status_transition_invalid', `The dispute is ${dispute.status} already.`);
  dispute.status = outcome;
  if (outcome === 'won') {
    world.ledger.post(dispute.currency, [
      { book: `${owner}:available`, minor: dispute.amount + feeMinor },
      { book: 'cards', minor: -dispute.amount },
      { book: 'stripe_fees', minor: -feeMinor },
    ]);
    note(world, owner, dispute, dispute.amount, -feeMinor);
    world.get<SimCharge>(owner, 'charge', dispute.charge).disputed = false;
    world.emit(owner, 'charge.dispute.funds_reinstated', dispute);
  }
  world.emit(owner, 'charge.dispute.closed', dispute);
  return dispute;
}

function note(world: World, owner: string, dispute: SimDispute, amount: number, fee: number): void {
  const id = world.addTransaction(owner, { type: 'adjustment', amount, fee, currency: dispute.currency, source: dispute.id });
  dispute.balance_transactions = [
    ...(dispute.balance_transactions ?? []),
    world.get<Stored & Part<Stripe.BalanceTransaction> & { object: 'balance_transaction' }>(owner, 'balance_transaction', id),
  ];
}

function update(world: World, owner: string, id: string, values: Values<typeof updateSpec>): object {
  const dispute = world.get<SimDispute>(owner, 'dispute', id);
  if (dispute.status !== 'needs_response')
    throw invalid('status_transition_invalid', `Evidence cannot be added to a dispute that is ${dispute.status}.`);
  if (values.evidence) dispute.status = values.submit === false ? 'needs_response' : 'under_review';
  if (values.metadata) dispute.metadata = values.metadata;
  world.emit(owner, 'charge.dispute.updated', dispute);
  if (values.evidence?.uncategorized_text === 'winning_evidence') return closeDispute(world, owner, dispute, 'won');
  if (values.evidence?.uncategorized_text === 'losing_evidence') return closeDispute(world, owner, dispute, 'lost');
  return dispute;
}
