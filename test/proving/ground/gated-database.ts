import type pg from 'pg';
import { entities } from '../../../src/app.js';
import { type Database, type DatabaseRole, openDatabase } from '../../../src/db/database.js';
import type { Run, Scheduler } from './scheduler.js';

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
}): Promise<Database> {
  const { url, role, name, scheduler } = options;
  const database = openDatabase({ url, role, applicationName: name, entities: [...entities] });
  const { pool } = database;
  pool.options.idleTimeoutMillis = 0; // nothing happens for real time's sake
  pool.on('connect', (client) => void client.query(settings));
  const connect = pool.connect.bind(pool) as () => Promise<pg.PoolClient>;
  await fill(pool);
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

/** Opens all its connections: two that were opened at once would be there in any order. */
async function fill(pool: pg.Pool): Promise<void> {
  const clients = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()));
  for (const client of clients) client.release();
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
      const answer = await this.client.query({ ...(isPlanned.test(text) ? { name: nameOf(text) } : {}), text, values: [...values] });
      if (answer.rows?.length > 1 && !isInOrder(text)) answer.rows.sort(byContent);
      return answer;
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
    if (this.#isBusy) await this.options.scheduler.cancel(this.processID);
    if (this.#isBusy || this.#isInTransaction) await this.client.query('rollback');
    this.client.release();
  }
}

/** Whether a statement says in which order its rows come. Else any is right, and here it is always the same, wherever the rows happen to lie. */
function isInOrder(text: string): boolean {
  let outer = text;
  for (let before = ''; before !== outer; ) {
    before = outer;
    outer = outer.replace(/\([^()]*\)/g, '');
  }
  return /\border by\b|^\s*insert\b/.test(outer);
}

function byContent(one: unknown, other: unknown): number {
  const [first, second] = [JSON.stringify(one), JSON.stringify(other)];
  return first < second ? -1 : first > second ? 1 : 0;
}

const isPlanned = /^\s*(select|insert|update|delete|with)\b/;
const names = new Map<string, string>();

/** The name under which each connection keeps a statement, parsed and planned. */
function nameOf(text: string): string {
  const name = names.get(text) ?? `statement ${names.size}`;
  names.set(text, name);
  return name;
}

/** A statement in two words: what it does, and to which table. */
export function labelOf(text: string): string {
  const plain = text.replaceAll('"', '').trim();
  const [verb = ''] = plain.split(/\s/, 1);
  if (verb === 'set') return verb;
  if (!['select', 'insert', 'update', 'delete', 'with'].includes(verb.toLowerCase())) return plain.slice(0, 40);
  const changed = [...plain.matchAll(/\b(insert into|update|delete from) (\w+)/g)].filter(([, , table]) => table !== 'skip' && table !== 'of');
  if (changed.length > 0) return changed.map(([, what, table]) => `${(what as string).split(' ')[0]} ${table}`).join(', ');
  const read = /\bfrom (\w+)/.exec(plain)?.[1] ?? '';
  return `select ${read}${/ for update/.test(plain) ? ' for update' : ''}`;
}
