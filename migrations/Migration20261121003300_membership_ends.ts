import { Migration } from '@mikro-orm/migrations';

/** A membership is ended here when its seller disconnects, and for nothing else: what they take back at Stripe leaves it as it is there. */
export class Migration20261121003300_membership_ends extends Migration {
  override up(): void {
    this.addSql(`
      alter table membership drop constraint a_known_end;
      alter table membership add constraint a_known_end check (ended_because in ('DISCONNECTED'));`);
  }

  override down(): void {
    this.addSql(`
      alter table membership drop constraint a_known_end;
      alter table membership add constraint a_known_end check (ended_because in ('CANCELED', 'DISCONNECTED', 'DEAUTHORIZED'));`);
  }
}
