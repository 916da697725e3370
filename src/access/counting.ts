import { defineEntity, p } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { hourMs, later, minuteMs, secondMs } from '../base/clock.js';
import { emailKey } from '../base/email.js';
import { Denied } from '../base/errors.js';
import { sha256 } from '../base/ids.js';
import type { ColumnsOf } from '../db/database.js';
import { atomically, originOf, type Work } from '../db/work.js';
import type { Viewer } from './viewer.js';

/** How often somebody did something lately, by a hash that tells nothing of who. Shared by all processes; lost with the server, and no harm done. */
export const RequestCountEntity = defineEntity({
  name: 'RequestCount',
  tableName: 'request_count',
  properties: {
    bucket: p.string().primary(),
    since: p.datetime(),
    count: p.integer(),
  },
});

declare module '../db/database.js' {
  interface Tables {
    requestCount: ColumnsOf<typeof RequestCountEntity>;
  }
}

const addressWindowMs = 10 * minuteMs;
const emailWindowMs = 1 * hourMs;
const signUpWindowMs = 1 * hourMs;
const letterWindowMs = 1 * hourMs;
const lettersPerAddressMax = 10;
const lettersPerEmailMax = 5; // nobody’s mailbox is filled from here
const passwordTriesMax = 10; // more than a person needs who has forgotten which it was
const passwordWindowMs = 15 * minuteMs;

/**
 * Counts a checkout that a person opens, by their network address and by the e-mail address: who tests stolen cards opens many.
 * Refuses with RATE_LIMITED beyond the settings. Programs open checkouts for many buyers and are not counted.
 */
export async function countCheckout(work: Work, viewer: Viewer, email: string): Promise<void> {
  const { address } = originOf(work);
  if (viewer.kind === 'KEY' || address === null) return;

  const { checkoutsPerAddress, checkoutsPerEmail } = work.config.limits;
  await count(work, `checkout from ${address}`, { max: checkoutsPerAddress, windowMs: addressWindowMs });
  await count(work, `checkout for ${emailKey(email)}`, { max: checkoutsPerEmail, windowMs: emailWindowMs });
}

/** Counts somebody who signs up. Refuses with RATE_LIMITED beyond the settings. */
export async function countSignUp(work: Work): Promise<void> {
  const { address } = originOf(work);
  if (address !== null) await count(work, `sign-up from ${address}`, { max: work.config.limits.signUpsPerAddress, windowMs: signUpWindowMs });
}

/** Counts a letter that anybody may ask for, by their network address and by whom it is for. Refuses with RATE_LIMITED after ten or five within an hour. */
export async function countLetter(work: Work, email: string): Promise<void> {
  const { address } = originOf(work);
  if (address !== null) await count(work, `letters from ${address}`, { max: lettersPerAddressMax, windowMs: letterWindowMs });
  await count(work, `letters to ${emailKey(email)}`, { max: lettersPerEmailMax, windowMs: letterWindowMs });
}

/** Counts a password that a signed-in person gives once more. Refuses with RATE_LIMITED after ten within a quarter of an hour. */
export function countPasswordTry(work: Work, personId: string): Promise<void> {
  return count(work, `password of ${personId}`, { max: passwordTriesMax, windowMs: passwordWindowMs });
}

/** Counts one more within a window that begins with the first; 0 is no limit. Refuses with RATE_LIMITED, and when to come back, what is more than `max`. */
export async function count(work: Work, what: string, { max, windowMs, told }: { max: number; windowMs: number; told?: string }): Promise<void> {
  if (max === 0) return;
  const now = work.wallClock.now();
  const isOver = sql<boolean>`request_count.since <= ${later(now, -windowMs)}`;
  const { count: counted, since } = await atomically(work, (tx) =>
    tx.sql
      .insertInto('requestCount')
      .values({ bucket: sha256(what), since: now, count: 1 })
      .onConflict((conflict) =>
        conflict.column('bucket').doUpdateSet({
          count: sql<number>`case when ${isOver} then 1 else request_count.count + 1 end`,
          since: sql<Date>`case when ${isOver} then excluded.since else request_count.since end`,
        }),
      )
      .returning(['count', 'since'])
      .executeTakeFirstOrThrow(),
  );
  if (counted <= max) return;
  const waitSeconds = Math.max(1, Math.ceil((later(since, windowMs).getTime() - now.getTime()) / secondMs));
  throw new Denied('RATE_LIMITED', told ?? 'That was asked for too often from here.', waitSeconds);
}

/** Counts one less of what was counted. */
export async function takeBack(work: Work, what: string): Promise<void> {
  await atomically(work, (tx) =>
    tx.sql
      .updateTable('requestCount')
      .set((row) => ({ count: row('count', '-', 1) }))
      .where('bucket', '=', sha256(what))
      .execute(),
  );
}

/** Counts anew from the next one on. */
export async function forget(work: Work, what: string): Promise<void> {
  await atomically(work, (tx) => tx.sql.deleteFrom('requestCount').where('bucket', '=', sha256(what)).execute());
}
