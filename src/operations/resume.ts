import { later, minuteMs } from '../base/clock.js';
import { atomically, type Work } from '../db/work.js';
import type { OperationKind, OperationRow } from './operation.js';

/** How each kind of operation is taken up again: the same function that began it. Transfers are not among them: their settlements are claimed anew. */
export type Resumers = Record<Exclude<OperationKind, 'TRANSFER'>, (work: Work, operation: OperationRow) => Promise<unknown>>;

const leaseMs = 5 * minuteMs; // well over the time one send may take

/**
 * Takes up operations whose outcome is open and whose next attempt is due, left so by a crash or an outage. Answers how many were tried.
 * Any number of workers may run it: each row is leased by moving its next attempt away.
 */
export async function resumeDueOperations(work: Work, resumers: Resumers, limit: number): Promise<number> {
  const due = await atomically(work, async (tx) => {
    const now = tx.clock.now();
    return tx.sql
      .with('due', (query) =>
        query
          .selectFrom('operation')
          .select('id')
          .where('state', '=', 'INTENDED')
          .where('kind', '!=', 'TRANSFER')
          .where('nextAttemptAt', '<=', now)
          .orderBy('nextAttemptAt')
          .limit(limit)
          .forUpdate()
          .skipLocked(),
      )
      .updateTable('operation')
      .set({ nextAttemptAt: later(now, leaseMs) })
      .where('id', 'in', (query) => query.selectFrom('due').select('due.id'))
      .returning('id')
      .execute();
  });

  for (const { id } of due) {
    const operation = await work.read.selectFrom('operation').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
    try {
      await resumers[operation.kind as keyof Resumers](work, operation);
    } catch (error) {
      work.log.warn({ operation: id, kind: operation.kind, err: error }, 'an operation is still open');
    }
  }
  return due.length;
}
