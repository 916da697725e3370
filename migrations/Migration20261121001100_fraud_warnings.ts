import { Migration } from '@mikro-orm/migrations';

/** What a bank suspects of a payment before it takes anything back. */
export class Migration20261121001100_fraud_warnings extends Migration {
  override up(): void {
    this.addSql(`
      alter table payment
        add fraud_warned_at timestamptz,
        add fraud_type text constraint a_fraud_type_is_bounded check (length(fraud_type) between 1 and 100),
        add constraint a_fraud_warning_is_whole check ((fraud_warned_at is null) = (fraud_type is null));
      create trigger a_suspected_payment_is_announced after update of fraud_warned_at on payment for each row
        when (old.fraud_warned_at is null and new.fraud_warned_at is not null) execute function app.announce_topic('payment.fraud_warned');
    `);
  }

  override down(): void {
    this.addSql('drop trigger a_suspected_payment_is_announced on payment; alter table payment drop column fraud_warned_at, drop column fraud_type;');
  }
}
