import { Migration } from '@mikro-orm/migrations';

/** Signing secrets are kept sealed. Those there are stay readable as they are, until the worker, which has the key, seals them. */
export class Migration20261121002000_sealed_signing_secrets extends Migration {
  override up(): void {
    this.addSql(`
      alter table webhook_secret drop constraint a_signing_secret_is_one, add constraint a_signing_secret_is_one
        check (secret ~ '^(whsec_[A-Za-z0-9+/=]{32,100}|[0-9a-f]{8}\\.[A-Za-z0-9_-]{60,250})$');
    `);
  }

  override down(): void {
    this.addSql(`
      alter table webhook_secret drop constraint a_signing_secret_is_one, add constraint a_signing_secret_is_one
        check (secret ~ '^whsec_[A-Za-z0-9+/=]{32,100}$') not valid; -- what is sealed stays so
    `);
  }
}
