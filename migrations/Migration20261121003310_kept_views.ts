import { Migration } from '@mikro-orm/migrations';

/** Views of the console's lists that people keep under a name. They are staff's, who see all: whose each is, every statement says. */
export class Migration20261121003310_kept_views extends Migration {
  override up(): void {
    this.addSql(`
      create table kept_view (
        person_id text not null references person (id),
        list text not null,
        name text not null,
        query text not null,
        created_at timestamptz not null,
        primary key (person_id, list, name),
        constraint a_kept_view_is_short check (length(list) <= 40 and length(name) <= 40 and length(query) <= 500)
      );
      alter table kept_view enable row level security, force row level security;
      create policy rows_of_its_tenants on kept_view using ((select app.sees_all())) with check ((select app.sees_all()));
      create policy everything_to_look_at on kept_view for select to holdfast_read using (true);
      grant select, insert, update, delete on kept_view to holdfast_app, holdfast_worker;
    `);
  }

  override down(): void {
    this.addSql('drop table kept_view;');
  }
}
