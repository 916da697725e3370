import { known } from '../base/assert.js';
import { later, minuteMs } from '../base/clock.js';
import { atomically, type Work } from '../db/work.js';
import type { AnsweredAttempt } from '../operations/attempts.js';
import { carryOutInTheEnd } from '../operations/carrying-out.js';
import { conclude, intend } from '../operations/lifecycle.js';
import type { OperationRow } from '../operations/operation.js';
import { type ConnectedAccountFacts, createAccount, listAccountsCreatedSince } from '../stripe/accounts.js';
import { refusalOf } from '../stripe/refusal.js';
import type { StripeResult } from '../stripe/result.js';
import type { ConnectedAccountRow } from './connected-account.js';
import { factColumns } from './syncing.js';

const clockSkewMaxMs = 5 * minuteMs; // between Stripe's clock and ours

/**
 * Makes the Stripe account that `connected` is waiting for and records its id. Answers that id.
 * Safe to repeat and to run at once, also after a crash between Stripe's answer and our record: the key is the operation's.
 */
export async function createAtStripe(work: Work, connected: ConnectedAccountRow, creation: OperationRow): Promise<string> {
  const startedAt = work.clock.now();
  const { country, serviceAgreement, profile, accountId, id } = connected;
  let stripeAccountId = '';
  const carried = await carryOutInTheEnd<ConnectedAccountFacts>(work, creation, {
    send: (key) => createAccount(work, key, { country, serviceAgreement, profile, metadata: { account: accountId, connectedAccount: id } }),
    find: () => findCreated(work, connected, creation),
    record: (made, attempt) => {
      stripeAccountId = made.stripeAccountId;
      return recordCreation(work, connected, creation, made, attempt, startedAt);
    },
  });
  if (carried.outcome !== 'DONE') throw refusalOf(carried.failure, 'Stripe did not create the account');
  return stripeAccountId;
}

/** The account that was made for this connection, by its id in the metadata, among those made since it was first asked for. */
async function findCreated(work: Work, { id }: ConnectedAccountRow, creation: OperationRow): Promise<StripeResult<ConnectedAccountFacts | null>> {
  const listed = await listAccountsCreatedSince(work, later(creation.createdAt, -clockSkewMaxMs));
  return listed.ok ? { ...listed, value: listed.value.find(({ metadata }) => metadata['connectedAccount'] === id) ?? null } : listed;
}

async function recordCreation(
  work: Work,
  connected: ConnectedAccountRow,
  creation: OperationRow,
  facts: ConnectedAccountFacts,
  attempt: AnsweredAttempt | null,
  startedAt: Date,
): Promise<void> {
  await atomically(work, async (tx) => {
    if (!(await conclude(tx, creation, { stripeId: facts.stripeAccountId, attempt }))) return;
    const { stripeAccountId } = facts;
    const made = await tx.sql
      .updateTable('connectedAccount')
      .set({ ...factColumns(facts), stripeAccountId, connectedAt: tx.clock.now(), syncedAt: startedAt })
      .where('id', '=', connected.id)
      .where('stripeAccountId', 'is', null)
      .returning(['tenantId', 'retiredCause'])
      .executeTakeFirst();
    // disconnected while Stripe was at work on it: whoever did that knew of nothing to delete
    if (made?.retiredCause === 'DISCONNECTED')
      await intend(tx, { tenantId: made.tenantId, kind: 'ACCOUNT_DELETE', subjectId: connected.id, parameters: { account: stripeAccountId } });
  });
}

/** Finishes a creation that a crash or an outage left undecided. */
export async function resumeCreation(work: Work, creation: OperationRow): Promise<void> {
  const connected = await work.read.selectFrom('connectedAccount').selectAll().where('id', '=', creation.subjectId).executeTakeFirst();
  await createAtStripe(work, known(connected, `connected account ${creation.subjectId}`), creation);
}
