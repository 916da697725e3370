import type { Work } from '../db/work.js';
import { refusalOf } from '../stripe/refusal.js';
import { listReversals, type ReversalFacts } from '../stripe/transfers.js';

/**
 * What of a transfer of ours was taken back by somebody at Stripe, not by us: the books know nothing of it, and the seller has less than they say.
 * Empty for a transfer that is none of ours. Throws while Stripe does not answer.
 */
export async function foreignReversals(work: Work, stripeTransferId: string): Promise<ReversalFacts[]> {
  const ours = await work.read
    .selectFrom('operation')
    .select('id')
    .where('stripeId', '=', stripeTransferId)
    .where('kind', 'in', ['TRANSFER', 'RETRANSFER'])
    .executeTakeFirst();
  if (!ours) return [];
  const listed = await listReversals(work, stripeTransferId);
  if (!listed.ok) throw refusalOf(listed.failure, 'Stripe did not show what was taken back');
  return listed.value.filter(({ metadata }) => !metadata['operation']);
}
