import { Migration } from '@mikro-orm/migrations';

/** What needs a person is found without reading what does not, however much of that there is. */
export class Migration20261121001400_attention extends Migration {
  override up(): void {
    this.addSql(`
      create index settlement_failed on settlement (id desc) where status = 'FAILED';
      create index dispute_to_answer on dispute (id desc) where status = 'NEEDS_RESPONSE';
    `);
  }

  override down(): void {
    this.addSql('drop index settlement_failed; drop index dispute_to_answer;');
  }
}
