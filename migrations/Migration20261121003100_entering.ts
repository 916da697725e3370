import { Migration } from '@mikro-orm/migrations';

/** What the functions below read, and of the first two note when they were last used. */
const lookedUp = ['sign_in_session', 'api_key', 'seat', 'second_factor', 'offering'];
const functions = [
  'app.enter_by_session(text, timestamptz, timestamptz, timestamptz, timestamptz, timestamptz)',
  'app.enter_by_key(text, text, timestamptz, timestamptz)',
  'app.enter_shop(text, text)',
];

/**
 * Who asks, or whose shop it is, in one statement that also tells its connection whose rows it shows from then on: `tenants`.
 * What was last used longer ago than `noted_since` is noted, unless another does so at this moment: nobody waits for that.
 */
export class Migration20261121003100_entering extends Migration {
  override up(): void {
    this.addSql(`
      ${lookedUp.map((table) => `create policy what_functions_of_the_owner_keep on ${table} to holdfast_owner using (true) with check (true);`).join('\n')}

      create function app.enter_by_session(
        token_hash text, at timestamptz, used_since timestamptz, staff_begun_since timestamptz, staff_used_since timestamptz, noted_since timestamptz,
        out tenants text, out person_id text, out email text, out name text, out staff_role text, out tenant_id text, out seat text, out account_id text,
        out created_at timestamptz, out stepped_up_at timestamptz, out second_factor_since timestamptz)
      language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
      declare
        used_at timestamptz;
      begin
        select person.id, person.email, person.name, person.staff_role, place.tenant_id, place.role, account.id,
            session.created_at, session.stepped_up_at, factor.confirmed_at, session.last_seen_at
          into person_id, email, name, staff_role, tenant_id, seat, account_id, created_at, stepped_up_at, second_factor_since, used_at
          from public.sign_in_session session
            join public.person on person.id = session.person_id
            left join public.seat place on place.person_id = person.id and person.staff_role is null
            left join public.account on account.tenant_id = place.tenant_id
            left join public.second_factor factor on factor.person_id = person.id
          where session.token_sha256 = token_hash and session.revoked_at is null and not session.code_due
            and session.expires_at > at and session.last_seen_at > used_since
            and case when person.staff_role is null then place.tenant_id is not null
              else session.created_at > staff_begun_since and session.last_seen_at > staff_used_since end;
        tenants := case when staff_role is null then coalesce(tenant_id, '') else '*' end;
        perform set_config('app.tenants', tenants, false);
        if used_at < noted_since then
          update public.sign_in_session set last_seen_at = at
            where token_sha256 = (select token_sha256 from public.sign_in_session where token_sha256 = token_hash and last_seen_at < noted_since for update skip locked);
        end if;
      end $$;

      create function app.enter_by_key(key_id text, secret_hash text, at timestamptz, noted_since timestamptz,
        out tenants text, out id text, out name text, out scopes text[], out tenant_id text, out account_id text)
      language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
      declare
        used_at timestamptz;
      begin
        select key.id, key.name, key.scopes, key.tenant_id, key.account_id, key.last_used_at
          into id, name, scopes, tenant_id, account_id, used_at
          from public.api_key key
          where key.id = key_id and key.revoked_at is null and (key.expires_at is null or key.expires_at > at)
            and (key.secret_sha256 = secret_hash or key.former_sha256 = secret_hash and key.former_until > at);
        tenants := case when id is null then '' else coalesce(tenant_id, '*') end;
        perform set_config('app.tenants', tenants, false);
        if id is not null and (used_at is null or used_at <= noted_since) then
          update public.api_key key set last_used_at = at
            where key.id = (select other.id from public.api_key other where other.id = key_id and (other.last_used_at is null or other.last_used_at <= noted_since) for update skip locked);
        end if;
      end $$;

      create function app.enter_shop(shop_id text, seen text, out tenants text, out tenant_id text)
      language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
      begin
        tenant_id := case left(shop_id, 4)
          when 'acc_' then (select account.tenant_id from public.account where account.id = shop_id)
          when 'off_' then (select offering.tenant_id from public.offering where offering.id = shop_id)
        end;
        tenants := case
          when tenant_id is null or seen = '*' or tenant_id = any (string_to_array(seen, ',')) then seen
          else concat_ws(',', nullif(seen, ''), tenant_id)
        end;
        perform set_config('app.tenants', tenants, false);
      end $$;

      ${functions.map((name) => `revoke execute on function ${name} from public; grant execute on function ${name} to holdfast_app;`).join('\n')}
    `);
  }

  override down(): void {
    this.addSql(`
      drop function ${functions.join(', ')};
      ${lookedUp.map((table) => `drop policy what_functions_of_the_owner_keep on ${table};`).join('\n')}
    `);
  }
}
