import type { Stripe } from 'stripe';
import { at as instantAt } from '../../../base/clock.js';
import { flag, integer, integers, object, oneOf, type Spec, type Values } from '../../protocol/parameters.js';
import { none } from '../../protocol/unset.js';
import type { Route } from '../../route.js';
import type { Part, Stored, World } from '../../world.js';
import { payOutBySchedule } from './payouts.js';

export type SimBalanceSettings = Stored & { payments: Part<Stripe.BalanceSettings.Payments> };
type Interval = 'daily' | 'manual' | 'monthly' | 'weekly';

const updateSpec = {
  payments: object({
    debit_negative_balances: flag,
    payouts: object({
      minimum_balance_by_currency: integers,
      schedule: object({ interval: oneOf('daily', 'manual', 'monthly', 'weekly') }),
    }),
    settlement_timing: object({ delay_days_override: integer }),
  }),
} satisfies Spec<Stripe.BalanceSettingsUpdateParams>;

export const balanceSettingsRoutes: Route[] = [
  { method: 'GET', path: '/v1/balance_settings', spec: {}, run: ({ world, owner }) => answer(settingsOf(world, owner)) },
  { method: 'POST', path: '/v1/balance_settings', spec: updateSpec, run: ({ world, owner, values }) => update(world, owner, values) },
];

function answer({ payments }: SimBalanceSettings): object {
  return { object: 'balance_settings', payments };
}

const idOf = (owner: string) => `balance_settings_${owner}`;

/** An owner's settings. Payouts are manual until asked for otherwise. */
function settingsOf(world: World, owner: string): SimBalanceSettings {
  return (
    world.find<SimBalanceSettings>(owner, 'balance_settings', idOf(owner)) ?? {
      id: idOf(owner),
      object: 'balance_settings',
      created: world.now,
      payments: {
        debit_negative_balances: false,
        payouts: {
          ...none('automatic_transfer_rules_by_currency', 'minimum_balance_by_currency'),
          schedule: { interval: 'manual' },
          statement_descriptor: null,
          status: 'enabled',
        },
        settlement_timing: { delay_days: 2, start_of_day: null },
      },
    }
  );
}

function update(world: World, owner: string, { payments }: Values<typeof updateSpec>): object {
  const settings = settingsOf(world, owner);
  const { debit_negative_balances: debits, payouts, settlement_timing: timing } = payments ?? {};
  if (debits !== undefined) settings.payments.debit_negative_balances = debits;
  if (payouts?.minimum_balance_by_currency) keepAtLeast(settings, payouts.minimum_balance_by_currency);
  if (payouts?.schedule?.interval) settings.payments.payouts = { ...settings.payments.payouts, schedule: { interval: payouts.schedule.interval } };
  if (timing?.delay_days_override !== undefined) {
    const days = timing.delay_days_override;
    settings.payments.settlement_timing = { ...settings.payments.settlement_timing, delay_days: days, delay_days_override: days };
  }
  world.add(owner, settings);
  world.wake(settings.id, nextPayout(world.now, intervalOf(settings)));
  world.emit(owner, 'balance_settings.updated', answer(settings));
  return answer(settings);
}

function keepAtLeast({ payments }: SimBalanceSettings, amounts: Record<string, number | null>): void {
  const all = { ...payments.payouts?.minimum_balance_by_currency, ...amounts };
  const kept = Object.fromEntries(Object.entries(all).filter((entry): entry is [string, number] => typeof entry[1] === 'number'));
  payments.payouts = { ...payments.payouts, minimum_balance_by_currency: Object.keys(kept).length > 0 ? kept : null };
}

function intervalOf({ payments }: SimBalanceSettings): Interval {
  return (payments.payouts?.schedule?.interval ?? 'manual') as Interval;
}

/** The day has come: what is available goes to the bank. */
export function payOutDue(world: World, owner: string, settings: SimBalanceSettings): void {
  payOutBySchedule(world, owner, (settings.payments.payouts?.minimum_balance_by_currency ?? {}) as Record<string, number>);
  world.wake(settings.id, nextPayout(world.now, intervalOf(settings)));
}

/** The next midnight of the schedule, in UTC: every one, Mondays', or that of each month's first. Null for never. */
function nextPayout(now: number, interval: Interval): number | null {
  if (interval === 'manual') return null;
  const next = instantAt(now * 1_000);
  next.setUTCHours(24, 0, 0, 0);
  while (interval === 'weekly' && next.getUTCDay() !== 1) next.setUTCDate(next.getUTCDate() + 1);
  while (interval === 'monthly' && next.getUTCDate() !== 1) next.setUTCDate(next.getUTCDate() + 1);
  return next.getTime() / 1_000;
}
