import { defineEntity, p } from '@mikro-orm/postgresql';
import { newId } from '../../base/ids.js';
import { seal } from '../../base/sealing.js';
import type { ColumnsOf } from '../../db/database.js';
import type { Tx, Work } from '../../db/work.js';

/** What a letter is about; what stands in it is decided when it is sent. */
export type LetterKind = 'SIGN_UP' | 'RESET' | 'PASSWORD_CHANGED' | 'INVITATION' | 'MEMBERSHIPS';

/** A letter that waits to be sent. It is gone once it was, or once that has failed for a day. */
export const LetterEntity = defineEntity({
  name: 'Letter',
  tableName: 'letter',
  properties: {
    id: p.string().primary(),
    kind: p.string().$type<LetterKind>(),
    email: p.string(),
    /** A link that is known only where it was made, sealed; null for letters whose link is made when they are sent. */
    sealedLink: p.string().nullable(),
    createdAt: p.datetime(),
    dueAt: p.datetime(),
    tries: p.integer(),
  },
});
export type LetterRow = ColumnsOf<typeof LetterEntity>;

declare module '../../db/database.js' {
  interface Tables {
    letter: LetterRow;
  }
}

/** Whether mail goes anywhere from here: to a mail server, or in a demo to the log. */
export function sendsMail({ config: { mail } }: Work): boolean {
  return mail.smtpUrl !== null || mail.printed;
}

export const linkPurpose = 'the link of a letter';

/**
 * Has a letter sent within seconds of this transaction's commit. It looks nobody up: whether the address is anybody's is found out by the
 * worker, so that asking for a letter takes the same time for every address. Does nothing where this server sends no mail.
 */
export async function writeLetter(tx: Tx, work: Work, letter: { kind: LetterKind; email: string; link?: string }): Promise<void> {
  if (!sendsMail(work)) return;
  const now = tx.wallClock.now();
  const { kind, email, link } = letter;
  const sealedLink = link === undefined ? null : seal(work.config.sealingKeys, linkPurpose, link);
  await tx.sql
    .insertInto('letter')
    .values({ id: newId('letter', tx.wallClock), kind, email, sealedLink, createdAt: now, dueAt: now, tries: 0 })
    .execute();
}
