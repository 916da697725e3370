import { Migration } from '@mikro-orm/migrations';

/** Places kept for people, and that a tenant is never without an owner, nor the marketplace without an administrator. */
export class Migration20261121001330_seats extends Migration {
  override up(): void {
    this.addSql(`
      create table invitation (
        id text primary key,
        tenant_id text references tenant (id),
        email text not null constraint an_invited_email_is_bounded check (length(email) <= 254),
        email_key text not null,
        role text not null,
        token_sha256 text not null constraint one_invitation_per_token unique,
        invited_by text not null,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        accepted_at timestamptz,
        accepted_by text references person (id),
        withdrawn_at timestamptz,
        constraint an_invitation_is_to_a_known_role check (role in ('VIEWER', 'OPERATOR', 'ADMIN') and tenant_id is null or role in ('OWNER', 'MEMBER') and tenant_id is not null),
        constraint an_accepted_invitation_says_by_whom check ((accepted_at is null) = (accepted_by is null)),
        constraint an_invitation_is_accepted_or_withdrawn check (accepted_at is null or withdrawn_at is null)
      );
      create unique index one_open_invitation_per_address on invitation (tenant_id, email_key) nulls not distinct where accepted_at is null and withdrawn_at is null;
      grant select, insert, update on invitation to holdfast_app, holdfast_worker;
      grant delete on seat to holdfast_app;

      alter table invitation enable row level security, force row level security;
      create policy rows_of_its_tenants on invitation
        using ((select app.sees_all()) or tenant_id = any ((select app.tenants())::text[])) with check ((select app.sees_all()) or tenant_id = any ((select app.tenants())::text[]));
      create policy everything_to_look_at on invitation for select to holdfast_read using (true);
      create trigger a_change_by_somebody_is_kept after insert or update or delete on invitation
        for each row when (nullif(current_setting('app.actor', true), '') is not null) execute function app.audit('id', 'email', 'email_key', 'token_sha256');

      -- Those who end places take turns, so that no two of them each leave the other's as the last.
      create function app.keep_an_administrator() returns trigger language plpgsql as $$
      begin
        perform pg_advisory_xact_lock(4711004);
        if not exists (select from person where staff_role = 'ADMIN') then
          raise exception 'The last administrator stays' using errcode = 'check_violation', constraint = 'the_last_administrator_stays';
        end if;
        return null;
      end $$;
      create trigger the_last_administrator_stays after update of staff_role or delete on person
        for each row when (old.staff_role = 'ADMIN') execute function app.keep_an_administrator();

      create function app.keep_an_owner() returns trigger language plpgsql as $$
      begin
        perform pg_advisory_xact_lock(4711005);
        if not exists (select from seat where tenant_id = old.tenant_id and role = 'OWNER') then
          raise exception 'The last owner of % stays', old.tenant_id using errcode = 'check_violation', constraint = 'the_last_owner_stays';
        end if;
        return null;
      end $$;
      create trigger the_last_owner_stays after update of role, tenant_id or delete on seat
        for each row when (old.role = 'OWNER') execute function app.keep_an_owner();
    `);
  }

  override down(): void {
    this.addSql(`
      drop trigger the_last_owner_stays on seat;
      drop trigger the_last_administrator_stays on person;
      drop function app.keep_an_owner(), app.keep_an_administrator();
      revoke delete on seat from holdfast_app;
      drop table invitation;
    `);
  }
}
