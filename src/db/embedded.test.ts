import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { makeQuickFolder } from '../../test/support/quick-folder.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded.js';

describe('the embedded PostgreSQL', () => {
  let dataDir: string;
  const started: EmbeddedPostgres[] = [];
  const owners: ChildProcess[] = [];

  const folder = () => makeQuickFolder('holdfast-embedded-');

  beforeEach(() => {
    dataDir = folder();
  });
  afterEach(async () => {
    for (const owner of owners.splice(0)) owner.kill('SIGKILL');
    for (const server of started.splice(0)) await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function start(at = dataDir): Promise<EmbeddedPostgres> {
    const server = await startEmbeddedPostgres({ dataDir: at, durable: true });
    started.push(server);
    return server;
  }
  /** Another process that started the server and goes on living; SIGTERM makes it stop both. */
  async function startOwner(): Promise<ChildProcess> {
    const script = `
      const { startEmbeddedPostgres } = await import('${join(import.meta.dirname, 'embedded.js')}');
      const server = await startEmbeddedPostgres({ dataDir: '${dataDir}', durable: true });
      process.once('SIGTERM', () => server.stop().then(() => process.exit(0)));
      setInterval(() => {}, 1000);
      console.log('up');`;
    const owner = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    owners.push(owner);
    await once(owner.stdout, 'data');
    return owner;
  }

  async function query(server: EmbeddedPostgres, text: string): Promise<unknown[]> {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    try {
      return (await client.query({ text, rowMode: 'array' })).rows.flat();
    } finally {
      await client.end();
    }
  }
  const pidFile = () => join(dataDir, 'postgres', 'cluster', 'postmaster.pid');
  const pidOf = () => Number(readFileSync(pidFile(), 'utf8').split('\n')[0]);

  it('keeps its data over a restart, and stops when told to', async () => {
    const first = await start();
    await query(first, 'create table kept (n int)');
    await query(first, 'insert into kept values (7)');
    await first.stop();
    await expect(query(first, 'select 1')).rejects.toThrow('ECONNREFUSED');
    expect(await query(await start(), 'select n from kept')).toEqual([7]);
  });

  it('acknowledges nothing it could lose', async () => {
    expect(
      await query(
        await start(),
        "select current_setting('fsync') || ' ' || current_setting('full_page_writes') || ' ' || current_setting('synchronous_commit')",
      ),
    ).toEqual(['on on on']);
  });

  it('starts again after its server was killed, with all that was committed', async () => {
    const first = await start();
    await query(first, 'create table kept (n int)');
    await query(first, 'insert into kept values (7)');
    process.kill(pidOf(), 'SIGKILL');
    expect(await query(await start(), 'select n from kept')).toEqual([7]);
  });

  it('starts over a lock file left by a process that is gone, or whose number is now another’s', async () => {
    await (await start()).stop();
    for (const pid of [2_147_483, process.pid]) {
      writeFileSync(pidFile(), `${pid}\n${join(dataDir, 'postgres', 'cluster')}\n1\n5432\n\n127.0.0.1\n`);
      const server = await start();
      expect(await query(server, 'select 1')).toEqual([1]);
      await server.stop();
    }
  });

  it('takes over the server of a process that was killed, and then stops it', async () => {
    const owner = await startOwner();
    const pid = pidOf();
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    const server = await start();
    expect([pidOf(), server.adopted]).toEqual([pid, false]);
    await server.stop();
    await expect(query(server, 'select 1')).rejects.toThrow();
  });

  it('is shared while its owner lives, who alone stops it', async () => {
    const owner = await startOwner();
    const shared = await start();
    expect(shared.adopted).toBe(true);
    await shared.stop();
    expect(await query(shared, 'select 1')).toEqual([1]);
    owner.kill('SIGTERM');
    await once(owner, 'exit');
    await expect(query(shared, 'select 1')).rejects.toThrow();
  });

  it('runs beside another', async () => {
    const other = folder();
    const [a, b] = await Promise.all([start(), start(other)]);
    expect(await Promise.all([query(a, 'select 1'), query(b, 'select 2')])).toEqual([[1], [2]]);
    await b.stop();
    rmSync(other, { recursive: true, force: true });
  });

  it('is started once by two processes over one fresh folder, and shared', async () => {
    const [owner, here] = await Promise.all([startOwner(), start()]);
    const servers = await query(here, "select count(*)::int from pg_stat_activity where backend_type = 'checkpointer'");
    expect([servers, owner.exitCode]).toEqual([[1], null]);
  });
});
