import type { Stripe } from 'stripe';
import type { Part } from '../world.js';

/**
 * What Stripe answers of each kind of object also where nobody has set it, so that every answer is as whole as the SDK declares it.
 * What the simulator does set goes before it. Source: the declarations of the SDK, against which every test run compares.
 */
const unset: Record<string, object> = {
  application_fee: {
    ...none('balance_transaction', 'fee_source', 'originating_transaction'),
    application: 'ca_simulator',
    livemode: false,
  } satisfies Part<Stripe.ApplicationFee>,
  balance_transaction: { ...none('description', 'exchange_rate'), balance_type: 'payments' } satisfies Part<Stripe.BalanceTransaction>,
  charge: {
    ...none('application', 'calculated_statement_descriptor', 'description', 'failure_balance_transaction', 'failure_code', 'failure_message'),
    ...none('on_behalf_of', 'outcome', 'payment_method', 'payment_method_details', 'receipt_number', 'receipt_url', 'review', 'shipping'),
    ...none('source', 'source_transfer', 'statement_descriptor', 'statement_descriptor_suffix', 'transfer_data', 'customer', 'payment_intent'),
    ...none('application_fee', 'application_fee_amount', 'receipt_email', 'transfer_group'),
    billing_details: none('address', 'email', 'name', 'phone', 'tax_id'),
    fraud_details: {},
  } satisfies Part<Stripe.Charge>,
  'checkout.session': {
    ...none('adaptive_pricing', 'after_expiration', 'allow_promotion_codes', 'allowed_payment_method_types', 'billing_address_collection'),
    ...none('client_secret', 'collected_information', 'consent', 'consent_collection', 'currency_conversion', 'customer_account'),
    ...none('customer_creation', 'customer_details', 'discounts', 'integration_identifier', 'invoice_creation', 'locale', 'managed_payments'),
    ...none('origin_context', 'payment_link', 'payment_method_collection', 'payment_method_configuration_details', 'permissions'),
    ...none('recovered_from', 'saved_payment_method_options', 'setup_intent', 'shipping_address_collection', 'shipping_cost', 'submit_type'),
    ...none('total_details', 'wallet_options'),
    ui_mode: 'hosted_page',
    automatic_tax: { enabled: false, ...none('liability', 'provider', 'status') },
    custom_fields: [],
    custom_text: none('after_submit', 'shipping_address', 'submit', 'terms_of_service_acceptance'),
    payment_method_options: {},
    payment_method_types: ['card'],
    shipping_options: [],
  } satisfies Part<Stripe.Checkout.Session>,
  customer: {
    ...none('default_source', 'description', 'shipping'),
    balance: 0,
    invoice_settings: none('custom_fields', 'default_payment_method', 'footer', 'rendering_options'),
  } satisfies Part<Stripe.Customer>,
  dispute: {
    intended_submission_method: null,
    enhanced_eligibility_types: [],
  } satisfies Part<Stripe.Dispute>,
  fee_refund: none('balance_transaction') satisfies Part<Stripe.FeeRefund>,
  invoice: {
    ...none('account_country', 'account_name', 'account_tax_ids', 'application', 'automatically_finalizes_at', 'custom_fields'),
    ...none('customer_account', 'customer_address', 'customer_name', 'customer_phone', 'customer_shipping', 'customer_tax_exempt'),
    ...none('default_payment_method', 'default_source', 'description', 'due_date', 'effective_at', 'ending_balance', 'footer', 'from_invoice'),
    ...none('last_finalization_error', 'latest_revision', 'number', 'on_behalf_of', 'receipt_number', 'rendering', 'shipping_cost'),
    ...none('shipping_details', 'statement_descriptor', 'subtotal_excluding_tax', 'test_clock', 'total_discount_amounts', 'total_excluding_tax'),
    ...none('total_pretax_credit_amounts', 'total_taxes', 'webhooks_delivered_at'),
    amount_overpaid: 0,
    amount_shipping: 0,
    automatic_tax: { enabled: false, ...none('disabled_reason', 'liability', 'provider', 'status') },
    collection_method: 'charge_automatically',
    default_tax_rates: [],
    discounts: [],
    issuer: { type: 'self' },
    metadata: {},
    payment_settings: none('default_mandate', 'payment_method_options', 'payment_method_types'),
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    starting_balance: 0,
  } satisfies Part<Stripe.Invoice>,
  payment_intent: {
    ...none('allowed_payment_method_types', 'application', 'automatic_payment_methods', 'canceled_at', 'cancellation_reason', 'client_secret'),
    ...none('customer_account', 'description', 'excluded_payment_method_types', 'last_payment_error', 'managed_payments', 'next_action'),
    ...none('on_behalf_of', 'payment_method', 'payment_method_configuration_details', 'payment_record', 'processing', 'receipt_email', 'review'),
    ...none('setup_future_usage', 'shipping', 'source', 'statement_descriptor', 'statement_descriptor_suffix'),
    amount_capturable: 0,
    capture_method: 'automatic_async',
    confirmation_method: 'automatic',
    livemode: false,
    payment_method_options: {},
    payment_method_types: ['card'],
  } satisfies Part<Stripe.PaymentIntent>,
  payout: {
    ...none('application_fee', 'application_fee_amount', 'destination', 'original_payout', 'payout_method', 'reversed_by', 'statement_descriptor'),
    trace_id: null,
    reconciliation_status: 'not_applicable',
  } satisfies Part<Stripe.Payout>,
  price: {
    ...none('custom_unit_amount', 'lookup_key', 'tax_behavior', 'tiers_mode', 'transform_quantity'),
    billing_scheme: 'per_unit',
  } satisfies Part<Stripe.Price>,
  product: {
    ...none('description', 'package_dimensions', 'shippable', 'tax_details', 'url'),
    images: [],
    marketing_features: [],
    type: 'service',
  } satisfies Part<Stripe.Product>,
  refund: none(
    'balance_transaction',
    'customer',
    'customer_account',
    'payment_method',
    'receipt_number',
    'source_transfer_reversal',
    'transfer_reversal',
  ) satisfies Part<Stripe.Refund>,
  setup_intent: {
    ...none('allowed_payment_method_types', 'application', 'automatic_payment_methods', 'cancellation_reason', 'client_secret', 'description'),
    ...none('customer_account', 'excluded_payment_method_types', 'flow_directions', 'last_setup_error', 'latest_attempt', 'managed_payments'),
    ...none('mandate', 'next_action', 'on_behalf_of', 'payment_method_configuration_details', 'single_use_mandate'),
    payment_method_options: {},
    payment_method_types: ['card'],
  } satisfies Part<Stripe.SetupIntent>,
  subscription: {
    ...none('application', 'billing_cycle_anchor_config', 'billing_thresholds', 'cancellation_details', 'customer_account', 'days_until_due'),
    ...none('default_payment_method', 'default_source', 'description', 'managed_payments', 'next_pending_invoice_item_invoice', 'on_behalf_of'),
    ...none('pause_collection', 'payment_settings', 'pending_invoice_item_interval', 'pending_setup_intent', 'pending_update', 'schedule'),
    ...none('test_clock', 'transfer_data', 'trial_end', 'trial_settings', 'trial_start'),
    automatic_tax: { enabled: false, ...none('disabled_reason', 'liability') },
    billing_mode: { type: 'flexible', flexible: null },
    billing_schedules: [],
    collection_method: 'charge_automatically',
    discounts: [],
    invoice_settings: { ...none('account_tax_ids', 'custom_fields', 'description', 'footer'), issuer: { type: 'self' } },
  } satisfies Part<Stripe.Subscription>,
  subscription_schedule: {
    ...none('application', 'canceled_at', 'completed_at', 'customer_account', 'released_at', 'released_subscription', 'test_clock'),
    billing_mode: { type: 'flexible', flexible: null },
    default_settings: {
      ...none('application_fee_percent', 'billing_thresholds', 'collection_method', 'default_payment_method', 'description', 'on_behalf_of'),
      transfer_data: null,
      billing_cycle_anchor: 'automatic',
      invoice_settings: { ...none('account_tax_ids', 'custom_fields', 'days_until_due', 'description', 'footer'), issuer: { type: 'self' } },
    },
    pause_schedules: [],
  } satisfies Part<Stripe.SubscriptionSchedule>,
  'test_helpers.test_clock': { status_details: {} } satisfies Part<Stripe.TestHelpers.TestClock>,
  topup: {
    ...none('balance_transaction', 'expected_availability_date', 'failure_code', 'failure_message', 'initiated_by', 'source'),
    ...none('statement_descriptor', 'transfer_group'),
  } satisfies Part<Stripe.Topup>,
  transfer_reversal: none('destination_payment_refund', 'source_refund') satisfies Part<Stripe.TransferReversal>,
};

/** Gives an object the members that it does not have and Stripe always answers. */
export function complete(value: { object: string; [member: string]: unknown }): void {
  for (const [name, nothing] of Object.entries(unset[value.object] ?? {})) if (!(name in value)) value[name] = structuredClone(nothing);
}

/** Members that are there and null. */
export function none<Name extends string>(...names: Name[]): Record<Name, null> {
  return Object.fromEntries(names.map((name) => [name, null])) as Record<Name, null>;
}
