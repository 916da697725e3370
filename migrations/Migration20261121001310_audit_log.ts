import { Migration } from '@mikro-orm/migrations';

/** The tables whose changes by people and programs are kept: the column that names what was changed, then those that are never shown. */
const audited: Record<string, string[]> = {
  tenant: ['id'],
  person: ['id', 'name', 'email', 'email_key', 'password_hash'],
  seat: ['person_id'],
  account: ['id'],
  connected_account: ['id'],
  commission_plan: ['id'],
  offering: ['id'],
  membership: ['id', 'email'],
  refund: ['id'],
  settlement: ['id'],
  halt: ['id'],
  api_key: ['id', 'secret_sha256', 'former_sha256'],
  inbox_event: ['id', 'payload'],
  event_stream: ['name'],
  webhook_endpoint: ['id'],
};

/** What people and programs changed: written by the database itself with the change, never changed, chained afterwards. */
export class Migration20261121001310_audit_log extends Migration {
  override up(): void {
    this.addSql(`
      -- As all ids: the prefix and 26 digits. Half of them tell the microsecond, so that entries of one transaction keep their order.
      create function app.new_audit_id() returns text language sql volatile as $$
        select 'aud_' || lpad(to_hex((extract(epoch from clock_timestamp()) * 1000000)::bigint), 14, '0') || left(replace(gen_random_uuid()::text, '-', ''), 12)
      $$;

      create table audit_entry (
        id text primary key default app.new_audit_id(),
        recorded_at timestamptz not null default app.now(),
        actor text not null,
        role text,
        action text not null,
        subject_id text not null,
        tenant_id text,
        account_id text,
        before jsonb,
        after jsonb,
        address text,
        request_id text
      );
      create index audit_entry_by_time on audit_entry (recorded_at);
      create index audit_entry_by_account on audit_entry (account_id, id desc);
      create index audit_entry_by_subject on audit_entry (subject_id, id desc);
      create index audit_entry_by_actor on audit_entry (actor, id desc);
      create trigger an_audit_entry_never_changes before update or delete or truncate on audit_entry
        for each statement execute function app.refuse_change();

      create table audit_link (
        number bigint primary key constraint audit_links_count_from_one check (number > 0),
        entry_id text not null constraint an_entry_is_linked_once unique references audit_entry (id),
        content_sha256 text not null constraint an_audit_content_hash_is_a_hash check (content_sha256 ~ '^[0-9a-f]{64}$'),
        hash text not null constraint an_audit_link_hash_is_a_hash check (hash ~ '^[0-9a-f]{64}$'),
        linked_at timestamptz not null
      );
      create trigger an_audit_link_never_changes before update or delete or truncate on audit_link
        for each statement execute function app.refuse_change();

      create view audit_content with (security_invoker) as
        select id, recorded_at, jsonb_build_array(id, (extract(epoch from recorded_at) * 1000000)::bigint, actor, role, action, subject_id, tenant_id, account_id,
          before, after, address, request_id)::text as content from audit_entry;

      create function app.audit() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
      declare
        old_row jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
        new_row jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
        either jsonb := coalesce(new_row, old_row);
        doer text := coalesce(nullif(current_setting('app.actor', true), ''), either ->> 'person_id');
        was jsonb;
        became jsonb;
      begin
        select jsonb_object_agg(key, case when key = any (tg_argv) and key <> tg_argv[0] then '"[hidden]"' else value end) into was
          from jsonb_each(old_row) where value <> 'null' and value is distinct from new_row -> key;
        select jsonb_object_agg(key, case when key = any (tg_argv) and key <> tg_argv[0] then '"[hidden]"' else value end) into became
          from jsonb_each(new_row) where (value <> 'null' or old_row is not null) and value is distinct from old_row -> key;
        if was is null and became is null then return null; end if;

        insert into public.audit_entry (actor, role, action, subject_id, tenant_id, account_id, before, after, address, request_id) values (
          doer,
          coalesce(nullif(current_setting('app.role', true), ''), (select coalesce(staff_role, 'SELLER') from public.person where id = doer)),
          tg_table_name || case tg_op when 'INSERT' then '.created' when 'UPDATE' then '.changed' else '.deleted' end,
          either ->> tg_argv[0],
          case tg_table_name when 'tenant' then either ->> 'id' else either ->> 'tenant_id' end,
          coalesce(case tg_table_name when 'account' then either ->> 'id' else either ->> 'account_id' end,
            (select id from public.account where tenant_id = either ->> 'tenant_id')),
          was, became,
          nullif(current_setting('app.address', true), ''),
          nullif(current_setting('app.request', true), ''));
        return null;
      end $$;
      revoke execute on function app.audit() from public;

      create trigger a_sign_in_is_kept after insert or update of revoked_at on sign_in_session
        for each row execute function app.audit('person_id', 'token_sha256');
      ${Object.entries(audited)
        .map(
          ([table, columns]) => `
      create trigger a_change_by_somebody_is_kept after insert or update or delete on ${table}
        for each row when (nullif(current_setting('app.actor', true), '') is not null) execute function app.audit(${columns.map((name) => `'${name}'`).join(', ')});`,
        )
        .join('')}

      grant select on audit_entry, audit_content to holdfast_app, holdfast_worker;
      grant select, insert on audit_link to holdfast_app, holdfast_worker;
    `);
  }

  override down(): void {
    this.addSql(`
      drop trigger a_sign_in_is_kept on sign_in_session;
      ${Object.keys(audited)
        .map((table) => `drop trigger a_change_by_somebody_is_kept on ${table};`)
        .join('\n')}
      drop view audit_content;
      drop table audit_link, audit_entry;
      drop function app.audit(), app.new_audit_id();
    `);
  }
}
