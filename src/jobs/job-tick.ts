import { defineEntity, p } from '@mikro-orm/postgresql';
import type { ColumnsOf } from '../db/database.js';

/** One tick of one job, of which one worker runs it: whoever wrote the row. */
export const JobTickEntity = defineEntity({
  name: 'JobTick',
  tableName: 'job_tick',
  properties: {
    name: p.string().primary(),
    dueAt: p.datetime().primary(),
  },
});

declare module '../db/database.js' {
  interface Tables {
    jobTick: ColumnsOf<typeof JobTickEntity>;
  }
}
