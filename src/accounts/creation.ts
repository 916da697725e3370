import { known } from '../base/assert.js';
import { atomically, type Work } from '../db/work.js';
import type { AnsweredAttempt } from '../operations/attempts.js';
import { conclude } from '../operations/lifecycle.js';
import type { OperationRow } from '../operations/operation.js';
import { perform } from '../operations/perform.js';
import { type ConnectedAccountFacts, createAccount } from '../stripe/accounts.js';
import { refusalOf } from '../stripe/refusal.js';
import type { ConnectedAccountRow } from './connected-account.js';
import { factColumns } from './syncing.js';

/**
 * Makes the Stripe account that `connected` is waiting for and records its id. Answers that id.
 * Safe to repeat and to run at once, also after a crash between Stripe's answer and our record: the key is the operation's.
 */
export async function createAtStripe(work: Work, connected: ConnectedAccountRow, creation: OperationRow): Promise<string> {
  const startedAt = work.clock.now();
  const sent = await perform(work, creation, (key) =>
    createAccount(work, key, {
      country: connected.country,
      serviceAgreement: connected.serviceAgreement,
      profile: connected.profile,
      metadata: { account: connected.accountId, connectedAccount: connected.id },
    }),
  );
  if (sent.outcome !== 'SUCCEEDED') throw refusalOf(sent.failure, 'Stripe did not create the account');

  await recordCreation(work, connected, creation, sent, startedAt);
  return sent.value.stripeAccountId;
}

async function recordCreation(
  work: Work,
  connected: ConnectedAccountRow,
  creation: OperationRow,
  { value: facts, attempt }: { value: ConnectedAccountFacts; attempt: AnsweredAttempt },
  startedAt: Date,
): Promise<void> {
  await atomically(work, async (tx) => {
    if (!(await conclude(tx, creation, { stripeId: facts.stripeAccountId, attempt }))) return;
    await tx.sql
      .updateTable('connectedAccount')
      .set({ ...factColumns(facts), stripeAccountId: facts.stripeAccountId, connectedAt: tx.clock.now(), syncedAt: startedAt })
      .where('id', '=', connected.id)
      .where('stripeAccountId', 'is', null)
      .execute();
  });
}

/** Finishes a creation that a crash or an outage left undecided. */
export async function resumeCreation(work: Work, creation: OperationRow): Promise<void> {
  const connected = await work.read.selectFrom('connectedAccount').selectAll().where('id', '=', creation.subjectId).executeTakeFirst();
  await createAtStripe(work, known(connected, `connected account ${creation.subjectId}`), creation);
}
