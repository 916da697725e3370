import { sql } from 'kysely';
import { authorize } from '../access/permissions.js';
import { actorOf, type Viewer } from '../access/viewer.js';
import { Refusal } from '../base/errors.js';
import { checkNote, reasonLength } from '../base/text.js';
import { atomically, type Work } from '../db/work.js';
import { findHalt, type HaltRow, raiseHalt } from '../operations/halt.js';
import { refusalOf } from '../stripe/refusal.js';
import { noteBookCheck } from './book-check.js';
import { type CheckName, checks, haltless } from './checks.js';
import { findUnknownTransfers, toldOf } from './unknown-transfers.js';

/** One row that breaks a promise of the books. */
export interface Offender {
  id: string;
  detail: string;
}

export interface CheckResult {
  name: CheckName;
  /** What must be true, in words. */
  promise: string;
  ok: boolean;
  offenders: Offender[];
}

/** What the books look like now. */
export interface MoneyAudit {
  ok: boolean;
  checkedAt: Date;
  checks: CheckResult[];
  halt: HaltRow | null;
}

const checkMax = '120s'; // of one check: several times what one took at ten million postings; requests have less
const offendersMax = 20; // shown of one check; the count of a broken promise is not what matters

/** Recomputes from the records what must be true of the money, all of it at one moment. Changes nothing. */
export async function auditMoney(work: Work): Promise<MoneyAudit> {
  return atomically(work, async (tx) => {
    await sql`set transaction isolation level repeatable read, read only`.execute(tx.sql);
    await sql`select set_config('statement_timeout', ${checkMax}, true)`.execute(tx.sql);
    const results: CheckResult[] = [];
    for (const [name, promise] of Object.entries(checks) as [CheckName, string][]) {
      const offenders = await tx.sql
        .selectFrom(sql<Offender>`${sql.table(name)}`.as('broken'))
        .selectAll()
        .limit(offendersMax)
        .execute();
      results.push({ name, promise, ok: offenders.length === 0, offenders });
    }
    return { ok: results.every(({ ok }) => ok), checkedAt: tx.clock.now(), checks: results, halt: await findHalt(tx.sql) };
  });
}

/** The audit for a person who may see it. */
export async function readAudit(work: Work, viewer: Viewer): Promise<MoneyAudit> {
  authorize(viewer, 'moneyAudit', null);
  return auditMoney(work);
}

/** Audits, and stops all outgoing money where a promise is broken. Answers how many are. */
export async function auditAndHalt(work: Work): Promise<number> {
  const audit = await auditMoney(work);
  const broken = audit.checks.filter(({ ok }) => !ok);
  await noteBookCheck(work, { checkedAt: audit.checkedAt, promiseCount: audit.checks.length, brokenCount: broken.length });
  for (const { name, promise, offenders } of broken) work.log.error({ check: name, promise, offenders }, 'a promise of the books is broken');
  const stopping = broken.filter(({ name }) => !haltless.includes(name));
  const [first] = stopping;
  if (first) {
    const detail = stopping.map(({ name, offenders }) => `${name}: ${offenders[0]?.id} ${offenders[0]?.detail}`).join('; ');
    if (await atomically(work, (tx) => raiseHalt(tx, 'MONEY_AUDIT', detail.slice(0, 2_000)))) work.log.error({ detail }, 'outgoing money is halted');
  }
  return broken.length;
}

/**
 * Lets money out again, by an administrator who says why. Refuses with INVALID without a reason, with CONFLICT while nothing is halted,
 * while the books are still broken, or while Stripe has transfers that the database does not know.
 */
export async function clearHalt(work: Work, viewer: Viewer, reason: string): Promise<MoneyAudit> {
  authorize(viewer, 'clearHalt', null);
  const because = checkNote(reason, reasonLength, ['reason']);
  const audit = await auditMoney(work);
  const broken = audit.checks.find(({ ok, name }) => !ok && !haltless.includes(name));
  if (broken) throw new Refusal('CONFLICT', `The books are still broken: ${broken.promise}`, null, `Look at ${broken.name} in moneyAudit first.`);
  if (audit.halt?.reason === 'UNKNOWN_TRANSFER') {
    const unknown = await findUnknownTransfers(work);
    if (!unknown.ok) throw refusalOf(unknown.failure, 'Stripe could not be asked for its transfers');
    if (unknown.value.length > 0)
      throw new Refusal('CONFLICT', toldOf(unknown.value), null, 'Adopt each for its settlement first, or take all of it back at Stripe.');
  }
  const cleared = await atomically(work, (tx) =>
    tx.sql
      .updateTable('halt')
      .set({ clearedAt: tx.clock.now(), clearedBy: actorOf(viewer), clearedBecause: because })
      .where('clearedAt', 'is', null)
      .returning('id')
      .executeTakeFirst(),
  );
  if (!cleared) throw new Refusal('CONFLICT', 'Nothing is halted.', null);
  return auditMoney(work);
}
