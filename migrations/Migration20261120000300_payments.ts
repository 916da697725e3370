import { Migration } from '@mikro-orm/migrations';

const split = `
        percentage_bps integer not null check (percentage_bps between 0 and 10000),
        fixed_fee_minor bigint not null check (fixed_fee_minor >= 0),
        vat_bps integer not null check (vat_bps between 0 and 10000),
        fee_mode text not null check (fee_mode in ('INCLUDED', 'ADDED')),
        subtotal_minor bigint not null check (subtotal_minor > 0),
        platform_fee_minor bigint not null check (platform_fee_minor >= 0),
        vat_minor bigint not null check (vat_minor between 0 and platform_fee_minor),
        seller_transfer_minor bigint not null check (seller_transfer_minor >= 0),
        total_charged_minor bigint not null`;

const splitSums = `
        constraint NAME_parts_sum_to_the_whole check (total_charged_minor = platform_fee_minor + seller_transfer_minor),
        constraint NAME_total_follows_the_fee_mode check (total_charged_minor = subtotal_minor + case fee_mode when 'ADDED' then platform_fee_minor else 0 end)`;

/** Purchases under way, payments with their frozen split, memberships and refunds. */
export class Migration20261120000300_payments extends Migration {
  override up(): void {
    this.addSql(`
      create table purchase_session (
        id text primary key,
        tenant_id text not null,
        account_id text not null,
        connected_account_id text not null,
        kind text not null constraint a_known_purchase_kind check (kind in ('ONE_TIME', 'MEMBERSHIP')),
        charge_model text not null constraint a_known_charge_model check (charge_model in ('DIRECT', 'SEPARATE')),
        status text not null constraint a_known_purchase_status check (status in ('CREATING', 'OPEN', 'PROCESSING', 'COMPLETED', 'FAILED', 'EXPIRED')),
        email text not null constraint a_buyer_email_is_bounded check (length(email) <= 254),
        interval text constraint a_known_purchase_interval check (interval in ('WEEK', 'MONTH', 'YEAR')),
        currency text not null constraint a_quoted_currency_is_iso check (currency ~ '^[A-Z]{3}$'),
        quantity integer not null constraint a_quantity_is_positive check (quantity > 0),${split},
        stripe_session_id text constraint one_purchase_per_checkout_session unique,
        expires_at timestamptz not null,
        completed_at timestamptz,
        created_at timestamptz not null,
        constraint a_purchase_is_of_one_tenant unique (tenant_id, id),
        constraint a_purchase_is_of_its_account foreign key (tenant_id, account_id) references account (tenant_id, id),
        constraint a_purchase_is_on_its_connected_account foreign key (tenant_id, connected_account_id) references connected_account (tenant_id, id),
        constraint a_membership_purchase_has_its_interval check ((kind = 'MEMBERSHIP') = (interval is not null)),${splitSums.replaceAll('NAME', 'a_quote')}
      );
      create index purchase_session_open_by_expiry on purchase_session (expires_at) where status in ('CREATING', 'OPEN');

      create table membership (
        id text primary key,
        tenant_id text not null,
        account_id text not null,
        connected_account_id text not null,
        purchase_session_id text,
        stripe_subscription_id text not null constraint one_membership_per_subscription unique,
        email text not null constraint a_member_email_is_bounded check (length(email) <= 254),
        status text not null constraint a_known_membership_status check (status in ('INCOMPLETE', 'INCOMPLETE_EXPIRED', 'TRIALING', 'ACTIVE', 'PAST_DUE', 'UNPAID', 'PAUSED', 'CANCELED')),
        price_minor bigint not null constraint a_member_price_is_positive check (price_minor > 0),
        currency text not null constraint a_member_currency_is_iso check (currency ~ '^[A-Z]{3}$'),
        interval text not null constraint a_known_member_interval check (interval in ('WEEK', 'MONTH', 'YEAR')),
        percentage_bps integer not null check (percentage_bps between 0 and 10000),
        vat_bps integer not null check (vat_bps between 0 and 10000),
        current_period_end timestamptz,
        cancel_at_period_end boolean not null default false,
        canceled_at timestamptz,
        ended_because text constraint a_known_end check (ended_because in ('CANCELED', 'DISCONNECTED', 'DEAUTHORIZED')),
        synced_at timestamptz not null,
        created_at timestamptz not null,
        constraint a_membership_is_of_one_tenant unique (tenant_id, id),
        constraint a_membership_is_of_its_account foreign key (tenant_id, account_id) references account (tenant_id, id),
        constraint a_membership_is_on_its_connected_account foreign key (tenant_id, connected_account_id) references connected_account (tenant_id, id),
        constraint a_membership_is_of_its_purchase foreign key (tenant_id, purchase_session_id) references purchase_session (tenant_id, id),
        constraint a_membership_ended_here_is_canceled check (ended_because is null or status = 'CANCELED')
      );
      create index membership_by_account on membership (account_id, id desc);
      create index membership_live_by_connected_account on membership (connected_account_id) where ended_because is null and status not in ('CANCELED', 'INCOMPLETE_EXPIRED');

      create table payment (
        id text primary key,
        tenant_id text not null,
        account_id text not null,
        connected_account_id text not null,
        purchase_session_id text,
        membership_id text,
        kind text not null constraint a_known_payment_kind check (kind in ('ONE_TIME', 'MEMBERSHIP_INVOICE', 'OFFERING')),
        charge_model text not null constraint a_known_payment_charge_model check (charge_model in ('DIRECT', 'SEPARATE')),
        email text not null constraint a_payer_email_is_bounded check (length(email) <= 254),
        quantity integer not null constraint a_paid_quantity_is_positive check (quantity > 0),
        amount_minor bigint not null constraint a_payment_is_positive check (amount_minor > 0),
        currency text not null constraint a_paid_currency_is_iso check (currency ~ '^[A-Z]{3}$'),
        refunded_minor bigint not null default 0,
        checkout_session_id text constraint one_payment_per_checkout_session unique,
        invoice_id text constraint one_payment_per_invoice unique,
        payment_intent_id text,
        charge_id text constraint one_payment_per_charge unique,
        recorded_from text not null constraint a_known_source check (recorded_from in ('RETURN', 'WEBHOOK', 'POLL', 'STAFF')),
        paid_at timestamptz not null,
        created_at timestamptz not null,
        constraint a_payment_is_of_one_tenant unique (tenant_id, id),
        constraint a_payment_is_of_its_account foreign key (tenant_id, account_id) references account (tenant_id, id),
        constraint a_payment_is_on_its_connected_account foreign key (tenant_id, connected_account_id) references connected_account (tenant_id, id),
        constraint a_payment_is_of_its_purchase foreign key (tenant_id, purchase_session_id) references purchase_session (tenant_id, id),
        constraint a_payment_is_of_its_membership foreign key (tenant_id, membership_id) references membership (tenant_id, id),
        constraint a_refund_never_exceeds_the_payment check (refunded_minor between 0 and amount_minor),
        constraint a_payment_has_its_origin check (checkout_session_id is not null or invoice_id is not null)
      );
      create index payment_by_account on payment (account_id, id desc);

      create table commission_snapshot (
        id text primary key,
        tenant_id text not null,
        payment_id text not null constraint one_snapshot_per_payment unique,
        quantity integer not null check (quantity > 0),
        currency text not null check (currency ~ '^[A-Z]{3}$'),${split},
        created_at timestamptz not null,
        constraint a_snapshot_is_of_its_payment foreign key (tenant_id, payment_id) references payment (tenant_id, id),${splitSums.replaceAll('NAME', 'a_snapshot')}
      );
      create trigger a_snapshot_never_changes before update or delete or truncate on commission_snapshot
        for each statement execute function app.refuse_change();

      create table refund (
        id text primary key,
        tenant_id text not null,
        payment_id text not null,
        amount_minor bigint not null constraint a_refund_is_positive check (amount_minor > 0),
        currency text not null constraint a_refunded_currency_is_iso check (currency ~ '^[A-Z]{3}$'),
        reason text constraint a_reason_is_bounded check (length(reason) <= 500),
        fee_returned boolean not null,
        status text not null constraint a_known_refund_status check (status in ('REQUESTED', 'SUCCEEDED', 'FAILED')),
        stripe_refund_id text constraint one_refund_per_stripe_refund unique,
        requested_by text not null,
        failure_message text,
        created_at timestamptz not null,
        concluded_at timestamptz,
        constraint a_refund_is_of_its_payment foreign key (tenant_id, payment_id) references payment (tenant_id, id)
      );
      create index refund_by_payment on refund (payment_id);

      grant select, insert, update on purchase_session, membership, payment, refund to holdfast_app, holdfast_worker;
      grant select, insert on commission_snapshot to holdfast_app, holdfast_worker;
    `);
  }

  override down(): void {
    this.addSql('drop table refund, commission_snapshot, payment, membership, purchase_session;');
  }
}
