import { atomically, type Tx, type Work } from '../db/work.js';
import { type ConnectedAccountRow, type RetiredCause, stillActive } from './connected-account.js';

/**
 * Ends the use of a connected account; its row stays as history, and the account can onboard again. Nothing else is touched:
 * what was sold stays sold, and what cannot be settled says so when its time comes.
 * One caller wins; for the others, and for one retired before, nothing happens.
 */
export async function retireConnectedAccount(work: Work, connected: ConnectedAccountRow, cause: RetiredCause): Promise<boolean> {
  return (await atomically(work, (tx) => retire(tx, connected, cause))) !== null;
}

/** The same inside a transaction of the caller's. Answers the row as it is then: Stripe may have made its account since it was read. */
export async function retire(tx: Tx, connected: ConnectedAccountRow, cause: RetiredCause): Promise<ConnectedAccountRow | null> {
  const retired = await tx.sql
    .updateTable('connectedAccount')
    .set({ activeUntil: tx.clock.now(), retiredCause: cause, chargesEnabled: false, payoutsEnabled: false, transfersCapability: 'inactive' })
    .where('id', '=', connected.id)
    .where('activeUntil', '=', stillActive)
    .returningAll()
    .executeTakeFirst();
  if (!retired) return null;
  await tx.sql.updateTable('account').set({ onboardingStartedAt: null }).where('id', '=', connected.accountId).execute();
  return retired;
}
