import { Migration } from '@mikro-orm/migrations';

/** What the last audit on time found, in one row, and settlements by when they fall due: so that looking at them does not cost more as the books grow. */
export class Migration20261121002210_statistics extends Migration {
  override up(): void {
    this.addSql(`
      create table book_check (
        only_one boolean primary key default true constraint there_is_one_last_check check (only_one),
        checked_at timestamptz not null,
        promise_count integer not null,
        broken_count integer not null
      );
      create index settlement_by_due on settlement (due_at);
      grant select, insert, update on book_check to holdfast_app, holdfast_worker;
    `);
  }

  override down(): void {
    this.addSql('drop index settlement_by_due; drop table book_check;');
  }
}
