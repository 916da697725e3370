import { Migration } from '@mikro-orm/migrations';

/** When a signed-in person last showed again, in this browser, that it is them. */
export class Migration20261121002100_step_up extends Migration {
  override up(): void {
    this.addSql('alter table sign_in_session add stepped_up_at timestamptz;');
  }

  override down(): void {
    this.addSql('alter table sign_in_session drop column stepped_up_at;');
  }
}
