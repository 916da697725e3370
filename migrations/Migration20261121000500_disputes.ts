import { Migration } from '@mikro-orm/migrations';

/** What buyers' banks ask back, and where a payment stands between its banks. */
export class Migration20261121000500_disputes extends Migration {
  override up(): void {
    this.addSql(`
      create table dispute (
        id text primary key,
        tenant_id text not null,
        account_id text not null,
        payment_id text not null,
        stripe_dispute_id text not null constraint one_dispute_per_stripe_dispute unique,
        status text not null constraint a_known_dispute_status check (status in ('NEEDS_RESPONSE', 'UNDER_REVIEW', 'WON', 'LOST', 'CLOSED')),
        inquiry boolean not null,
        reason text not null,
        amount_minor bigint not null constraint a_dispute_is_not_negative check (amount_minor >= 0),
        currency text not null constraint a_disputed_currency_is_iso check (currency ~ '^[A-Z]{3}$'),
        withdrawn_minor bigint not null default 0 constraint a_withdrawal_is_not_negative check (withdrawn_minor >= 0),
        reinstated_minor bigint not null default 0 constraint no_more_is_reinstated_than_was_withdrawn check (reinstated_minor between 0 and withdrawn_minor),
        fee_minor bigint not null default 0,
        seller_minor bigint not null default 0 constraint a_sellers_part_is_not_negative check (seller_minor >= 0),
        platform_fee_minor bigint not null default 0,
        vat_minor bigint not null default 0,
        evidence_due_by timestamptz,
        opened_at timestamptz not null,
        closed_at timestamptz,
        synced_at timestamptz not null,
        created_at timestamptz not null,
        constraint a_dispute_is_of_one_tenant unique (tenant_id, id),
        constraint a_dispute_is_of_its_payment foreign key (tenant_id, payment_id) references payment (tenant_id, id),
        constraint a_dispute_is_of_its_account foreign key (tenant_id, account_id) references account (tenant_id, id),
        constraint a_closed_dispute_has_its_time check ((status in ('WON', 'LOST', 'CLOSED')) = (closed_at is not null))
      );
      create index dispute_by_payment on dispute (payment_id);
      create index dispute_by_account on dispute (account_id, id desc);

      create function app.check_dispute_transition() returns trigger language plpgsql as $$
      begin
        if old.status in ('WON', 'LOST') then
          raise exception 'Dispute % is % for good', old.id, old.status using errcode = 'check_violation', constraint = 'a_decided_dispute_stays_decided';
        end if;
        return new;
      end $$;
      create trigger a_decided_dispute_stays_decided before update of status on dispute
        for each row when (old.status is distinct from new.status) execute function app.check_dispute_transition();

      alter table payment
        add dispute_state text not null default 'NONE' constraint a_known_dispute_state check (dispute_state in ('NONE', 'OPEN', 'WON', 'LOST'));

      grant select, insert, update on dispute to holdfast_app, holdfast_worker;
    `);
  }

  override down(): void {
    this.addSql('alter table payment drop column dispute_state; drop table dispute; drop function app.check_dispute_transition();');
  }
}
