import { Migration } from '@mikro-orm/migrations';

/** Whose charge a fee of the platform's was taken of: once the account has left, its line of the balance is all that tells of it. */
export class Migration20261121003500_fees_of_the_gone extends Migration {
  override up(): void {
    this.addSql(`
      alter table balance_transaction add stripe_account_id text;
      create index balance_transaction_by_account on balance_transaction (stripe_account_id, happened_at) where stripe_account_id is not null;
    `);
  }

  override down(): void {
    this.addSql(`
      drop index balance_transaction_by_account;
      alter table balance_transaction drop column stripe_account_id;
    `);
  }
}
