import { Migration } from '@mikro-orm/migrations';

/** Promises to pay sellers for what they deliver, what is in each, what was taken back, and what sellers owe. */
export class Migration20261121000400_settlements extends Migration {
  override up(): void {
    this.addSql(`
      create table settlement (
        id text primary key,
        tenant_id text not null,
        account_id text not null,
        offering_id text not null,
        currency text not null constraint a_settled_currency_is_iso check (currency ~ '^[A-Z]{3}$'),
        status text not null constraint a_known_settlement_status check (status in ('PENDING', 'SETTLING', 'SETTLED', 'FAILED', 'REVERSED', 'CANCELED')),
        due_at timestamptz not null,
        next_attempt_at timestamptz not null,
        closed_at timestamptz,
        claim_token text,
        claimed_at timestamptz,
        started_at timestamptz,
        amount_minor bigint constraint a_settled_amount_is_not_negative check (amount_minor >= 0),
        deducted_minor bigint not null default 0 constraint a_deduction_is_not_negative check (deducted_minor >= 0),
        reversed_minor bigint not null default 0,
        connected_account_id text,
        operation_id text constraint one_settlement_per_operation unique references operation (id),
        stripe_transfer_id text constraint one_settlement_per_transfer unique,
        settled_at timestamptz,
        failure_code text,
        failure jsonb,
        waits_for_funds_count integer not null default 0,
        created_at timestamptz not null,
        constraint a_settlement_is_of_one_tenant unique (tenant_id, id),
        constraint a_settlement_is_of_its_account foreign key (tenant_id, account_id) references account (tenant_id, id),
        constraint a_settlement_is_of_its_offering foreign key (tenant_id, offering_id) references offering (tenant_id, id),
        constraint a_settlement_pays_a_connected_account foreign key (tenant_id, connected_account_id) references connected_account (tenant_id, id),
        constraint settling_is_claimed check ((status = 'SETTLING') = (claim_token is not null)),
        constraint settling_has_its_start check ((claim_token is null) = (claimed_at is null)),
        constraint settled_has_its_time check ((status in ('SETTLED', 'REVERSED')) = (settled_at is not null)),
        constraint settled_money_has_its_transfer check (status not in ('SETTLED', 'REVERSED') or amount_minor = 0 or (operation_id is not null and stripe_transfer_id is not null)),
        constraint failed_says_why check (status <> 'FAILED' or failure_code is not null),
        constraint no_more_is_reversed_than_was_settled check (reversed_minor between 0 and coalesce(amount_minor, 0))
      );
      create unique index one_collecting_settlement_per_offering on settlement (offering_id, currency) where closed_at is null;
      create index settlement_due on settlement (next_attempt_at) where status = 'PENDING';
      create index settlement_stuck on settlement (claimed_at) where status = 'SETTLING';
      create index settlement_by_account on settlement (account_id, id desc);

      create function app.check_settlement_transition() returns trigger language plpgsql as $$
      begin
        if (old.status, new.status) not in (
          ('PENDING', 'SETTLING'), ('PENDING', 'CANCELED'), ('PENDING', 'FAILED'), ('PENDING', 'SETTLED'),
          ('SETTLING', 'PENDING'), ('SETTLING', 'SETTLED'), ('SETTLING', 'FAILED'), ('SETTLING', 'CANCELED'),
          ('FAILED', 'PENDING'), ('FAILED', 'SETTLED'), ('FAILED', 'CANCELED'), ('SETTLED', 'REVERSED'), ('REVERSED', 'SETTLED')
        ) then
          raise exception 'Settlement % cannot go from % to %', old.id, old.status, new.status using errcode = 'check_violation', constraint = 'a_settlement_keeps_to_its_ways';
        end if;
        return new;
      end $$;
      create trigger a_settlement_keeps_to_its_ways before update of status on settlement
        for each row when (old.status is distinct from new.status) execute function app.check_settlement_transition();

      create table settlement_line (
        payment_id text primary key,
        tenant_id text not null,
        settlement_id text not null,
        gross_minor bigint not null constraint a_line_is_not_negative check (gross_minor >= 0),
        refunded_minor bigint not null default 0 constraint a_refunded_part_is_not_negative check (refunded_minor >= 0),
        lost_minor bigint not null default 0 constraint a_lost_part_is_not_negative check (lost_minor >= 0),
        held_since timestamptz,
        paid_minor bigint,
        reversed_minor bigint not null default 0,
        retransferred_minor bigint not null default 0,
        constraint a_line_is_of_its_settlement foreign key (tenant_id, settlement_id) references settlement (tenant_id, id),
        constraint a_line_is_of_its_payment foreign key (tenant_id, payment_id) references payment (tenant_id, id),
        constraint no_line_gives_more_than_it_has check (refunded_minor + lost_minor <= gross_minor),
        constraint no_line_is_paid_more_than_it_has check (paid_minor between 0 and gross_minor),
        constraint no_line_is_reversed_more_than_was_paid check (reversed_minor >= 0 and retransferred_minor >= 0 and reversed_minor - retransferred_minor between 0 and coalesce(paid_minor, 0))
      );
      create index settlement_line_by_settlement on settlement_line (settlement_id);

      create table seller_debt (
        id text primary key,
        tenant_id text not null,
        account_id text not null,
        currency text not null constraint an_owed_currency_is_iso check (currency ~ '^[A-Z]{3}$'),
        cause_kind text not null constraint a_known_debt_cause check (cause_kind in ('REFUND', 'DISPUTE')),
        cause_id text not null,
        payment_id text not null,
        amount_minor bigint not null constraint a_debt_is_positive check (amount_minor > 0),
        reserved_minor bigint not null default 0,
        recovered_minor bigint not null default 0,
        forgiven_minor bigint not null default 0,
        created_at timestamptz not null,
        constraint one_debt_per_cause unique (cause_kind, cause_id),
        constraint a_debt_is_of_its_account foreign key (tenant_id, account_id) references account (tenant_id, id),
        constraint a_debt_is_of_its_payment foreign key (tenant_id, payment_id) references payment (tenant_id, id),
        constraint each_cent_is_recovered_once check (reserved_minor >= 0 and recovered_minor >= 0 and forgiven_minor >= 0 and reserved_minor + recovered_minor + forgiven_minor <= amount_minor)
      );
      create index seller_debt_open on seller_debt (account_id, currency) where recovered_minor + forgiven_minor < amount_minor;

      create table debt_deduction (
        debt_id text not null references seller_debt (id),
        settlement_id text not null references settlement (id),
        amount_minor bigint not null constraint a_deduction_is_positive check (amount_minor > 0),
        primary key (debt_id, settlement_id)
      );
      create index debt_deduction_by_settlement on debt_deduction (settlement_id);

      create table transfer_reversal (
        id text primary key,
        tenant_id text not null,
        settlement_id text not null,
        payment_id text not null,
        cause_kind text not null constraint a_known_reversal_cause check (cause_kind in ('REFUND', 'DISPUTE')),
        cause_id text not null,
        currency text not null constraint a_reversed_currency_is_iso check (currency ~ '^[A-Z]{3}$'),
        asked_minor bigint not null constraint a_reversal_is_positive check (asked_minor > 0),
        reversed_minor bigint not null default 0,
        returned_minor bigint not null default 0,
        status text not null constraint a_known_reversal_status check (status in ('REQUESTED', 'SUCCEEDED', 'OWED', 'WITHDRAWN')),
        stripe_reversal_id text constraint one_reversal_per_stripe_reversal unique,
        return_wanted_at timestamptz,
        next_attempt_at timestamptz not null,
        retransfer_id text constraint one_retransfer_per_reversal unique,
        created_at timestamptz not null,
        concluded_at timestamptz,
        constraint one_reversal_per_cause unique (cause_kind, cause_id),
        constraint a_reversal_is_of_its_settlement foreign key (tenant_id, settlement_id) references settlement (tenant_id, id),
        constraint a_reversal_is_of_its_payment foreign key (tenant_id, payment_id) references payment (tenant_id, id),
        constraint no_more_comes_back_than_was_asked check (reversed_minor between 0 and asked_minor),
        constraint no_more_is_returned_than_came_back check (returned_minor between 0 and asked_minor)
      );
      create index transfer_reversal_by_payment on transfer_reversal (payment_id);
      create index transfer_reversal_by_settlement on transfer_reversal (settlement_id);
      create index transfer_reversal_asked on transfer_reversal (next_attempt_at) where status = 'REQUESTED';
      create index transfer_reversal_to_return on transfer_reversal (next_attempt_at) where return_wanted_at is not null and retransfer_id is null;

      alter table operation
        drop constraint a_known_operation,
        add constraint a_known_operation check (kind in
          ('ACCOUNT_CREATE', 'ACCOUNT_DELETE', 'SUBSCRIPTION_CANCEL', 'SUBSCRIPTION_END', 'REFUND', 'TRANSFER', 'REVERSAL', 'RETRANSFER'));

      grant select, insert, update on settlement, settlement_line, seller_debt, transfer_reversal to holdfast_app, holdfast_worker;
      grant select, insert, update, delete on debt_deduction to holdfast_app, holdfast_worker;
    `);
  }

  override down(): void {
    this.addSql(`
      drop table transfer_reversal, debt_deduction, seller_debt, settlement_line, settlement;
      drop function app.check_settlement_transition();
      alter table operation drop constraint a_known_operation, add constraint a_known_operation check (kind in
        ('ACCOUNT_CREATE', 'ACCOUNT_DELETE', 'SUBSCRIPTION_CANCEL', 'SUBSCRIPTION_END', 'REFUND'));
    `);
  }
}
