import { known } from '../base/assert.js';
import type { Work } from '../db/work.js';
import { offeringsByIds } from '../offerings/reading.js';
import { explain } from '../settlements/explaining.js';
import { partsOf, sumsOf } from '../settlements/reading.js';
import type { SettlementRow } from '../settlements/settlement.js';
import type { ToldSettlement } from './pages/settlement-words.js';

/** Settlements with what a page says of them, in three statements; in the order given. */
export async function tellSettlements(work: Work, settlements: readonly SettlementRow[]): Promise<ToldSettlement[]> {
  if (settlements.length === 0) return [];
  const ids = settlements.map(({ id }) => id);
  const offeringIds = [...new Set(settlements.map(({ offeringId }) => offeringId))];
  const [sums, parts, offerings] = await Promise.all([sumsOf(work, ids), partsOf(work, ids), offeringsByIds(work, offeringIds)]);
  return settlements.map((settlement, at) => ({
    settlement,
    title: known(
      offerings.find(({ id }) => id === settlement.offeringId),
      `offering ${settlement.offeringId}`,
    ).title,
    sum: known(sums[at], `the sum of ${settlement.id}`),
    explained: explain(settlement, known(parts[at], `the parts of ${settlement.id}`), work.clock.now()),
  }));
}
