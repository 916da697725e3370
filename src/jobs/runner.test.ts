import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import cron from 'node-cron';
import { openGround, type TestGround } from '../../test/support/ground.js';
import { at, dayMs, hourMs, later, systemClock } from '../base/clock.js';
import { type Runner, runTick, startJobs } from './runner.js';
import { type Job, schedule } from './schedule.js';

let ground: TestGround;
beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground.close());

const everySecond = (run: Job['run']): Record<string, Job> => ({ 'every second': { cron: '* * * * * *', run } });

describe('the schedule', () => {
  it.each(Object.entries(schedule))('has a time for %s that can be read', (_, job) => {
    expect(cron.validate(job.cron)).toBe(true);
  });

  it.each(['holdfast_worker', 'holdfast_app'] as const)('does every job with the rights of %s, and finds nothing in an empty house', async (role) => {
    for (const job of Object.values(schedule)) expect(await job.run(ground.another(role))).toBe(0);
  });

  it('ends purchases nobody paid in time, and no other', async () => {
    const { id: connectedId, tenantId, accountId } = await ground.connected('acct_1');
    const now = ground.clock.now();
    const purchase = (id: string, status: string, expiresAt: Date) =>
      ground.rows(
        `insert into purchase_session (id, tenant_id, account_id, connected_account_id, kind, charge_model, status, email, currency, quantity,
           percentage_bps, fixed_fee_minor, vat_bps, fee_mode, subtotal_minor, platform_fee_minor, vat_minor, seller_transfer_minor,
           total_charged_minor, expires_at, created_at)
         values ($1, $2, $3, $7, 'ONE_TIME', 'DIRECT', $4, 'ada@example.com', 'USD', 1, 0, 0, 0, 'INCLUDED', 100, 0, 0, 100, 100, $5, $6)`,
        [id, tenantId, accountId, status, expiresAt, now, connectedId],
      );
    await purchase('pur_1', 'CREATING', later(now, -1 * hourMs));
    await purchase('pur_2', 'FAILED', later(now, -1 * hourMs));
    await purchase('pur_3', 'CREATING', later(now, 1 * hourMs));
    expect(await schedule['expire purchases']?.run(ground.work)).toBe(1);
    expect(await ground.rows('select id, status from purchase_session order by id')).toEqual([
      { id: 'pur_1', status: 'EXPIRED' },
      { id: 'pur_2', status: 'FAILED' },
      { id: 'pur_3', status: 'CREATING' },
    ]);
  });

  it('sweeps keys and ticks that are over, and none that is not', async () => {
    const now = ground.clock.now();
    const old = later(now, -2 * dayMs);
    await ground.rows(`insert into job_tick (name, due_at) values ('old', $1), ('new', $2)`, [old, now]);
    await ground.rows(
      `insert into idempotent_request (caller, key, operation, request_sha256, locked_until, created_at)
       values ('a', 'old', 'x', repeat('0', 64), $1, $1), ('a', 'new', 'x', repeat('0', 64), $2, $2)`,
      [old, now],
    );
    expect(await schedule['sweep what is over']?.run(ground.work)).toBe(2);
    expect(await ground.rows('select name from job_tick')).toEqual([{ name: 'new' }]);
    expect(await ground.rows('select key from idempotent_request')).toEqual([{ key: 'new' }]);
  });
});

describe('a tick', () => {
  it('is run by one of ten workers', async () => {
    let runs = 0;
    const job: Job = { cron: '* * * * * *', run: async () => ++runs };
    const works = [ground.another('holdfast_worker'), ground.another('holdfast_worker')];
    await Promise.all(Array.from({ length: 10 }, (_, i) => runTick(works[i % 2] ?? ground.work, 'ten', job, at(1_795_000_000_000))));
    expect(runs).toBe(1);
  });

  it('whose job fails is over; the next one runs', async () => {
    let runs = 0;
    const job: Job = {
      cron: '* * * * * *',
      async run() {
        if (++runs === 1) throw new Error('not today');
        return 0;
      },
    };
    await runTick(ground.work, 'fails', job, at(1_795_000_000_000));
    await runTick(ground.work, 'fails', job, at(1_795_000_001_000));
    expect(runs).toBe(2);
  });
});

describe('two processes on one schedule', () => {
  it('run each tick once, by the clock on the wall', async () => {
    const { promise: enough, resolve } = Promise.withResolvers<void>();
    let runs = 0;
    const jobs = everySecond(async () => {
      if (++runs === 3) resolve();
      return 0;
    });
    const processes = [ground.another('holdfast_worker'), ground.another('holdfast_worker')].map((work) => startJobs(() => work, jobs));
    await enough;
    for (const one of processes) await one.close();
    const ticks = await ground.rows(`select due_at from job_tick where name = 'every second' order by due_at`);
    expect(ticks).toHaveLength(runs);
    for (const { due_at } of ticks) expect((due_at as Date).getMilliseconds()).toBe(0);
    const seconds = ticks.map(({ due_at }) => (due_at as Date).getTime() / 1_000);
    expect(Math.max(...seconds) - Math.min(...seconds)).toBeGreaterThanOrEqual(runs - 1);
  });

  it('catch up the last tick of a job that no worker was there for, one of them and once; nothing where none was missed', async () => {
    const ran: string[] = [];
    const job = (name: string): Job => ({ cron: '0 7 * * * *', run: async () => ran.push(name) && 0 });
    const jobs = { missed: job('missed'), fresh: job('fresh'), done: job('done') };
    const now = systemClock.now();
    const last = (name: string, dueAt: Date) => ground.rows('insert into job_tick (name, due_at) values ($1, $2)', [name, dueAt]);
    await last('missed', later(now, -9 * hourMs));
    await last('done', now); // no tick since
    const processes = [ground.another('holdfast_worker'), ground.another('holdfast_worker')].map((work) => startJobs(() => work, jobs));
    for (const one of processes) await one.close();
    expect(ran).toEqual(['missed']);
    const ticks = await ground.rows(`select due_at from job_tick where name = 'missed' and due_at > $1`, [later(now, -hourMs)]);
    expect(ticks.map(({ due_at }) => (due_at as Date).getUTCMinutes())).toEqual([7]);
  });

  it('refuse to start a job that would never run', () => {
    expect(() => startJobs(() => ground.work, { never: { cron: '0 0 30 2 *', run: async () => 0 } })).toThrow();
  });

  it('end only when what they run is done', async () => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const { promise: end, resolve: finish } = Promise.withResolvers<void>();
    const log: string[] = [];
    const runner: Runner = startJobs(() => ground.work, {
      'long job': {
        cron: '* * * * * *',
        async run() {
          log.push('begun');
          begin();
          await end;
          log.push('done');
          return 0;
        },
      },
    });
    await begun;
    const closed = runner.close().then(() => log.push('closed'));
    finish();
    await closed;
    expect(log).toEqual(['begun', 'done', 'closed']);
  });
});
