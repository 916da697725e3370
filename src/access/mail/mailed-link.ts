import { randomBytes } from 'node:crypto';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { dayMs, later, minuteMs } from '../../base/clock.js';
import { sha256 } from '../../base/ids.js';
import type { ColumnsOf } from '../../db/database.js';
import type { Tx, Work } from '../../db/work.js';

export type LinkPurpose = 'CONFIRM' | 'RESET';

/** A link that went by mail to a person's address, and opens once. Here is the hash of what it holds. */
export const MailedLinkEntity = defineEntity({
  name: 'MailedLink',
  tableName: 'mailed_link',
  properties: {
    tokenSha256: p.string().primary(),
    personId: p.string(),
    purpose: p.string().$type<LinkPurpose>(),
    createdAt: p.datetime(),
    expiresAt: p.datetime(),
    usedAt: p.datetime().nullable(),
  },
});

declare module '../../db/database.js' {
  interface Tables {
    mailedLink: ColumnsOf<typeof MailedLinkEntity>;
  }
}

const lifeMs: Record<LinkPurpose, number> = { CONFIRM: 1 * dayMs, RESET: 30 * minuteMs };

/** A new link for a person, and the only one of its purpose from now on. Answers its token: 256 random bits. */
export async function makeLink(tx: Tx, personId: string, purpose: LinkPurpose): Promise<string> {
  await closeLinks(tx, personId, purpose);
  const token = randomBytes(32).toString('base64url');
  const now = tx.wallClock.now();
  await tx.sql
    .insertInto('mailedLink')
    .values({ tokenSha256: sha256(token), personId, purpose, createdAt: now, expiresAt: later(now, lifeMs[purpose]), usedAt: null })
    .execute();
  return token;
}

/** Whose a link is, or null where it is unknown, over, or was used. */
export async function personOfLink(
  work: Work,
  token: string,
  purpose: LinkPurpose,
): Promise<{ id: string; email: string; passwordHash: string } | null> {
  const found = await work.read
    .selectFrom('mailedLink')
    .innerJoin('person', 'person.id', 'mailedLink.personId')
    .select(['person.id', 'person.email', 'person.passwordHash'])
    .where('tokenSha256', '=', sha256(token))
    .where('purpose', '=', purpose)
    .where('usedAt', 'is', null)
    .where('expiresAt', '>', work.wallClock.now())
    .executeTakeFirst();
  return found ?? null;
}

/** Uses a link up and answers whose it was; null where it cannot be used any more. Of two at once, one can. */
export async function useLink(tx: Tx, token: string, purpose: LinkPurpose): Promise<string | null> {
  const now = tx.wallClock.now();
  const used = await tx.sql
    .updateTable('mailedLink')
    .set({ usedAt: now })
    .where('tokenSha256', '=', sha256(token))
    .where('purpose', '=', purpose)
    .where('usedAt', 'is', null)
    .where('expiresAt', '>', now)
    .returning('personId')
    .executeTakeFirst();
  return used?.personId ?? null;
}

/** Ends what links of a purpose a person still has. */
export async function closeLinks(tx: Tx, personId: string, purpose: LinkPurpose): Promise<void> {
  await tx.sql
    .updateTable('mailedLink')
    .set({ usedAt: tx.wallClock.now() })
    .where('personId', '=', personId)
    .where('purpose', '=', purpose)
    .where('usedAt', 'is', null)
    .execute();
}
