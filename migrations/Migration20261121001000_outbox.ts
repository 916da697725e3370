import { Migration } from '@mikro-orm/migrations';

/** What partners will be told: written by the database itself with the change it tells of, so that no writer can forget it. */
export class Migration20261121001000_outbox extends Migration {
  override up(): void {
    this.addSql(`
      create table outbox_event (
        subject_id text not null,
        sequence integer not null constraint an_outbox_sequence_is_positive check (sequence > 0),
        topic text not null constraint a_topic_is_a_noun_and_what_became_of_it check (topic ~ '^[a-z]+\\.[a-z_]+$'),
        tenant_id text not null,
        account_id text not null,
        recorded_at timestamptz not null default app.now(),
        constraint one_outbox_event_per_change primary key (subject_id, sequence),
        constraint an_outbox_event_is_of_its_account foreign key (tenant_id, account_id) references account (tenant_id, id)
      );
      insert into outbox_event (subject_id, sequence, topic, tenant_id, account_id) -- what was so before anybody could be told
        select id, 1, 'payment.paid', tenant_id, account_id from payment
        union all select id, 1, 'settlement.pending', tenant_id, account_id from settlement
        union all select id, 2, 'settlement.settled', tenant_id, account_id from settlement where settled_at is not null;

      create trigger an_outbox_event_never_changes before update or delete or truncate on outbox_event
        for each statement execute function app.refuse_change();

      -- Its caller holds the subject's row, so that no two number the same change. A table's name, which a topic may
      -- begin with, is of a collation of its own that would pass on to the id: without "default" no index would serve.
      create function app.announce(topic text, subject_id text, tenant_id text, account_id text) returns void language sql as $$
        insert into outbox_event (subject_id, sequence, topic, tenant_id, account_id)
        select $2, coalesce(max(sequence), 0) + 1, $1, $3, $4 from outbox_event where outbox_event.subject_id = $2 collate "default"
      $$;

      create function app.announce_status() returns trigger language plpgsql as $$
      begin
        perform app.announce(tg_table_name || '.' || lower(new.status), new.id, new.tenant_id, new.account_id);
        return null;
      end $$;

      create function app.announce_refund() returns trigger language plpgsql as $$
      begin
        perform app.announce('refund.' || lower(new.status), new.id, new.tenant_id, (select account_id from payment where payment.id = new.payment_id));
        return null;
      end $$;

      create function app.announce_topic() returns trigger language plpgsql as $$
      begin
        perform app.announce(tg_argv[0], new.id, new.tenant_id, new.account_id);
        return null;
      end $$;

      create function app.announce_account() returns trigger language plpgsql as $$
      begin
        perform from account where id = new.account_id for no key update; -- a seller may have had several Stripe accounts
        perform app.announce('account.updated', new.account_id, new.tenant_id, new.account_id);
        return null;
      end $$;

      create trigger a_payment_is_announced after insert on payment for each row execute function app.announce_topic('payment.paid');
      create trigger a_refunded_payment_is_announced after update of refunded_minor on payment for each row
        when (old.refunded_minor is distinct from new.refunded_minor) execute function app.announce_topic('payment.refunded');
      create trigger a_disputed_payment_is_announced after update of dispute_state on payment for each row
        when (old.dispute_state is distinct from new.dispute_state and new.dispute_state = 'OPEN') execute function app.announce_topic('payment.disputed');
      create trigger a_payment_charged_back_is_announced after update of dispute_state on payment for each row
        when (old.dispute_state is distinct from new.dispute_state and new.dispute_state = 'LOST') execute function app.announce_topic('payment.charged_back');
      create trigger a_payment_won_back_is_announced after update of dispute_state on payment for each row
        when (old.dispute_state is distinct from new.dispute_state and new.dispute_state = 'WON') execute function app.announce_topic('payment.won_back');

      create trigger a_membership_is_announced after insert on membership for each row execute function app.announce_status();
      create trigger a_changed_membership_is_announced after update of status on membership for each row
        when (old.status is distinct from new.status) execute function app.announce_status();
      create trigger an_ending_membership_is_announced after update of cancel_at_period_end on membership for each row
        when (new.cancel_at_period_end and not old.cancel_at_period_end) execute function app.announce_topic('membership.ending');

      create trigger a_settlement_is_announced after insert on settlement for each row execute function app.announce_status();
      create trigger a_changed_settlement_is_announced after update of status on settlement for each row
        when (old.status is distinct from new.status and new.status in ('SETTLED', 'FAILED', 'REVERSED', 'CANCELED')) execute function app.announce_status();

      create trigger a_refund_is_announced after insert on refund for each row execute function app.announce_refund();
      create trigger a_changed_refund_is_announced after update of status on refund for each row
        when (old.status is distinct from new.status) execute function app.announce_refund();

      create trigger a_dispute_is_announced after insert on dispute for each row execute function app.announce_status();
      create trigger a_changed_dispute_is_announced after update of status on dispute for each row
        when (old.status is distinct from new.status) execute function app.announce_status();

      create trigger a_changed_account_is_announced after update on connected_account for each row
        when ((old.stripe_account_id, old.details_submitted, old.charges_enabled, old.payouts_enabled, old.card_payments_capability, old.transfers_capability,
               old.requirements, old.disabled_reason, old.active_until)
          is distinct from
              (new.stripe_account_id, new.details_submitted, new.charges_enabled, new.payouts_enabled, new.card_payments_capability, new.transfers_capability,
               new.requirements, new.disabled_reason, new.active_until))
        execute function app.announce_account();

      grant select, insert on outbox_event to holdfast_app, holdfast_worker;

      create view check_every_change_is_announced with (security_invoker) as
        select payment.id, 'a payment nobody is told of' as detail from payment
        where not exists (select from outbox_event where subject_id = payment.id and sequence = 1 and topic = 'payment.paid')
        union all select settlement.id, 'settled, and nobody is told' from settlement
        where settled_at is not null and not exists (select from outbox_event where subject_id = settlement.id and topic = 'settlement.settled')
        union all select subject_id, 'tells of ' || count(*) || ' changes, numbered up to ' || max(sequence) from outbox_event
        group by subject_id having max(sequence) <> count(*);
      grant select on check_every_change_is_announced to holdfast_app, holdfast_worker;
    `);
  }

  override down(): void {
    this.addSql(`
      drop view check_every_change_is_announced;
      drop function app.announce_status() cascade;
      drop function app.announce_refund() cascade;
      drop function app.announce_topic() cascade;
      drop function app.announce_account() cascade;
      drop function app.announce(text, text, text, text);
      drop table outbox_event;
    `);
  }
}
