import { sealAuditLog } from '../access/audit/sealing.js';
import { sendDueLetters } from '../access/mail/sending.js';
import { resumeCreation } from '../accounts/creation.js';
import { dayMs, later, minuteMs } from '../base/clock.js';
import { atomically, type Work } from '../db/work.js';
import { applyDueEvents } from '../events/apply.js';
import { deliverDue } from '../events/outgoing/delivering.js';
import { giveUpOnDisabled } from '../events/outgoing/registering.js';
import { sealSecrets } from '../events/outgoing/secrets.js';
import { sweepEvents } from '../events/retention.js';
import { pollDueStreams } from '../events/streams/polling.js';
import { warnOfSilence } from '../events/streams/silence.js';
import { carryBalances } from '../ledger/balances.js';
import { linkMovements } from '../ledger/chain.js';
import { type Resumers, resumeDueOperations } from '../operations/resume.js';
import { carryOutCancel } from '../payments/canceling.js';
import { carryOutDelete } from '../payments/disconnecting.js';
import { letterToMember } from '../payments/managing.js';
import { resumeRefund } from '../payments/refunding.js';
import { auditAndHalt } from '../reconciliation/audit.js';
import { ingestBalanceOnTime } from '../reconciliation/ingesting.js';
import { haltOnUnknownTransfers } from '../reconciliation/unknown-transfers.js';
import { carryOnBulkRetries } from '../settlements/bulk/retrying-all.js';
import { carryOutRetransfer, returnDue } from '../settlements/returning.js';
import { carryOutReversal, reverseDue } from '../settlements/reversing.js';
import { settleDue } from '../settlements/settling.js';
import { lookUpUnknown } from '../settlements/verification.js';

/** Something done on time. */
export interface Job {
  /** When, as node-cron reads it, in UTC. */
  cron: string;
  /** Takes up what is due; safe to run in any number of workers, since every row is claimed. Answers how many rows it took up. */
  run(work: Work): Promise<number>;
  /** Whether every worker runs every tick, also while its last one still runs: for what waits on others, so that one that hangs holds up nobody. */
  everywhere?: boolean;
}

/** How each kind of operation that a crash left open is taken up again. */
export const resumers: Resumers = {
  ACCOUNT_CREATE: resumeCreation,
  ACCOUNT_DELETE: carryOutDelete,
  SUBSCRIPTION_CANCEL: carryOutCancel,
  SUBSCRIPTION_END: carryOutCancel,
  REFUND: resumeRefund,
  REVERSAL: carryOutReversal,
  RETRANSFER: carryOutRetransfer,
};

/**
 * Everything that runs on time: what each job takes up, and what becomes of what fails. One worker runs each tick, where not everywhere; a tick that
 * nobody ran is caught up. A job that fails as a whole is logged, and its rows stay due for the next tick.
 */
export const schedule: Record<string, Job> = {
  // events of the inbox, leased; tried again later, parked in the end
  'apply events': { cron: '*/5 * * * * *', run: (work) => applyDueEvents(work, 50) },
  // streams of events, leased; tried again ever later
  'poll streams': { cron: '3,13,23,33,43,53 * * * * *', run: pollDueStreams, everywhere: true },
  // operations a crash left open; taken up again, each under its own key
  'resume operations': { cron: '*/10 * * * * *', run: (work) => resumeDueOperations(work, resumers, 20) },
  // settlements, claimed; a refusal is kept for staff, no answer is looked up
  'settle what is due': { cron: '*/10 * * * * *', run: (work) => settleDue(work, 50) },
  // retries that staff asked for; go on where they were
  'retry in bulk': { cron: '4,9,14,19,24,29,34,39,44,49,54,59 * * * * *', run: carryOnBulkRetries },
  // reversals, claimed; what Stripe refuses is owed
  'take back what was asked': { cron: '*/10 * * * * *', run: (work) => reverseDue(work, 20) },
  // retransfers, claimed like settlements
  'give back what was won': { cron: '*/10 * * * * *', run: (work) => returnDue(work, 20) },
  // settlements nobody knows the outcome of
  'look up unknown transfers': { cron: '0 7 * * * *', run: (work) => lookUpUnknown(work, 50) },
  // Stripe's balance, from where it was read to
  'take in the balance': { cron: '30 * * * * *', run: ingestBalanceOnTime },
  // changes of balances that are not carried yet
  'carry the balances': { cron: '10,30,50 * * * * *', run: (work) => carryBalances(work, 50_000) },
  // movements that are not linked yet
  'link the books': { cron: '*/20 * * * * *', run: (work) => linkMovements(work, 5_000) },
  // entries that are not sealed yet
  'seal the audit log': { cron: '5,35 * * * * *', run: (work) => sealAuditLog(work, 5_000) },
  // every promise of the books; a broken one halts outgoing money
  'audit the money': { cron: '15 */5 * * * *', run: auditAndHalt },
  // Stripe's newest transfers; one the database does not know halts outgoing money
  'look for unknown transfers': { cron: '45 */5 * * * *', run: haltOnUnknownTransfers },
  // letters, leased; tried again for a day
  'send letters': { cron: '2,7,12,17,22,27,32,37,42,47,52,57 * * * * *', run: (work) => sendDueLetters(work, 20, { MEMBERSHIPS: letterToMember }) },
  // deliveries, leased; tried again for three days, then the endpoint is switched off
  'deliver to partners': { cron: '*/5 * * * * *', run: deliverDue, everywhere: true },
  // deliveries of endpoints that are off
  'give up what nobody takes': { cron: '40 * * * * *', run: (work) => giveUpOnDisabled(work, 5_000) },
  // secrets that the first key did not seal
  'seal signing secrets': { cron: '50 */10 * * * *', run: (work) => sealSecrets(work, 500) },
  // nothing: says in the log what Stripe does not deliver
  'look for silent endpoints': { cron: '20 */10 * * * *', run: warnOfSilence },
  // events and deliveries that are over
  'sweep old events': { cron: '25 * * * * *', run: sweepEvents },
  // purchases nobody paid in time
  'expire purchases': { cron: '0 * * * * *', run: expirePurchases },
  // sessions, keys and ticks that are over
  'sweep what is over': { cron: '30 * * * * *', run: sweep },
};

/** Purchases nobody paid in time. Should Stripe still have taken the money, recording it wins over this. */
async function expirePurchases(work: Work): Promise<number> {
  const graceMs = 5 * minuteMs;
  const { numUpdatedRows } = await atomically(work, (tx) =>
    tx.sql
      .updateTable('purchaseSession')
      .set({ status: 'EXPIRED' })
      .where('status', 'in', ['CREATING', 'OPEN'])
      .where('expiresAt', '<', later(tx.clock.now(), -graceMs))
      .executeTakeFirst(),
  );
  return Number(numUpdatedRows);
}

/** Ended sessions, idempotency keys past their day, ticks long run. */
async function sweep(work: Work): Promise<number> {
  return atomically(work, async (tx) => {
    const yesterday = later(tx.clock.now(), -1 * dayMs);
    const swept = [
      await tx.sql
        .deleteFrom('signInSession')
        .where('expiresAt', '<', later(tx.wallClock.now(), -1 * dayMs))
        .executeTakeFirst(),
      await tx.sql
        .deleteFrom('mailedLink')
        .where('expiresAt', '<', later(tx.wallClock.now(), -1 * dayMs))
        .executeTakeFirst(),
      await tx.sql.deleteFrom('idempotentRequest').where('createdAt', '<', yesterday).executeTakeFirst(),
      await tx.sql
        .deleteFrom('requestCount')
        .where('since', '<', later(tx.wallClock.now(), -1 * dayMs))
        .executeTakeFirst(),
      await tx.sql
        .deleteFrom('jobTick')
        .where('dueAt', '<', later(tx.wallClock.now(), -1 * dayMs))
        .executeTakeFirst(),
    ];
    return swept.reduce((sum, { numDeletedRows }) => sum + Number(numDeletedRows), 0);
  });
}
