import { Refusal } from '../base/errors.js';
import { atomically, type Tx, type Work } from '../db/work.js';
import { findHalt } from '../operations/halt.js';
import { refusalOf } from '../stripe/refusal.js';
import { retrieveTransfer, type TransferFacts } from '../stripe/transfers.js';
import { assertSame, notOf } from './forgotten.js';
import { type Frozen, freezeAll, type TransferParameters } from './freezing.js';
import { claimForAdoption } from './lifecycle.js';
import { adoptForgottenReturn } from './returning.js';
import type { SettlementRow } from './settlement.js';
import { settleBy } from './settling.js';

/**
 * Takes a transfer that Stripe made for a settlement, and that a restored database knows nothing of, as the one that settles it, or that gives back what
 * was taken back of it. Only while money is halted, so that nobody sends what is being adopted. Safe to repeat and to run at once: what was adopted for
 * it before stays so. Refuses with CONFLICT while money goes out, and a transfer of something else that is known, or of another amount or seller than it
 * would pay now.
 */
export async function adoptForgotten(work: Work, settlement: SettlementRow, stripeTransferId: string): Promise<void> {
  const read = await retrieveTransfer(work, stripeTransferId);
  if (!read.ok) throw refusalOf(read.failure, 'Stripe did not show the transfer', ['stripeTransferId']);
  const { value: transfer, stripeRequestId } = read;
  if (await isAdopted(work, settlement, transfer)) return;
  await atomically(work, async (tx) => {
    if (!(await findHalt(tx.sql))) throw new Refusal('CONFLICT', notHalted, ['settlementId'], 'It is found, and money halted, within five minutes.');
    if (transfer.metadata['reversal']) return adoptForgottenReturn(tx, settlement, transfer);
    const { operation, attemptId } = await freezeAs(tx, settlement, transfer);
    await settleBy(tx, operation, transfer, attemptId === null ? null : { id: attemptId, stripeRequestId });
  });
}

const notHalted = 'Money is not halted: a worker may be paying at this moment what the transfer has paid.';

/** Whether it is recorded as this settlement's. What was bought after the backup was made is in another one now than the one that its transfer names. */
async function isAdopted(work: Work, settlement: SettlementRow, transfer: TransferFacts): Promise<boolean> {
  const { settlement: named, operation, reversal } = transfer.metadata;
  if (!named) throw notOf(settlement, transfer, `It is of ${operation ?? 'something else'}.`);
  const made = await work.read
    .selectFrom('operation')
    .select('subjectId')
    .where((row) => row.or([row('stripeId', '=', transfer.id), row('id', '=', operation ?? '')]))
    .executeTakeFirst();
  if (made && (made.subjectId === settlement.id || (made.subjectId === reversal && named === settlement.id))) return true;
  if (made) throw notOf(settlement, transfer, `It is of ${made.subjectId}.`);
  if (named === settlement.id) return false;
  const other = await work.read.selectFrom('settlement').select('id').where('id', '=', named).executeTakeFirst();
  if (other) throw notOf(settlement, transfer, `It is of ${named}.`);
  return false;
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
