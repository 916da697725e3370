import { known } from '../base/assert.js';
import { addMinor } from '../base/money.js';
import type { Tx } from '../db/work.js';
import { credit, debit, post } from '../ledger/posting.js';
import type { SettlementRow } from './settlement.js';

/** A settlement in the books: what was owed to the seller leaves the balance, and what the seller owed is set off against it. */
export async function postSettlement(tx: Tx, settlement: SettlementRow, effectiveAt: Date): Promise<void> {
  const amountMinor = known(settlement.amountMinor, 'the amount of a settlement that was frozen');
  const { accountId, deductedMinor, currency } = settlement;
  await post(tx, {
    cause: { kind: 'SETTLEMENT', id: settlement.id },
    currency,
    effectiveAt,
    sides: [
      debit('seller_payable', addMinor(amountMinor, deductedMinor), accountId),
      credit('stripe_balance', amountMinor),
      credit('seller_receivable', deductedMinor, accountId),
    ],
  });
}
