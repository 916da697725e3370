import { Migration } from '@mikro-orm/migrations';

/** What lists of events, disputes and accounts are searched and ordered by. */
export class Migration20261121003200_more_list_orders extends Migration {
  override up(): void {
    this.addSql(`
      create index inbox_event_by_stripe_id on inbox_event (stripe_event_id);
      create index inbox_event_by_object on inbox_event (object_id);
      create index dispute_by_evidence on dispute (coalesce(evidence_due_by, 'infinity'), id);
      create index dispute_by_amount on dispute (currency, amount_minor, id);
      create index account_by_time on account (created_at, id);
      create index account_by_name on account (display_name, id);
    `);
  }

  override down(): void {
    this.addSql(
      'drop index inbox_event_by_stripe_id, inbox_event_by_object, dispute_by_evidence, dispute_by_amount, account_by_time, account_by_name;',
    );
  }
}
