import { Refusal } from '../base/errors.js';
import { decimalText } from '../base/money.js';
import { atomically, type Tx, type Work } from '../db/work.js';
import { refusalOf } from '../stripe/refusal.js';
import { retrieveTransfer, type TransferFacts } from '../stripe/transfers.js';
import { type Frozen, freezeAll, type TransferParameters } from './freezing.js';
import { claimForAdoption } from './lifecycle.js';
import type { SettlementRow } from './settlement.js';
import { recordTransfer } from './settling.js';

/**
 * Takes a transfer that Stripe made for a settlement, and that a restored database knows nothing of, as the one that settles it; also while money is
 * halted, since none moves. Refuses with CONFLICT a transfer of another settlement, or of another amount or seller than it would pay now.
 */
export async function adoptForgotten(work: Work, settlement: SettlementRow, stripeTransferId: string): Promise<void> {
  const read = await retrieveTransfer(work, stripeTransferId);
  if (!read.ok) throw refusalOf(read.failure, 'Stripe did not show the transfer', ['stripeTransferId']);
  const transfer = read.value;
  if (transfer.metadata['settlement'] !== settlement.id || transfer.metadata['reversal'])
    throw refused(settlement, transfer, `It is of ${transfer.metadata['reversal'] ?? transfer.metadata['settlement'] ?? 'something else'}.`);
  const { operation, attemptId } = await atomically(work, (tx) => freezeAs(tx, settlement, transfer));
  await recordTransfer(work, operation, transfer, attemptId === null ? null : { id: attemptId, stripeRequestId: read.stripeRequestId });
}

/** The settlement as it is paid now, where that is what the transfer paid; nothing is claimed where it is not. */
async function freezeAs(tx: Tx, settlement: SettlementRow, transfer: TransferFacts): Promise<Frozen> {
  const claimed = await claimForAdoption(tx, settlement.id);
  if (!claimed) throw new Refusal('CONFLICT', `Settlement ${settlement.id} is being changed by somebody else.`, ['settlementId'], 'Try again.');
  const [frozen] = await freezeAll(tx, [claimed]);
  if (!frozen) throw refused(settlement, transfer, 'It has nothing to pay.');
  const { amountMinor, currency, destination } = frozen.operation.parameters as unknown as TransferParameters;
  if (amountMinor !== transfer.amountMinor || currency !== transfer.currency || destination !== transfer.destination) {
    const would = `${decimalText(amountMinor, currency)} ${currency} to ${destination}`;
    const did = `${decimalText(transfer.amountMinor, transfer.currency)} ${transfer.currency} to ${transfer.destination}`;
    throw refused(settlement, transfer, `It would pay ${would}; the transfer paid ${did}.`);
  }
  return frozen;
}

function refused({ id }: SettlementRow, transfer: TransferFacts, why: string): Refusal {
  return new Refusal('CONFLICT', `${transfer.id} is not the transfer of settlement ${id}.`, ['stripeTransferId'], why);
}
