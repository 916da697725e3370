import type { Pool } from 'pg';

const versionMin = 15;
const clockSkewMaxSeconds = 60;

/** Thrown with every reason why this database is not safe to keep money in, each with what to do. */
export class UnsafeDatabase extends Error {
  constructor(readonly reasons: string[]) {
    super(`This database is not safe to work on:\n${reasons.map((reason) => `  - ${reason}`).join('\n')}`);
  }
}

interface Settings {
  version: number;
  fsync: string;
  full_page_writes: string;
  synchronous_commit: string;
  role: string;
  unsafe_role: boolean;
  skew_seconds: number;
  unguarded: string | null;
}

/** Refuses to work on a server that may lose what it acknowledged, or under a role that could pass its own rules by. `durable` is false for throw-away test servers alone. */
export async function assertSafeDatabase(pool: Pool, durable: boolean): Promise<void> {
  const { rows } = await pool.query<Settings>(
    `select current_setting('server_version_num')::int / 10000 as version, current_setting('fsync') as fsync, current_setting('full_page_writes') as full_page_writes,
            current_setting('synchronous_commit') as synchronous_commit, current_user as role,
            (select rolsuper or rolbypassrls from pg_roles where rolname = current_user) or exists (select from pg_class where relowner = current_user::regrole and relnamespace = 'public'::regnamespace) as unsafe_role,
            (select string_agg(relname, ', ' order by relname) from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace and not relforcerowsecurity
              and exists (select from pg_attribute where attrelid = pg_class.oid and attname = 'tenant_id' and not attisdropped)) as unguarded,
            abs(extract(epoch from clock_timestamp()) - $1::float8)::float8 as skew_seconds`,
    [performance.timeOrigin / 1_000 + performance.now() / 1_000],
  );
  const [found] = rows;
  const reasons: string[] = [];
  if (!found || found.version < versionMin) reasons.push(`PostgreSQL ${found?.version} is too old; use ${versionMin} or later.`);
  if (found?.unsafe_role)
    reasons.push(`The role ${found.role} is a superuser, passes row security by, or owns the tables; let the login assume holdfast_app.`);
  if (found && found.skew_seconds > clockSkewMaxSeconds)
    reasons.push(`The clocks of this machine and of the database differ by ${Math.round(found.skew_seconds)} s; set them right.`);
  if (found?.unguarded) reasons.push(`Any tenant’s rows are seen in ${found.unguarded}; run: alter table … force row level security.`);
  for (const name of ['fsync', 'full_page_writes', 'synchronous_commit'] as const) {
    if (durable && found?.[name] === 'off') reasons.push(`${name} is off, so that a crash loses what was acknowledged; set it to on.`);
  }
  if (reasons.length > 0) throw new UnsafeDatabase(reasons);
}
