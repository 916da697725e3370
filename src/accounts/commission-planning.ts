import { authorize } from '../access/permissions.js';
import { actorOf, type Viewer } from '../access/viewer.js';
import { dayMs, later } from '../base/clock.js';
import { findCurrency } from '../base/currencies.js';
import { Refusal } from '../base/errors.js';
import { newId } from '../base/ids.js';
import { wholeBps } from '../base/money.js';
import type { CommissionTerms } from '../base/terms.js';
import { atomically, type Tx, type Work } from '../db/work.js';
import type { AccountRow } from './account.js';
import { stillActive } from './connected-account.js';
import { loadAccount } from './finding.js';

export interface CommissionPlanInput extends CommissionTerms {
  accountId: string;
  /** Null for all currencies that have no plan of their own. */
  currency: string | null;
  /** Null for now. */
  validFrom: Date | null;
}

const aheadMaxMs = 3 * 365 * dayMs; // a later date is a slip of the pen
const waitingMax = 24; // plans of one currency that have not begun: two years of monthly steps
const amountMaxMinor = 99_999_999; // the most Stripe charges in any currency but one

/**
 * Gives one account a commission of its own, from now or a later instant until its next plan begins. What was quoted or bought before keeps its terms.
 * A plan that begins at the same instant is replaced. Two at once take turns.
 * Refuses with INVALID (a rate outside 0 to 10000, an amount that is none, too large or not charged in the currency, a floor above the cap or
 * without a currency, too many plans that wait), CURRENCY_UNSUPPORTED, DATE_INVALID.
 */
export async function setCommissionPlan(work: Work, viewer: Viewer, input: CommissionPlanInput): Promise<AccountRow> {
  authorize(viewer, 'setCommissionPlan', input);
  checkTerms(input);
  checkStart(input.validFrom, work.clock.now());
  const { accountId, validFrom, ...terms } = input;
  const account = await loadAccount(work, accountId);

  await atomically(work, async (tx) => {
    await tx.sql.selectFrom('account').select('id').where('id', '=', accountId).forUpdate().execute();
    const now = tx.clock.now();
    const begins = validFrom && validFrom > now ? validFrom : now;
    await endAt(tx, input, begins);
    await tx.sql
      .insertInto('commissionPlan')
      .values({
        ...terms,
        id: newId('commissionPlan', tx.clock),
        tenantId: account.tenantId,
        accountId,
        validFrom: begins,
        validUntil: await nextStart(tx, input, begins),
        createdBy: actorOf(viewer),
      })
      .execute();
  });
  return account;
}

type Scope = Pick<CommissionPlanInput, 'accountId' | 'currency'>;

/** Ends the plan that holds at `begins`; one that begins right then is over as it begins. */
async function endAt(tx: Tx, { accountId, currency }: Scope, begins: Date): Promise<void> {
  await tx.sql
    .updateTable('commissionPlan')
    .set({ validUntil: begins })
    .where('accountId', '=', accountId)
    .where('currency', 'is not distinct from', currency)
    .where('validFrom', '<=', begins)
    .where('validUntil', '>', begins)
    .execute();
}

async function nextStart(tx: Tx, { accountId, currency }: Scope, begins: Date): Promise<Date> {
  const now = tx.clock.now();
  const waiting = await tx.sql
    .selectFrom('commissionPlan')
    .select('validFrom')
    .where('accountId', '=', accountId)
    .where('currency', 'is not distinct from', currency)
    .where('validFrom', '>', now)
    .whereRef('validFrom', '<', 'validUntil')
    .orderBy('validFrom')
    .execute();
  if (begins > now && waiting.length >= waitingMax) {
    throw new Refusal('INVALID', `${waiting.length} plans wait to begin already.`, ['validFrom'], 'Set the terms of one of them instead.');
  }
  return waiting.find(({ validFrom }) => validFrom > begins)?.validFrom ?? stillActive;
}

function checkStart(validFrom: Date | null, now: Date): void {
  if (validFrom === null || (validFrom >= now && validFrom <= later(now, aheadMaxMs))) return;
  const why = validFrom < now ? 'has passed' : 'is too far away';
  const remedy = validFrom < now ? `It is ${now.toISOString()} here; leave it out to begin now.` : 'Choose a time within three years.';
  throw new Refusal('DATE_INVALID', `validFrom ${validFrom.toISOString()} ${why}.`, ['validFrom'], remedy);
}

function checkTerms({ percentageBps, vatBps, fixedFeeMinor, feeFloorMinor, feeCapMinor, currency }: CommissionPlanInput): void {
  checkShare(percentageBps, 'percentageFee');
  checkShare(vatBps, 'vatRate');
  const known = currency === null ? null : findCurrency(currency);
  if (currency !== null && !known) {
    const remedy = 'Use an ISO 4217 code such as EUR, or leave it out for all currencies.';
    throw new Refusal('CURRENCY_UNSUPPORTED', `Stripe does not charge in ${JSON.stringify(currency.slice(0, 8))}.`, ['currency'], remedy);
  }
  for (const [amountMinor, field] of [[fixedFeeMinor, 'fixedFee'] as const, [feeFloorMinor, 'feeFloor'] as const, [feeCapMinor, 'feeCap'] as const]) {
    if (amountMinor === null) continue;
    checkAmount(amountMinor, field, known?.chargeMaxMinor ?? amountMaxMinor, known?.stepMinor ?? 1);
    if (field !== 'fixedFee' && !known) {
      throw new Refusal('INVALID', `${field} ${amountMinor} is no amount without a currency.`, [field], 'Give the currency the plan is for.');
    }
  }
  if (feeFloorMinor !== null && feeCapMinor !== null && feeFloorMinor > feeCapMinor) {
    throw new Refusal('INVALID', `feeFloor ${feeFloorMinor} is above feeCap ${feeCapMinor}.`, ['feeFloor'], 'Lower the one or raise the other.');
  }
}

function checkShare(bps: number, field: string): void {
  if (Number.isInteger(bps) && bps >= 0 && bps <= wholeBps) return;
  throw new Refusal('INVALID', `${field} ${bps} is not a whole number of basis points from 0 to ${wholeBps}.`, [field], '800 is 8 %.');
}

function checkAmount(amountMinor: number, field: string, maxMinor: number, stepMinor: number): void {
  if (Number.isSafeInteger(amountMinor) && amountMinor >= 0 && amountMinor <= maxMinor && amountMinor % stepMinor === 0) return;
  const steps = stepMinor === 1 ? '' : `, in steps of ${stepMinor}`;
  throw new Refusal('INVALID', `${field} ${amountMinor} is not a whole number of minor units from 0 to ${maxMinor}${steps}.`, [field]);
}
