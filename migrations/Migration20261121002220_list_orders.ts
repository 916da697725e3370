import { Migration } from '@mikro-orm/migrations';

/** What lists of payments are ordered and searched by, so that they cost the same on every page, however many there are. */
export class Migration20261121002220_list_orders extends Migration {
  override up(): void {
    this.addSql(`
      create index payment_by_time on payment (paid_at, id);
      create index payment_by_amount on payment (currency, amount_minor, id);
      create index payment_by_payment_intent on payment (payment_intent_id);
      create index payment_by_email on payment (email);
      create index membership_by_email on membership (email);
    `);
  }

  override down(): void {
    this.addSql('drop index payment_by_time, payment_by_amount, payment_by_payment_intent, payment_by_email, membership_by_email;');
  }
}
