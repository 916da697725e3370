import { Migration } from '@mikro-orm/migrations';

/** Keys of programs: of one account, or of the platform. */
export class Migration20261121001300_api_keys extends Migration {
  override up(): void {
    this.addSql(`
      create table api_key (
        id text primary key,
        tenant_id text,
        account_id text,
        name text not null constraint a_key_has_a_name check (length(name) between 1 and 200),
        scopes text[] not null constraint a_key_may_do_something check (cardinality(scopes) between 1 and 100),
        secret_sha256 text not null constraint a_secret_is_kept_as_its_hash check (secret_sha256 ~ '^[0-9a-f]{64}$'),
        former_sha256 text constraint a_former_secret_is_kept_as_its_hash check (former_sha256 ~ '^[0-9a-f]{64}$'),
        former_until timestamptz,
        created_by text not null,
        created_at timestamptz not null,
        expires_at timestamptz,
        last_used_at timestamptz,
        rotated_at timestamptz,
        revoked_at timestamptz,
        revoked_by text,
        constraint a_key_is_of_its_account foreign key (tenant_id, account_id) references account (tenant_id, id),
        constraint a_key_is_of_an_account_or_of_the_platform check ((tenant_id is null) = (account_id is null)),
        constraint a_former_secret_has_its_end check ((former_sha256 is null) = (former_until is null)),
        constraint a_revoked_key_says_by_whom check ((revoked_at is null) = (revoked_by is null))
      );
      create index api_key_by_account on api_key (account_id, id desc);

      create function app.check_key_transition() returns trigger language plpgsql as $$
      begin
        if old.revoked_at is not null or (new.id, new.tenant_id, new.account_id, new.scopes, new.created_by) is distinct from (old.id, old.tenant_id, old.account_id, old.scopes, old.created_by) then
          raise exception 'The key % is never given another reach or revived', old.id using errcode = 'check_violation', constraint = 'a_key_keeps_its_reach';
        end if;
        return new;
      end $$;
      create trigger a_key_keeps_its_reach before update on api_key for each row execute function app.check_key_transition();

      grant select, insert, update on api_key to holdfast_app, holdfast_worker;
    `);
  }

  override down(): void {
    this.addSql('drop table api_key; drop function app.check_key_transition();');
  }
}
