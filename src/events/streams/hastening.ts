import { atomically, type Work } from '../../db/work.js';

/** Has an account's stream polled at once: something has happened there that its own webhooks may not have told. */
export async function pollSoon(work: Work, stripeAccountId: string): Promise<void> {
  await atomically(work, (tx) =>
    tx.sql
      .updateTable('eventStream')
      .set({ nextPollAt: tx.clock.now() })
      .where('name', '=', `connect:${stripeAccountId}`)
      .where('nextPollAt', '>', tx.clock.now())
      .where('closedAt', 'is', null)
      .execute(),
  );
}
