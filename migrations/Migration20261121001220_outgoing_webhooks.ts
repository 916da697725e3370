import { Migration } from '@mikro-orm/migrations';

/** Where partners are told what has changed, what each of them is told, and every try to tell it. */
export class Migration20261121001220_outgoing_webhooks extends Migration {
  override up(): void {
    this.addSql(`
      create table webhook_endpoint (
        id text primary key,
        tenant_id text,
        account_id text,
        url text not null constraint an_endpoints_address_is_bounded check (length(url) between 1 and 2000),
        name text not null constraint an_endpoint_has_a_name check (length(name) between 1 and 200),
        topics text[] not null constraint an_endpoints_topics_are_bounded check (cardinality(topics) <= 100),
        created_by text not null,
        created_at timestamptz not null,
        rotated_at timestamptz,
        disabled_at timestamptz,
        disabled_because text constraint a_known_reason_to_disable check (disabled_because in ('FAILING', 'GONE', 'ASKED')),
        removed_at timestamptz,
        constraint an_endpoint_is_of_its_account foreign key (tenant_id, account_id) references account (tenant_id, id),
        constraint an_endpoint_is_of_an_account_or_of_the_platform check ((tenant_id is null) = (account_id is null)),
        constraint a_disabled_endpoint_says_why check ((disabled_at is null) = (disabled_because is null)),
        constraint a_removed_endpoint_is_disabled check (removed_at is null or disabled_at is not null)
      );
      create index webhook_endpoint_by_account on webhook_endpoint (account_id, id desc) where removed_at is null;

      -- Apart from the endpoints, so that who only reads reads no secret.
      create table webhook_secret (
        endpoint_id text not null references webhook_endpoint (id),
        number integer not null constraint secrets_count_from_one check (number > 0),
        secret text not null constraint a_signing_secret_is_one check (secret ~ '^whsec_[A-Za-z0-9+/=]{32,100}$'),
        valid_until timestamptz,
        primary key (endpoint_id, number)
      );
      revoke select on webhook_secret from holdfast_read;

      create table webhook_delivery (
        id text primary key,
        endpoint_id text not null references webhook_endpoint (id),
        subject_id text not null,
        sequence integer not null,
        topic text not null,
        tenant_id text not null,
        account_id text not null,
        recorded_at timestamptz not null,
        state text not null default 'PENDING' constraint a_known_delivery_state check (state in ('PENDING', 'DELIVERED', 'FAILED')),
        attempt_count integer not null default 0,
        retry_count integer not null default 0,
        next_attempt_at timestamptz not null,
        locked_until timestamptz,
        concluded_at timestamptz,
        constraint one_delivery_per_endpoint_and_change unique (endpoint_id, subject_id, sequence),
        constraint a_delivery_tells_of_a_change foreign key (subject_id, sequence) references outbox_event (subject_id, sequence),
        constraint a_delivery_is_concluded_or_pending check ((state = 'PENDING') = (concluded_at is null))
      );
      create index webhook_delivery_to_send on webhook_delivery (endpoint_id, next_attempt_at) where state = 'PENDING';
      create index webhook_delivery_before on webhook_delivery (endpoint_id, subject_id, sequence) where state = 'PENDING';
      create index webhook_delivery_by_endpoint on webhook_delivery (endpoint_id, id desc);

      create table webhook_attempt (
        delivery_id text not null references webhook_delivery (id),
        number integer not null constraint delivery_attempts_count_from_one check (number > 0),
        started_at timestamptz not null,
        took_ms integer not null,
        status integer,
        error text,
        answer text constraint a_kept_answer_is_short check (length(answer) <= 1000),
        primary key (delivery_id, number)
      );
      create trigger a_webhook_attempt_never_changes before update or delete or truncate on webhook_attempt
        for each statement execute function app.refuse_change();

      -- As all ids: the prefix and 26 digits, of which the first tell the time.
      create function app.new_delivery_id() returns text language sql volatile as $$
        select 'whd_' || lpad(to_hex((extract(epoch from clock_timestamp()) * 1000000)::bigint), 14, '0') || left(replace(gen_random_uuid()::text, '-', ''), 12)
      $$;

      create function app.wants(topics text[], topic text) returns boolean language sql immutable as $$
        select cardinality(topics) = 0 or topic = any (topics) or split_part(topic, '.', 1) = any (topics)
      $$;

      create function app.queue_deliveries() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
      begin
        insert into public.webhook_delivery (id, endpoint_id, subject_id, sequence, topic, tenant_id, account_id, recorded_at, next_attempt_at)
        select app.new_delivery_id(), endpoint.id, new.subject_id, new.sequence, new.topic, new.tenant_id, new.account_id, new.recorded_at, new.recorded_at
        from public.webhook_endpoint endpoint
        where endpoint.disabled_at is null and (endpoint.account_id is null or endpoint.account_id = new.account_id) and app.wants(endpoint.topics, new.topic);
        return null;
      end $$;
      revoke execute on function app.queue_deliveries() from public;
      create trigger an_outbox_event_is_queued after insert on outbox_event for each row execute function app.queue_deliveries();
      create index outbox_event_by_account on outbox_event (account_id, recorded_at);
      create index outbox_event_by_time on outbox_event using brin (recorded_at); -- it only ever grows, in the order of time

      grant select, insert, update on webhook_endpoint, webhook_secret, webhook_delivery to holdfast_app, holdfast_worker;
      grant select, insert on webhook_attempt to holdfast_app, holdfast_worker;
    `);
  }

  override down(): void {
    this.addSql(`
      drop index outbox_event_by_time, outbox_event_by_account;
      drop trigger an_outbox_event_is_queued on outbox_event;
      drop function app.queue_deliveries();
      drop table webhook_attempt, webhook_delivery, webhook_secret, webhook_endpoint;
      drop function app.wants(text[], text);
      drop function app.new_delivery_id();
    `);
  }
}
