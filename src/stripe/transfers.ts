import type { Stripe } from 'stripe';
import type { Work } from '../db/work.js';
import { idOf, instant, read, write } from './client.js';
import type { IdempotencyKey } from './idempotency-key.js';
import type { StripeResult } from './result.js';
import { platform } from './scope.js';
import { readWhole } from './whole-lists.js';

/** What Stripe says of a transfer from the platform to a seller. */
export interface TransferFacts {
  id: string;
  amountMinor: number;
  reversedMinor: number;
  currency: string;
  destination: string | null;
  transferGroup: string | null;
  metadata: Record<string, string>;
  createdAt: Date;
}

/** What Stripe says of a transfer taken back. */
export interface ReversalFacts {
  id: string;
  amountMinor: number;
  metadata: Record<string, string>;
}

/**
 * Moves money from the platform's available balance to a seller. Refused with INSUFFICIENT_BALANCE while the platform has too little,
 * with ACCOUNT_RESTRICTED and INVALID_ACCOUNT where the seller cannot receive it.
 */
export function createTransfer(
  work: Work,
  key: IdempotencyKey,
  transfer: { amountMinor: number; currency: string; destination: string; transferGroup: string; metadata: Record<string, string> },
): Promise<StripeResult<TransferFacts>> {
  const { amountMinor, currency, destination, transferGroup, metadata } = transfer;
  return write(
    work,
    'transfers.create',
    platform,
    key,
    (sdk, options) =>
      sdk.transfers.create({ amount: amountMinor, currency: currency.toLowerCase(), destination, transfer_group: transferGroup, metadata }, options),
    factsOf,
  );
}

/** All transfers of one group, newest first: what Stripe knows of a settlement, whatever we have recorded. */
export function listTransfersOfGroup(work: Work, transferGroup: string): Promise<StripeResult<TransferFacts[]>> {
  return readWhole(
    work,
    'transfers.list',
    platform,
    (sdk, page, options) => sdk.transfers.list({ transfer_group: transferGroup, ...page }, options),
    factsOf,
  );
}

/** A page of the platform's transfers, whoever made them: the hundred newest, or the hundred before one of them. Newest first. */
export function listTransfers(work: Work, olderThan: string | null): Promise<StripeResult<{ rows: TransferFacts[]; hasMore: boolean }>> {
  const cursor = olderThan === null ? {} : { starting_after: olderThan };
  return read(
    work,
    'transfers.list',
    platform,
    (sdk, options) => sdk.transfers.list({ limit: 100, ...cursor }, options),
    ({ data, has_more }) => ({ rows: data.map(factsOf), hasMore: has_more }),
  );
}

/** What is known of one transfer now, with how much of it was taken back. */
export function retrieveTransfer(work: Work, id: string): Promise<StripeResult<TransferFacts>> {
  return read(work, 'transfers.retrieve', platform, (sdk, options) => sdk.transfers.retrieve(id, {}, options), factsOf);
}

/** Takes back a part of a transfer. Refused with INSUFFICIENT_BALANCE while the seller's available balance does not hold it. */
export function createReversal(
  work: Work,
  key: IdempotencyKey,
  reversal: { transferId: string; amountMinor: number; metadata: Record<string, string> },
): Promise<StripeResult<ReversalFacts>> {
  const { transferId, amountMinor, metadata } = reversal;
  return write(
    work,
    'transfers.createReversal',
    platform,
    key,
    (sdk, options) => sdk.transfers.createReversal(transferId, { amount: amountMinor, metadata }, options),
    reversalFacts,
  );
}

/** Everything that was taken back of a transfer, newest first. */
export function listReversals(work: Work, transferId: string): Promise<StripeResult<ReversalFacts[]>> {
  return readWhole(
    work,
    'transfers.listReversals',
    platform,
    (sdk, page, options) => sdk.transfers.listReversals(transferId, { ...page }, options),
    reversalFacts,
  );
}

function factsOf(transfer: Stripe.Transfer): TransferFacts {
  return {
    id: transfer.id,
    amountMinor: transfer.amount,
    reversedMinor: transfer.amount_reversed,
    currency: transfer.currency.toUpperCase(),
    destination: idOf(transfer.destination),
    transferGroup: transfer.transfer_group,
    metadata: transfer.metadata,
    createdAt: instant(transfer.created),
  };
}

function reversalFacts({ id, amount, metadata }: Stripe.TransferReversal): ReversalFacts {
  return { id, amountMinor: amount, metadata: metadata ?? {} };
}
