import { atomically, type Work } from '../db/work.js';
import { raiseHalt } from '../operations/halt.js';
import type { StripeResult } from '../stripe/result.js';
import { listTransfers, type TransferFacts } from '../stripe/transfers.js';

const pagesMax = 50; // of a hundred: more than a marketplace pays between two backups

/**
 * Stops all outgoing money where Stripe has a transfer that carries an operation of ours which the database does not know: it was restored
 * from a backup, or another installation uses the same key; either would pay twice. Answers how many there are; 0 also where Stripe cannot be asked.
 */
export async function haltOnUnknownTransfers(work: Work): Promise<number> {
  const found = await findUnknownTransfers(work);
  if (!found.ok || found.value.length === 0) return 0;
  const raised = await atomically(work, (tx) => raiseHalt(tx, 'UNKNOWN_TRANSFER', toldOf(found.value)));
  if (raised) work.log.error({ count: found.value.length }, 'outgoing money is halted: the database does not know transfers that Stripe has');
  return found.value.length;
}

/** The transfers of ours that the database does not know, newest first: back to the first hundred of which it knows all. */
export async function findUnknownTransfers(work: Work): Promise<StripeResult<TransferFacts[]>> {
  const unknown: TransferFacts[] = [];
  let olderThan: string | null = null;
  for (let page = 1; ; page++) {
    const listed: Awaited<ReturnType<typeof listTransfers>> = await listTransfers(work, olderThan);
    if (!listed.ok) return listed;
    const { rows, hasMore } = listed.value;
    const onPage = await unknownAmong(work, rows);
    unknown.push(...onPage);
    olderThan = rows.at(-1)?.id ?? null;
    if (onPage.length === 0 || !hasMore || page === pagesMax) return { ...listed, value: unknown };
  }
}

/** Known is what an operation intended, by its id in the transfer, or has recorded, by the transfer's own. */
async function unknownAmong(work: Work, transfers: TransferFacts[]): Promise<TransferFacts[]> {
  const ours = transfers.filter(({ metadata }) => metadata['operation']);
  if (ours.length === 0) return [];
  const known = await work.read
    .selectFrom('operation')
    .select(['id', 'stripeId'])
    .where((row) =>
      row.or([
        row(
          'id',
          'in',
          ours.map(({ metadata }) => metadata['operation'] as string),
        ),
        row(
          'stripeId',
          'in',
          ours.map(({ id }) => id),
        ),
      ]),
    )
    .execute();
  const have = new Set(known.flatMap(({ id, stripeId }) => [id, stripeId]));
  return paysTwice(
    work,
    ours.filter(({ id, metadata }) => !have.has(id) && !have.has(metadata['operation'] as string)),
  );
}

/** What was taken back whole pays nobody twice, unless its settlement is still to be paid. */
async function paysTwice(work: Work, unknown: TransferFacts[]): Promise<TransferFacts[]> {
  const back = unknown.filter(({ amountMinor, reversedMinor }) => reversedMinor >= amountMinor);
  if (back.length === 0) return unknown;
  const named = back.map(({ metadata }) => String(metadata['settlement']));
  const pending = await work.read.selectFrom('settlement').select('id').where('id', 'in', named).where('status', '=', 'PENDING').execute();
  const isPending = (id: string | undefined) => pending.some((settlement) => settlement.id === id);
  return unknown.filter((one) => !back.includes(one) || isPending(one.metadata['settlement']));
}

/** Which they are, and for what, as an operator reads it. */
export function toldOf(unknown: TransferFacts[]): string {
  const each = unknown.map(({ id, metadata }) => `${id} of ${metadata['settlement'] ?? metadata['operation']}`);
  return `Stripe has ${unknown.length} transfers this database never made: ${each.join(', ')}`.slice(0, 2_000);
}
