import { Refusal } from '../base/errors.js';
import { atomically, type Tx, type Work } from '../db/work.js';
import { credit, debit, post } from '../ledger/posting.js';
import { type BalanceTransactionFacts, listBalanceTransactions } from '../stripe/balance-transactions.js';
import { retrieveRefund } from '../stripe/refunds.js';
import { refusalOf } from '../stripe/refusal.js';
import { platform } from '../stripe/scope.js';
import { bookUnheardFees } from './unheard-fees.js';

const stream = 'platform';
const pagesMax = 100; // of one run: ten thousand lines; what is left follows with the next

/**
 * Takes in what is new in the platform's balance at Stripe, each line once, and books what nothing else will. The first time it walks back through all of it.
 * Safe to repeat and to run at once. Answers how many lines were new. Throws while Stripe does not answer.
 */
export async function ingestBalance(work: Work): Promise<number> {
  const cursor = await work.read.selectFrom('balanceCursor').select('newestId').where('stream', '=', stream).executeTakeFirst();
  const count = await (cursor ? goOn(work, cursor.newestId) : begin(work));
  await bookUnheardFees(work);
  return count;
}

/** The same on time: what Stripe does not show now follows with the next run. */
export async function ingestBalanceOnTime(work: Work): Promise<number> {
  try {
    return await ingestBalance(work);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    work.log.warn({ reason: error.message }, 'the balance was not taken in');
    return 0;
  }
}

async function goOn(work: Work, from: string): Promise<number> {
  let [newest, count] = [from, 0];
  for (let page = 0; page < pagesMax; page++) {
    const { rows, hasMore } = await pageOf(work, { newerThan: newest });
    const [last] = rows;
    if (!last) return count;
    count += await take(work, rows, last.id);
    newest = last.id;
    if (!hasMore) return count;
  }
  return count;
}

/** Backwards to the first line; what comes meanwhile is newer than where it began, and follows with the next run. */
async function begin(work: Work): Promise<number> {
  let count = 0;
  let first: string | null = null;
  let from: { olderThan: string } | null = null;
  for (;;) {
    const { rows, hasMore } = await pageOf(work, from);
    const oldest = rows.at(-1);
    if (!oldest) break;
    first ??= rows[0]?.id ?? null;
    count += await take(work, rows, null);
    if (!hasMore) break;
    from = { olderThan: oldest.id };
  }
  const newestId = first;
  if (newestId) await atomically(work, (tx) => moveCursor(tx, newestId));
  return count;
}

async function pageOf(work: Work, from: Parameters<typeof listBalanceTransactions>[1]) {
  const page = await listBalanceTransactions(work, from);
  if (!page.ok) throw refusalOf(page.failure, 'Stripe did not show its balance');
  return page.value;
}

/** Stores lines and, where they are the newest, how far that is: together or not at all. */
async function take(work: Work, rows: BalanceTransactionFacts[], newestId: string | null): Promise<number> {
  const charges = await chargesOfForeignRefunds(work, rows);
  return atomically(work, async (tx) => {
    const taken = await tx.sql
      .insertInto('balanceTransaction')
      .values(rows.map((row) => ({ ...row, chargeId: charges.get(row.sourceId ?? '') ?? null, ingestedAt: tx.clock.now() })))
      .onConflict((conflict) => conflict.doNothing())
      .returningAll()
      .execute();
    for (const line of taken) if (line.type === 'stripe_fee') await postStripeFee(tx, line);
    if (newestId) await moveCursor(tx, newestId);
    return taken.length;
  });
}

function moveCursor(tx: Tx, newestId: string): Promise<unknown> {
  return tx.sql
    .insertInto('balanceCursor')
    .values({ stream, newestId })
    .onConflict((conflict) => conflict.column('stream').doUpdateSet({ newestId }))
    .execute();
}

/** What Stripe takes by itself, for charges of sellers that the platform pays for, or for anything else: an expense, whatever its words. */
async function postStripeFee(
  tx: Tx,
  { id, currency, netMinor, happenedAt }: Pick<BalanceTransactionFacts, 'id' | 'currency' | 'netMinor' | 'happenedAt'>,
) {
  const sides = [debit('stripe_balance', netMinor), credit('stripe_fees', netMinor)];
  await post(tx, { cause: { kind: 'STRIPE_FEE', id }, currency, effectiveAt: happenedAt, sides });
}

/** A refund that was made at Stripe, not here, tells its payment by its charge alone. */
async function chargesOfForeignRefunds(work: Work, rows: BalanceTransactionFacts[]): Promise<Map<string, string>> {
  const refundIds = rows.flatMap(({ sourceId }) => (sourceId?.startsWith('re_') ? [sourceId] : []));
  const charges = new Map<string, string>();
  if (refundIds.length === 0) return charges;
  const ours = await work.read.selectFrom('refund').select('stripeRefundId').where('stripeRefundId', 'in', refundIds).execute();
  const known = new Set(ours.map(({ stripeRefundId }) => stripeRefundId));
  for (const id of refundIds.filter((refundId) => !known.has(refundId))) {
    const refund = await retrieveRefund(work, platform, id);
    if (!refund.ok && refund.failure.kind !== 'REFUSED') throw refusalOf(refund.failure, 'Stripe did not show a refund of its balance'); // taken in with the next run
    if (refund.ok && refund.value.chargeId) charges.set(id, refund.value.chargeId);
  }
  return charges;
}
