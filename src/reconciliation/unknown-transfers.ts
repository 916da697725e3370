import { atomically, type Work } from '../db/work.js';
import { raiseHalt } from '../operations/halt.js';
import { listNewestTransfers } from '../stripe/transfers.js';

/**
 * Stops all outgoing money where Stripe has a transfer that carries an operation of ours which the database does not know: it was restored
 * from a backup, or another installation uses the same key; either would pay twice. Answers how many there are; 0 also where Stripe cannot be asked.
 */
export async function haltOnUnknownTransfers(work: Work): Promise<number> {
  const listed = await listNewestTransfers(work);
  if (!listed.ok) return 0;
  const ours = listed.value.flatMap(({ id, metadata }) => (metadata['operation'] ? [{ id, operation: metadata['operation'] }] : []));
  if (ours.length === 0) return 0;
  const known = await work.read
    .selectFrom('operation')
    .select('id')
    .where(
      'id',
      'in',
      ours.map(({ operation }) => operation),
    )
    .execute();
  const have = new Set(known.map(({ id }) => id));
  const unknown = ours.filter(({ operation }) => !have.has(operation));
  if (unknown.length === 0) return 0;

  const detail = `Stripe has transfers this database never made: ${unknown.map(({ id, operation }) => `${id} of ${operation}`).join(', ')}`.slice(
    0,
    2_000,
  );
  const raised = await atomically(work, (tx) => raiseHalt(tx, 'UNKNOWN_TRANSFER', detail));
  if (raised) work.log.error({ unknown }, 'outgoing money is halted: the database does not know transfers that Stripe has');
  return unknown.length;
}
