import type { Stripe } from 'stripe';
import { invalid, missing } from '../../protocol/errors.js';
import { flag, integer, required, type Spec, text, texts, type Values } from '../../protocol/parameters.js';
import { page, pageKinds, sublist } from '../../protocol/sublists.js';
import type { Route } from '../../route.js';
import { type Part, platformOwner, type Stored, type World } from '../../world.js';
import type { SimAccount } from '../platform/accounts.js';
import type { SimCharge } from './charges.js';

export type SimTransfer = Stored &
  Part<Stripe.Transfer> & { amount: number; amount_reversed: number; currency: string; destination: string; reversed: boolean };

const createSpec = {
  amount: required(integer),
  currency: required(text),
  destination: required(text),
  description: text,
  metadata: texts,
  source_transaction: text,
  transfer_group: text,
} satisfies Spec<Stripe.TransferCreateParams>;
const updateSpec = { description: text, metadata: texts } satisfies Spec<Stripe.TransferUpdateParams>;
const reversalSpec = {
  amount: integer,
  description: text,
  metadata: texts,
  refund_application_fee: flag,
} satisfies Spec<Stripe.TransferCreateReversalParams>;
const platformOnly = true;

export const transferRoutes: Route[] = [
  {
    method: 'POST',
    path: '/v1/transfers',
    spec: createSpec,
    platformOnly,
    run: ({ world, values }) => transfer(world, values as Values<typeof createSpec>),
  },
  { method: 'GET', path: '/v1/transfers', listOf: 'transfer', filters: ['destination', 'transfer_group'], platformOnly },
  { method: 'GET', path: '/v1/transfers/:id', spec: {}, platformOnly, run: ({ world, id }) => transferOf(world, id) },
  {
    method: 'POST',
    path: '/v1/transfers/:id',
    spec: updateSpec,
    platformOnly,
    run: ({ world, id, values }) => update(world, transferOf(world, id), values),
  },
  {
    method: 'POST',
    path: '/v1/transfers/:id/reversals',
    spec: reversalSpec,
    platformOnly,
    run: ({ world, id, values }) => reverse(world, transferOf(world, id), values),
  },
  {
    method: 'GET',
    path: '/v1/transfers/:id/reversals',
    spec: pageKinds,
    platformOnly,
    run: (call) => sublist(call, 'transfer_reversal', { transfer: transferOf(call.world, call.id).id }),
  },
  {
    method: 'GET',
    path: '/v1/transfers/:id/reversals/:id',
    spec: {},
    platformOnly,
    run: ({ world, secondId }) => world.get(platformOwner, 'transfer_reversal', secondId),
  },
];

function transferOf(world: World, id: string): SimTransfer {
  return world.get<SimTransfer>(platformOwner, 'transfer', id);
}

function transfer(world: World, values: Values<typeof createSpec>): object {
  const amount = values.amount as number;
  const currency = (values.currency as string).toLowerCase();
  const destination = values.destination as string;
  if (amount <= 0) throw invalid('parameter_invalid_integer', 'Invalid positive integer', 'amount');
  checkDestination(world, destination);
  const source = values.source_transaction === undefined ? null : sourceOf(world, values.source_transaction, amount, currency);
  const pendingUntil = source && world.pendingUntil(platformOwner, source.id);
  const availableOn = pendingUntil ?? world.now;
  const part = pendingUntil === null ? 'available' : 'pending';
  if (part === 'available' && world.ledger.balance(currency, `${platformOwner}:available`) < amount)
    throw invalid('balance_insufficient', 'You have insufficient available funds in your Stripe account.');

  world.ledger.post(currency, [
    { book: `${platformOwner}:${part}`, minor: -amount },
    { book: `${destination}:${part}`, minor: amount },
  ]);
  if (source && part === 'pending') {
    const of = { currency, availableOn, charge: source.id };
    world.pending.push({ ...of, owner: platformOwner, minor: -amount }, { ...of, owner: destination, minor: amount });
  }
  const id = world.id('tr');
  const line = { amount, fee: 0, currency, status: part, available_on: availableOn } as const;
  const payment = world.id('py');
  const made: SimTransfer = world.add(platformOwner, {
    id,
    object: 'transfer',
    created: world.now,
    amount,
    amount_reversed: 0,
    balance_transaction: world.addTransaction(platformOwner, { ...line, type: 'transfer', amount: -amount, source: id }),
    currency,
    description: values.description ?? null,
    destination,
    destination_payment: payment,
    livemode: false,
    metadata: values.metadata ?? {},
    reversals: page(`/v1/transfers/${id}/reversals`),
    reversed: false,
    source_transaction: source?.id ?? null,
    source_type: 'card',
    transfer_group: source?.transfer_group ?? values.transfer_group ?? (source ? `group_${source.id}` : null),
  });
  arrive(world, made, world.addTransaction(destination, { ...line, type: 'payment', source: payment }));
  world.emit(platformOwner, 'transfer.created', made);
  return made;
}

/** What a transfer is on the seller's side: a payment received. */
function arrive(world: World, { id, amount, currency, destination, destination_payment }: SimTransfer, transaction: string): void {
  world.add(destination, {
    id: destination_payment as string,
    object: 'charge',
    created: world.now,
    amount,
    amount_captured: amount,
    amount_refunded: 0,
    balance_transaction: transaction,
    captured: true,
    currency,
    disputed: false,
    livemode: false,
    metadata: {},
    paid: true,
    refunded: false,
    source_transfer: id,
    status: 'succeeded',
  } satisfies Stored & Part<Stripe.Charge>);
}

/** Stripe answers of an account that left as of one that never was. */
function checkDestination(world: World, id: string): void {
  const account = world.find<SimAccount>(platformOwner, 'account', id);
  if (!account || account.deauthorized) throw missing('destination', id, 'destination');
  if (account.capabilities['transfers'] !== 'active') {
    throw invalid(
      'insufficient_capabilities_for_transfer',
      'Your destination account needs to have at least one of the following capabilities enabled: transfers, crypto_transfers, legacy_payments',
    );
  }
}

/** The charge a transfer is made from. Together, transfers from a charge stay within its amount. */
function sourceOf(world: World, id: string, amount: number, currency: string): SimCharge {
  const charge = world.get<SimCharge>(platformOwner, 'charge', id, 'source_transaction');
  if (charge.currency !== currency)
    throw invalid(null, `The currency of source_transaction's balance transaction (${charge.currency}) differs.`, 'currency');
  const used = world
    .all<SimTransfer>('transfer', platformOwner)
    .filter(({ source_transaction }) => source_transaction === id)
    .reduce((sum, made) => sum + made.amount - made.amount_reversed, 0);
  if (used + amount > charge.amount)
    throw invalid('transfer_source_balance_parameters_mismatch', `Only ${charge.amount - used} of the source charge is left to transfer.`, 'amount');
  return charge;
}

function update(world: World, made: SimTransfer, values: Values<typeof updateSpec>): object {
  if (values.description !== undefined) made.description = values.description;
  if (values.metadata) made.metadata = { ...made.metadata, ...values.metadata };
  world.emit(platformOwner, 'transfer.updated', made);
  return made;
}

/** Takes a transfer back, in whole or part. Refused when the seller's available balance does not hold it. Source: docs.stripe.com/api/transfer_reversals */
function reverse(world: World, made: SimTransfer, values: Values<typeof reversalSpec>): object {
  const { currency, destination } = made;
  const left = made.amount - made.amount_reversed;
  const amount = values.amount ?? left;
  if (left === 0) throw invalid(null, `Transfer ${made.id} is already fully reversed.`);
  if (amount <= 0) throw invalid('parameter_invalid_integer', 'Invalid positive integer', 'amount');
  if (amount > left) throw invalid('amount_too_large', `Reversal amount (${amount}) is greater than unreversed amount (${left})`, 'amount');
  const wait = made.source_transaction ? world.pending.find((money) => isHeldFor(money, made)) : undefined;
  const part = wait ? 'pending' : 'available';
  if (world.ledger.balance(currency, `${destination}:${part}`) < amount)
    throw invalid('balance_insufficient', 'The destination account has insufficient funds to reverse this transfer.', 'amount');

  world.ledger.post(currency, [
    { book: `${destination}:${part}`, minor: -amount },
    { book: `${platformOwner}:${part}`, minor: amount },
  ]);
  const availableOn = wait?.availableOn ?? world.now;
  if (wait) {
    const of = { currency, availableOn, charge: wait.charge };
    world.pending.push({ ...of, owner: platformOwner, minor: amount }, { ...of, owner: destination, minor: -amount });
  }
  const id = world.id('trr');
  const line = { fee: 0, currency, status: part, available_on: availableOn } as const;
  const reversal = world.add(platformOwner, {
    id,
    object: 'transfer_reversal',
    created: world.now,
    amount,
    balance_transaction: world.addTransaction(platformOwner, { ...line, type: 'transfer_refund', amount, source: id }),
    currency,
    metadata: values.metadata ?? {},
    transfer: made.id,
    source_refund: null,
  } satisfies Stored & Part<Stripe.TransferReversal>);
  made.amount_reversed += amount;
  made.reversed = made.amount_reversed === made.amount;
  made.reversals = page(`/v1/transfers/${made.id}/reversals`, [reversal, ...(made.reversals?.data ?? [])]);
  world.addTransaction(destination, { ...line, type: 'payment_refund', amount: -amount, source: made.destination_payment as string });
  world.emit(platformOwner, 'transfer.reversed', made);
  return reversal;
}

function isHeldFor(money: World['pending'][number], made: SimTransfer): boolean {
  return money.owner === made.destination && money.charge === made.source_transaction && money.minor === made.amount;
}
