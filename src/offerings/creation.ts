import { authorize } from '../access/permissions.js';
import type { Viewer } from '../access/viewer.js';
import { loadAccount } from '../accounts/finding.js';
import { dayMs, later } from '../base/clock.js';
import { Refusal } from '../base/errors.js';
import { newId } from '../base/ids.js';
import { checkChargeAmount } from '../base/money.js';
import { checkLine, nameLength } from '../base/text.js';
import { atomically, type Work } from '../db/work.js';
import type { OfferingRow } from './offering.js';

const deliversWithinMs = 3 * 365 * dayMs; // money is not held for longer: cards and plans change
const refundWindowMaxMs = 180 * dayMs; // beyond it, no bank takes a dispute back either

export interface OfferingInput {
  accountId: string;
  title: string;
  unitPriceMinor: number;
  currency: string;
  deliversAt: Date;
  /** Where absent: refunds end with the delivery. */
  refundableUntil: Date | null;
}

/**
 * Puts something on sale that is delivered later. A seller may offer before Stripe has finished with them: what is sold waits for that.
 * Refuses with INVALID, DATE_INVALID (in the past, or refunds that end before the delivery), AMOUNT_TOO_SMALL, AMOUNT_TOO_LARGE, CURRENCY_UNSUPPORTED.
 */
export async function createOffering(work: Work, viewer: Viewer, input: OfferingInput): Promise<OfferingRow> {
  authorize(viewer, 'createOffering', input);
  const account = await loadAccount(work, input.accountId);
  const title = checkLine(input.title, nameLength, ['title']);
  checkChargeAmount(input.unitPriceMinor, input.currency, ['unitPrice']);
  const refundableUntil = input.refundableUntil ?? input.deliversAt;
  checkDates(work.clock.now(), input.deliversAt, refundableUntil);

  const row: OfferingRow = {
    id: newId('offering', work.clock),
    tenantId: account.tenantId,
    accountId: account.id,
    title,
    unitPriceMinor: input.unitPriceMinor,
    currency: input.currency,
    deliversAt: input.deliversAt,
    refundableUntil,
    createdAt: work.clock.now(),
  };
  await atomically(work, (tx) => tx.sql.insertInto('offering').values(row).execute());
  return row;
}

function checkDates(now: Date, deliversAt: Date, refundableUntil: Date): void {
  if (deliversAt <= now)
    throw new Refusal(
      'DATE_INVALID',
      `deliversAt ${deliversAt.toISOString()} has passed.`,
      ['deliversAt'],
      `It is ${now.toISOString()} here; choose a later time.`,
    );
  if (deliversAt > later(now, deliversWithinMs))
    throw new Refusal('DATE_INVALID', `deliversAt ${deliversAt.toISOString()} is too far away.`, ['deliversAt'], 'Choose a time within three years.');
  if (refundableUntil < deliversAt)
    throw new Refusal(
      'DATE_INVALID',
      `refundableUntil ${refundableUntil.toISOString()} is before the delivery.`,
      ['refundableUntil'],
      `Choose ${deliversAt.toISOString()} or later.`,
    );
  if (refundableUntil > later(deliversAt, refundWindowMaxMs))
    throw new Refusal(
      'DATE_INVALID',
      `refundableUntil ${refundableUntil.toISOString()} is too long after the delivery.`,
      ['refundableUntil'],
      'Choose at most 180 days after it.',
    );
}
