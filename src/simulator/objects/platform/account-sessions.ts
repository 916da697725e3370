import type { Stripe } from 'stripe';
import { flag, object, required, type Spec, text, type Values } from '../../protocol/parameters.js';
import type { Route } from '../../route.js';
import type { World } from '../../world.js';
import { connectedOf } from './accounts.js';

/** What each of Stripe's embedded components could do, all of it off: only whether it is there is simulated. Source: the declarations of the SDK */
const features = {
  account_management: off('disable_stripe_user_authentication', 'external_account_collection'),
  account_onboarding: off('disable_stripe_user_authentication', 'external_account_collection'),
  balance_report: {},
  balances: off(...payoutFeatures()),
  disputes_list: off('capture_payments', ...disputeFeatures()),
  documents: {},
  financial_account: off('disable_stripe_user_authentication', 'external_account_collection', 'send_money', 'transfer_balance'),
  financial_account_transactions: off('card_spend_dispute_management'),
  instant_payouts_promotion: off('disable_stripe_user_authentication', 'external_account_collection', 'instant_payouts'),
  issuing_card: off(...cardFeatures()),
  issuing_cards_list: off('disable_stripe_user_authentication', ...cardFeatures()),
  notification_banner: off('disable_stripe_user_authentication', 'external_account_collection'),
  payment_details: off('capture_payments', ...disputeFeatures()),
  payment_disputes: off(...disputeFeatures()),
  payment_method_settings: off('disable_stripe_user_authentication'),
  payments: off('capture_payments', ...disputeFeatures()),
  payout_details: {},
  payout_reconciliation_report: {},
  payouts: off(...payoutFeatures()),
  payouts_list: {},
  reporting_chart: {},
  tax_registrations: {},
  tax_settings: {},
  terminal_hardware_orders: {},
  terminal_hardware_shop: {},
} satisfies Features;
type Features = {
  [C in keyof Stripe.AccountSession.Components]: { [F in keyof Stripe.AccountSession.Components[C]['features']]: boolean };
};
type Component = keyof Features;

function payoutFeatures() {
  return [
    'disable_stripe_user_authentication',
    'edit_payout_schedule',
    'external_account_collection',
    'instant_payouts',
    'standard_payouts',
  ] as const;
}

function disputeFeatures() {
  return ['destination_on_behalf_of_charge_management', 'dispute_management', 'refund_management', 'smart_disputes_management'] as const;
}

function cardFeatures() {
  return ['card_management', 'card_spend_dispute_management', 'cardholder_management', 'spend_control_management'] as const;
}

function off<Name extends string>(...names: Name[]): Record<Name, false> {
  return Object.fromEntries(names.map((name) => [name, false])) as Record<Name, false>;
}

const names = Object.keys(features) as Component[];
const asked = object({ enabled: required(flag) });
const sessionSpec = {
  account: required(text),
  components: required(object(Object.fromEntries(names.map((name) => [name, asked])) as Record<Component, typeof asked>)),
} satisfies Spec<Stripe.AccountSessionCreateParams>;
const sessionSeconds = 1_800;

export const accountSessionRoutes: Route[] = [
  {
    method: 'POST',
    path: '/v1/account_sessions',
    spec: sessionSpec,
    platformOnly: true,
    run: ({ world, values }) => create(world, values as Values<typeof sessionSpec>),
  },
];

function create(world: World, { account: id = '', components = {} }: Values<typeof sessionSpec>): object {
  const account = connectedOf(world, id);
  return {
    object: 'account_session',
    account: account.id,
    client_secret: `${account.id}_secret_${world.id('x').slice(2)}`,
    expires_at: world.now + sessionSeconds,
    livemode: false,
    components: Object.fromEntries(names.map((name) => [name, { enabled: components[name]?.enabled ?? false, features: features[name] }])),
  };
}
