import { authorize } from '../access/permissions.js';
import type { Viewer } from '../access/viewer.js';
import { Refusal } from '../base/errors.js';
import { newId } from '../base/ids.js';
import type { CommissionTerms } from '../base/terms.js';
import { atomically, type Reader, type Work } from '../db/work.js';
import type { AccountRow } from './account.js';
import { stillActive } from './connected-account.js';
import { loadAccount } from './finding.js';

/**
 * Gives one account a commission of its own, from now on. What was quoted or bought before keeps its terms.
 * Refuses with INVALID (a share outside 0 to 10000, a negative fixed fee).
 */
export async function setCommissionPlan(work: Work, viewer: Viewer, input: CommissionTerms & { accountId: string }): Promise<AccountRow> {
  authorize(viewer, 'setCommissionPlan', input);
  const { accountId, ...terms } = input;
  checkShare(terms.percentageBps, 'percentageFee');
  checkShare(terms.vatBps, 'vatRate');
  if (!Number.isSafeInteger(terms.fixedFeeMinor) || terms.fixedFeeMinor < 0) {
    throw new Refusal('INVALID', `fixedFee ${terms.fixedFeeMinor} is not a whole number of minor units from 0 on.`, ['fixedFee']);
  }
  const account = await loadAccount(work, accountId);

  await atomically(work, async (tx) => {
    const now = tx.clock.now();
    await tx.sql.selectFrom('account').select('id').where('id', '=', accountId).forUpdate().execute();
    await tx.sql
      .updateTable('commissionPlan')
      .set({ validUntil: now })
      .where('accountId', '=', accountId)
      .where('validUntil', '=', stillActive)
      .execute();
    await tx.sql
      .insertInto('commissionPlan')
      .values({
        ...terms,
        id: newId('commissionPlan', tx.clock),
        tenantId: account.tenantId,
        accountId,
        validFrom: now,
        validUntil: stillActive,
        createdBy: viewer.kind === 'PERSON' ? viewer.personId : 'system',
      })
      .execute();
  });
  return account;
}

function checkShare(bps: number, field: string): void {
  if (Number.isInteger(bps) && bps >= 0 && bps <= 10_000) return;
  throw new Refusal('INVALID', `${field} ${bps} is not a whole number of basis points from 0 to 10000.`, [field], '800 is 8 %.');
}

/** The terms in force for an account now: its own plan, or the platform's default, which differs for offerings. */
export async function commissionTermsOf(work: Work, accountId: string, sold: 'DIRECT' | 'OFFERING' = 'DIRECT'): Promise<CommissionTerms> {
  return (await findOwnTerms(work.read, accountId)) ?? (sold === 'OFFERING' ? work.config.offeringTerms : work.config.defaultTerms);
}

async function findOwnTerms(read: Reader, accountId: string): Promise<CommissionTerms | null> {
  const plan = await read
    .selectFrom('commissionPlan')
    .select(['percentageBps', 'fixedFeeMinor', 'vatBps', 'feeMode'])
    .where('accountId', '=', accountId)
    .where('validUntil', '=', stillActive)
    .executeTakeFirst();
  return plan ?? null;
}
