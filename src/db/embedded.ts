import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { binariesFor, isReachable, reachableTwin, type ServerUser, serverUser } from './embedded-binaries.js';

/** A PostgreSQL server of our own, on loopback only: for a demo, for development and for tests. */
export interface EmbeddedPostgres {
  /** Its administrator's login; the processes assume narrower roles with it. */
  url: string;
  /** Where its data is: in the data folder, or where its user can reach when it cannot reach that. */
  folder: string;
  /** Whether another process runs it, which then also stops it. */
  adopted: boolean;
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  dataDir: string;
  /** False for tests: nothing is forced to disk, and a crash of the machine may lose all. */
  durable: boolean;
}

interface Place {
  user: ServerUser | null;
  bin: string;
  home: string;
  cluster: string;
  durable: boolean;
}

const database = 'holdfast';
const startMaxMs = 20_000;
const lockRetryMaxMs = 10_000; // a killed server's lock can outlive it while its parent has not reaped it
const stepMs = 25;

/**
 * Starts PostgreSQL over the data in `dataDir`, made on the first start. A server left behind by a killed process is taken over;
 * one that a living process runs is shared and not stopped. Safe after `kill -9` of either.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const place = locate(options);
  const unlock = await lock(place.home);
  try {
    if (!existsSync(join(place.cluster, 'PG_VERSION'))) initialise(place);
    return await findOrStart(place);
  } finally {
    unlock();
  }
}

async function findOrStart(place: Place): Promise<EmbeddedPostgres> {
  const deadline = performance.now() + lockRetryMaxMs;
  for (;;) {
    try {
      return (await findRunning(place)) ?? (await start(place));
    } catch (error) {
      if (!String(error).includes('lock file') || performance.now() > deadline) throw error;
      await pause(stepMs * 8);
    }
  }
}

function locate({ dataDir, durable }: EmbeddedOptions): Place {
  const user = serverUser();
  const wanted = resolve(dataDir, 'postgres');
  mkdirSync(resolve(dataDir), { recursive: true });
  const home = isReachable(resolve(dataDir), user) ? wanted : reachableTwin(wanted);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  if (user) chownSync(home, user.uid, user.gid);
  return { user, bin: join(binariesFor(user), 'bin'), home, cluster: join(home, 'cluster'), durable };
}

/** Lets one process at a time make, find, start or take over a server; a lock whose process has died is nobody's. */
async function lock(home: string): Promise<() => void> {
  const file = join(home, 'starting');
  for (const deadline = performance.now() + startMaxMs; ; await pause(stepMs)) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || performance.now() > deadline) throw error;
    }
    const holder = existsSync(file) ? readFileSync(file, 'utf8') : '';
    if (holder !== '' && !isAlive(Number(holder))) rmSync(file, { force: true });
  }
}

function initialise({ user, bin, home, cluster, durable }: Place): void {
  rmSync(cluster, { recursive: true, force: true }); // a first start that was cut short
  const passwordFile = join(home, 'password');
  writeFileSync(passwordFile, randomBytes(24).toString('hex'), { mode: 0o600 });
  if (user) chownSync(passwordFile, user.uid, user.gid);
  const words = [
    '-D',
    cluster,
    '-U',
    database,
    `--pwfile=${passwordFile}`,
    '-A',
    'scram-sha-256',
    '-E',
    'UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
  ];
  const made = spawnSync(join(bin, 'initdb'), durable ? words : [...words, '--no-sync'], {
    ...user,
    cwd: home,
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin' },
  });
  if (made.status !== 0) throw new Error(`PostgreSQL's first start failed: ${made.error?.message ?? made.stderr}`);
}

async function start(place: Place): Promise<EmbeddedPostgres> {
  const port = await freePort();
  const logFile = join(place.home, 'server.log');
  const log = openSync(logFile, 'w', 0o600);
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: place.durable ? '200' : '500', // what is thrown away serves many installations at once
    ...(place.durable ? {} : { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' }),
  };
  const words = ['-D', place.cluster, '-p', String(port), ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const server = spawn(join(place.bin, 'postgres'), words, {
    ...place.user,
    cwd: place.home,
    detached: true,
    stdio: ['ignore', log, log],
    env: { PATH: '/usr/bin:/bin' },
  });
  server.unref();
  const url = urlOf(place, port);
  try {
    await accepting(server, url, logFile);
    server.removeAllListeners();
    await createDatabase(url);
  } catch (error) {
    server.kill('SIGQUIT');
    throw error;
  }
  claim(place);
  return { url, folder: place.home, adopted: false, stop: () => stop(place, server.pid as number) };
}

async function accepting(server: ChildProcess, url: string, logFile: string): Promise<void> {
  let failed: string | null = null;
  server.once('error', (error) => (failed = error.message));
  server.once('exit', () => (failed ??= readFileSync(logFile, 'utf8').slice(-2_000)));
  for (const deadline = performance.now() + startMaxMs; performance.now() < deadline; await pause(stepMs)) {
    if (failed !== null) throw new Error(`PostgreSQL did not start: ${failed}`);
    if (await answers(url)) return;
  }
  throw new Error(`PostgreSQL did not accept connections within ${startMaxMs / 1000} s; see ${logFile}`);
}

async function createDatabase(url: string): Promise<void> {
  await withClient(url.replace(/\/[^/]*$/, '/postgres'), async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [database]);
    if (rowCount === 0) await client.query(`create database ${database}`);
  });
}

/** A server already running over this data: shared while its owner lives, taken over when the owner is gone. */
async function findRunning(place: Place): Promise<EmbeddedPostgres | null> {
  const lockFile = join(place.cluster, 'postmaster.pid');
  if (!existsSync(lockFile)) return null;
  const [pidLine, , , portLine] = readFileSync(lockFile, 'utf8').split('\n');
  if (!/^\d+$/.test(pidLine ?? '')) throw new Error(`the lock file ${lockFile} is only half written`);
  const pid = Number(pidLine);
  if (!isOurServer(pid, place.cluster)) {
    rmSync(lockFile, { force: true }); // its process is gone, or the number now belongs to something else
    return null;
  }
  const url = urlOf(place, Number(portLine));
  for (const deadline = performance.now() + lockRetryMaxMs; !(await answers(url)); await pause(stepMs)) {
    if (!isOurServer(pid, place.cluster)) return null;
    if (performance.now() > deadline) throw new Error(`The PostgreSQL server ${pid} holds ${place.cluster} but answers no connection`);
  }
  await createDatabase(url);
  if (isOwned(place)) return { url, folder: place.home, adopted: true, stop: async () => undefined };
  claim(place);
  return { url, folder: place.home, adopted: false, stop: () => stop(place, pid) };
}

function isOurServer(pid: number, cluster: string): boolean {
  if (!isAlive(pid)) return false;
  try {
    const command =
      process.platform === 'linux'
        ? readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        : execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    return command.includes('postgres') && command.includes(cluster);
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function claim(place: Place): void {
  writeFileSync(join(place.home, 'owner'), String(process.pid));
  chmodSync(join(place.home, 'owner'), 0o644);
}

function isOwned(place: Place): boolean {
  const file = join(place.home, 'owner');
  const owner = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  return owner > 0 && owner !== process.pid && isAlive(owner);
}

async function stop(place: Place, pid: number): Promise<void> {
  if (isOurServer(pid, place.cluster)) process.kill(pid, 'SIGINT'); // fast shutdown: open transactions are rolled back
  for (const deadline = performance.now() + startMaxMs; isOurServer(pid, place.cluster) && performance.now() < deadline; ) await pause(stepMs);
  rmSync(join(place.home, 'owner'), { force: true });
}

function urlOf(place: Place, port: number): string {
  return `postgresql://${database}:${readFileSync(join(place.home, 'password'), 'utf8')}@127.0.0.1:${port}/${database}`;
}

async function answers(url: string): Promise<boolean> {
  try {
    await withClient(url.replace(/\/[^/]*$/, '/postgres'), (client) => client.query('select 1'));
    return true;
  } catch {
    return false;
  }
}

async function withClient<T>(url: string, run: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  try {
    await client.connect();
    return await run(client);
  } finally {
    await client.end();
  }
}

function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const probe = createServer();
    probe.once('error', failed);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => found(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
