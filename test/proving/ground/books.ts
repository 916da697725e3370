import pg from 'pg';
import { type CheckName, checks } from '../../../src/reconciliation/checks.js';
import { explainable } from './explained.js';
import type { Backends } from './flights.js';
import { Holding } from './holding.js';
import { nameOf, remembered } from './remembering.js';

/** A row that breaks a promise of the books. */
export interface Broken {
  check: CheckName;
  id: string;
  detail: string;
}

/** The database as the proving ground itself sees it: under the owner's rights, beside all gates. */
export interface Books extends Backends {
  /** Empties every table, so that each history has the house for itself. */
  clear(): Promise<void>;
  /** The database's own time, for what looks at it. */
  setNow(now: Date): Promise<void>;
  /** What breaks a promise now, but for those that `except` names. */
  broken(except?: readonly CheckName[]): Promise<Broken[]>;
  /** The database's processes that work for it. */
  pids: number[];
  rows<T extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<T[]>;
  close(): Promise<void>;
}

/** What is asked in the end alone: what may be so for a while, and what nothing here changes. */
export const onlyInTheEnd: readonly CheckName[] = ['check_nothing_is_stuck', 'check_the_books_cannot_be_rewritten'];

/** All checks of the books in one question, but for those that `except` names. */
const auditing = remembered((except: readonly CheckName[]) =>
  (Object.keys(checks) as CheckName[])
    .filter((name) => !except.includes(name))
    .map((name) => `select '${name}' as check, id::text, detail::text from ${name}`)
    .join(' union all '),
);

/** The database's process behind a connection. */
export function pidOf(client: pg.ClientBase): number {
  return (client as unknown as { processID: number }).processID;
}

const kept = 'schema_migration'; // what a fresh database has that is no history
const freedEvery = 100; // histories: freeing what they left has every connection plan its statements anew

export async function openBooks(databaseUrl: string): Promise<Books> {
  const client = new pg.Client({ connectionString: databaseUrl });
  const clearer = new pg.Client({ connectionString: databaseUrl }); // what it sets would have `client` forget its plans
  await Promise.all([client.connect(), clearer.connect()]);
  const rows: Books['rows'] = async (text, values = []) => (await client.query({ name: nameOf(text), text, values })).rows;
  const database = new URL(databaseUrl).pathname.slice(1);
  await client.query(`
    create table if not exists app.proving_clock (now timestamptz not null);
    insert into app.proving_clock select now() where not exists (select from app.proving_clock);
    grant select on app.proving_clock to public;
    create or replace function app.now() returns timestamptz language sql stable as 'select now from app.proving_clock';
    create or replace function app.proving_delivery_id() returns trigger language plpgsql as $$
      begin new.id := 'whd_' || left(md5(concat(new.endpoint_id, new.subject_id, new.sequence)), 26); return new; end $$;
    create or replace trigger its_id_is_the_same_each_time before insert on webhook_delivery for each row execute function app.proving_delivery_id();
    alter database ${database} set deadlock_timeout = '1h'; -- the scheduler ends them, for it must always be the same one that loses
    alter database ${database} set track_counts = off;
    alter database ${database} set jit = off;
    ${explainable(database)};`);
  const tables = await rows<{ name: string }>(
    `select quote_ident(relname) as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'`,
  );
  const emptied = tables.map(({ name }) => name).filter((name) => name !== kept);
  // whoever else cleans up decides in which order rows are found; here nobody does, so that the same history finds the same order
  await client.query(emptied.map((name) => `alter table ${name} set (autovacuum_enabled = off)`).join('; '));
  const clearing = ['begin', 'set local session_replication_role = replica', ...emptied.map((name) => `delete from ${name}`), 'commit'].join('; ');
  const freeing = `vacuum ${emptied.join(', ')}`;
  const holding = new Holding(database);
  let cleared = 0;
  return {
    pids: [pidOf(client), pidOf(clearer)],
    rows,
    async clear() {
      await clearer.query(clearing);
      if (cleared++ % freedEvery === 0) await clearer.query(freeing);
    },
    setNow: async (now) => void (await rows('update app.proving_clock set now = $1', [now])),
    broken: (except = []) => rows<Broken>(auditing(except)),
    async blocked(pids) {
      const text = 'select pid, pg_blocking_pids(pid) as by from unnest($1::int[]) pid';
      const found = await rows<{ pid: number; by: number[] }>(text, [pids]);
      return new Map(found.filter(({ by }) => by.length > 0).map(({ pid, by }) => [pid, by]));
    },
    hold: (pid) => holding.hold(pid),
    letGo: (pid) => holding.letGo(pid),
    cancel: async (pid) => void (await client.query('select pg_cancel_backend($1)', [pid])),
    close: async () => void (await Promise.all([client.end(), clearer.end()])),
  };
}
