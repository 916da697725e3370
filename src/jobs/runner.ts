import cron from 'node-cron';
import { assert } from '../base/assert.js';
import { at } from '../base/clock.js';
import { atomically, type Work } from '../db/work.js';
import { type Job, schedule } from './schedule.js';

/** The running schedule of one process. */
export interface Runner {
  close(): Promise<void>;
}

/**
 * Starts every job of the schedule. Of all workers, one runs each tick, and a job still running skips its next one, but for those that run everywhere.
 * A tick that nobody ran, because no worker was there or this one was asleep, is caught up: the last of each job, once.
 */
export function startJobs(openWork: () => Work, jobs: Record<string, Job> = schedule): Runner {
  const busy = new Set<string>();
  const running = new Set<Promise<void>>();

  function start(name: string, job: Job, run: () => Promise<void>): Promise<void> {
    if (busy.has(name) && !job.everywhere) return Promise.resolve();
    busy.add(name);
    const done = run().finally(() => {
      busy.delete(name);
      running.delete(done);
    });
    running.add(done);
    return done;
  }
  const tasks = Object.entries(jobs).map(([name, job]) => {
    const tick = ({ date }: { date: Date }) => start(name, job, () => runTick(openWork(), name, job, date));
    const task = cron.schedule(job.cron, tick, { name, timezone: 'UTC', suppressMissedWarning: true });
    task.on('execution:missed', tick);
    const [next, after] = task.getNextRuns(2);
    assert(next !== undefined && after !== undefined, `the job "${name}" has a time to run at`);
    if (!job.everywhere) void start(name, job, () => catchUp(openWork(), name, job, at(2 * next.getTime() - after.getTime())));
    return task;
  });
  return {
    async close() {
      for (const task of tasks) await task.destroy();
      await Promise.all(running);
    },
  };
}

/** Runs the job's last tick, at `lastDueAt`, where earlier ones have run and that one has not. */
async function catchUp(work: Work, name: string, job: Job, lastDueAt: Date): Promise<void> {
  try {
    const { ranAt } = await work.read
      .selectFrom('jobTick')
      .select((row) => row.fn.max('dueAt').as('ranAt'))
      .where('name', '=', name)
      .executeTakeFirstOrThrow();
    if (ranAt !== null && ranAt < lastDueAt) await runTick(work, name, job, lastDueAt);
  } catch (error) {
    work.log.error({ job: name, err: error }, 'whether a tick was missed is not known; the next one comes');
  }
}

/** Runs one tick of a job, unless another worker has taken one that is for one of them. */
export async function runTick(work: Work, name: string, job: Job, dueAt: Date): Promise<void> {
  try {
    if (!job.everywhere && !(await takeTick(work, name, dueAt))) return;
    const count = await job.run(work);
    if (count > 0) work.log.info({ job: name, count }, 'job done');
  } catch (error) {
    work.log.error({ job: name, err: error }, 'job failed; what is due stays due');
  }
}

async function takeTick(work: Work, name: string, dueAt: Date): Promise<boolean> {
  const taken = await atomically(work, (tx) =>
    tx.sql
      .insertInto('jobTick')
      .values({ name, dueAt })
      .onConflict((conflict) => conflict.doNothing())
      .returning('name')
      .executeTakeFirst(),
  );
  return taken !== undefined;
}
