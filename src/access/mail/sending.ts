import { createTransport } from 'nodemailer';
import { dayMs, later, minuteMs, secondMs } from '../../base/clock.js';
import { emailKey, maskEmail } from '../../base/email.js';
import { unseal } from '../../base/sealing.js';
import { atomically, type Work } from '../../db/work.js';
import { type LetterRow, linkPurpose } from './letter.js';
import { makeLink } from './mailed-link.js';
import { alreadySignedUp, chooseAnotherPassword, confirmAddress, invitation, type Mail, passwordWasChanged } from './wording.js';

const leaseMs = 2 * minuteMs; // a worker that has not sent a letter by then has died with it
const patienceMs = 1 * dayMs; // what could not be sent in so long helps nobody any more
const answerMaxMs = 20 * secondMs; // of the mail server, to each step

/** What stands in letters about things that this room does not know, by their kind; null where there is nothing to tell the address. */
export type Composers = { [Kind in 'MEMBERSHIPS']: (work: Work, email: string) => Promise<Mail | null> };

/** Sends the letters that are due, one after another. Answers how many it took up. A letter is sent again where its worker died over it. */
export async function sendDueLetters(work: Work, limit: number, composers: Composers): Promise<number> {
  const letters = await claim(work, limit);
  for (const letter of letters) {
    try {
      const mail = await compose(work, letter, composers);
      if (mail) await send(work, mail);
      await forget(work, letter);
    } catch (error) {
      const givenUp = letter.createdAt <= later(work.wallClock.now(), -patienceMs);
      work.log.error({ kind: letter.kind, tries: letter.tries, givenUp, err: error }, 'a letter was not sent');
      if (givenUp) await forget(work, letter);
    }
  }
  return letters.length;
}

/** Takes letters up, each for one worker, until its lease is over. */
async function claim(work: Work, limit: number): Promise<LetterRow[]> {
  const now = work.wallClock.now();
  return atomically(work, (tx) =>
    tx.sql
      .with('due', (query) =>
        query.selectFrom('letter').select('id').where('dueAt', '<=', now).orderBy('dueAt').limit(limit).forUpdate().skipLocked(),
      )
      .updateTable('letter')
      .from('due')
      .set((row) => ({ tries: row('letter.tries', '+', 1), dueAt: later(now, leaseMs) }))
      .whereRef('letter.id', '=', 'due.id')
      .returningAll('letter')
      .execute(),
  );
}

async function forget(work: Work, { id }: LetterRow): Promise<void> {
  await atomically(work, (tx) => tx.sql.deleteFrom('letter').where('id', '=', id).execute());
}

/** What stands in a letter, by what is true now; null where there is nothing to tell this address. */
async function compose(work: Work, { kind, email, sealedLink }: LetterRow, composers: Composers): Promise<Mail | null> {
  if (kind === 'MEMBERSHIPS') return composers[kind](work, email);
  const { publicUrl, sealingKeys } = work.config;
  if (kind === 'INVITATION') return sealedLink === null ? null : invitation(email, unseal(sealingKeys, linkPurpose, sealedLink));

  const person = await work.read
    .selectFrom('person')
    .select(['id', 'email', 'unconfirmedSince'])
    .where('emailKey', '=', emailKey(email))
    .executeTakeFirst();
  if (!person) return null; // nobody's address gets no letter, and whoever asked is not told
  if (kind === 'PASSWORD_CHANGED') return passwordWasChanged(person.email, publicUrl);
  if (kind === 'SIGN_UP' && person.unconfirmedSince === null) return alreadySignedUp(person.email, publicUrl);

  const purpose = kind === 'RESET' ? 'RESET' : 'CONFIRM';
  const token = await atomically(work, (tx) => makeLink(tx, person.id, purpose));
  return purpose === 'RESET'
    ? chooseAnotherPassword(person.email, `${publicUrl}/reset/${token}`)
    : confirmAddress(person.email, `${publicUrl}/confirm/${token}`);
}

/** Hands a letter to the mail server, or where there is none and no real money moves, to the log. */
async function send(work: Work, { to, subject, text }: Mail): Promise<void> {
  const { smtpUrl, from } = work.config.mail;
  if (smtpUrl === null) return work.log.warn({ to: maskEmail(to), subject }, text);
  const timeouts = { connectionTimeout: answerMaxMs, greetingTimeout: answerMaxMs, socketTimeout: answerMaxMs };
  await createTransport({ url: smtpUrl.reveal(), ...timeouts }).sendMail({
    from,
    to,
    subject,
    text,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}
