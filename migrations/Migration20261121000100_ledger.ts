import { Migration } from '@mikro-orm/migrations';

/** Double-entry books: movements of money, each balanced in every currency, never changed. */
export class Migration20261121000100_ledger extends Migration {
  override up(): void {
    this.addSql(`
      create table ledger_transaction (
        id text primary key,
        cause_kind text not null,
        cause_id text not null,
        effective_at timestamptz not null,
        recorded_at timestamptz not null,
        constraint one_ledger_transaction_per_cause unique (cause_kind, cause_id)
      );

      create table posting (
        transaction_id text not null constraint a_posting_is_of_its_transaction references ledger_transaction (id),
        number smallint not null,
        ledger_account text not null constraint a_known_ledger_account check (ledger_account in
          ('stripe_balance', 'stripe_fees', 'dispute_fees', 'dispute_losses', 'seller_payable', 'seller_receivable', 'commission', 'vat_payable', 'dispute_receivable', 'unclassified')),
        account_id text constraint a_posting_is_of_its_account references account (id),
        currency text not null constraint a_posted_currency_is_iso check (currency ~ '^[A-Z]{3}$'),
        amount_minor bigint not null constraint a_posting_moves_something check (amount_minor <> 0),
        primary key (transaction_id, number),
        constraint a_sellers_posting_names_the_seller check ((ledger_account in ('seller_payable', 'seller_receivable')) = (account_id is not null))
      );
      create index posting_by_ledger_account on posting (ledger_account, account_id, currency) include (amount_minor);

      create function app.assert_balanced() returns trigger language plpgsql as $$
      begin
        if exists (select from posting where transaction_id = new.transaction_id group by currency having sum(amount_minor) <> 0) then
          raise exception 'The ledger transaction % does not balance', new.transaction_id using errcode = 'check_violation', constraint = 'a_ledger_transaction_balances';
        end if;
        return null;
      end $$;
      create constraint trigger a_ledger_transaction_balances after insert on posting deferrable initially deferred
        for each row execute function app.assert_balanced();

      create trigger a_ledger_transaction_never_changes before update or delete or truncate on ledger_transaction
        for each statement execute function app.refuse_change();
      create trigger a_posting_never_changes before update or delete or truncate on posting
        for each statement execute function app.refuse_change();

      grant select, insert on ledger_transaction, posting to holdfast_app, holdfast_worker;
    `);
  }

  override down(): void {
    this.addSql('drop table posting, ledger_transaction; drop function app.assert_balanced();');
  }
}
