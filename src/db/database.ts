import { defineConfig, type EntitySchema, type EntitySchemaWithMeta, type InferKyselyTable, MikroORM } from '@mikro-orm/postgresql';
import { CamelCasePlugin, createQueryId, Kysely, PostgresDialect, type PostgresPoolClient, PostgresQueryCompiler } from 'kysely';
import pg from 'pg';
import { assert, known } from '../base/assert.js';

/**
 * The columns of each table, by the names our code uses. Every feature adds its own by declaration merging,
 * so that a query anywhere is checked against all tables and no lower floor imports a higher one.
 */
export interface Tables {}

/** A table's columns as our statements name them: the entity's properties. */
export type ColumnsOf<Entity extends EntitySchemaWithMeta> = InferKyselyTable<Entity, { columnNamingStrategy: 'property' }>;

/** The roles a process works under. None of them owns a table. */
export type DatabaseRole = 'holdfast_app' | 'holdfast_worker' | 'holdfast_read';

export interface DatabaseOptions {
  /** A login that may assume `role`; its password and TLS parameters are kept as given. */
  url: string;
  role: DatabaseRole;
  /** Shown in `pg_stat_activity`, to tell processes apart. */
  applicationName: string;
  entities: EntitySchema[];
  connectionsMax?: number;
  /** Commits without waiting for the disk: a crash may lose the last half second. For what can be made again alone. */
  isHasty?: boolean;
}

/** The tenants whose rows are seen: their ids, or `*` for every one. Empty, it is none's. */
export interface TenantScope {
  tenants: readonly string[] | '*';
}

/** What a function answers that tells its connection whose rows it shows. */
export interface Entered {
  /** As `app.tenants` has it: ids, comma-separated, or `*`. */
  tenants: string;
}

/** One pool of connections. MikroORM knows the tables; statements go through Kysely, within the rows of the tenants they are for. */
export interface Database {
  readonly orm: MikroORM;
  /** Statements that see the rows of these tenants and no other: the database holds them to it. What is added to the scope is seen from the next statement on. */
  within(scope: TenantScope): Kysely<Tables>;
  /** The same, over one connection at a time where the scope is not everything: so that as a rule it is told once. Not for transactions, which keep theirs. */
  inTurnWithin(scope: TenantScope): Kysely<Tables>;
  /** Asks a function of the database that tells its connection itself whose rows it shows from then on, and answers that in its row: one statement for both. */
  entering<Row extends Entered>(name: string, values: readonly unknown[]): Promise<Row>;
  /** The bare connections, for what belongs to no tenant. Whose rows they see is left to chance. */
  readonly pool: pg.Pool;
  close(): Promise<void>;
}

const connectionsMaxDefault = 10;
const acquireTimeoutMs = 2_000; // longer, and a queue of requests hides that the database is overloaded
const sessionSettings = {
  statement_timeout: '5s',
  lock_timeout: '2s',
  idle_in_transaction_session_timeout: '10s',
};

function parseBigint(text: string): number {
  const value = Number(text);
  assert(Number.isSafeInteger(value), `the database holds ${text}, which is not a safe integer`);
  return value;
}

function openPool(options: DatabaseOptions): pg.Pool {
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.INT8, parseBigint);
  const settings = Object.entries({ role: options.role, ...sessionSettings, ...(options.isHasty ? { synchronous_commit: 'off' } : {}) }).map(
    ([name, value]) => `-c ${name}=${value}`,
  );
  const pool = new pg.Pool({
    connectionString: options.url,
    options: settings.join(' '),
    application_name: options.applicationName,
    max: options.connectionsMax ?? connectionsMaxDefault,
    connectionTimeoutMillis: acquireTimeoutMs,
    types,
  });
  // A connection the server drops says so by an event, idle or in use, and an event nobody hears ends the process.
  // The query that was under way fails by itself, and the pool opens another connection for the next.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** Opens the database under a role without rights over its own tables. Lazy: nothing connects before the first query. */
export function openDatabase(options: DatabaseOptions): Database {
  const pool = openPool(options);
  const orm = new MikroORM(
    defineConfig({
      dbName: new URL(options.url).pathname.slice(1),
      driverOptions: new PostgresDialect({ pool }),
      entities: options.entities,
      allowGlobalContext: false,
    }),
  );
  return {
    orm,
    pool,
    within: (scope) => within(pool, scope, false),
    inTurnWithin: (scope) => within(pool, scope, true),
    entering: (name, values) => entering(pool, name, values),
    close: () => closeBoth(orm, pool),
  };
}

async function closeBoth(orm: MikroORM, pool: pg.Pool): Promise<void> {
  await orm.close(true); // ends the pool too, where it has ever used it
  if (!pool.ending) await pool.end();
}

/** Compiling keeps nothing from one statement to the next, and making a compiler costs as much as using it. */
class Dialect extends PostgresDialect {
  static readonly #compiler = new PostgresQueryCompiler();
  override createQueryCompiler() {
    return Dialect.#compiler;
  }
}

const columnsAsInOurCode = new CamelCasePlugin({ maintainNestedObjectKeys: true });
const saidTo = new WeakMap<pg.PoolClient, string>();

/** A scope as a connection is told it. */
export function textOf({ tenants }: TenantScope): string {
  return tenants === '*' ? '*' : tenants.join(',');
}

/** Kysely over the pool, whose connections show the rows of these tenants. */
function within(pool: pg.Pool, scope: TenantScope, inTurn: boolean): Kysely<Tables> {
  const tell = () => told(pool, scope);
  const oneAtATime = takingTurns(tell);
  const connect = () => (inTurn && scope.tenants !== '*' ? oneAtATime() : tell());
  return new Kysely<Tables>({
    dialect: new Dialect({ pool: { connect, end: async () => undefined, options: pool.options } }),
    plugins: [columnsAsInOurCode],
  });
}

/** A connection that was told whose rows it shows: before its first statement, unless it was told the same before. */
async function told(pool: pg.Pool, scope: TenantScope): Promise<PostgresPoolClient> {
  const client = await pool.connect();
  const tenants = textOf(scope);
  if (saidTo.get(client) === tenants) return client as PostgresPoolClient;
  try {
    saidTo.delete(client);
    await client.query(`select set_config('app.tenants', $1, false)`, [tenants]);
    saidTo.set(client, tenants);
    return client as PostgresPoolClient;
  } catch (error) {
    client.release(error instanceof Error ? error : true);
    throw error;
  }
}

/** Gives connections out one at a time, in the order they were asked for: the next is as a rule the one that was just given back. */
function takingTurns(connect: () => Promise<PostgresPoolClient>): () => Promise<PostgresPoolClient> {
  let last: Promise<void> = Promise.resolve();
  return async () => {
    const before = last;
    const { promise, resolve: done } = Promise.withResolvers<void>();
    last = promise;
    await before;
    try {
      const client = await connect();
      const release = () => {
        client.release();
        done();
      };
      return { query: client.query.bind(client), release } as PostgresPoolClient;
    } catch (error) {
      done();
      throw error;
    }
  };
}

async function entering<Row extends Entered>(pool: pg.Pool, name: string, values: readonly unknown[]): Promise<Row> {
  const client = await pool.connect();
  try {
    saidTo.delete(client); // until it has answered, nobody knows what it was told
    const answer = await client.query(`select * from app.${name}(${values.map((_, index) => `$${index + 1}`).join(', ')})`, [...values]);
    const { rows } = await columnsAsInOurCode.transformResult({ result: answer, queryId: createQueryId() });
    const row = known(rows[0], 'the row of a function that always answers one') as Row;
    saidTo.set(client, row.tenants);
    client.release();
    return row;
  } catch (error) {
    client.release(error instanceof Error ? error : true);
    throw error;
  }
}

const textCodes = new Set(['22021', '22P05']); // a character that text, or jsonb, cannot hold: a zero byte

/** Whether PostgreSQL refused a statement for a character in a text that the caller chose. */
export function isUnstorableText(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if ('code' in at && textCodes.has(String(at.code))) return true;
  return false;
}

const awayCodes = new Set(['ECONNREFUSED', 'ECONNRESET', '08006', '08001']);

/** What to tell who asks meanwhile, and when to ask again. */
export const databaseAway = { message: 'The database does not answer.', remedy: 'Try again in a moment.', retryAfterSeconds: 2 };

/** What an error may tell, whichever library made it. */
interface Told {
  message?: string;
  code?: string;
  severity?: string;
  cause?: Told | null;
}

/** The database refuses connections, ends them, or all of them are taken. */
export function isDatabaseAway(error: unknown): boolean {
  for (let at = error as Told | null | undefined; at; at = at.cause) {
    if (at.severity === 'FATAL') return true; // PostgreSQL's word for: this connection is over, or never began
    if (awayCodes.has(at.code ?? '')) return true;
    if (/timeout exceeded when trying to connect|Connection terminated|is not queryable/.test(at.message ?? '')) return true;
  }
  return false;
}
