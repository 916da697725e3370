import { Migration } from '@mikro-orm/migrations';

/** How often somebody did something lately, shared by all processes. */
export class Migration20261121001340_request_counts extends Migration {
  override up(): void {
    this.addSql(`
      create unlogged table request_count (
        bucket text primary key,
        since timestamptz not null,
        count integer not null
      );
      create index request_count_by_age on request_count (since);
      grant select, insert, update, delete on request_count to holdfast_app, holdfast_worker;
    `);
  }

  override down(): void {
    this.addSql('drop table request_count;');
  }
}
