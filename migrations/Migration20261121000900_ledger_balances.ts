import { Migration } from '@mikro-orm/migrations';

/**
 * What stands on each account of the books, without summing them: balances, and the changes that are not carried into them yet.
 * A movement only adds changes, so no two wait for each other at an account that both touch; one worker carries them afterwards.
 */
export class Migration20261121000900_ledger_balances extends Migration {
  override up(): void {
    this.addSql(`
      create table ledger_balance (
        account_id text references account (id),
        ledger_account text not null,
        currency text not null,
        amount_minor bigint not null,
        constraint one_balance_per_ledger_account unique nulls not distinct (account_id, ledger_account, currency)
      );
      create table ledger_balance_change (
        id bigint generated always as identity primary key,
        account_id text,
        ledger_account text not null,
        currency text not null,
        amount_minor bigint not null
      );
      insert into ledger_balance (account_id, ledger_account, currency, amount_minor)
        select account_id, ledger_account, currency, sum(amount_minor) from posting group by account_id, ledger_account, currency;

      create function app.note_balance_changes() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
      begin
        insert into public.ledger_balance_change (account_id, ledger_account, currency, amount_minor)
          select account_id, ledger_account, currency, sum(amount_minor) from posted group by account_id, ledger_account, currency;
        return null;
      end $$;
      create trigger balances_follow_the_postings after insert on posting referencing new table as posted
        for each statement execute function app.note_balance_changes();

      create function app.carry_balances(at_most bigint) returns bigint language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
      declare carried bigint;
      begin
        if not pg_try_advisory_xact_lock(4711002) then return 0; end if;
        with taken as (
          delete from public.ledger_balance_change where id in (select id from public.ledger_balance_change order by id limit at_most)
          returning account_id, ledger_account, currency, amount_minor
        ), moved as (
          insert into public.ledger_balance (account_id, ledger_account, currency, amount_minor)
            select account_id, ledger_account, currency, sum(amount_minor) from taken group by account_id, ledger_account, currency
          on conflict on constraint one_balance_per_ledger_account do update set amount_minor = public.ledger_balance.amount_minor + excluded.amount_minor
        )
        select count(*) into carried from taken;
        return carried;
      end $$;
      revoke execute on function app.carry_balances(bigint), app.note_balance_changes() from public;
      grant execute on function app.carry_balances(bigint) to holdfast_app, holdfast_worker;

      create view ledger_standing with (security_invoker) as
        select account_id, ledger_account, currency, sum(amount_minor)::bigint as amount_minor from (
          select account_id, ledger_account, currency, amount_minor from ledger_balance
          union all select account_id, ledger_account, currency, amount_minor from ledger_balance_change
        ) as parts group by account_id, ledger_account, currency;

      create view check_balances_are_the_postings with (security_invoker) as
        select coalesce(account_id, ledger_account) as id,
          'stands at ' || coalesce(sum(standing), 0) || ' ' || currency || ' on ' || ledger_account || ', its postings sum to ' || coalesce(sum(posted), 0) as detail
        from (
          select account_id, ledger_account, currency, amount_minor as standing, null::numeric as posted from ledger_standing
          union all select account_id, ledger_account, currency, null, sum(amount_minor) from posting group by account_id, ledger_account, currency
        ) as both_sums
        group by account_id, ledger_account, currency having coalesce(sum(standing), 0) <> coalesce(sum(posted), 0);

      grant select on ledger_balance, ledger_balance_change, ledger_standing, check_balances_are_the_postings to holdfast_app, holdfast_worker;
    `);
  }

  override down(): void {
    this.addSql(`
      drop view check_balances_are_the_postings, ledger_standing;
      drop trigger balances_follow_the_postings on posting;
      drop function app.carry_balances(bigint), app.note_balance_changes();
      drop table ledger_balance_change, ledger_balance;
    `);
  }
}
