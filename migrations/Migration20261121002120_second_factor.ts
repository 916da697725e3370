import { Migration } from '@mikro-orm/migrations';

const persons = '(select app.sees_all()) or (select true from person where person.id = person_id limit 1)';

/** One-time codes beside the password, the codes that replace a lost device, and sessions that still wait for one. */
export class Migration20261121002120_second_factor extends Migration {
  override up(): void {
    this.addSql(`
      create table second_factor (
        person_id text primary key references person (id),
        sealed_secret text not null,
        last_step bigint not null default 0,
        created_at timestamptz not null,
        confirmed_at timestamptz
      );
      create trigger a_change_by_somebody_is_kept after insert or update of confirmed_at or delete on second_factor
        for each row when (nullif(current_setting('app.actor', true), '') is not null) execute function app.audit('person_id', 'sealed_secret', 'last_step');

      create table recovery_code (
        code_sha256 text primary key,
        person_id text not null references person (id),
        used_at timestamptz
      );
      create index recovery_code_by_person on recovery_code (person_id);

      ${['second_factor', 'recovery_code']
        .map(
          (table) => `
      alter table ${table} enable row level security, force row level security;
      create policy rows_of_its_tenants on ${table} using (${persons}) with check (${persons});
      create policy everything_to_look_at on ${table} for select to holdfast_read using (true);
      grant select, insert, update, delete on ${table} to holdfast_app, holdfast_worker;`,
        )
        .join('')}

      alter table sign_in_session add code_due boolean not null default false;
    `);
  }

  override down(): void {
    this.addSql(`
      alter table sign_in_session drop column code_due;
      drop table recovery_code, second_factor;
    `);
  }
}
