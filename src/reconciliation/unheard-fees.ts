import { sql } from 'kysely';
import { commissionTermsOf } from '../accounts/commission-terms.js';
import { dayMs, hourMs, later } from '../base/clock.js';
import { subtractMinor, vatInside } from '../base/money.js';
import { atomically, type Tx, type Work } from '../db/work.js';
import { credit, debit, isPosted, post } from '../ledger/posting.js';

/** A line of the balance of a fee that no payment here has, on an account of which nothing is read any more. */
interface UnheardLine {
  id: string;
  feeId: string;
  netMinor: number;
  currency: string;
  happenedAt: Date;
  accountId: string;
  connectedAccountId: string;
}

const graceMs = 1 * hourMs; // by then, whoever read a payment before the account left has recorded it
const leftWithinMs = 30 * dayMs; // since somebody here has heard of it
const lookBackMs = 180 * dayMs; // nobody may have been here for long before that; the reconciliation names what is older
const linesMax = 100; // of one run; what is left follows with the next

/**
 * Books the platform's fees of payments that it never heard of and never will, since their account has left: from the lines of the balance alone, which
 * stay the platform's own. The tax in them is by the account's terms now. Safe to repeat and to run at once: each line is booked once. Answers how many were.
 */
export async function bookUnheardFees(work: Work): Promise<number> {
  let count = 0;
  for (const line of await unheardLines(work)) {
    const { vatBps } = await commissionTermsOf(work, line.accountId, { currency: line.currency, sold: 'DIRECT' });
    if (await atomically(work, (tx) => bookLine(tx, line, vatBps))) count++;
  }
  if (count > 0) work.log.warn({ count }, 'fees are booked of payments that are not known here, on accounts that have left');
  return count;
}

async function unheardLines(work: Work): Promise<UnheardLine[]> {
  const now = work.clock.now();
  return work.read
    .selectFrom('eventStream')
    .innerJoin('connectedAccount', (join) => join.on(sql<boolean>`event_stream.name = 'connect:' || connected_account.stripe_account_id`))
    .innerJoin('balanceTransaction as fee', 'fee.stripeAccountId', 'connectedAccount.stripeAccountId')
    .innerJoin('balanceTransaction as line', 'line.sourceId', 'fee.sourceId')
    .select([
      'line.id',
      'line.netMinor',
      'line.currency',
      'line.happenedAt',
      'connectedAccount.accountId',
      'connectedAccount.id as connectedAccountId',
      sql<string>`fee.source_id`.as('feeId'),
    ])
    .where('eventStream.closedAt', '<', later(now, -graceMs))
    .where('eventStream.closedAt', '>', later(now, -leftWithinMs))
    .where('fee.happenedAt', '>', later(now, -lookBackMs))
    .where('line.type', 'in', ['application_fee', 'application_fee_refund'])
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('payment').select('payment.id').whereRef('payment.applicationFeeId', '=', 'fee.sourceId'))),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('ledgerTransaction')
            .select('ledgerTransaction.id')
            .where('ledgerTransaction.causeKind', '=', 'APPLICATION_FEE')
            .whereRef('ledgerTransaction.causeId', '=', 'line.id'),
        ),
      ),
    )
    .orderBy('line.happenedAt')
    .orderBy('line.id')
    .limit(linesMax)
    .execute();
}

/** False where it is booked already, or its payment has come after all: a payment points at its connected account, which stands still meanwhile. */
async function bookLine(tx: Tx, { id, feeId, netMinor, currency, happenedAt, connectedAccountId }: UnheardLine, vatBps: number): Promise<boolean> {
  await tx.sql.selectFrom('connectedAccount').select('id').where('id', '=', connectedAccountId).forUpdate().execute();
  const cause = { kind: 'APPLICATION_FEE', id } as const;
  const payment = await tx.sql.selectFrom('payment').select('id').where('applicationFeeId', '=', feeId).executeTakeFirst();
  if (payment || (await isPosted(tx, cause))) return false;
  const vatMinor = netMinor < 0 ? subtractMinor(0, vatInside(subtractMinor(0, netMinor), vatBps)) : vatInside(netMinor, vatBps);
  const sides = [debit('stripe_balance', netMinor), credit('commission', subtractMinor(netMinor, vatMinor)), credit('vat_payable', vatMinor)];
  return post(tx, { cause, currency, effectiveAt: happenedAt, sides });
}
