import { atomically, type Work } from '../db/work.js';
import type { CheckoutSessionFacts } from '../stripe/checkout-sessions.js';
import type { Quote } from './commission.js';
import type { PurchaseSessionRow } from './purchase-session.js';

/** What of a purchase Stripe keeps for us beside its session: so that a database restored from a backup of before can take it up. */
type Kept = Pick<PurchaseSessionRow, 'offeringId'> & Quote;

/** What Stripe is told of a purchase by the platform's own charge, whose money we hold: what was quoted, without anything about a person. */
export function keptOf(purchase: PurchaseSessionRow): Record<string, string> {
  if (purchase.chargeModel !== 'SEPARATE') return {}; // on a seller's own account, whoever owns it could write it
  const { offeringId, currency, quantity, percentageBps, fixedFeeMinor, feeFloorMinor, feeCapMinor, vatBps, feeMode } = purchase;
  const { subtotalMinor, platformFeeMinor, vatMinor, sellerTransferMinor, totalChargedMinor } = purchase;
  const terms = { currency, quantity, percentageBps, fixedFeeMinor, feeFloorMinor, feeCapMinor, vatBps, feeMode };
  const kept: Kept = { offeringId, ...terms, subtotalMinor, platformFeeMinor, vatMinor, sellerTransferMinor, totalChargedMinor };
  return { quote: JSON.stringify(kept) };
}

/**
 * Takes up a paid purchase of an offering that Stripe keeps for us and the database has forgotten, as it was quoted. Undefined for what is none of ours,
 * of an offering that is not known here, or of another amount. Safe to repeat and to run at once: it has the id that it had.
 */
export async function recallPurchase(work: Work, session: CheckoutSessionFacts): Promise<PurchaseSessionRow | undefined> {
  const { purchase: id } = session.metadata;
  const kept = keptIn(session);
  if (!id || !kept || session.status !== 'complete' || session.email === null) return undefined;
  const { offeringId, ...quoted } = kept;
  const offering = await work.read
    .selectFrom('offering')
    .select(['id', 'tenantId', 'accountId'])
    .where('id', '=', offeringId ?? '')
    .executeTakeFirst();
  if (!offering || quoted.totalChargedMinor !== session.amountTotalMinor) return undefined;
  const { tenantId, accountId } = offering;
  const purchase: PurchaseSessionRow = {
    ...quoted,
    id,
    tenantId,
    accountId,
    connectedAccountId: null,
    offeringId: offering.id,
    kind: 'OFFERING',
    chargeModel: 'SEPARATE',
    status: 'OPEN',
    email: session.email,
    interval: null,
    stripeSessionId: session.id,
    expiresAt: session.expiresAt,
    completedAt: null,
    createdAt: session.createdAt,
  };
  await atomically(work, (tx) =>
    tx.sql
      .insertInto('purchaseSession')
      .values(purchase)
      .onConflict((conflict) => conflict.doNothing())
      .execute(),
  );
  work.log.warn({ purchase: id }, 'a purchase is taken up that the database had forgotten');
  return work.read.selectFrom('purchaseSession').selectAll().where('id', '=', id).executeTakeFirst();
}

/** What we once had Stripe keep; null for what nobody here has written. */
function keptIn({ metadata }: CheckoutSessionFacts): Kept | null {
  try {
    return JSON.parse(metadata['quote'] ?? 'null') as Kept | null;
  } catch {
    return null;
  }
}
