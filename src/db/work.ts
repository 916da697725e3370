import { AsyncLocalStorage } from 'node:async_hooks';
import { type Kysely, sql } from 'kysely';
import { assert, known } from '../base/assert.js';
import type { Clock } from '../base/clock.js';
import type { Config } from '../base/config.js';
import { isId } from '../base/ids.js';
import type { Log } from '../base/log.js';
import { type Database, type Entered, type Tables, type TenantScope, textOf } from './database.js';

declare const workBrand: unique symbol;
declare const txBrand: unique symbol;

/** Reading only: the statements of Kysely that change nothing. */
export type Reader = Pick<Kysely<Tables>, 'selectFrom' | 'with' | 'fn'>;

/** What a unit of work reaches beside the database. Each outer room adds its own by declaration merging. */
export interface Reach {}

/**
 * One request or job, outside any transaction: it may read and may talk to Stripe; it cannot write rows.
 * Writing takes a `Tx`, which `atomically` gives, and a `Tx` has no Stripe: so every action has the shape
 * transaction, Stripe, transaction, and no lock is ever held while a network answers.
 */
export interface Work extends Reach {
  readonly [workBrand]: true;
  readonly clock: Clock;
  /** The time outside any simulation, for people at their browsers: how long they stay signed in, when a request was signed. */
  readonly wallClock: Clock;
  readonly config: Config;
  readonly log: Log;
  readonly read: Reader;
}

/** One short transaction: it reads and writes rows; it cannot reach Stripe. */
export interface Tx {
  readonly [txBrand]: true;
  readonly clock: Clock;
  readonly wallClock: Clock;
  /** Statements, the claim's conditional UPDATE among them. */
  readonly sql: Kysely<Tables>;
}

/** Where a request came from. */
export interface Origin {
  address: string | null;
  requestId: string | null;
  /** What shows that a puzzle was solved; nothing where none came. */
  captchaResponse?: string | null;
}

/** Who changes what a unit of work changes, and from where: the database writes it into the audit log with the change. Null for nobody known. */
export interface Caller extends Origin {
  actor: string | null;
  role: string | null;
}

/** What a unit of work keeps to itself. */
interface Inside {
  database: Database;
  scope: TenantScope;
  sql: Kysely<Tables>;
  caller: Caller | null;
}

const insides = new WeakMap<Work, Inside>();
const openTransaction = new AsyncLocalStorage<true>();

/** What the application wires once and every unit of work shares. */
export interface Ground {
  database: Database;
  clock: Clock;
  /** Where it differs: `clock` is turned by a simulation. */
  wallClock?: Clock;
  config: Config;
  log: Log;
  /** Whether its reads wait for each other, over one connection: less is said to the database for somebody's request, and no more of it kept busy. */
  readsInTurn?: boolean;
}

/** Opens one unit of work over what the application has wired. It sees every tenant's rows, until it is confined. */
export function openWork({ database, readsInTurn = false, ...ground }: Ground, reach: Reach): Work {
  const scope: TenantScope = { tenants: '*' };
  const sql = database.within(scope);
  const read = readsInTurn ? database.inTurnWithin(scope) : sql;
  const work = { ...reach, wallClock: ground.clock, ...ground, read } as unknown as Work;
  insides.set(work, { database, scope, sql, caller: null });
  return work;
}

function insideOf(work: Work): Inside {
  return known(insides.get(work), 'the inside of a work that openWork opened');
}

/** From here on, this unit of work sees and writes the rows of these tenants alone; the database refuses it all others. */
export function confine(work: Work, tenants: readonly string[]): void {
  const { scope } = insideOf(work);
  assert(scope.tenants === '*', 'this work is confined already');
  for (const tenantId of tenants) assertTenant(tenantId);
  scope.tenants = [...tenants];
}

/** Lets a confined unit of work see the rows of one tenant more. */
export function admit(work: Work, tenantId: string): void {
  assertTenant(tenantId);
  const { scope } = insideOf(work);
  if (scope.tenants !== '*' && !scope.tenants.includes(tenantId)) scope.tenants = [...scope.tenants, tenantId];
}

function assertTenant(tenantId: string): void {
  assert(isId('tenant', tenantId), `${JSON.stringify(tenantId)} is no tenant`); // a star among them would be all of them
}

/** What a unit of work tells its connections: ids of tenants, comma-separated, or `*`. */
export function seenBy(work: Work): string {
  return textOf(insideOf(work).scope);
}

/**
 * Asks a function of the database who somebody is, or whose something, beyond what a unit of work is confined to. The function shows its connection
 * the rows that follow from that; what the unit of work is confined to is left to the caller.
 */
export function entering<Row extends Entered>(work: Work, name: string, values: readonly unknown[]): Promise<Row> {
  return insideOf(work).database.entering<Row>(name, values);
}

/** Says who changes what this unit of work changes from here on. A unit of work of somebody's is never anybody else's. */
export function actFor(work: Work, caller: Caller): void {
  const inside = insideOf(work);
  const actor = inside.caller?.actor ?? null;
  assert(actor === null || actor === caller.actor, 'this work is done for somebody else already');
  inside.caller = caller;
}

/** Where the request came from that this unit of work is for; nowhere, where it is for none. */
export function originOf(work: Work): Origin {
  return insideOf(work).caller ?? { address: null, requestId: null };
}

/** Tells the database who changes what this transaction changes. By SET, which unlike a query leaves the isolation level open to be chosen. */
async function say(tx: Kysely<Tables>, { actor, role, address, requestId }: Caller): Promise<void> {
  const told = { 'app.actor': actor, 'app.role': role, 'app.address': address, 'app.request': requestId };
  const settings = Object.entries(told).map(([name, value]) => sql`set local ${sql.raw(name)} = ${sql.lit(value ?? '')}`);
  await sql.join(settings, sql`; `).execute(tx);
}

const conflictCodes = new Set(['40001', '40P01', '55P03']); // serialization failure, deadlock, lock not available
const triesMax = 5;
const waitBaseMs = 10;

function isConflict(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('code' in at && conflictCodes.has(String(at.code))) return true;
  }
  return false;
}

/**
 * Runs `phase` in one transaction and commits what it wrote, or nothing if it throws.
 * Run again (up to five times) when PostgreSQL reports a conflict with another transaction, so `phase` does nothing but read and write rows.
 */
export async function atomically<T>(work: Work, phase: (tx: Tx) => Promise<T>): Promise<T> {
  assertOutsideTransaction();
  const { sql: statements, caller } = insideOf(work);

  for (let tries = 1; ; tries++) {
    try {
      // Kysely's own form of a transaction gives the connection back also when `begin` itself fails; begun by MikroORM, it would be lost to the pool
      return await openTransaction.run(true, () =>
        statements.transaction().execute(async (sql) => {
          if (caller) await say(sql, caller);
          return phase({ sql, clock: work.clock, wallClock: work.wallClock } as unknown as Tx);
        }),
      );
    } catch (error) {
      if (!isConflict(error) || tries >= triesMax) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * waitBaseMs * 2 ** tries));
    }
  }
}

/** Every call that leaves the process begins with this: a network must never answer while rows are locked. */
export function assertOutsideTransaction(): void {
  assert(openTransaction.getStore() === undefined, 'a call to Stripe, or a second transaction, inside an open transaction');
}

/** The database's own time: deadlines that several machines compare are read from one clock. */
export const databaseNow = sql<Date>`app.now()`;
