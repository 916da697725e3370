import { Migration } from '@mikro-orm/migrations';

/** Settlements that are retried together: which, for what cause, who asked for it and why, and how far it has come. */
export class Migration20261121002200_bulk_retries extends Migration {
  override up(): void {
    this.addSql(`
      create table bulk_retry (
        id text primary key,
        cause text not null,
        reason text not null constraint a_bulk_retry_says_why check (length(reason) between 3 and 500),
        started_by text not null,
        started_at timestamptz not null,
        ended_at timestamptz,
        stopped_by text,
        constraint a_stopped_bulk_retry_has_ended check (stopped_by is null or ended_at is not null)
      );
      create unique index one_bulk_retry_at_a_time_per_cause on bulk_retry (cause) where ended_at is null;

      create table bulk_retry_item (
        bulk_retry_id text not null references bulk_retry (id),
        settlement_id text not null,
        tenant_id text not null,
        taken_at timestamptz,
        reopened boolean not null default false,
        primary key (bulk_retry_id, settlement_id),
        constraint an_item_retries_a_settlement_of_its_tenant foreign key (tenant_id, settlement_id) references settlement (tenant_id, id),
        constraint only_what_was_taken_up_is_reopened check (not reopened or taken_at is not null)
      );
      create index bulk_retry_item_waiting on bulk_retry_item (bulk_retry_id, settlement_id) where taken_at is null;

      alter table bulk_retry enable row level security, force row level security;
      create policy rows_of_its_tenants on bulk_retry using ((select app.sees_all())) with check ((select app.sees_all()));
      create policy everything_to_look_at on bulk_retry for select to holdfast_read using (true);
      alter table bulk_retry_item enable row level security, force row level security;
      create policy rows_of_its_tenants on bulk_retry_item
        using ((select app.sees_all()) or tenant_id = any ((select app.tenants())::text[])) with check ((select app.sees_all()) or tenant_id = any ((select app.tenants())::text[]));
      create policy everything_to_look_at on bulk_retry_item for select to holdfast_read using (true);
      create trigger a_change_by_somebody_is_kept after insert or update or delete on bulk_retry
        for each row when (nullif(current_setting('app.actor', true), '') is not null) execute function app.audit('id');

      grant select, insert, update on bulk_retry, bulk_retry_item to holdfast_app, holdfast_worker;
    `);
  }

  override down(): void {
    this.addSql('drop table bulk_retry_item, bulk_retry;');
  }
}
