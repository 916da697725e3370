import { Migration } from '@mikro-orm/migrations';

/** The inbox of Stripe's events, the ticks that have run, and the request budget all processes share. */
export class Migration20261120000400_events extends Migration {
  override up(): void {
    this.addSql(`
      create table inbox_event (
        stream text not null constraint a_stream_is_named check (stream = 'platform' or stream like 'connect:acct\\_%'),
        stripe_event_id text not null,
        type text not null,
        object_id text,
        livemode boolean not null,
        source text not null constraint a_known_event_source check (source in ('WEBHOOK', 'POLL')),
        payload text not null,
        happened_at timestamptz not null,
        received_at timestamptz not null,
        state text not null constraint a_known_inbox_state check (state in ('RECEIVED', 'APPLIED', 'IGNORED', 'PARKED')),
        attempt_count integer not null default 0,
        next_attempt_at timestamptz not null,
        locked_until timestamptz,
        error text,
        concluded_at timestamptz,
        primary key (stream, stripe_event_id)
      );
      create index inbox_event_to_apply on inbox_event (next_attempt_at) where state = 'RECEIVED';
      create index inbox_event_parked on inbox_event (received_at) where state = 'PARKED';

      create table job_tick (
        name text not null,
        due_at timestamptz not null,
        primary key (name, due_at)
      );

      create unlogged table stripe_budget (
        bucket text primary key,
        next_at timestamptz not null
      );

      grant select, insert, update on stripe_budget to holdfast_app, holdfast_worker;
      grant select, insert, update on inbox_event to holdfast_app, holdfast_worker;
      grant select, insert, delete on job_tick to holdfast_app, holdfast_worker;
    `);
  }

  override down(): void {
    this.addSql('drop table stripe_budget, job_tick, inbox_event;');
  }
}
