import { Migration } from '@mikro-orm/migrations';

/** What must be true of the books, each as a view of what breaks it; and the brake on outgoing money. */
export class Migration20261121000600_money_checks extends Migration {
  override up(): void {
    this.addSql(`
      create table halt (
        id text primary key,
        reason text not null,
        detail text not null,
        raised_at timestamptz not null,
        cleared_at timestamptz,
        cleared_by text,
        cleared_because text,
        constraint a_cleared_halt_says_why check ((cleared_at is null) = (cleared_by is null) and (cleared_at is null) = (cleared_because is null))
      );
      create unique index one_halt_at_a_time on halt ((true)) where cleared_at is null;
      grant select, insert, update on halt to holdfast_app, holdfast_worker;

      create view check_ledger_balances with (security_invoker) as
        select currency as id, 'the postings in ' || currency || ' sum to ' || sum(amount_minor) as detail
        from posting group by currency having sum(amount_minor) <> 0;

      create view check_movements_balance with (security_invoker) as
        select transaction_id as id, 'the movement sums to ' || sum(amount_minor) || ' ' || currency as detail
        from posting group by transaction_id, currency having sum(amount_minor) <> 0;

      create view check_payments_have_their_split with (security_invoker) as
        select payment.id, 'a payment without its split, or charged ' || amount_minor || ' and split ' || coalesce(total_charged_minor::text, 'never') as detail
        from payment left join commission_snapshot on commission_snapshot.payment_id = payment.id
        where commission_snapshot.id is null or (payment.kind <> 'MEMBERSHIP_INVOICE' and amount_minor <> total_charged_minor);

      create view check_payments_are_booked with (security_invoker) as
        select payment.id, 'a payment that never reached the books' as detail
        from payment join commission_snapshot on commission_snapshot.payment_id = payment.id
        where (payment.charge_model = 'SEPARATE' or platform_fee_minor > 0)
          and not exists (select from ledger_transaction where cause_kind = 'PAYMENT' and cause_id = payment.id);

      create view check_held_payments_are_in_a_settlement with (security_invoker) as
        select payment.id, 'money is held for a seller and no settlement will pay it' as detail
        from payment where charge_model = 'SEPARATE' and not exists (select from settlement_line where payment_id = payment.id);

      create view check_lines_are_of_one_currency with (security_invoker) as
        select payment_id as id, 'paid in ' || payment.currency || ', settled in ' || settlement.currency as detail
        from settlement_line join payment on payment.id = payment_id join settlement on settlement.id = settlement_id
        where payment.currency <> settlement.currency or payment.account_id <> settlement.account_id;

      create view check_settlements_pay_what_is_in_them with (security_invoker) as
        select settlement.id, 'pays ' || amount_minor || ' and keeps back ' || deducted_minor || ' of ' || coalesce(sum(paid_minor), 0) as detail
        from settlement left join settlement_line on settlement_id = settlement.id
        where settlement.settled_at is not null
        group by settlement.id having amount_minor + deducted_minor <> coalesce(sum(paid_minor), 0);

      create view check_settlements_paid_as_intended with (security_invoker) as
        select settlement.id, 'settled by operation ' || coalesce(operation.id, 'none') || ' of ' || coalesce(operation.state, 'none') || ' over ' || coalesce(operation.parameters ->> 'amountMinor', 'nothing') as detail
        from settlement left join operation on operation.id = settlement.operation_id
        where settlement.settled_at is not null and settlement.amount_minor > 0
          and (operation.id is null or operation.state <> 'SUCCEEDED' or operation.kind <> 'TRANSFER' or operation.subject_id <> settlement.id
            or operation.stripe_id is distinct from settlement.stripe_transfer_id
            or (operation.parameters ->> 'amountMinor')::bigint <> settlement.amount_minor or operation.parameters ->> 'currency' <> settlement.currency);

      create view check_transfers_have_their_settlement with (security_invoker) as
        select operation.id, 'a transfer succeeded and its settlement is ' || coalesce(settlement.status, 'missing') as detail
        from operation left join settlement on settlement.id = operation.subject_id and settlement.operation_id = operation.id
        where operation.kind = 'TRANSFER' and operation.state = 'SUCCEEDED' and (settlement.id is null or settlement.settled_at is null);

      create view check_movements_happened_once with (security_invoker) as
        select stripe_id as id, 'recorded by ' || count(*) || ' operations' as detail
        from operation where state = 'SUCCEEDED' and stripe_id is not null and kind in ('TRANSFER', 'REVERSAL', 'RETRANSFER', 'REFUND')
        group by stripe_id having count(*) > 1;

      create view check_transfers_went_to_their_seller with (security_invoker) as
        select operation.id, 'sent to ' || (operation.parameters ->> 'destination') || ', which is not an account of the seller' as detail
        from operation
        join settlement on settlement.id = operation.subject_id
        left join connected_account on connected_account.stripe_account_id = operation.parameters ->> 'destination' and connected_account.account_id = settlement.account_id
        where operation.kind = 'TRANSFER' and connected_account.id is null;

      create view check_no_seller_gets_more_than_their_share with (security_invoker) as
        select payment_id as id, 'has ' || (paid_minor - reversed_minor + retransferred_minor) || ' of ' || gross_minor as detail
        from settlement_line where paid_minor is not null and paid_minor - reversed_minor + retransferred_minor > gross_minor;

      create view check_reversals_add_up with (security_invoker) as
        select settlement.id, 'took back ' || settlement.reversed_minor || ', of its purchases ' || coalesce(sum(line.reversed_minor - line.retransferred_minor), 0) as detail
        from settlement left join settlement_line line on line.settlement_id = settlement.id
        where settlement.settled_at is not null
        group by settlement.id having settlement.reversed_minor <> coalesce(sum(line.reversed_minor - line.retransferred_minor), 0);

      create view check_debts_are_recovered_once with (security_invoker) as
        select seller_debt.id, 'reserved ' || reserved_minor || ' and recovered ' || recovered_minor || ', kept back by settlements ' || coalesce(sum(debt_deduction.amount_minor), 0) as detail
        from seller_debt left join debt_deduction on debt_id = seller_debt.id
        group by seller_debt.id having reserved_minor + recovered_minor <> coalesce(sum(debt_deduction.amount_minor), 0);

      create view check_receivables_are_the_debts with (security_invoker) as
        with booked as (select account_id, currency, sum(amount_minor) as minor from posting where ledger_account = 'seller_receivable' group by account_id, currency),
             owed as (select account_id, currency, sum(amount_minor - recovered_minor - forgiven_minor) as minor from seller_debt group by account_id, currency)
        select account_id as id, 'the books say ' || coalesce(booked.minor, 0) || ' ' || currency || ' is owed, the debts ' || coalesce(owed.minor, 0) as detail
        from booked full join owed using (account_id, currency) where coalesce(booked.minor, 0) <> coalesce(owed.minor, 0);

      create view check_payables_are_what_sellers_get with (security_invoker) as
        with held as (
          select payment.account_id, payment.currency, seller_transfer_minor - refunded_seller_minor as minor
          from payment join commission_snapshot on commission_snapshot.payment_id = payment.id where payment.charge_model = 'SEPARATE'),
        due as (
          select account_id, currency, sum(minor) as minor from (
            select account_id, currency, minor from held
            union all select account_id, currency, -(amount_minor + deducted_minor) from settlement where settled_at is not null
            union all select settlement.account_id, transfer_reversal.currency, transfer_reversal.reversed_minor - transfer_reversal.returned_minor
              from transfer_reversal join settlement on settlement.id = settlement_id
            union all select account_id, currency, amount_minor - forgiven_minor from seller_debt
            union all select account_id, currency, -seller_minor from dispute where status = 'LOST' and withdrawn_minor > 0
              and exists (select from payment where payment.id = dispute.payment_id and charge_model = 'SEPARATE')
          ) as parts group by account_id, currency),
        booked as (select account_id, currency, -sum(amount_minor) as minor from posting where ledger_account = 'seller_payable' group by account_id, currency)
        select account_id as id, 'the books owe ' || coalesce(booked.minor, 0) || ' ' || currency || ', the records ' || coalesce(due.minor, 0) as detail
        from booked full join due using (account_id, currency) where coalesce(booked.minor, 0) <> coalesce(due.minor, 0);

      create view check_lost_disputes_are_borne with (security_invoker) as
        select dispute.id, 'lost, and the seller bears ' || (coalesce(line.lost_minor, 0) + coalesce(transfer_reversal.asked_minor, 0)) || ' of ' || dispute.seller_minor as detail
        from dispute
        join payment on payment.id = dispute.payment_id and payment.charge_model = 'SEPARATE'
        join settlement_line line on line.payment_id = payment.id
        left join transfer_reversal on transfer_reversal.cause_kind = 'DISPUTE' and transfer_reversal.cause_id = dispute.id and transfer_reversal.status <> 'WITHDRAWN'
        where dispute.status = 'LOST' and dispute.withdrawn_minor > 0
          and coalesce(line.lost_minor, 0) + coalesce(transfer_reversal.asked_minor, 0) < least(dispute.seller_minor, line.gross_minor - line.refunded_minor);

      create view check_one_active_account_per_seller with (security_invoker) as
        select account_id as id, count(*) || ' active Stripe accounts' as detail
        from connected_account where retired_cause is null group by account_id having count(*) > 1;

      create view check_nothing_is_stuck with (security_invoker) as
        select id, 'is being settled since ' || claimed_at as detail from settlement where status = 'SETTLING' and claimed_at < app.now() - interval '20 minutes'
        union all select id, kind || ' intended at ' || created_at || ' and never decided' from operation
          where state = 'INTENDED' and created_at < app.now() - interval '26 hours' and kind <> 'TRANSFER';

      create view check_the_books_cannot_be_rewritten with (security_invoker) as
        select needed.name as id, 'nothing keeps its rows from being changed' as detail
        from (values ('commission_snapshot'), ('ledger_transaction'), ('posting')) as needed (name)
        where not exists (
          select from pg_trigger join pg_class on pg_class.oid = tgrelid join pg_proc on pg_proc.oid = tgfoid
          where relname = needed.name and proname = 'refuse_change' and tgenabled = 'O');

      grant select on ${views.join(', ')} to holdfast_app, holdfast_worker;
    `);
  }

  override down(): void {
    this.addSql(`
      drop view ${views.join(', ')};
      drop table halt;
    `);
  }
}

const views = [
  'check_ledger_balances',
  'check_movements_balance',
  'check_payments_have_their_split',
  'check_payments_are_booked',
  'check_held_payments_are_in_a_settlement',
  'check_lines_are_of_one_currency',
  'check_settlements_pay_what_is_in_them',
  'check_settlements_paid_as_intended',
  'check_transfers_have_their_settlement',
  'check_movements_happened_once',
  'check_transfers_went_to_their_seller',
  'check_no_seller_gets_more_than_their_share',
  'check_reversals_add_up',
  'check_debts_are_recovered_once',
  'check_receivables_are_the_debts',
  'check_payables_are_what_sellers_get',
  'check_lost_disputes_are_borne',
  'check_one_active_account_per_seller',
  'check_nothing_is_stuck',
  'check_the_books_cannot_be_rewritten',
];
