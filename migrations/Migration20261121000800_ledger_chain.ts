import { Migration } from '@mikro-orm/migrations';

/** A chain over the books: each movement's content, hashed together with everything before it. */
export class Migration20261121000800_ledger_chain extends Migration {
  override up(): void {
    this.addSql(`
      create index ledger_transaction_by_time on ledger_transaction (recorded_at);

      create table ledger_link (
        number bigint primary key constraint links_count_from_one check (number > 0),
        transaction_id text not null constraint a_movement_is_linked_once unique references ledger_transaction (id),
        content_sha256 text not null constraint a_content_hash_is_a_hash check (content_sha256 ~ '^[0-9a-f]{64}$'),
        hash text not null constraint a_link_hash_is_a_hash check (hash ~ '^[0-9a-f]{64}$'),
        linked_at timestamptz not null
      );
      create trigger a_link_never_changes before update or delete or truncate on ledger_link
        for each statement execute function app.refuse_change();

      create view ledger_content with (security_invoker) as
        select movement.id, movement.recorded_at,
          concat_ws('|', movement.id, movement.cause_kind, movement.cause_id, (extract(epoch from movement.effective_at) * 1000)::bigint,
            (extract(epoch from movement.recorded_at) * 1000)::bigint,
            (select string_agg(concat_ws(':', number, ledger_account, coalesce(account_id, '-'), currency, amount_minor), ',' order by number)
             from posting where posting.transaction_id = movement.id)) as content
        from ledger_transaction movement;

      grant select, insert on ledger_link to holdfast_app, holdfast_worker;
      grant select on ledger_content to holdfast_app, holdfast_worker;
    `);
  }

  override down(): void {
    this.addSql('drop view ledger_content; drop table ledger_link; drop index ledger_transaction_by_time;');
  }
}
