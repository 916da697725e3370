import { Migration } from '@mikro-orm/migrations';

/** How far each stream of Stripe's events has been read: the platform's own, and one for every account that was ever connected. */
export class Migration20261121001210_event_streams extends Migration {
  override up(): void {
    this.addSql(`
      create table event_stream (
        name text primary key constraint a_polled_stream_is_named check (name = 'platform' or name like 'connect:acct\\_%'),
        checkpoint_event_id text,
        seen_until timestamptz not null,
        resync_wanted boolean not null default true,
        last_event_at timestamptz,
        last_polled_at timestamptz,
        next_poll_at timestamptz not null,
        locked_until timestamptz,
        lock_token integer not null default 0,
        failure_count integer not null default 0,
        error text,
        opened_at timestamptz not null,
        closed_at timestamptz
      );
      create index event_stream_due on event_stream ((name <> 'platform'), next_poll_at) where closed_at is null;

      create function app.open_event_stream() returns trigger language plpgsql as $$
      begin
        insert into event_stream (name, seen_until, next_poll_at, opened_at)
        values ('connect:' || new.stripe_account_id, new.connected_at, new.connected_at, new.connected_at)
        on conflict do nothing;
        return null;
      end $$;
      create trigger a_connected_account_has_its_stream after insert or update of stripe_account_id on connected_account
        for each row when (new.stripe_account_id is not null) execute function app.open_event_stream();

      insert into event_stream (name, seen_until, next_poll_at, opened_at)
        select 'platform', now(), now(), now()
        union all select 'connect:' || stripe_account_id, now(), now(), now() from connected_account where stripe_account_id is not null;

      create function app.never_go_back() returns trigger language plpgsql as $$
      begin
        raise exception 'what was seen of % once stays seen', old.name using errcode = 'restrict_violation', constraint = tg_name;
      end $$;
      create trigger a_stream_never_goes_back before update of seen_until, lock_token on event_stream
        for each row when (new.seen_until < old.seen_until or new.lock_token < old.lock_token) execute function app.never_go_back();

      alter table inbox_event add delivered_at timestamptz;
      update inbox_event set delivered_at = received_at where source = 'WEBHOOK';
      alter table inbox_event drop constraint a_known_event_source,
        add constraint a_known_event_source check (source in ('WEBHOOK', 'POLL', 'RESYNC'));
      create index inbox_event_undelivered on inbox_event (received_at) where source = 'POLL' and delivered_at is null;

      grant select, insert, update on event_stream to holdfast_app, holdfast_worker;
    `);
  }

  override down(): void {
    this.addSql(`
      drop index inbox_event_undelivered;
      delete from inbox_event where source = 'RESYNC';
      alter table inbox_event drop constraint a_known_event_source, add constraint a_known_event_source check (source in ('WEBHOOK', 'POLL'));
      alter table inbox_event drop column delivered_at;
      drop trigger a_connected_account_has_its_stream on connected_account;
      drop function app.open_event_stream();
      drop table event_stream;
      drop function app.never_go_back();
    `);
  }
}
