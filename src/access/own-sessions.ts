import { Refusal } from '../base/errors.js';
import { atomically, type Tx, type Work } from '../db/work.js';
import { countPasswordTry } from './counting.js';
import { writeLetter } from './mail/letter.js';
import { closeLinks } from './mail/mailed-link.js';
import { checkPassword, hashPassword, isPassword } from './passwords.js';
import { authorizePerson } from './permissions.js';
import { sessionIdOf } from './sessions.js';
import type { Viewer } from './viewer.js';

/** A browser in which a person is signed in. */
export interface OwnSession {
  id: string;
  createdAt: Date;
  /** To the minute. */
  lastSeenAt: Date;
  expiresAt: Date;
  /** Whether it is the one that asks. */
  current: boolean;
}

const sessionsMax = 100;

/** Where the viewer is signed in, last seen first. */
export async function listSessions(work: Work, viewer: Viewer): Promise<OwnSession[]> {
  const { personId, sessionId } = authorizePerson(viewer, 'sessions');
  const rows = await work.read
    .selectFrom('signInSession')
    .select(['tokenSha256', 'createdAt', 'lastSeenAt', 'expiresAt'])
    .where('personId', '=', personId)
    .where('revokedAt', 'is', null)
    .where('expiresAt', '>', work.wallClock.now())
    .orderBy('lastSeenAt', 'desc')
    .limit(sessionsMax)
    .execute();
  return rows.map(({ tokenSha256, ...row }) => ({ ...row, id: sessionIdOf(tokenSha256), current: sessionIdOf(tokenSha256) === sessionId }));
}

/** Signs the viewer out in another browser, or in this one. Safe to repeat; what is no session of theirs changes nothing. */
export async function revokeSession(work: Work, viewer: Viewer, id: string): Promise<OwnSession[]> {
  const { personId } = authorizePerson(viewer, 'revokeSession');
  await atomically(work, (tx) => revoke(tx, personId, (sessionId) => sessionId === id));
  return listSessions(work, viewer);
}

/**
 * Gives the viewer another password and signs them out everywhere else.
 * Refuses with INVALID where the present one is wrong or the new one cannot be used; RATE_LIMITED after ten wrong ones within a quarter of an hour.
 */
export async function changePassword(work: Work, viewer: Viewer, input: { currentPassword: string; newPassword: string }): Promise<OwnSession[]> {
  const { personId, sessionId } = authorizePerson(viewer, 'changePassword');
  checkPassword(input.newPassword, ['newPassword']);
  await countPasswordTry(work, personId);
  const person = await work.read.selectFrom('person').select('passwordHash').where('id', '=', personId).executeTakeFirstOrThrow();
  if (!(await isPassword(input.currentPassword, person.passwordHash)))
    throw new Refusal('INVALID', 'This is not your present password.', ['currentPassword'], 'Give the one you signed in with.');

  const passwordHash = await hashPassword(input.newPassword);
  await atomically(work, (tx) => setPassword(tx, work, personId, passwordHash, sessionId ?? null));
  return listSessions(work, viewer);
}

/** Gives a person another password, signs them out everywhere but in one session, ends what links they had to choose one, and tells them by mail. */
export async function setPassword(tx: Tx, work: Work, personId: string, passwordHash: string, keptSession: string | null): Promise<void> {
  const { email } = await tx.sql.updateTable('person').set({ passwordHash }).where('id', '=', personId).returning('email').executeTakeFirstOrThrow();
  await revoke(tx, personId, (sessionId) => sessionId !== keptSession);
  await closeLinks(tx, personId, 'RESET');
  await writeLetter(tx, work, { kind: 'PASSWORD_CHANGED', email });
}

async function revoke(tx: Tx, personId: string, isMeant: (sessionId: string) => boolean): Promise<void> {
  const open = await tx.sql
    .selectFrom('signInSession')
    .select('tokenSha256')
    .where('personId', '=', personId)
    .where('revokedAt', 'is', null)
    .execute();
  const meant = open.map(({ tokenSha256 }) => tokenSha256).filter((tokenSha256) => isMeant(sessionIdOf(tokenSha256)));
  if (meant.length === 0) return;
  await tx.sql.updateTable('signInSession').set({ revokedAt: tx.wallClock.now() }).where('tokenSha256', 'in', meant).execute();
}
