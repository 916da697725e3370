import type { Stripe } from 'stripe';
import { invalid, missing } from '../protocol/errors.js';
import { integer, required, type Spec, text, texts, type Values } from '../protocol/parameters.js';
import type { Route } from '../route.js';
import { type Part, platformOwner, type Stored, type World } from '../world.js';
import type { SimAccount } from './accounts.js';
import type { SimCharge } from './charges.js';

type SimTransfer = Stored & Part<Stripe.Transfer> & { amount: number; amount_reversed: number; currency: string; destination: string };

const transferSpec = {
  amount: required(integer),
  currency: required(text),
  destination: required(text),
  source_transaction: text,
  transfer_group: text,
  description: text,
  metadata: texts,
} satisfies Spec<Stripe.TransferCreateParams>;
const reversalSpec = { amount: integer, description: text, metadata: texts } satisfies Spec<Stripe.TransferCreateReversalParams>;

export const transferRoutes: Route[] = [
  {
    method: 'POST',
    path: '/v1/transfers',
    spec: transferSpec,
    platformOnly: true,
    run: ({ world, values }) => transfer(world, values as Values<typeof transferSpec>),
  },
  { method: 'GET', path: '/v1/transfers/:id', spec: {}, platformOnly: true, run: ({ world, id }) => world.get(platformOwner, 'transfer', id) },
  { method: 'GET', path: '/v1/transfers', listOf: 'transfer', filters: ['destination', 'transfer_group'], platformOnly: true },
  {
    method: 'POST',
    path: '/v1/transfers/:id/reversals',
    spec: reversalSpec,
    platformOnly: true,
    run: ({ world, id, values }) => reverse(world, id, values),
  },
  {
    method: 'GET',
    path: '/v1/transfers/:id/reversals/:reversal',
    spec: {},
    platformOnly: true,
    run: ({ world, secondId }) => world.get(platformOwner, 'transfer_reversal', secondId),
  },
];

/** Moves the platform's money to a seller: from what is available, or with `source_transaction` from a charge that still is pending. */
function transfer(world: World, values: Values<typeof transferSpec>): object {
  const { amount, destination, metadata } = values as { amount: number; destination: string; metadata?: Record<string, string> };
  const currency = (values.currency as string).toLowerCase();
  if (amount <= 0) throw invalid('parameter_invalid_integer', 'Invalid positive integer', 'amount');
  const account = world.find<SimAccount>(platformOwner, 'account', destination);
  if (!account || account.deauthorized) throw invalid('resource_missing', `No such destination: '${destination}'`, 'destination');
  if (account.capabilities['transfers'] !== 'active') {
    throw invalid(
      'insufficient_capabilities_for_transfer',
      'Your destination account needs to have at least one of the following capabilities enabled: transfers, crypto_transfers, legacy_payments',
    );
  }
  const charge = values.source_transaction ? world.get<SimCharge>(platformOwner, 'charge', values.source_transaction, 'source_transaction') : null;
  const book = charge ? sourceOf(world, charge, amount) : 'available';
  if (book === 'available' && world.ledger.balance(currency, `${platformOwner}:available`) < amount) {
    throw invalid('balance_insufficient', 'You have insufficient available funds in your Stripe account.');
  }
  world.ledger.post(currency, [
    { book: `${platformOwner}:${book}`, minor: -amount },
    { book: `${destination}:${book}`, minor: amount },
  ]);
  if (book === 'pending') world.redirect(platformOwner, destination, currency, amount);
  return record(world, {
    amount,
    currency,
    destination,
    metadata: metadata ?? {},
    charge,
    group: values.transfer_group ?? charge?.transfer_group ?? null,
    description: values.description ?? null,
  });
}

/** Where a charge's money is now; no more may be moved on its account than it brought. */
function sourceOf(world: World, charge: SimCharge, amount: number): 'pending' | 'available' {
  const moved = world.all<SimTransfer>('transfer', platformOwner).filter((one) => one.source_transaction === charge.id);
  const left = charge.amount - moved.reduce((sum, one) => sum + one.amount, 0);
  if (amount > left)
    throw invalid('transfer_source_balance_parameters_mismatch', `The transfer exceeds what is left of the charge (${left}).`, 'amount');
  return world.isPending(platformOwner, charge.created) ? 'pending' : 'available';
}

interface Made {
  amount: number;
  currency: string;
  destination: string;
  metadata: Record<string, string>;
  charge: SimCharge | null;
  group: string | null;
  description: string | null;
}

function record(world: World, { amount, currency, destination, metadata, charge, group, description }: Made): object {
  const payment = world.add(destination, {
    id: world.id('py'),
    object: 'charge',
    created: world.now,
    amount,
    currency,
    paid: true,
    status: 'succeeded',
    amount_refunded: 0,
    refunded: false,
    metadata: {},
  });
  const made: SimTransfer = world.add(platformOwner, {
    id: world.id('tr'),
    object: 'transfer',
    created: world.now,
    amount,
    amount_reversed: 0,
    reversed: false,
    currency,
    destination,
    destination_payment: payment.id,
    source_transaction: charge?.id ?? null,
    source_type: 'card',
    transfer_group: group,
    description,
    livemode: false,
    metadata,
  });
  made.balance_transaction = world.addTransaction(platformOwner, { type: 'transfer', amount: -amount, fee: 0, currency, source: made.id });
  world.addTransaction(destination, { type: 'payment', amount, fee: 0, currency, source: payment.id });
  world.emit(platformOwner, 'transfer.created', made);
  return made;
}

/** Takes a transfer back, as far as the seller's balance reaches. */
function reverse(world: World, id: string, values: Values<typeof reversalSpec>): object {
  const made = world.find<SimTransfer>(platformOwner, 'transfer', id);
  if (!made) throw missing('transfer', id);
  const left = made.amount - made.amount_reversed;
  const amount = values.amount ?? left;
  if (left === 0) throw invalid('transfer_already_reversed', `Transfer ${id} is already fully reversed.`);
  if (amount <= 0 || amount > left) throw invalid('amount_too_large', `The amount is not from 1 to ${left}.`, 'amount');
  if (world.ledger.balance(made.currency, `${made.destination}:available`) < amount)
    throw invalid('balance_insufficient', 'The destination account has insufficient funds for this reversal.');
  world.ledger.post(made.currency, [
    { book: `${made.destination}:available`, minor: -amount },
    { book: `${platformOwner}:available`, minor: amount },
  ]);
  made.amount_reversed += amount;
  made.reversed = made.amount_reversed === made.amount;
  const reversal = world.add(platformOwner, {
    id: world.id('trr'),
    object: 'transfer_reversal',
    created: world.now,
    amount,
    currency: made.currency,
    transfer: id,
    metadata: values.metadata ?? {},
  } satisfies Stored & Part<Stripe.TransferReversal>);
  world.addTransaction(platformOwner, { type: 'transfer_refund', amount, fee: 0, currency: made.currency, source: reversal.id });
  world.emit(platformOwner, 'transfer.reversed', made);
  return reversal;
}
