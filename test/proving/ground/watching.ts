import type pg from 'pg';
import {
  changedBy,
  type Explained,
  explaining,
  isOfKey,
  lockedBy,
  metBy,
  namedForUpdate,
  readExplained,
  type Sought,
  soughtBy,
} from './explained.js';

/**
 * What a step touched, triggers, policies and foreign keys included: what it saw of others, what of it holds them up, and what they see of it once it
 * has ended a transaction. A row that is held is its table and each of its unique keys, as `settlement#16512 stl_1`, for two rows may not be there at
 * once where one of them is the same; a table alone is any of its rows.
 */
export interface Touched {
  /** What it looked for in what was committed. */
  reads: readonly Sought[];
  /** The rows that it made, changed or locked, and had not before. */
  holds: ReadonlySet<string>;
  /** Those of them that nobody may point at meanwhile. */
  bars: ReadonlySet<string>;
  /** The rows that it keeps where they are, because others point at them now. */
  keeps: ReadonlySet<string>;
  /** The tables whose rows it left out where somebody else held them. */
  skips: ReadonlySet<string>;
  /** What others see changed from here on. */
  publishes: readonly Changed[];
  /** What the transaction that ends with it held, barred and kept. */
  releases: Held;
}

/** A row as it was or as it is; null for any of the table. */
export interface Changed {
  table: string;
  row: Readonly<Record<string, unknown>> | null;
  /** It was there before and is there now, with something else in it. */
  isStill: boolean;
}

/** What a transaction keeps others from. */
export type Held = Pick<Touched, 'holds' | 'bars' | 'keeps'>;

const none: ReadonlySet<string> = new Set();
const free: Held = { holds: none, bars: none, keeps: none };
export const nothing: Touched = { ...free, reads: [], skips: none, publishes: [], releases: free };

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

/** What there is in the database, and somebody who sees of it what is committed. */
export interface Schema {
  tables: ReadonlySet<string>;
  keys: ReadonlyMap<string, Key[]>;
  /** The columns that are texts, each with its table. */
  texts: ReadonlySet<string>;
  rows: Rows;
}

type Rows = <T extends pg.QueryResultRow>(text: string, values?: unknown[]) => Promise<T[]>;

/** Reads the schema from the catalogue, and lets the application's roles have their statements explained. */
export async function readSchema(rows: Rows): Promise<Schema> {
  await rows('grant set on parameter auto_explain.log_min_duration to holdfast_app, holdfast_worker');
  const columns = await rows<{ table: string; column: string; type: string }>(
    `select table_name as table, column_name as column, data_type as type from information_schema.columns where table_schema = 'public'`,
  );
  const keys = await rows<Key & { table: string }>(
    `select indrelid::regclass::text as table, indexrelid::int as id, indpred is null and indexprs is null as "isPointedAt",
       array(select attname::text from unnest(indkey::int2[]) with ordinality as number (at, place) join pg_attribute on attrelid = indrelid and attnum = at order by place) as columns
     from pg_index where indisunique and indrelid::regclass::text = any(array(select relname::text from pg_class where relnamespace = 'public'::regnamespace))`,
  );
  return {
    tables: new Set(columns.map(({ table }) => table)),
    keys: Map.groupBy(keys, ({ table }) => table),
    texts: new Set(columns.filter(({ type }) => type === 'text').map(({ table, column }) => `${table}.${column}`)),
    rows,
  };
}

/** A row that the open transaction has made, changed or locked. */
interface Own {
  table: string;
  row: Record<string, unknown>;
  isNew: boolean;
}

type Real = () => Promise<pg.QueryResult>;
type Asked = Promise<{ answer: pg.QueryResult; touched: Touched | null }>;

/** One connection whose every statement is looked at. */
export class Watch {
  #isExplaining = false;
  #explained: Explained[] = [];
  /** What the open transaction has changed, and what it holds already. */
  #changed = new Set<string>();
  #held = new Set<string>();
  #barred = new Set<string>();
  #kept = new Set<string>();

  constructor(
    readonly client: pg.PoolClient,
    readonly schema: Schema,
  ) {
    client.removeAllListeners('notice'); // of those who watched it before
    client.on('notice', ({ message }) => {
      const explained = readExplained(message ?? '');
      if (explained) this.#explained.push(explained);
    });
  }

  /** Asks, and tells what that touched; null where that is nothing. */
  async ask(text: string, isInTransaction: boolean, real: Real): Asked {
    if (!this.#isExplaining) await this.client.query(explaining);
    this.#isExplaining = true;
    const [verb = ''] = text.trim().toLowerCase().split(/\s/, 1);
    if (verb === 'begin') this.#begin();
    if (['begin', 'set'].includes(verb)) return { answer: await real(), touched: null };
    if (['commit', 'rollback'].includes(verb)) return this.#end(verb === 'commit', real);
    return isInTransaction ? this.#look(text, real) : this.#lookAlone(text, real);
  }

  /** Nobody looks any more. */
  async rest(): Promise<void> {
    if (!this.#isExplaining) return;
    this.#isExplaining = false;
    await this.client.query('set auto_explain.log_min_duration = -1; set enable_seqscan = on; set enable_hashjoin = on; set enable_mergejoin = on');
  }

  #begin(): void {
    [this.#changed, this.#held, this.#barred, this.#kept] = [new Set(), new Set(), new Set(), new Set()];
  }

  /** A statement of its own is a transaction of its own. */
  async #lookAlone(text: string, real: Real): Asked {
    await this.client.query('begin');
    this.#begin();
    try {
      const { answer, touched } = await this.#look(text, real);
      const { touched: ended } = await this.#end(true, () => this.client.query('commit'));
      return { answer, touched: { ...touched, reads: [...touched.reads, ...ended.reads], publishes: ended.publishes, releases: ended.releases } };
    } catch (error) {
      await this.client.query('rollback');
      throw error;
    }
  }

  async #look(text: string, real: Real): Promise<{ answer: pg.QueryResult; touched: Touched }> {
    this.#explained = [];
    const answer = await real();
    await this.client.query('select'); // a statement is over, and told of, when the next one is asked
    const all = this.#explained;
    const changes = all.map(changedBy);
    for (const table of changes.flatMap(({ changed }) => changed)) this.#changed.add(table);
    const named = all.flatMap(lockedBy);
    const gone = changes.flatMap((change) => change.gone);
    const owns = await this.#owns([...changes.flatMap(({ changed }) => changed), ...named]);
    const held = [...owns.flatMap((own) => this.#keysOf(own)), ...gone, ...all.flatMap(metBy)];
    const barred = new Set([...named, ...gone, ...all.flatMap((one) => this.#rekeyed(one.text))]);
    const touched: Touched = {
      ...nothing,
      reads: this.#sought(),
      holds: fresh(held, this.#held),
      bars: fresh(
        held.filter((key) => barred.has(tableOf(key))),
        this.#barred,
      ),
      keeps: fresh(
        all.flatMap((one) => this.#pointedAt(one)),
        this.#kept,
      ),
      skips: new Set(text.includes('skip locked') ? namedForUpdate(text.replaceAll('"', '')) : []),
    };
    return { answer, touched };
  }

  /** The end of a transaction: what it changed is seen from here on, or never was there; what waited for the commit runs now. */
  async #end(isCommit: boolean, real: Real): Promise<{ answer: pg.QueryResult; touched: Touched }> {
    const publishes = isCommit ? await this.#publishes() : [];
    this.#explained = [];
    const answer = await real();
    const releases: Held = { holds: this.#held, bars: this.#barred, keeps: this.#kept };
    return { answer, touched: { ...nothing, reads: this.#sought(), publishes, releases } };
  }

  #sought(): Sought[] {
    const { tables, texts } = this.schema;
    const all = this.#explained.flatMap((one) => soughtBy(one, (column) => texts.has(column)));
    return all.filter(({ table }) => tables.has(table));
  }

  /** What others will see changed: as it is to them now, and as it is to this connection. */
  async #publishes(): Promise<Changed[]> {
    if (this.#changed.size === 0) return [];
    const owns = await this.#owns([...this.#changed]);
    const locked = new Set(owns.filter(({ isNew }) => !isNew).map(contentOf));
    const fresh = owns.filter(({ isNew }) => isNew);
    const before = (await this.#before()).filter((old) => !locked.has(contentOf(old)));
    const [keysBefore, keysNow] = [new Set(before.flatMap((own) => this.#keysOf(own))), new Set(fresh.flatMap((own) => this.#keysOf(own)))];
    const untold = [...this.#changed].filter((table) => ![...before, ...fresh].some((own) => own.table === table));
    return [
      ...before.map((own) => ({ table: own.table, row: own.row, isStill: this.#keysOf(own).some((key) => keysNow.has(key)) })),
      ...fresh.map((own) => ({ table: own.table, row: own.row, isStill: this.#keysOf(own).some((key) => keysBefore.has(key)) })),
      ...untold.map((table) => ({ table, row: null, isStill: false })),
    ];
  }

  /** The rows that bear the mark of this transaction, as everybody else sees them. */
  async #before(): Promise<Omit<Own, 'isNew'>[]> {
    const { rows } = await this.client.query<{ id: string | null }>('select pg_current_xact_id_if_assigned()::xid::text as id');
    const text = [...this.#changed].map((table) => `select '${table}' as table, to_jsonb(x) as row from ${table} x where x.xmax = $1::text::xid`);
    return this.schema.rows(text.join(' union all '), [rows[0]?.id]);
  }

  #keysOf({ table, row }: Pick<Own, 'table' | 'row'>): string[] {
    return (this.schema.keys.get(table) ?? []).flatMap(({ id, columns }) => keyOf(table, id, columns, row));
  }

  /** The rows that a foreign key has found. */
  #pointedAt(one: Explained): string[] {
    if (!isOfKey(one.text)) return [];
    return soughtBy(one, () => true).flatMap(({ table, where }) => {
      const key = this.schema.keys.get(table)?.find(({ columns }) => columns.length === where.size && columns.every((column) => where.has(column)));
      return key ? keyOf(table, key.id, key.columns, Object.fromEntries([...where].map(([column, values]) => [column, [...values][0]]))) : [];
    });
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
    if (tables.length === 0) return [];
    const text = [...new Set(tables)].map(
      (table) => `select '${table}' as table, to_jsonb(x) as row, x.xmin = pg_current_xact_id_if_assigned()::xid as "isNew"
        from ${table} x where pg_current_xact_id_if_assigned()::xid in (x.xmin, x.xmax)`,
    );
    const told = this.#explained;
    this.#explained = []; // what it asks itself
    const { rows } = await this.client.query<Own>(text.join(' union all '));
    this.#explained = told;
    return rows;
  }
}

function contentOf({ table, row }: Pick<Own, 'table' | 'row'>): string {
  return `${table} ${JSON.stringify(row)}`;
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
function keyOf(table: string, key: number, columns: string[], row: Readonly<Record<string, unknown>>): string[] {
  const values = columns.map((column) => row[column]);
  return values.some((value) => value === null || value === undefined) ? [] : [`${table}#${key} ${values.join(' ')}`];
}
