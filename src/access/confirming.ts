import { Denied } from '../base/errors.js';
import { atomically, type Work } from '../db/work.js';
import { countPasswordTry } from './counting.js';
import { personOfLink, useLink } from './mail/mailed-link.js';
import { isPassword } from './passwords.js';
import { findViewer, openSession, type SignedIn } from './sessions.js';

/**
 * Confirms the address of who signed up, by the link from the mail and the password they chose, and signs them in. With the password, a link that reached
 * somebody else confirms nothing for whoever signed up in their name. NOT_FOUND for a link that is unknown, over or was used, UNAUTHENTICATED
 * for a wrong password, RATE_LIMITED after ten within a quarter of an hour.
 */
export async function confirmAddress(work: Work, { token, password }: { token: string; password: string }): Promise<SignedIn> {
  const person = await personOfLink(work, token, 'CONFIRM');
  if (!person) throw noLink();
  await countPasswordTry(work, person.id);
  if (!(await isPassword(password, person.passwordHash))) throw new Denied('UNAUTHENTICATED', 'This is not the password you chose.');

  const session = await atomically(work, async (tx) => {
    if ((await useLink(tx, token, 'CONFIRM')) === null) throw noLink();
    await tx.sql.updateTable('person').set({ unconfirmedSince: null }).where('id', '=', person.id).execute();
    return openSession(tx, person.id);
  });
  return { viewer: await findViewer(work, session), token: session };
}

function noLink(): Denied {
  return new Denied('NOT_FOUND', 'This link is over, or was used. Sign in to be sent another.');
}
