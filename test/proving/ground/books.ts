import pg from 'pg';
import { type CheckName, checks } from '../../../src/reconciliation/checks.js';

/** A row that breaks a promise of the books. */
export interface Broken {
  check: CheckName;
  id: string;
  detail: string;
}

/** The database as the proving ground itself sees it: under the owner's rights, beside all gates. */
export interface Books {
  /** Empties every table, so that each history has the house for itself. */
  clear(): Promise<void>;
  /** The database's own time, for what looks at it. */
  setNow(now: Date): Promise<void>;
  /** What breaks a promise now, but for those that `except` names. */
  broken(except?: readonly CheckName[]): Promise<Broken[]>;
  /** Which of these processes wait for a lock of another. */
  blocked(pids: number[]): Promise<Set<number>>;
  /** Stops the statements of a process whose client is dead. */
  cancel(pid: number): Promise<void>;
  rows<T extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<T[]>;
  close(): Promise<void>;
}

/** What a fresh database has that is no history: the migrations, and who may sign in. */
const kept = new Set(['mikro_orm_migrations']);

export async function openBooks(databaseUrl: string): Promise<Books> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const rows: Books['rows'] = async (text, values = []) => (await client.query(text, values)).rows;
  const database = new URL(databaseUrl).pathname.slice(1);
  await client.query(`
    create table if not exists app.proving_clock (now timestamptz not null);
    insert into app.proving_clock select now() where not exists (select from app.proving_clock);
    grant select on app.proving_clock to public;
    create or replace function app.now() returns timestamptz language sql stable as 'select now from app.proving_clock';
    alter database ${database} set deadlock_timeout = '10ms';
    alter database ${database} set jit = off;`);
  const tables = await rows<{ name: string }>(
    `select quote_ident(relname) as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'`,
  );
  const emptied = tables.map(({ name }) => name).filter((name) => !kept.has(name));
  // whoever else cleans up decides in which order rows are found; here nobody does, so that the same history finds the same order
  await client.query(emptied.map((name) => `alter table ${name} set (autovacuum_enabled = off)`).join('; '));
  const clearing = ['begin', 'set local session_replication_role = replica', ...emptied.map((name) => `delete from ${name}`), 'commit'].join('; ');
  const freeing = `vacuum ${emptied.join(', ')}`;
  const auditing = Object.keys(checks).map((name) => `select '${name}' as check, id::text, detail::text from ${name}`);
  return {
    rows,
    async clear() {
      await client.query(clearing);
      await client.query(freeing);
    },
    setNow: async (now) => void (await client.query({ name: 'set now', text: 'update app.proving_clock set now = $1', values: [now] })),
    async broken(except = []) {
      const { rows: found } = await client.query<Broken>({ name: 'audit', text: auditing.join(' union all ') });
      return found.filter(({ check }) => !except.includes(check));
    },
    async blocked(pids) {
      const text = 'select pid from unnest($1::int[]) pid where cardinality(pg_blocking_pids(pid)) > 0';
      const { rows: found } = await client.query<{ pid: number }>({ name: 'blocked', text, values: [pids] });
      return new Set(found.map(({ pid }) => pid));
    },
    cancel: async (pid) => void (await client.query('select pg_cancel_backend($1)', [pid])),
    close: () => client.end(),
  };
}
