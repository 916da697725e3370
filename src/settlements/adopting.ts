import { Refusal } from '../base/errors.js';
import { atomically, type Tx, type Work } from '../db/work.js';
import { refusalOf } from '../stripe/refusal.js';
import { retrieveTransfer, type TransferFacts } from '../stripe/transfers.js';
import { assertSame, notOf } from './forgotten.js';
import { type Frozen, freezeAll, type TransferParameters } from './freezing.js';
import { claimForAdoption } from './lifecycle.js';
import { adoptForgottenReturn } from './returning.js';
import type { SettlementRow } from './settlement.js';
import { recordTransfer } from './settling.js';

/**
 * Takes a transfer that Stripe made for a settlement, and that a restored database knows nothing of, as the one that settles it, or that gives back what
 * was taken back of it; also while money is halted, since none moves. Refuses with CONFLICT a transfer that is known, of another settlement that is, or of
 * another amount or seller than it would pay now.
 */
export async function adoptForgotten(work: Work, settlement: SettlementRow, stripeTransferId: string): Promise<void> {
  const read = await retrieveTransfer(work, stripeTransferId);
  if (!read.ok) throw refusalOf(read.failure, 'Stripe did not show the transfer', ['stripeTransferId']);
  const transfer = read.value;
  await refuseKnown(work, settlement, transfer);
  if (transfer.metadata['reversal']) return adoptForgottenReturn(work, settlement, transfer);
  const { operation, attemptId } = await atomically(work, (tx) => freezeAs(tx, settlement, transfer));
  await recordTransfer(work, operation, transfer, attemptId === null ? null : { id: attemptId, stripeRequestId: read.stripeRequestId });
}

/** What was bought after the backup was made is in another settlement now than the one that its transfer names. */
async function refuseKnown(work: Work, settlement: SettlementRow, transfer: TransferFacts): Promise<void> {
  const { settlement: named, operation } = transfer.metadata;
  if (!named) throw notOf(settlement, transfer, `It is of ${operation ?? 'something else'}.`);
  const made = await work.read
    .selectFrom('operation')
    .select('subjectId')
    .where((row) => row.or([row('stripeId', '=', transfer.id), row('id', '=', operation ?? '')]))
    .executeTakeFirst();
  if (made) throw notOf(settlement, transfer, `It is of ${made.subjectId}.`);
  if (named === settlement.id) return;
  const other = await work.read.selectFrom('settlement').select('id').where('id', '=', named).executeTakeFirst();
  if (other) throw notOf(settlement, transfer, `It is of ${named}.`);
}

/** The settlement as it is paid now, where that is what the transfer paid; nothing is claimed where it is not. */
async function freezeAs(tx: Tx, settlement: SettlementRow, transfer: TransferFacts): Promise<Frozen> {
  const claimed = await claimForAdoption(tx, settlement.id);
  if (!claimed) throw new Refusal('CONFLICT', `Settlement ${settlement.id} is being changed by somebody else.`, ['settlementId'], 'Try again.');
  const [frozen] = await freezeAll(tx, [claimed]);
  if (!frozen) throw notOf(settlement, transfer, 'It has nothing to pay.');
  assertSame(settlement, transfer, frozen.operation.parameters as unknown as TransferParameters);
  return frozen;
}
