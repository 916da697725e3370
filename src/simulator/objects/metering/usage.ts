import { invalid } from '../../protocol/errors.js';
import type { Stored, World } from '../../world.js';
import type { AskedSummaries, SimMeter } from './meters.js';

/** One event that a meter counted: whose, when, how much. */
export interface Usage extends Stored {
  meter: string;
  customer: string;
  timestamp: number;
  value: number;
}

const windowSeconds = { hour: 3_600, day: 86_400 };
const pageDefault = 10;
const pageMax = 100;

/** What a meter counted for a customer, in one sum or one for each hour or day, the newest first. */
export function summariesOf(world: World, owner: string, meter: SimMeter, asked: AskedSummaries): object {
  const { customer, start_time: start = 0, end_time: end = 0, value_grouping_window: window } = asked;
  world.get(owner, 'customer', customer as string, 'customer');
  const step = window === undefined ? 60 : windowSeconds[window];
  for (const [name, time] of Object.entries({ start_time: start, end_time: end }))
    if (time % step !== 0) throw invalid(null, `${name} must be aligned with ${window ?? 'minute'} boundaries.`, name);
  if (end <= start) throw invalid(null, 'end_time must be after start_time.', 'end_time');

  const counted = world
    .all<Usage>('simulator.usage', owner)
    .filter((usage) => usage.meter === meter.id && usage.customer === customer && usage.timestamp >= start && usage.timestamp < end)
    .reverse()
    .sort((one, other) => one.timestamp - other.timestamp);
  const groups = Map.groupBy(counted, ({ timestamp }) => (window === undefined ? start : timestamp - (timestamp % step)));
  const data = [...groups].reverse().map(([from, usages]) => ({
    id: `mtrusg_test_${meter.id.slice(-12)}${from}`,
    object: 'billing.meter_event_summary',
    aggregated_value: aggregated(meter.default_aggregation.formula, usages),
    start_time: from,
    end_time: window === undefined ? end : from + step,
    livemode: false,
    meter: meter.id,
  }));
  const limit = Math.min(pageMax, Number(asked.limit ?? pageDefault));
  return { object: 'list', url: `/v1/billing/meters/${meter.id}/event_summaries`, has_more: data.length > limit, data: data.slice(0, limit) };
}

function aggregated(formula: SimMeter['default_aggregation']['formula'], usages: Usage[]): number {
  if (formula === 'count') return usages.length;
  if (formula === 'last') return usages.at(-1)?.value ?? 0;
  return usages.reduce((sum, { value }) => sum + value, 0);
}
