import type pg from 'pg';
import { entities } from '../../../src/app.js';
import { type Database, type DatabaseRole, openDatabase } from '../../../src/db/database.js';
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
  /** Another value, and all connections are new ones. */
  epoch: () => string;
}): Database {
  const { url, role, name, scheduler } = options;
  const database = openDatabase({ url, role, applicationName: name, entities: [...entities] });
  const { pool } = database;
  // What is parked holds its locks for as long as the schedule wants
  pool.on('connect', (client) => void client.query('set lock_timeout = 0; set idle_in_transaction_session_timeout = 0; set statement_timeout = 0'));
  const connect = pool.connect.bind(pool) as () => Promise<pg.PoolClient>;
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
  return database;
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
  readonly #giveUp = () => this.#rollBack();
  readonly #freeze = () => this.#end();

  constructor(
    readonly client: pg.PoolClient,
    readonly options: { scheduler: Scheduler; losesConnection: LosesConnection },
  ) {}

  get processID(): number {
    return (this.client as unknown as { processID: number }).processID;
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
      const answer = await scheduler.fly(this.processID, label, () => this.#ask(text, values));
      this.#isInTransaction = label === 'begin' || (this.#isInTransaction && label !== 'commit' && label !== 'rollback');
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

  async #ask(text: string, values: unknown[]): Promise<unknown> {
    this.#isBusy = true;
    try {
      return await this.client.query(text, [...values]);
    } finally {
      this.#isBusy = false;
    }
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
