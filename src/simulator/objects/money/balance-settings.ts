import type { Stripe } from 'stripe';
import { flag, integer, object, oneOf, type Spec, type Values } from '../../protocol/parameters.js';
import type { Route } from '../../route.js';
import type { Part, Stored, World } from '../../world.js';

type Settings = Stored & { payments: Part<Stripe.BalanceSettings.Payments> };

const updateSpec = {
  payments: object({
    debit_negative_balances: flag,
    payouts: object({ schedule: object({ interval: oneOf('daily', 'manual', 'monthly', 'weekly') }) }),
    settlement_timing: object({ delay_days_override: integer }),
  }),
} satisfies Spec<Stripe.BalanceSettingsUpdateParams>;

export const balanceSettingsRoutes: Route[] = [
  { method: 'GET', path: '/v1/balance_settings', spec: {}, run: ({ world, owner }) => answer(settingsOf(world, owner)) },
  { method: 'POST', path: '/v1/balance_settings', spec: updateSpec, run: ({ world, owner, values }) => update(world, owner, values) },
];

function answer({ payments }: Settings): object {
  return { object: 'balance_settings', payments };
}

/** An owner's settings. Payouts are manual until asked for: the simulator pays out only when told to. */
function settingsOf(world: World, owner: string): Settings {
  return (
    world.find<Settings>(owner, 'balance_settings', `balance_settings_${owner}`) ?? {
      id: `balance_settings_${owner}`,
      object: 'balance_settings',
      created: world.now,
      payments: {
        debit_negative_balances: false,
        payouts: { minimum_balance_by_currency: null, schedule: { interval: 'manual' }, statement_descriptor: null, status: 'enabled' },
        settlement_timing: { delay_days: 2 },
      },
    }
  );
}

function update(world: World, owner: string, { payments }: Values<typeof updateSpec>): object {
  const settings = settingsOf(world, owner);
  const { debit_negative_balances: debits, payouts, settlement_timing: timing } = payments ?? {};
  if (debits !== undefined) settings.payments.debit_negative_balances = debits;
  if (payouts?.schedule?.interval) settings.payments.payouts = { ...settings.payments.payouts, schedule: { interval: payouts.schedule.interval } };
  if (timing?.delay_days_override !== undefined) {
    const days = timing.delay_days_override;
    settings.payments.settlement_timing = { delay_days: days, delay_days_override: days };
  }
  world.add(owner, settings);
  world.emit(owner, 'balance_settings.updated', answer(settings));
  return answer(settings);
}
