import { Migration } from '@mikro-orm/migrations';

/** Since when a seller has shared their page: the last step of setting up. */
export class Migration20261121002310_setup extends Migration {
  override up(): void {
    this.addSql('alter table account add shared_at timestamptz;');
  }

  override down(): void {
    this.addSql('alter table account drop shared_at;');
  }
}
