import { Migration } from '@mikro-orm/migrations';

/** Tenants, the people in them, and their signed-in browsers. */
export class Migration20261120000100_people extends Migration {
  override up(): void {
    this.addSql(`
      create table tenant (
        id text primary key,
        name text not null constraint a_tenant_has_a_name check (length(name) between 1 and 200),
        created_at timestamptz not null
      );

      create table person (
        id text primary key,
        name text not null constraint a_person_has_a_name check (length(name) between 1 and 200),
        email text not null constraint an_email_is_bounded check (length(email) <= 254),
        email_key text not null constraint one_person_per_email unique,
        password_hash text not null,
        staff_role text constraint a_known_staff_role check (staff_role in ('VIEWER', 'OPERATOR', 'ADMIN')),
        created_at timestamptz not null,
        constraint an_email_key_is_lower_case check (email_key = lower(email_key))
      );

      create table seat (
        tenant_id text not null references tenant (id),
        person_id text not null references person (id),
        role text not null constraint a_known_seat_role check (role in ('OWNER', 'MEMBER')),
        created_at timestamptz not null,
        primary key (tenant_id, person_id),
        constraint one_seat_per_person unique (person_id)
      );

      create table sign_in_session (
        token_sha256 text primary key,
        person_id text not null references person (id),
        created_at timestamptz not null,
        last_seen_at timestamptz not null,
        expires_at timestamptz not null,
        revoked_at timestamptz
      );
      create index sign_in_session_by_person on sign_in_session (person_id);
      create index sign_in_session_by_expiry on sign_in_session (expires_at);

      create table idempotent_request (
        caller text not null,
        key text not null constraint an_idempotency_key_is_bounded check (length(key) between 1 and 255),
        operation text not null,
        request_sha256 text not null,
        subject_id text,
        locked_until timestamptz not null,
        created_at timestamptz not null,
        primary key (caller, key)
      );
      create index idempotent_request_by_age on idempotent_request (created_at);

      grant select, insert, update on tenant, person, seat to holdfast_app;
      grant select, insert, update, delete on sign_in_session, idempotent_request to holdfast_app, holdfast_worker;
      grant select, insert, update on tenant, person, seat to holdfast_worker;
    `);
  }

  override down(): void {
    this.addSql('drop table idempotent_request, sign_in_session, seat, person, tenant;');
  }
}
