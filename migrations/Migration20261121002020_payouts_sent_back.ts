import { Migration } from '@mikro-orm/migrations';

/** That a seller's bank sent back the last payout, so that the seller is told. */
export class Migration20261121002020_payouts_sent_back extends Migration {
  override up(): void {
    this.addSql(`
      alter table connected_account add payout_sent_back_at timestamptz, add payout_sent_back_because text,
        add constraint a_payout_sent_back_says_when check (payout_sent_back_because is null or payout_sent_back_at is not null);
    `);
  }

  override down(): void {
    this.addSql('alter table connected_account drop column payout_sent_back_because, drop column payout_sent_back_at;');
  }
}
