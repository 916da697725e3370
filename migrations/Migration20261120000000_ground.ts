import { Migration } from '@mikro-orm/migrations';

/** What every later migration stands on: the database's own time, the refusal of change, and who may look. */
export class Migration20261120000000_ground extends Migration {
  override up(): void {
    this.addSql(`
      create schema app;

      create function app.now() returns timestamptz language sql stable as 'select transaction_timestamp()';

      create function app.refuse_change() returns trigger language plpgsql as $$
      begin
        raise exception '% of % is refused: its rows are never changed or deleted', tg_op, tg_table_name using errcode = 'restrict_violation';
      end $$;

      grant usage on schema app, public to holdfast_app, holdfast_worker, holdfast_read;
      grant select on schema_migration to holdfast_app, holdfast_worker;
      alter default privileges in schema public grant select on tables to holdfast_read;
    `);
  }

  override down(): void {
    this.addSql(`
      alter default privileges in schema public revoke select on tables from holdfast_read;
      drop schema app cascade;
    `);
  }
}
