import { Migration } from '@mikro-orm/migrations';

/** An id of our own for each event in the inbox, sorted by when it came, so that people can list events and name one. */
export class Migration20261121001200_inbox_ids extends Migration {
  override up(): void {
    this.addSql(`
      alter table inbox_event add id text;
      update inbox_event set id = 'evn_' -- ten digits of base 32 for the time it came, as all ids have, and sixteen of its own
        || (select string_agg(substr('0123456789abcdefghjkmnpqrstvwxyz', ((floor(extract(epoch from received_at) * 1000)::bigint >> (45 - 5 * digit)) & 31)::int + 1, 1), '' order by digit)
            from generate_series(0, 9) digit)
        || substr(md5(stream || ' ' || stripe_event_id), 1, 16);
      alter table inbox_event alter id set not null, add constraint one_inbox_event_per_id unique (id);
      drop index inbox_event_parked;
      create index inbox_event_parked on inbox_event (id) where state = 'PARKED';
    `);
  }

  override down(): void {
    this.addSql(`
      drop index inbox_event_parked;
      create index inbox_event_parked on inbox_event (received_at) where state = 'PARKED';
      alter table inbox_event drop column id;
    `);
  }
}
