import { Migration } from '@mikro-orm/migrations';

/** Settlements that wait for something a person may have to mend are found without reading those that only wait for their day. */
export class Migration20261121001410_waiting extends Migration {
  override up(): void {
    this.addSql(`create index settlement_waiting on settlement (id desc) where status = 'PENDING' and failure_code is not null;`);
  }

  override down(): void {
    this.addSql('drop index settlement_waiting;');
  }
}
