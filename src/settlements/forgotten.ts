import { Refusal } from '../base/errors.js';
import { newId } from '../base/ids.js';
import { decimalText, subtractMinor } from '../base/money.js';
import type { Tx, Work } from '../db/work.js';
import type { OperationRow } from '../operations/operation.js';
import type { StripeResult } from '../stripe/result.js';
import { listReversals, type ReversalFacts, type TransferFacts } from '../stripe/transfers.js';
import type { TransferParameters } from './freezing.js';
import type { SettlementRow, TransferReversalRow } from './settlement.js';

/**
 * What we once had Stripe take back of a transfer, and no longer know of: the database was restored from a backup. Of several the one of this amount,
 * or else the largest below it. Null where there is none; a failure where Stripe does not show it.
 */
export async function findForgottenReversal(work: Work, transferId: string, amountMinor: number): Promise<StripeResult<ReversalFacts | null>> {
  const listed = await listReversals(work, transferId);
  if (!listed.ok) return listed;
  const known = await knownAmong(work, listed.value);
  const [best] = listed.value
    .filter((one) => one.metadata['operation'] && !known.has(one.id) && !known.has(one.metadata['operation']) && one.amountMinor <= amountMinor)
    .sort((one, other) => other.amountMinor - one.amountMinor);
  return { ...listed, value: best ?? null };
}

/** The operations that made them, as the database knows them: by their own ids, and by what they are recorded to have made. */
async function knownAmong(work: Work, reversals: ReversalFacts[]): Promise<Set<string | null>> {
  const ids = reversals.map(({ id }) => id);
  const operationIds = reversals.flatMap(({ metadata }) => metadata['operation'] ?? []);
  if (operationIds.length === 0) return new Set();
  const rows = await work.read
    .selectFrom('operation')
    .select(['id', 'stripeId'])
    .where((row) => row.or([row('id', 'in', operationIds), row('stripeId', 'in', ids)]))
    .execute();
  return new Set(rows.flatMap(({ id, stripeId }) => [id, stripeId]));
}

/** Whether it was made by an operation that is not this one. */
export function isForgotten(made: ReversalFacts, { id }: OperationRow): boolean {
  return made.metadata['operation'] !== id;
}

/**
 * Several refunds that a restored database hears of at once are asked back as one, where each was taken back by itself: what one of those leaves of what
 * was asked becomes a row of its own, to be matched with the next. Of a dispute the rest is owed, as it was then. Answers the row as it is now.
 */
export async function splitOff(tx: Tx, row: TransferReversalRow, madeMinor: number): Promise<TransferReversalRow> {
  const restMinor = subtractMinor(row.askedMinor, madeMinor);
  if (restMinor === 0 || row.causeKind !== 'REFUND') return row;
  await tx.sql.updateTable('transferReversal').set({ askedMinor: madeMinor }).where('id', '=', row.id).execute();
  const rest = { id: newId('transferReversal', tx.clock), causeId: `${row.causeId}:rest`, askedMinor: restMinor, createdAt: tx.clock.now() };
  await tx.sql
    .insertInto('transferReversal')
    .values({ ...row, ...rest })
    .execute();
  return { ...row, askedMinor: madeMinor };
}

/** Refuses with CONFLICT a transfer that did not pay what would be paid now. */
export function assertSame(settlement: SettlementRow, transfer: TransferFacts, { amountMinor, currency, destination }: TransferParameters): void {
  if (amountMinor === transfer.amountMinor && currency === transfer.currency && destination === transfer.destination) return;
  const would = `${decimalText(amountMinor, currency)} ${currency} to ${destination}`;
  const did = `${decimalText(transfer.amountMinor, transfer.currency)} ${transfer.currency} to ${transfer.destination}`;
  throw notOf(settlement, transfer, `It would pay ${would}; the transfer paid ${did}.`);
}

/** That a transfer is not a settlement's, and why. */
export function notOf({ id }: SettlementRow, transfer: TransferFacts, why: string): Refusal {
  return new Refusal('CONFLICT', `${transfer.id} is not the transfer of settlement ${id}.`, ['stripeTransferId'], why);
}
