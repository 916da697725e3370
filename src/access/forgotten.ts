import { checkEmail } from '../base/email.js';
import { Denied, Refusal } from '../base/errors.js';
import { atomically, type Work } from '../db/work.js';
import { countLetter } from './counting.js';
import { sendsMail, writeLetter } from './mail/letter.js';
import { personOfLink, useLink } from './mail/mailed-link.js';
import { setPassword } from './own-sessions.js';
import { checkPassword, hashPassword } from './passwords.js';

/**
 * Has a link sent to whoever has this address, under which they choose another password within 30 minutes. Answers the same, after the same
 * time, where nobody has it. Refuses with EMAIL_INVALID, INVALID where this server sends no mail; RATE_LIMITED beyond ten letters an hour from one network
 * address or five to one mailbox.
 */
export async function askForReset(work: Work, { email }: { email: string }): Promise<void> {
  checkEmail(email, ['email']);
  if (!sendsMail(work)) throw new Refusal('INVALID', 'This server sends no mail.', null, 'Ask whoever runs it for help.');
  await countLetter(work, email);
  await atomically(work, (tx) => writeLetter(tx, work, { kind: 'RESET', email }));
}

/**
 * Gives whoever holds the link from the mail another password, and signs them out everywhere. NOT_FOUND for a link that is unknown, over or
 * was used. Refuses with INVALID a password that cannot be used. A link works once; of two at once, one does.
 */
export async function resetPassword(work: Work, { token, password }: { token: string; password: string }): Promise<void> {
  if (!(await personOfLink(work, token, 'RESET'))) throw noLink();
  checkPassword(password, ['password']);
  const passwordHash = await hashPassword(password);
  await atomically(work, async (tx) => {
    const personId = await useLink(tx, token, 'RESET');
    if (personId === null) throw noLink();
    await setPassword(tx, work, personId, passwordHash, null);
    await tx.sql.updateTable('person').set({ unconfirmedSince: null }).where('id', '=', personId).execute(); // the link came by their mail
  });
}

function noLink() {
  return new Denied('NOT_FOUND', 'This link is over, or was used. Ask for another.');
}
