import { Migration } from '@mikro-orm/migrations';

/**
 * Events that came and changes that were told are kept for as long as the operator says. Only these functions take any away, and none that anybody
 * still needs: no event that is not concluded, no delivery that is still to be made, and of each subject's changes never the newest, so that its
 * numbers go on.
 */
export class Migration20261121002010_retention extends Migration {
  override up(): void {
    this.addSql(`
      drop trigger an_outbox_event_never_changes on outbox_event;
      create trigger an_outbox_event_never_changes before update or truncate on outbox_event
        for each statement execute function app.refuse_change();
      drop trigger a_webhook_attempt_never_changes on webhook_attempt;
      create trigger a_webhook_attempt_never_changes before update or truncate on webhook_attempt
        for each statement execute function app.refuse_change();

      -- Ids begin with the time, so that the oldest are found without any index more.
      create function app.sweep_inbox(before_id text, most integer) returns bigint
      language sql security definer set search_path = pg_catalog, pg_temp as $$
        with gone as (
          delete from public.inbox_event where id in (
            select id from public.inbox_event where id < before_id and state in ('APPLIED', 'IGNORED') order by id limit most
          ) returning 1
        ) select count(*) from gone
      $$;

      create function app.sweep_deliveries(before timestamptz, most integer) returns bigint
      language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
      declare
        old text[] := array(
          select id from public.webhook_delivery
          where id < 'whd_' || lpad(to_hex((extract(epoch from before) * 1000000)::bigint), 14, '0') and state <> 'PENDING' and concluded_at < before
          order by id limit most for update skip locked);
      begin
        delete from public.webhook_attempt where delivery_id = any (old);
        delete from public.webhook_delivery where id = any (old);
        return cardinality(old);
      end $$;

      -- What came before a change that is itself old enough, from a subject's first on, so that its numbers have no gap. Changes come of age one day after the other, so a month's worth of them is looked at.
      create function app.sweep_outbox(before timestamptz, most integer) returns bigint
      language sql security definer set search_path = pg_catalog, pg_temp as $$
        with gone as (
          delete from public.outbox_event where (subject_id, sequence) in (
            select distinct told.subject_id, told.sequence
            from public.outbox_event later join public.outbox_event told on told.subject_id = later.subject_id and told.sequence < later.sequence
            where later.recorded_at < before and later.recorded_at >= before - interval '31 days'
              and not exists (select from public.webhook_delivery where subject_id = told.subject_id and webhook_delivery.sequence <= told.sequence)
            order by 1, 2 limit most
          ) returning 1
        ) select count(*) from gone
      $$;
      revoke execute on function app.sweep_inbox(text, integer), app.sweep_deliveries(timestamptz, integer), app.sweep_outbox(timestamptz, integer) from public;
      grant execute on function app.sweep_inbox(text, integer), app.sweep_deliveries(timestamptz, integer), app.sweep_outbox(timestamptz, integer)
        to holdfast_app, holdfast_worker;
      create index webhook_delivery_by_change on webhook_delivery (subject_id, sequence);

      create or replace view check_every_change_is_announced with (security_invoker) as
        select payment.id, 'a payment nobody is told of' as detail from payment
        where not exists (select from outbox_event where subject_id = payment.id and (sequence > 1 or topic = 'payment.paid'))
        union all select settlement.id, 'settled, and nobody is told' from settlement
        where settled_at is not null and not exists (select from outbox_event where subject_id = settlement.id and topic = 'settlement.settled')
          and exists (select from outbox_event where subject_id = settlement.id and sequence = 1)
        union all select subject_id, 'tells of ' || count(*) || ' changes, numbered ' || min(sequence) || ' to ' || max(sequence) from outbox_event
        group by subject_id having max(sequence) - min(sequence) + 1 <> count(*);
    `);
  }

  override down(): void {
    this.addSql(`
      create or replace view check_every_change_is_announced with (security_invoker) as
        select payment.id, 'a payment nobody is told of' as detail from payment
        where not exists (select from outbox_event where subject_id = payment.id and sequence = 1 and topic = 'payment.paid')
        union all select settlement.id, 'settled, and nobody is told' from settlement
        where settled_at is not null and not exists (select from outbox_event where subject_id = settlement.id and topic = 'settlement.settled')
        union all select subject_id, 'tells of ' || count(*) || ' changes, numbered up to ' || max(sequence) from outbox_event
        group by subject_id having max(sequence) <> count(*);
      drop index webhook_delivery_by_change;
      drop function app.sweep_inbox(text, integer), app.sweep_deliveries(timestamptz, integer), app.sweep_outbox(timestamptz, integer);
      drop trigger a_webhook_attempt_never_changes on webhook_attempt;
      create trigger a_webhook_attempt_never_changes before update or delete or truncate on webhook_attempt
        for each statement execute function app.refuse_change();
      drop trigger an_outbox_event_never_changes on outbox_event;
      create trigger an_outbox_event_never_changes before update or delete or truncate on outbox_event
        for each statement execute function app.refuse_change();
    `);
  }
}
