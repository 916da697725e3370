import type pg from 'pg';
import { entities } from '../../src/app.js';
import { type Database, type DatabaseRole, openDatabase } from '../../src/db/database.js';
import type { Run, Scheduler } from './scheduler.js';

/** Whether the connection is lost at a statement: before the server has it, after, or not at all. */
export type LosesConnection = (label: string) => 'before' | 'after' | null;

/** The database as one process has it: the real pool, whose every statement is a gate, and a place to die or to lose the connection. */
export function openGatedDatabase(options: {
  url: string;
  role: DatabaseRole;
  name: string;
  scheduler: Scheduler;
  losesConnection: LosesConnection;
}): Database {
  const { url, role, name, scheduler } = options;
  const database = openDatabase({ url, role, applicationName: name, entities: [...entities] });
  const { pool } = database;
  // What is parked holds its locks for as long as the schedule wants
  pool.on('connect', (client) => void client.query('set lock_timeout = 0; set idle_in_transaction_session_timeout = 0; set statement_timeout = 0'));
  const connect = pool.connect.bind(pool) as () => Promise<pg.PoolClient>;
  const gated = async () => {
    const run = scheduler.current();
    if (!run) return connect();
    const client = await scheduler.fly(0, connect);
    return new GatedClient(client, run, options) as unknown as pg.PoolClient;
  };
  Object.assign(pool, { connect: gated });
  return database;
}

class ConnectionLost extends Error {
  readonly code = '08006'; // connection_failure
}

class GatedClient {
  #isLost = false;
  #isInTransaction = false;
  readonly #giveUp = () => this.#rollBack();
  readonly #freeze = () => this.#end();

  constructor(
    readonly client: pg.PoolClient,
    readonly run: Run,
    readonly options: { scheduler: Scheduler; losesConnection: LosesConnection },
  ) {
    run.onDeath.add(this.#giveUp);
    run.onFreeze.add(this.#freeze);
  }

  get processID(): number {
    return (this.client as unknown as { processID: number }).processID;
  }

  async query(text: string, values: unknown[]): Promise<unknown> {
    const { scheduler, losesConnection } = this.options;
    const label = labelOf(text);
    await scheduler.pass(label);
    const loss = this.#isLost ? 'before' : losesConnection(label);
    if (loss !== 'before') {
      const answer = await scheduler.fly(this.processID, () => this.client.query(text, [...values]));
      this.#isInTransaction = label === 'begin' || (this.#isInTransaction && label !== 'commit' && label !== 'rollback');
      if (loss === null) return answer;
    }
    this.#isLost = true;
    throw new ConnectionLost('Connection terminated unexpectedly');
  }

  release(): void {
    const { onDeath, onFreeze } = this.run;
    onDeath.delete(this.#giveUp);
    onFreeze.delete(this.#freeze);
    if (this.#isLost) void this.options.scheduler.fly(this.processID, () => this.#rollBack());
    else this.client.release();
  }

  /** The database ends a transaction that stands still, and with it the connection. */
  async #end(): Promise<void> {
    if (!this.#isInTransaction || this.#isLost) return;
    this.#isLost = true;
    await this.client.query('rollback');
  }

  /** The server notices that nobody is there any more. */
  async #rollBack(): Promise<void> {
    await this.options.scheduler.cancel(this.processID);
    await this.client.query('rollback');
    this.client.release();
  }
}

/** A statement in two words: what it does, and to which table. */
export function labelOf(text: string): string {
  const plain = text.replaceAll('"', '').trim();
  const [verb = ''] = plain.split(/\s/, 1);
  if (!['select', 'insert', 'update', 'delete', 'with'].includes(verb.toLowerCase())) return plain.slice(0, 40);
  const changed = [...plain.matchAll(/\b(insert into|update|delete from) (\w+)/g)].filter(([, , table]) => table !== 'skip' && table !== 'of');
  if (changed.length > 0) return changed.map(([, what, table]) => `${(what as string).split(' ')[0]} ${table}`).join(', ');
  const read = /\bfrom (\w+)/.exec(plain)?.[1] ?? '';
  return `select ${read}${/ for update/.test(plain) ? ' for update' : ''}`;
}
