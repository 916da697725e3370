import pg from 'pg';
import { hourMs, minuteMs } from '../../../src/base/clock.js';
import { auditMoney } from '../../../src/reconciliation/audit.js';
import { hearOnce, openWorker, workOnce } from '../../support/worker.js';
import { type Installation, openInstallation } from './installation.js';
import { type Acknowledged, beginLoad, dueCount } from './load.js';

const upMaxMs = 2_500; // between two kills, at most
const backMaxMs = 10_000;
const aheadOfMs = [12 * minuteMs, 1 * hourMs, 2 * hourMs]; // so that what the dead have claimed is free, and what was asked in vain is asked again

/**
 * Kills real processes under load, so many servers and workers, and PostgreSQL so often; then compares what was acknowledged with what is there.
 * Answers whether nothing was lost, nothing done twice, every promise of the books kept, and everybody back in time.
 */
export async function killMany(processes: number, postgres: number): Promise<boolean> {
  const installation = await openInstallation();
  try {
    const load = await beginLoad(installation);
    const startedMs = performance.now();
    const took = await killAll(installation, processes, postgres);
    await load.stop();
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0);
    await installation.stop();
    await finish(installation);
    const found = await compare(installation, load.acknowledged);
    const { payments, refunds } = load.acknowledged;
    console.log(`${processes} servers and workers killed, and PostgreSQL ${postgres} times, in ${seconds} s under load.`);
    console.log(`${payments.size} purchases and ${refunds.size} refunds were acknowledged; ${found.transfers} of ${dueCount} settlements were paid.`);
    console.log(`Lost: ${found.lost.length}. Done twice: ${found.doubled.length}. Broken promises of the books: ${found.broken.length}.`);
    console.log(`Slowest return: ${inSeconds(took.processes)} of a server or worker, ${inSeconds(took.postgres)} of PostgreSQL.`);
    for (const what of [...found.lost, ...found.doubled, ...found.broken].slice(0, 20)) console.log(`  ${what}`);
    const isWell = found.lost.length + found.doubled.length + found.broken.length === 0 && found.transfers === dueCount;
    return isWell && Math.max(took.processes, took.postgres) <= backMaxMs;
  } finally {
    await installation.close();
  }
}

/** In any order, each after a moment of any length. Answers the slowest returns. */
async function killAll(installation: Installation, processes: number, postgres: number): Promise<{ processes: number; postgres: number }> {
  const slowest = { processes: 0, postgres: 0 };
  const left = { processes, postgres };
  while (left.processes + left.postgres > 0) {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * upMaxMs));
    const isPostgres = Math.random() * (left.processes + left.postgres) < left.postgres;
    const kind = isPostgres ? 'postgres' : 'processes';
    left[kind]--;
    const ms = isPostgres ? await installation.killPostgres() : await installation.killProcess(Math.random() < 0.7 ? 'serve' : 'work');
    slowest[kind] = Math.max(slowest[kind], ms);
  }
  return slowest;
}

/** What a calm hour would do. */
async function finish({ databaseUrl, stripeUrl }: Installation): Promise<void> {
  for (const aheadMs of aheadOfMs) {
    const worker = openWorker({ databaseUrl, stripeUrl, aheadMs, crashAt: null });
    while ((await workOnce(worker.work)) + (await hearOnce(worker.work)) > 0);
    await worker.close();
  }
}

interface Found {
  lost: string[];
  doubled: string[];
  broken: string[];
  transfers: number;
}

async function compare({ databaseUrl, stripeUrl }: Installation, { payments, refunds }: Acknowledged): Promise<Found> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const paid = await client.query<{ id: string; session: string }>('select id, checkout_session_id as session from payment');
  const kept = new Set(paid.rows.map(({ id, session }) => `${session} ${id}`));
  const given = await client.query<{ id: string; paymentId: string; minor: number }>(
    `select id, payment_id as "paymentId", amount_minor::int as minor from refund where status = 'SUCCEEDED'`,
  );
  await client.end();

  const stripe = (await (await fetch(`${stripeUrl}/_simulator/state`)).json()) as { refunds: Made[]; transfers: Made[] };
  const worker = openWorker({ databaseUrl, stripeUrl, aheadMs: 0, crashAt: null });
  const { checks } = await auditMoney(worker.work);
  await worker.close();
  return {
    lost: [
      ...[...payments].filter(([session, id]) => !kept.has(`${session} ${id}`)).map(([session]) => `the purchase ${session}`),
      ...[...refunds.values()]
        .filter(({ paymentId, amountMinor }) => !given.rows.some((one) => one.paymentId === paymentId && one.minor === amountMinor))
        .map(({ paymentId }) => `the refund of ${paymentId}`),
    ],
    doubled: [
      ...repeated(paid.rows.map(({ session }) => session)),
      ...repeated(given.rows.map(({ paymentId }) => paymentId)),
      ...repeated(stripe.refunds.map(({ metadata }) => metadata['refund'])),
      ...repeated(stripe.transfers.map(({ metadata }) => metadata['settlement'])),
    ],
    broken: checks.filter(({ ok }) => !ok).map((check) => JSON.stringify(check)),
    transfers: stripe.transfers.length,
  };
}

interface Made {
  metadata: Record<string, string>;
}

function repeated(ids: (string | undefined)[]): string[] {
  const seen = new Set<string>();
  return ids.filter((id): id is string => id !== undefined && seen.size === seen.add(id).size);
}

function inSeconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
