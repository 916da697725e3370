import { Migration } from '@mikro-orm/migrations';

/** Every line of the platform's balance at Stripe, and the books beside it, subject by subject. */
export class Migration20261121000700_reconciliation extends Migration {
  override up(): void {
    this.addSql(`
      alter table payment add application_fee_id text constraint one_payment_per_application_fee unique;

      create table balance_transaction (
        id text primary key,
        type text not null,
        amount_minor bigint not null,
        fee_minor bigint not null,
        net_minor bigint not null,
        currency text not null constraint a_moved_currency_is_iso check (currency ~ '^[A-Z]{3}$'),
        source_id text,
        charge_id text,
        available_on timestamptz not null,
        happened_at timestamptz not null,
        ingested_at timestamptz not null,
        constraint a_line_nets_out check (net_minor = amount_minor - fee_minor)
      );
      create index balance_transaction_by_source on balance_transaction (source_id);
      create trigger a_balance_transaction_never_changes before update or delete or truncate on balance_transaction
        for each statement execute function app.refuse_change();

      create table balance_cursor (
        stream text primary key,
        newest_id text not null
      );

      create view moved_at_stripe with (security_invoker) as
        select coalesce(payment.id, operation.id, line.id) as subject,
          case when payment.id is not null then 'PAYMENT' when operation.id is not null then operation.kind
            when line.type = 'stripe_fee' then 'STRIPE_FEE' when line.type in ('payout', 'payout_failure', 'payout_cancel', 'topup', 'topup_reversal') then 'PLATFORM' else 'UNKNOWN' end as kind,
          line.currency, sum(line.net_minor) as minor, min(line.happened_at) as since, string_agg(line.id, ' ' order by line.id) as lines
        from balance_transaction line
        left join refund on refund.stripe_refund_id = line.source_id
        left join dispute on dispute.stripe_dispute_id = line.source_id
        left join payment on payment.id = coalesce(refund.payment_id, dispute.payment_id)
          or (line.type <> 'stripe_fee' and payment.charge_id = coalesce(line.charge_id, line.source_id)) or payment.application_fee_id = line.source_id
        left join operation on operation.stripe_id = line.source_id and operation.kind in ('TRANSFER', 'REVERSAL', 'RETRANSFER')
        group by 1, 2, line.currency;

      create view booked_at_stripe with (security_invoker) as
        select coalesce(operation.id, refund.payment_id, dispute.payment_id, split_part(cause_id, ':', 1)) as subject,
          posting.currency, sum(posting.amount_minor) as minor, min(movement.recorded_at) as since
        from posting
        join ledger_transaction movement on movement.id = posting.transaction_id
        left join refund on movement.cause_kind = 'REFUND' and refund.id = movement.cause_id
        left join dispute on movement.cause_kind like 'DISPUTE%' and dispute.id = split_part(movement.cause_id, ':', 1)
        left join operation on operation.state = 'SUCCEEDED' and operation.subject_id = movement.cause_id
          and (operation.kind, movement.cause_kind) in (('TRANSFER', 'SETTLEMENT'), ('REVERSAL', 'REVERSAL'), ('RETRANSFER', 'RETRANSFER'))
        where posting.ledger_account = 'stripe_balance'
        group by 1, posting.currency;

      create view reconciliation with (security_invoker) as
        select coalesce(moved.subject, booked.subject) as subject, coalesce(moved.kind, 'BOOKED') as kind, coalesce(moved.currency, booked.currency) as currency,
          coalesce(moved.minor, 0) as moved_minor, coalesce(booked.minor, 0) as booked_minor, least(moved.since, booked.since) as since, moved.lines,
          case when moved.kind = 'PLATFORM' then 'PLATFORM'
            when moved.minor is null then 'MISSING_THERE'
            when moved.minor = booked.minor then 'MATCHED'
            when moved.kind = 'UNKNOWN' then 'UNKNOWN'
            when booked.minor is null then 'MISSING_HERE'
            else 'AMOUNT' end as class
        from moved_at_stripe moved
        full join booked_at_stripe booked on booked.subject = moved.subject and booked.currency = moved.currency;

      grant select, insert on balance_transaction to holdfast_app, holdfast_worker;
      grant select, insert, update on balance_cursor to holdfast_app, holdfast_worker;
      grant select on moved_at_stripe, booked_at_stripe, reconciliation to holdfast_app, holdfast_worker;
    `);
  }

  override down(): void {
    this.addSql(`
      drop view reconciliation, booked_at_stripe, moved_at_stripe;
      drop table balance_cursor, balance_transaction;
      alter table payment drop column application_fee_id;
    `);
  }
}
