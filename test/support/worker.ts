import { at, type Clock, systemClock } from '../../src/base/clock.js';
import { readConfig } from '../../src/base/config.js';
import { armCrashPoint } from '../../src/base/crash-points.js';
import { openLog } from '../../src/base/log.js';
import { openDatabase } from '../../src/db/database.js';
import { openWork, type Work } from '../../src/db/work.js';
import { entities } from '../../src/entities.js';
import { applyDueEvents } from '../../src/events/apply.js';
import { deliverDue } from '../../src/events/outgoing/delivering.js';
import { pollDueStreams } from '../../src/events/streams/polling.js';
import { resumers } from '../../src/jobs/schedule.js';
import { resumeDueOperations } from '../../src/operations/resume.js';
import { carryOnBulkRetries } from '../../src/settlements/bulk/retrying-all.js';
import { returnDue } from '../../src/settlements/returning.js';
import { reverseDue } from '../../src/settlements/reversing.js';
import { settleDue } from '../../src/settlements/settling.js';
import { openStripe } from '../../src/stripe/client.js';
import { boundless } from './gateway.js';

/** Where a worker works, and how far its clock is ahead. */
export interface Workplace {
  databaseUrl: string;
  stripeUrl: string;
  aheadMs: number;
  crashAt: string | null;
  /** What it takes up: what is to be done with money, or what Stripe has told. */
  does: 'money' | 'events';
}

/** A worker as another process would have it: its own connections under the worker's role, its own connection to Stripe. */
export function openWorker(
  { databaseUrl, stripeUrl, aheadMs }: Omit<Workplace, 'does'>,
  clock: Clock = ahead(aheadMs),
): { work: Work; close(): Promise<void> } {
  const database = openDatabase({
    url: databaseUrl,
    role: 'holdfast_worker',
    applicationName: 'test worker',
    entities: [...entities],
    connectionsMax: 4,
  });
  const config = readConfig({ NODE_ENV: 'test' });
  const stripe = openStripe({ ...config.stripe, apiBase: stripeUrl, budget: boundless });
  return { work: openWork({ database, clock, config, log: openLog('silent') }, { stripe }), close: () => database.close() };
}

function ahead(ms: number): Clock {
  return { now: () => at(systemClock.now().getTime() + ms) };
}

/** Everything a worker does with money, once. */
export async function workOnce(work: Work): Promise<number> {
  return (
    (await carryOnBulkRetries(work)) +
    (await settleDue(work, 50)) +
    (await reverseDue(work, 50)) +
    (await returnDue(work, 50)) +
    (await resumeDueOperations(work, resumers, 50))
  );
}

/** Everything a worker does with what Stripe tells, once: reads the streams, applies what they held, and tells partners. */
export async function hearOnce(work: Work): Promise<number> {
  return (await pollDueStreams(work)) + (await applyDueEvents(work, 50)) + (await deliverDue(work));
}

/** Works on time, as the command does, until the process is told to stop; all of the server is loaded for that alone, which takes longer than most of what workers do here. */
async function workUntilStopped({ databaseUrl, stripeUrl }: Workplace): Promise<void> {
  const { openApp } = await import('../../src/app.js');
  const { untilStopped } = await import('../../src/commands.js');
  const app = await openApp({
    config: readConfig({ NODE_ENV: 'test', STRIPE_API_BASE: stripeUrl }),
    databaseUrl,
    clock: systemClock,
    log: openLog('silent'),
    serves: false,
    works: true,
    simulates: false,
    durable: false,
  });
  console.log('working');
  await untilStopped();
  await app.close();
}

/** Works until nothing is left to do, or dies where it was told to. */
async function workThrough(workplace: Workplace): Promise<void> {
  armCrashPoint(workplace.crashAt);
  const { work, close } = openWorker(workplace);
  const once = workplace.does === 'money' ? workOnce : hearOnce;
  while ((await once(work)) > 0);
  await close();
}

/** Does what it is asked for, one after the other, until nobody asks any more. */
function workWhereAsked(): void {
  process.on('message', (workplace: Workplace) => void workThrough(workplace).then(() => process.send?.('done')));
}

// As a process of its own.
if (process.argv[1] === import.meta.filename) {
  if (process.argv[2] === 'until stopped') await workUntilStopped(JSON.parse(process.argv[3] as string) as Workplace);
  else workWhereAsked();
}
