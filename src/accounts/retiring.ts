import { atomically, type Tx, type Work } from '../db/work.js';
import { type ConnectedAccountRow, type RetiredCause, stillActive } from './connected-account.js';

/**
 * Ends the use of a connected account; its row stays as history, and the account can onboard again. Nothing else is touched:
 * what was sold stays sold, and what cannot be settled says so when its time comes.
 * One caller wins; for the others, and for one retired before, nothing happens.
 */
export async function retireConnectedAccount(work: Work, connected: ConnectedAccountRow, cause: RetiredCause): Promise<boolean> {
  return atomically(work, (tx) => retire(tx, connected, cause));
}

/** The same inside a transaction of the caller's. */
export async function retire(tx: Tx, connected: ConnectedAccountRow, cause: RetiredCause): Promise<boolean> {
  const retired = await tx.sql
    .updateTable('connectedAccount')
    .set({ activeUntil: tx.clock.now(), retiredCause: cause, chargesEnabled: false, payoutsEnabled: false, transfersCapability: 'inactive' })
    .where('id', '=', connected.id)
    .where('activeUntil', '=', stillActive)
    .executeTakeFirst();
  if (retired.numUpdatedRows === 0n) return false;
  await tx.sql.updateTable('account').set({ onboardingStartedAt: null }).where('id', '=', connected.accountId).execute();
  return true;
}
