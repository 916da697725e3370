import type pg from 'pg';

/**
 * The roles, one for each kind of work, so that no process can do more than it needs: `holdfast_owner` owns every table and is nobody's login;
 * `holdfast_migrator` may become it; `holdfast_app` and `holdfast_worker` use what the migrations granted them; `holdfast_read` only looks.
 * None may pass row security by. They are known to the whole cluster, and several databases of one cluster share them.
 */
const roles = ['holdfast_owner', 'holdfast_migrator', 'holdfast_app', 'holdfast_worker', 'holdfast_read'] as const;

const attemptsMax = 20;
const lostRaces = new Set(['XX000', '23505']); // "tuple concurrently updated", or another inserted the same grant first

/**
 * Makes the roles that are missing and lets the present login assume them. Safe to repeat, and to run at once, in several databases
 * of a cluster too; outside a transaction only, because a statement that lost a race is sent again.
 */
export async function ensureRoles(client: pg.ClientBase): Promise<void> {
  for (const role of roles) {
    await settle(
      client,
      `do $$ begin
      if not exists (select from pg_roles where rolname = '${role}') then
        create role ${role} nologin nosuperuser nobypassrls nocreatedb nocreaterole;
      end if;
    exception when duplicate_object or unique_violation then null;
    end $$`,
    );
  }
  await settle(
    client,
    `do $$ begin
    if not pg_has_role(current_user, 'holdfast_owner', 'member') then
      execute format('grant ${roles.join(', ')} to %I', current_user);
    end if;
    if not pg_has_role('holdfast_migrator', 'holdfast_owner', 'member') then grant holdfast_owner to holdfast_migrator; end if;
  end $$`,
  );
  await settle(client, 'alter schema public owner to holdfast_owner');
  await settle(client, `do $$ begin execute format('grant create on database %I to holdfast_owner', current_database()); end $$`);
}

async function settle(client: pg.ClientBase, statement: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query(statement);
      return;
    } catch (error) {
      const lost = error instanceof Error && 'code' in error && lostRaces.has(String(error.code));
      if (!lost || attempt === attemptsMax) throw error;
    }
  }
}
