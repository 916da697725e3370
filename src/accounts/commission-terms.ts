import type { CommissionTerms } from '../base/terms.js';
import type { Work } from '../db/work.js';
import type { CommissionPlanRow } from './commission-plan.js';

/**
 * The terms in force now for what an account sells in a currency: its plan for that currency, else its plan for all,
 * else the platform's default, which differs for offerings.
 */
export async function commissionTermsOf(
  work: Work,
  accountId: string,
  { currency, sold }: { currency: string; sold: 'DIRECT' | 'OFFERING' },
): Promise<CommissionTerms> {
  const plan = planInForce(await commissionPlansOf(work, [accountId]), currency, work.clock.now());
  if (!plan) return sold === 'OFFERING' ? work.config.offeringTerms : work.config.defaultTerms;

  const { percentageBps, fixedFeeMinor, feeFloorMinor, feeCapMinor, vatBps, feeMode } = plan;
  return { percentageBps, fixedFeeMinor, feeFloorMinor, feeCapMinor, vatBps, feeMode };
}

/** Which of an account's plans holds for a currency at an instant: that of the currency before that for all. Null where none does. */
export function planInForce(plans: readonly CommissionPlanRow[], currency: string, now: Date): CommissionPlanRow | null {
  const holding = plans.filter(({ validFrom, validUntil }) => validFrom <= now && now < validUntil);
  return holding.find((plan) => plan.currency === currency) ?? holding.find((plan) => plan.currency === null) ?? null;
}

/** The plans of several accounts that hold or will: by account, then currency, that for all first, then time. */
export function commissionPlansOf(work: Work, accountIds: readonly string[]): Promise<CommissionPlanRow[]> {
  return work.read
    .selectFrom('commissionPlan')
    .selectAll()
    .where('accountId', 'in', accountIds)
    .where('validUntil', '>', work.clock.now())
    .whereRef('validFrom', '<', 'validUntil')
    .orderBy('accountId')
    .orderBy('currency', (order) => order.asc().nullsFirst())
    .orderBy('validFrom')
    .execute();
}
