import { Migration } from '@mikro-orm/migrations';

/** Letters that tell members where they look after their memberships. */
export class Migration20261121002300_letters_to_members extends Migration {
  override up(): void {
    this.addSql(`
      alter table letter drop constraint a_letter_is_of_a_known_kind;
      alter table letter add constraint a_letter_is_of_a_known_kind check (kind in ('SIGN_UP', 'RESET', 'PASSWORD_CHANGED', 'INVITATION', 'MEMBERSHIPS'));
      create index membership_by_mailbox on membership (lower(email));
    `);
  }

  override down(): void {
    this.addSql(`
      drop index membership_by_mailbox;
      delete from letter where kind = 'MEMBERSHIPS';
      alter table letter drop constraint a_letter_is_of_a_known_kind;
      alter table letter add constraint a_letter_is_of_a_known_kind check (kind in ('SIGN_UP', 'RESET', 'PASSWORD_CHANGED', 'INVITATION'));
    `);
  }
}
