import { Migration } from '@mikro-orm/migrations';

/** Sellers, their Stripe accounts past and present, their own commission, and the writes to Stripe with their attempts. */
export class Migration20261120000200_accounts extends Migration {
  override up(): void {
    this.addSql(`
      create table account (
        id text primary key,
        tenant_id text not null references tenant (id),
        display_name text not null constraint a_display_name_is_bounded check (length(display_name) between 1 and 200),
        membership_price_minor bigint constraint a_membership_price_is_positive check (membership_price_minor > 0),
        membership_currency text constraint a_membership_currency_is_iso check (membership_currency ~ '^[A-Z]{3}$'),
        membership_interval text not null constraint a_known_interval check (membership_interval in ('WEEK', 'MONTH', 'YEAR')),
        one_time_price_minor bigint constraint a_one_time_price_is_positive check (one_time_price_minor > 0),
        one_time_currency text constraint a_one_time_currency_is_iso check (one_time_currency ~ '^[A-Z]{3}$'),
        onboarding_started_at timestamptz,
        created_at timestamptz not null,
        constraint one_account_per_tenant unique (tenant_id),
        constraint an_account_is_of_one_tenant unique (tenant_id, id),
        constraint a_membership_price_has_its_currency check ((membership_price_minor is null) = (membership_currency is null)),
        constraint a_one_time_price_has_its_currency check ((one_time_price_minor is null) = (one_time_currency is null))
      );

      create table connected_account (
        id text primary key,
        tenant_id text not null,
        account_id text not null,
        stripe_account_id text constraint one_connected_account_per_stripe_account unique,
        profile text not null,
        country text not null constraint a_country_is_iso check (country ~ '^[A-Z]{2}$'),
        service_agreement text not null constraint a_known_service_agreement check (service_agreement in ('full', 'recipient')),
        details_submitted boolean not null default false,
        charges_enabled boolean not null default false,
        payouts_enabled boolean not null default false,
        card_payments_capability text not null default 'unrequested',
        transfers_capability text not null default 'unrequested',
        requirements jsonb not null default '{"currentlyDue": [], "pastDue": [], "eventuallyDue": []}',
        disabled_reason text,
        current_deadline timestamptz,
        default_currency text,
        connected_at timestamptz,
        synced_at timestamptz,
        active_until timestamptz not null default '9999-12-31T23:59:59Z',
        retired_cause text constraint a_known_retired_cause check (retired_cause in ('DISCONNECTED', 'DEAUTHORIZED', 'REJECTED', 'REPLACED')),
        deleted_at_stripe_at timestamptz,
        kept_at_stripe_because text,
        created_at timestamptz not null,
        constraint one_active_connected_account_per_account unique (account_id, active_until),
        constraint a_connected_account_is_of_one_tenant unique (tenant_id, id),
        constraint a_connected_account_is_of_its_account foreign key (tenant_id, account_id) references account (tenant_id, id),
        constraint a_retired_connected_account_has_its_cause check ((active_until = '9999-12-31T23:59:59Z') = (retired_cause is null)),
        constraint a_connected_account_has_its_stripe_account check ((stripe_account_id is null) = (connected_at is null))
      );

      create table commission_plan (
        id text primary key,
        tenant_id text not null,
        account_id text not null,
        percentage_bps integer not null constraint a_percentage_is_a_share check (percentage_bps between 0 and 10000),
        fixed_fee_minor bigint not null constraint a_fixed_fee_is_not_negative check (fixed_fee_minor >= 0),
        vat_bps integer not null constraint a_vat_rate_is_a_share check (vat_bps between 0 and 10000),
        fee_mode text not null constraint a_known_fee_mode check (fee_mode in ('INCLUDED', 'ADDED')),
        valid_from timestamptz not null,
        valid_until timestamptz not null default '9999-12-31T23:59:59Z',
        created_by text not null,
        constraint one_current_commission_plan_per_account unique (account_id, valid_until),
        constraint a_commission_plan_is_of_its_account foreign key (tenant_id, account_id) references account (tenant_id, id)
      );

      create table operation (
        id text primary key,
        tenant_id text not null references tenant (id),
        kind text not null constraint a_known_operation check (kind in ('ACCOUNT_CREATE', 'ACCOUNT_DELETE', 'SUBSCRIPTION_CANCEL', 'SUBSCRIPTION_END', 'REFUND')),
        subject_id text not null,
        generation integer not null constraint a_generation_counts_from_one check (generation > 0),
        idempotency_key text not null constraint one_operation_per_idempotency_key unique,
        parameters jsonb not null,
        state text not null constraint a_known_operation_state check (state in ('INTENDED', 'SUCCEEDED', 'REJECTED')),
        stripe_id text,
        first_sent_at timestamptz,
        last_sent_at timestamptz,
        send_count integer not null default 0,
        failure jsonb,
        next_attempt_at timestamptz not null,
        created_at timestamptz not null,
        concluded_at timestamptz,
        constraint one_operation_per_generation unique (kind, subject_id, generation),
        constraint a_concluded_operation_has_its_time check ((state = 'INTENDED') = (concluded_at is null))
      );
      create unique index one_live_operation_per_subject on operation (kind, subject_id) where state in ('INTENDED', 'SUCCEEDED');
      create index operation_to_resume on operation (next_attempt_at) where state = 'INTENDED';

      create table operation_attempt (
        id text primary key,
        operation_id text not null references operation (id),
        number integer not null,
        started_at timestamptz not null,
        ended_at timestamptz,
        outcome text constraint a_known_outcome check (outcome in ('SUCCEEDED', 'REFUSED', 'NOT_RUN', 'UNKNOWN')),
        http_status integer,
        stripe_code text,
        stripe_request_id text,
        error text,
        constraint one_attempt_per_number unique (operation_id, number),
        constraint an_ended_attempt_has_its_outcome check ((ended_at is null) = (outcome is null))
      );

      grant select, insert, update on account, connected_account, commission_plan, operation, operation_attempt to holdfast_app, holdfast_worker;
    `);
  }

  override down(): void {
    this.addSql('drop table operation_attempt, operation, commission_plan, connected_account, account;');
  }
}
