import type { Writable } from 'node:stream';
import type pg from 'pg';
import { type Database, type DatabaseRole, openDatabase } from '../../../src/db/database.js';
import { entities } from '../../../src/entities.js';
import { pidOf } from './books.js';
import { nameOf, remembered } from './remembering.js';
import type { Run, Scheduler } from './scheduler.js';
import { Watch } from './watching.js';

/** Whether the connection is lost at a statement: before the server has it, after, or not at all. */
export type LosesConnection = (label: string) => 'before' | 'after' | null;

/** What is parked holds its locks for as long as the schedule wants; what is said a thousand times is planned once. */
const settings =
  'set lock_timeout = 0; set idle_in_transaction_session_timeout = 0; set statement_timeout = 0; set plan_cache_mode = force_generic_plan';

/** The database as one process has it: the real pool, whose every statement is a gate, and a place to die or to lose the connection. */
export async function openGatedDatabase(options: {
  url: string;
  role: DatabaseRole;
  name: string;
  scheduler: Scheduler;
  losesConnection: LosesConnection;
  /** Another value, and all connections are new ones. */
  epoch: () => string;
}): Promise<{ database: Database; pids: number[] }> {
  const { url, role, name, scheduler } = options;
  const database = openDatabase({ url, role, applicationName: name, entities: [...entities] });
  const { pool } = database;
  pool.options.idleTimeoutMillis = 0; // nothing happens for real time's sake
  pool.on('connect', (client) => {
    Object.assign(client, { pipeline: true });
    void client.query(settings);
  });
  const connect = pool.connect.bind(pool) as () => Promise<pg.PoolClient>;
  const pids = await fill(pool);
  let gates = new WeakMap<pg.PoolClient, GatedClient>();
  let epoch = options.epoch();
  const gated = async () => {
    const run = scheduler.current();
    const client = await scheduler.fly(0, 'connect', async () => {
      const connected = await connect();
      if (run?.isDead) connected.release();
      return connected;
    });
    if (epoch !== options.epoch()) gates = new WeakMap();
    epoch = options.epoch();
    const there = gates.get(client);
    const gate = there?.isUsable ? there : new GatedClient(client, options);
    gates.set(client, gate);
    gate.begin(run);
    return gate as unknown as pg.PoolClient;
  };
  Object.assign(pool, { connect: gated });
  return { database, pids };
}

/** Opens all its connections: two that were opened at once would be there in any order. Answers the database's processes behind them. */
async function fill(pool: pg.Pool): Promise<number[]> {
  const clients = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()));
  for (const client of clients) client.release();
  return clients.map(pidOf);
}

class ConnectionLost extends Error {
  readonly code = '08006'; // connection_failure
}

/** One connection. Lost or left behind by the dead, it is another one from then on, to everybody who uses it. */
class GatedClient {
  isUsable = true;
  #run: Run | null = null;
  #isInTransaction = false;
  #isBusy = false;
  /** A transaction that has begun and asked nothing: PostgreSQL hears of it with its first statement, for until then it would do nothing. */
  #unsaid: string | null = null;
  #hasChanged = false;
  #watch: Watch | null = null;
  readonly #giveUp = () => this.#rollBack();
  readonly #freeze = () => this.#end();

  constructor(
    readonly client: pg.PoolClient,
    readonly options: { scheduler: Scheduler; losesConnection: LosesConnection },
  ) {}

  get processID(): number {
    return pidOf(this.client);
  }

  begin(run: Run | null): void {
    this.#run = run;
    run?.onDeath.add(this.#giveUp);
    run?.onFreeze.add(this.#freeze);
  }

  async query(text: string, values: unknown[]): Promise<unknown> {
    const { scheduler, losesConnection } = this.options;
    const label = labelOf(text);
    await scheduler.pass(label);
    const loss = !this.isUsable ? 'before' : this.#run ? losesConnection(label) : null;
    if (loss !== 'before') {
      const answer = label === 'begin' && !this.#run?.watched ? this.#begin(text) : await this.#say(label, text, values);
      if (loss === null) return answer;
    }
    this.isUsable = false;
    throw new ConnectionLost('Connection terminated unexpectedly');
  }

  release(): void {
    this.#run?.onDeath.delete(this.#giveUp);
    this.#run?.onFreeze.delete(this.#freeze);
    if (this.isUsable) this.client.release();
    else void this.options.scheduler.fly(this.processID, 'end', () => this.#rollBack());
  }

  #begin(text: string): unknown {
    this.#unsaid = text;
    return { command: 'BEGIN', rowCount: null, rows: [], fields: [] };
  }

  async #say(label: string, text: string, values: unknown[]): Promise<pg.QueryResult> {
    const isEnd = label === 'commit' || label === 'rollback';
    const answer = await this.options.scheduler.fly(this.processID, label, () => this.#ask(text, values));
    if (this.#run && label === 'commit') this.#run.hasChanged ||= this.#hasChanged;
    this.#hasChanged = !isEnd && (this.#hasChanged || mayChange(text, answer));
    this.#isInTransaction = label === 'begin' || (!isEnd && this.#isInTransaction);
    return answer;
  }

  async #ask(text: string, values: unknown[]): Promise<pg.QueryResult> {
    this.#isBusy = true;
    try {
      const statement = { ...(isPlanned(text) ? { name: nameOf(text) } : {}), text, values: [...values] };
      const answer = await this.#watched(text, () => this.#send(statement));
      if (answer.rows?.length > 1 && !isInOrder(text)) answer.rows.sort(byContent);
      return answer;
    } finally {
      this.#isBusy = false;
    }
  }

  async #watched(text: string, real: () => Promise<pg.QueryResult>): Promise<pg.QueryResult> {
    const watched = this.#run?.watched;
    if (!watched) {
      await this.#watch?.rest();
      return real();
    }
    this.#watch ??= new Watch(this.client, watched.schema);
    try {
      const { answer, touched } = await this.#watch.ask(text, this.#isInTransaction, real);
      watched.touched.push(touched);
      return answer;
    } catch (error) {
      watched.touched.push('unknown');
      throw error;
    }
  }

  /** In one message with the beginning of its transaction, if that is yet to be said. */
  #send(statement: pg.QueryConfig): Promise<pg.QueryResult> {
    if (this.#unsaid === null) return this.client.query(statement);
    const { stream } = (this.client as unknown as { connection: { stream: Writable } }).connection;
    stream.cork();
    void this.client.query(this.#unsaid);
    this.#unsaid = null;
    this.#isInTransaction = true;
    const answer = this.client.query(statement);
    stream.uncork();
    return answer;
  }

  /** The database ends a transaction that stands still, and with it the connection; not one that waits for a lock. */
  async #end(): Promise<void> {
    if (!this.#isInTransaction || this.#isBusy || !this.isUsable) return;
    this.isUsable = false;
    await this.client.query('rollback');
  }

  /** The server notices that nobody is there any more. */
  async #rollBack(): Promise<void> {
    this.isUsable = false;
    if (this.#isBusy) await this.options.scheduler.cancel(this.processID);
    if (this.#isBusy || this.#isInTransaction) await this.client.query('rollback');
    this.client.release();
  }
}

/** Whether a statement says in which order its rows come. Else any is right, and here it is always the same, wherever the rows happen to lie. */
const isInOrder = remembered((text: string) => {
  let outer = text;
  for (let before = ''; before !== outer; ) {
    before = outer;
    outer = outer.replace(/\([^()]*\)/g, '');
  }
  return /\border by\b|^\s*insert\b/.test(outer);
});

function byContent(one: unknown, other: unknown): number {
  const [first, second] = [JSON.stringify(one), JSON.stringify(other)];
  return first < second ? -1 : first > second ? 1 : 0;
}

const isPlanned = remembered((text: string) => /^\s*(select|insert|update|delete|with)\b/.test(text));

const onlyReads = remembered((text: string) => /^\s*select\b/.test(text) && !/\b(insert into|update|delete from|app\.)/.test(text));

/** Whether a statement may have changed a row: it is one that can, and does not say that it found none. */
function mayChange(text: string, { command, rowCount }: pg.QueryResult): boolean {
  return !onlyReads(text) && (command === 'SELECT' || rowCount !== 0);
}

/** A statement in two words: what it does, and to which table. */
export const labelOf = remembered((text: string) => {
  const plain = text.replaceAll('"', '').trim();
  const [verb = ''] = plain.split(/\s/, 1);
  if (verb === 'set') return verb;
  if (!['select', 'insert', 'update', 'delete', 'with'].includes(verb.toLowerCase())) return plain.slice(0, 40);
  const changed = [...plain.matchAll(/\b(insert into|update|delete from) (\w+)/g)].filter(([, , table]) => table !== 'skip' && table !== 'of');
  if (changed.length > 0) return changed.map(([, what, table]) => `${(what as string).split(' ')[0]} ${table}`).join(', ');
  const read = /\bfrom (\w+)/.exec(plain)?.[1] ?? '';
  return `select ${read}${/ for update/.test(plain) ? ' for update' : ''}`;
});
