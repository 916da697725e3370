import type pg from 'pg';

/**
 * What a statement touched, triggers, policies and foreign keys included. A table is its name; a row is its table each of its unique keys, as
 * `settlement#16512 stl_1`, for two rows may not be there at once where one of them is the same. A name alone is any of its rows.
 */
export interface Touched {
  /** The tables of which it saw what was committed. */
  reads: ReadonlySet<string>;
  /** The tables whose rows it changed. */
  writes: ReadonlySet<string>;
  /** The rows that it made, changed or locked, and had not before. */
  holds: ReadonlySet<string>;
  /** Those of them that nobody may point at meanwhile. */
  bars: ReadonlySet<string>;
  /** The rows that it keeps where they are, because others point at them now. */
  keeps: ReadonlySet<string>;
  /** The tables whose rows it left out where somebody else held them. */
  skips: ReadonlySet<string>;
}

/** What was looked at of a run: of each statement in turn, null where nothing of it can matter to anybody, and `unknown` where it failed. */
export interface Watched {
  schema: Schema;
  touched: (Touched | 'unknown' | null)[];
}

interface Key {
  id: number;
  columns: string[];
  /** Whether it is one that others may point at. */
  isPointedAt: boolean;
}

interface Pointer {
  key: number;
  columns: string[];
  other: string;
}

interface Locking {
  table: string;
  locked: string;
}

/** What the schema does by itself. */
export interface Schema {
  /** The tables, by what PostgreSQL knows them and their indexes as. */
  tables: ReadonlyMap<number, string>;
  keys: ReadonlyMap<string, Key[]>;
  pointers: ReadonlyMap<string, Pointer[]>;
  /** What triggers of a table lock, and what those read that wait until the commit. */
  locked: ReadonlyMap<string, string[]>;
  readLate: ReadonlyMap<string, string[]>;
}

type Rows = <T extends pg.QueryResultRow>(text: string) => Promise<T[]>;

/** Reads from the catalogue what the schema does by itself, and lets the application's roles count what they touch. */
export async function readSchema(rows: Rows): Promise<Schema> {
  await rows('grant set on parameter track_counts to holdfast_app, holdfast_worker');
  const relations = await rows<{ id: number; table: string }>(
    `select pg_class.oid::int as id, coalesce(indrelid, pg_class.oid)::regclass::text as table
     from pg_class left join pg_index on indexrelid = pg_class.oid where relnamespace = 'public'::regnamespace and relkind in ('r', 'i')`,
  );
  const columns = (table: string, numbers: string) =>
    `array(select attname::text from unnest(${numbers}) with ordinality as number (at, place) join pg_attribute on attrelid = ${table} and attnum = at order by place)`;
  const keys = await rows<Key & { table: string }>(
    `select indrelid::regclass::text as table, indexrelid::int as id, ${columns('indrelid', 'indkey::int2[]')} as columns,
       indpred is null and indexprs is null as "isPointedAt" from pg_index where indisunique and indrelid::regclass::text = any(array(select relname::text from pg_class where relnamespace = 'public'::regnamespace))`,
  );
  const pointers = await rows<Pointer & { table: string }>(
    `select conrelid::regclass::text as table, confrelid::regclass::text as other, conindid::int as key, ${columns('conrelid', 'conkey')} as columns
     from pg_constraint where contype = 'f'`,
  );
  const triggered = await rows<{ table: string; body: string; isLate: boolean }>(
    `select distinct tgrelid::regclass::text as table, prosrc as body, tginitdeferred as "isLate"
     from pg_trigger join pg_proc on pg_proc.oid = tgfoid where not tgisinternal`,
  );
  const named = (table: string, others: string[]) => others.map((locked): Locking => ({ table, locked }));
  const locked = triggered.flatMap(({ table, body }) => named(table, body.split(';').flatMap(lockedBy)));
  const late = triggered.filter(({ isLate }) => isLate).flatMap(({ table, body }) => named(table, readIn(body)));
  return {
    tables: new Map(relations.map(({ id, table }) => [id, table])),
    keys: Map.groupBy(keys, ({ table }) => table),
    pointers: Map.groupBy(pointers, ({ table }) => table),
    locked: othersOf(locked),
    readLate: othersOf(late),
  };
}

function othersOf(all: Locking[]): Map<string, string[]> {
  return new Map([...Map.groupBy(all, ({ table }) => table)].map(([table, some]) => [table, some.map(({ locked }) => locked)]));
}

/** The tables whose rows a text locks: what each of its queries with a `for update` reads. */
function lockedBy(text: string): string[] {
  return queriesOf(text).flatMap((query) => {
    const [before, named] = query.split(/\bfor (?:no key )?(?:update|share)\b(?: of (\w+))?/);
    if (before === query || before === undefined) return [];
    return named ? [named] : readIn(before);
  });
}

/** A text and the texts in brackets in it, each without those in it. */
function queriesOf(text: string): string[] {
  const queries: string[] = [];
  let outer = text.replaceAll('"', '');
  for (let before = ''; before !== outer; ) {
    before = outer;
    outer = outer.replace(/\(([^()]*)\)/g, (_, inner: string) => {
      queries.push(inner);
      return '';
    });
  }
  return [...queries, outer];
}

function readIn(text: string): string[] {
  return [...text.matchAll(/\b(?:from|join) (\w+)/g)].map(([, table]) => table as string);
}

interface Count {
  id: number;
  scans: number;
  inserted: number;
  updated: number;
  deleted: number;
}

/** Counts of the transaction that is open, of each table and its indexes: what PostgreSQL has read for whatever reason is in it. */
const counting = `
  select id::int, pg_stat_get_xact_numscans(id)::int as scans, pg_stat_get_xact_tuples_inserted(id)::int as inserted,
    pg_stat_get_xact_tuples_updated(id)::int as updated, pg_stat_get_xact_tuples_deleted(id)::int as deleted
  from unnest($1::oid[]) id
  where pg_stat_get_xact_numscans(id) > 0 or pg_stat_get_xact_tuples_inserted(id) > 0`;

/** A row that the open transaction has made, changed or locked. */
interface Own {
  table: string;
  row: Record<string, unknown>;
}

type Real = () => Promise<pg.QueryResult>;
type Asked = Promise<{ answer: pg.QueryResult; touched: Touched | null }>;

/** One connection whose every statement is looked at. */
export class Watch {
  #isCounting = false;
  #before = new Map<number, Count>();
  /** What the open transaction holds already. */
  #held = new Set<string>();
  #barred = new Set<string>();
  readonly #relations: number[];

  constructor(
    readonly client: pg.PoolClient,
    readonly schema: Schema,
  ) {
    this.#relations = [...schema.tables.keys()];
  }

  /** Asks, and tells what that touched; null where that is nothing. */
  async ask(text: string, isInTransaction: boolean, real: Real): Asked {
    const [verb = ''] = text.trim().toLowerCase().split(/\s/, 1);
    if (!this.#isCounting) await this.client.query('set track_counts = on');
    this.#isCounting = true;
    if (verb === 'begin') {
      const answer = await real();
      await this.#begin();
      return { answer, touched: null };
    }
    if (['set', 'commit', 'rollback'].includes(verb)) return { answer: await real(), touched: null };
    return isInTransaction ? this.#look(text, real) : this.#lookAlone(text, real);
  }

  /** A statement of its own is a transaction of its own: the counts of one that is over may be gone. */
  async #lookAlone(text: string, real: Real): Asked {
    await this.client.query('begin');
    try {
      await this.#begin();
      return await this.#look(text, real);
    } finally {
      await this.client.query('commit');
    }
  }

  async #begin(): Promise<void> {
    this.#held = new Set();
    this.#barred = new Set();
    this.#before = await this.#count();
  }

  async #look(text: string, real: Real): Asked {
    const answer = await real();
    const before = this.#before;
    this.#before = await this.#count();
    const counts = [...this.#before.values()].map((count) => less(count, before.get(count.id)));
    return { answer, touched: await this.#touched(text.replaceAll('"', ''), answer.rowCount ?? 0, counts) };
  }

  async #touched(text: string, rowCount: number, counts: Count[]): Promise<Touched> {
    const { tables, locked } = this.schema;
    const those = (fits: (count: Count) => boolean) => counts.filter(fits).map(({ id }) => tables.get(id) as string);
    const reads = new Set(those(({ scans }) => scans > 0));
    const writes = new Set(those(({ inserted, updated, deleted }) => inserted + updated + deleted > 0));
    const named = lockedBy(text);
    const wanted = new Set([
      ...writes,
      ...(rowCount > 0 ? named : []),
      ...[...writes].flatMap((table) => (locked.get(table) ?? []).filter((other) => reads.has(other))),
    ]);
    const owns = wanted.size > 0 ? await this.#owns([...wanted]) : [];
    const gone = those(({ deleted }) => deleted > 0);
    const thereAlready = insertedIn(text).filter((table) => !writes.has(table));
    const held = [...this.#keysOf(owns), ...gone, ...thereAlready];
    const barred = new Set([...named, ...gone, ...this.#rekeyed(text)]);
    return {
      reads,
      writes,
      holds: fresh(held, this.#held),
      bars: fresh(
        held.filter((key) => barred.has(tableOf(key))),
        this.#barred,
      ),
      keeps: new Set(owns.filter(({ table }) => writes.has(table)).flatMap((own) => this.#pointedAt(own, reads))),
      skips: new Set(text.includes('skip locked') ? named : []),
    };
  }

  #keysOf(owns: Own[]): string[] {
    return owns.flatMap(({ table, row }) => (this.schema.keys.get(table) ?? []).flatMap(({ id, columns }) => keyOf(table, id, columns, row)));
  }

  #pointedAt({ table, row }: Own, reads: ReadonlySet<string>): string[] {
    const pointers = this.schema.pointers.get(table) ?? [];
    return pointers.filter(({ other }) => reads.has(other)).flatMap(({ other, key, columns }) => keyOf(other, key, columns, row));
  }

  /** The tables in which a statement sets what others may point at. */
  #rekeyed(text: string): string[] {
    return [...text.matchAll(/\bupdate (\w+) set (.*?)(?= from | where | returning |$)/gs)]
      .filter(([, table, set]) =>
        (this.schema.keys.get(table as string) ?? []).some(
          ({ columns, isPointedAt }) => isPointedAt && columns.some((column) => new RegExp(`\\b${column} =`).test(set as string)),
        ),
      )
      .map(([, table]) => table as string);
  }

  /** The rows of these tables that bear the mark of this transaction. */
  async #owns(tables: string[]): Promise<Own[]> {
    const text = tables.map(
      (table) => `select '${table}' as table, to_jsonb(x) as row from ${table} x where pg_current_xact_id_if_assigned()::xid in (x.xmin, x.xmax)`,
    );
    const { rows } = await this.client.query<Own>(text.join(' union all '));
    this.#before = await this.#count();
    return rows;
  }

  async #count(): Promise<Map<number, Count>> {
    const { rows } = await this.client.query<Count>({ name: 'count what is touched', text: counting, values: [this.#relations] });
    return new Map(rows.map((count) => [count.id, count]));
  }
}

function insertedIn(text: string): string[] {
  return [...text.matchAll(/\binsert into (\w+)/g)].map(([, table]) => table as string);
}

/** Those that are not there yet; from here on they are. */
function fresh(keys: string[], there: Set<string>): Set<string> {
  const added = new Set(keys.filter((key) => !there.has(key)));
  for (const key of added) there.add(key);
  return added;
}

/** The table of a row. */
export function tableOf(key: string): string {
  return key.split('#', 1)[0] as string;
}

/** A row by one of its keys; none where a part of it is null, for then it is like no other. */
function keyOf(table: string, key: number, columns: string[], row: Record<string, unknown>): string[] {
  const values = columns.map((column) => row[column]);
  return values.some((value) => value === null || value === undefined) ? [] : [`${table}#${key} ${values.join(' ')}`];
}

function less(count: Count, before: Count | undefined): Count {
  if (!before) return count;
  return {
    id: count.id,
    scans: count.scans - before.scans,
    inserted: count.inserted - before.inserted,
    updated: count.updated - before.updated,
    deleted: count.deleted - before.deleted,
  };
}
