import { addMinor, subtractMinor } from '../base/money.js';
import type { Tx } from '../db/work.js';
import { credit, debit, post } from '../ledger/posting.js';
import type { PaymentRow } from '../payments/payment.js';
import type { DisputeRow } from './dispute.js';

/** What a bank has taken since we last looked: gone from the balance, with Stripe's fee, and standing as claimed until it is decided. */
export async function postWithdrawn(tx: Tx, { currency }: PaymentRow, before: DisputeRow, dispute: DisputeRow): Promise<void> {
  const { id, withdrawnMinor, openedAt: effectiveAt } = dispute;
  const takenMinor = subtractMinor(withdrawnMinor, before.withdrawnMinor);
  await post(tx, {
    cause: { kind: 'DISPUTE_OPENED', id: `${id}:${withdrawnMinor}` },
    currency,
    effectiveAt,
    sides: [debit('dispute_receivable', takenMinor), credit('stripe_balance', takenMinor)],
  });
  await postDisputeFee(tx, currency, dispute);
}

/** What Stripe keeps for it, each time it is known to have changed: a fee for receiving it, one for answering, and what of them comes back. */
async function postDisputeFee(tx: Tx, currency: string, { id, feeMinor }: DisputeRow): Promise<void> {
  const posted = await tx.sql
    .selectFrom('posting')
    .innerJoin('ledgerTransaction', 'ledgerTransaction.id', 'posting.transactionId')
    .select((row) => row.fn.coalesce(row.fn.sum<string>('posting.amountMinor'), row.lit(0)).as('minor'))
    .where('ledgerTransaction.causeKind', '=', 'DISPUTE_FEE')
    .where('ledgerTransaction.causeId', 'like', `${id}:%`)
    .where('posting.ledgerAccount', '=', 'dispute_fees')
    .executeTakeFirstOrThrow();
  const changeMinor = subtractMinor(feeMinor, Number(posted.minor));
  if (changeMinor === 0) return;
  const nth = await tx.sql
    .selectFrom('ledgerTransaction')
    .select((row) => row.fn.countAll<string>().as('count'))
    .where('causeKind', '=', 'DISPUTE_FEE')
    .where('causeId', 'like', `${id}:%`)
    .executeTakeFirstOrThrow();
  await post(tx, {
    cause: { kind: 'DISPUTE_FEE', id: `${id}:${Number(nth.count) + 1}` },
    currency,
    effectiveAt: tx.clock.now(),
    sides: [debit('dispute_fees', changeMinor), credit('stripe_balance', changeMinor)],
  });
}

/** What a bank has given back since we last looked, and what of the fees Stripe gave back with it. */
export async function postReinstated(tx: Tx, { currency }: PaymentRow, before: DisputeRow, dispute: DisputeRow): Promise<void> {
  const { id, reinstatedMinor } = dispute;
  const givenMinor = subtractMinor(reinstatedMinor, before.reinstatedMinor);
  await post(tx, {
    cause: { kind: 'DISPUTE_WON', id: `${id}:${reinstatedMinor}` },
    currency,
    effectiveAt: tx.clock.now(),
    sides: [debit('stripe_balance', givenMinor), credit('dispute_receivable', givenMinor)],
  });
  await postDisputeFee(tx, currency, dispute);
}

/** What is gone for good: each bears the part it had; what was taken beyond the payment is the platform's loss. False where it was posted before. */
export async function postDisputeLost(tx: Tx, { accountId, currency }: PaymentRow, dispute: DisputeRow): Promise<boolean> {
  const { id, withdrawnMinor, reinstatedMinor, sellerMinor, platformFeeMinor, vatMinor } = dispute;
  const goneMinor = subtractMinor(withdrawnMinor, reinstatedMinor);
  return post(tx, {
    cause: { kind: 'DISPUTE_LOST', id },
    currency,
    effectiveAt: tx.clock.now(),
    sides: [
      debit('seller_payable', sellerMinor, accountId),
      debit('commission', subtractMinor(platformFeeMinor, vatMinor)),
      debit('vat_payable', vatMinor),
      debit('dispute_losses', subtractMinor(goneMinor, addMinor(sellerMinor, platformFeeMinor))),
      credit('dispute_receivable', goneMinor),
    ],
  });
}
