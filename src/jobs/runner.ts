import cron from 'node-cron';
import { atomically, type Work } from '../db/work.js';
import { type Job, schedule } from './schedule.js';

/** The running schedule of one process. */
export interface Runner {
  close(): Promise<void>;
}

/** Starts every job of the schedule. Of all workers, one runs each tick, and a job still running skips its next one, but for those that run everywhere. */
export function startJobs(openWork: () => Work, jobs: Record<string, Job> = schedule): Runner {
  const busy = new Set<string>();
  const running = new Set<Promise<void>>();
  const tasks = Object.entries(jobs).map(([name, job]) =>
    cron.schedule(
      job.cron,
      async ({ date }) => {
        if (busy.has(name) && !job.everywhere) return;
        busy.add(name);
        const run = runTick(openWork(), name, job, date).finally(() => {
          busy.delete(name);
          running.delete(run);
        });
        running.add(run);
        await run;
      },
      { name, timezone: 'UTC' },
    ),
  );
  return {
    async close() {
      for (const task of tasks) await task.destroy();
      await Promise.all(running);
    },
  };
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
