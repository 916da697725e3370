import { Migration } from '@mikro-orm/migrations';

/** Letters that wait to be sent, the links they bring people, and whose address is not confirmed. */
export class Migration20261121002110_letters extends Migration {
  override up(): void {
    this.addSql(`
      create table letter (
        id text primary key,
        kind text not null constraint a_letter_is_of_a_known_kind check (kind in ('SIGN_UP', 'RESET', 'PASSWORD_CHANGED', 'INVITATION')),
        email text not null constraint a_letters_address_is_bounded check (length(email) <= 254),
        sealed_link text,
        created_at timestamptz not null,
        due_at timestamptz not null,
        tries integer not null default 0
      );
      create index letter_by_due on letter (due_at);
      grant select, insert, update, delete on letter to holdfast_app, holdfast_worker;

      create table mailed_link (
        token_sha256 text primary key,
        person_id text not null references person (id),
        purpose text not null constraint a_mailed_link_has_a_known_purpose check (purpose in ('CONFIRM', 'RESET')),
        created_at timestamptz not null,
        expires_at timestamptz not null,
        used_at timestamptz
      );
      create index mailed_link_by_person on mailed_link (person_id);
      create index mailed_link_by_expiry on mailed_link (expires_at);
      alter table mailed_link enable row level security, force row level security;
      create policy rows_of_its_tenants on mailed_link
        using ((select app.sees_all()) or (select true from person where person.id = person_id limit 1))
        with check ((select app.sees_all()) or (select true from person where person.id = person_id limit 1));
      create policy everything_to_look_at on mailed_link for select to holdfast_read using (true);
      grant select, insert, update, delete on mailed_link to holdfast_app, holdfast_worker;

      alter table person add unconfirmed_since timestamptz;
    `);
  }

  override down(): void {
    this.addSql(`
      alter table person drop column unconfirmed_since;
      drop table mailed_link, letter;
    `);
  }
}
