import { later } from '../base/clock.js';
import { Refusal } from '../base/errors.js';
import { atomically, type Work } from '../db/work.js';
import { countPasswordTry } from './counting.js';
import { isPassword } from './passwords.js';
import { authorizePerson } from './permissions.js';
import { stepUpLifeMs } from './sessions.js';
import type { Seller, Staff, Viewer } from './viewer.js';

/** The viewer who has shown again that it is them, and until when that is taken. */
export interface SteppedUp {
  viewer: Seller | Staff;
  until: Date;
}

/**
 * Takes the viewer's password again: for the next minutes this browser may do what moves money or rights.
 * Refuses with INVALID where it is wrong; RATE_LIMITED after ten tries within a quarter of an hour.
 */
export async function stepUp(work: Work, viewer: Viewer, { password }: { password: string }): Promise<SteppedUp> {
  const person = authorizePerson(viewer, 'stepUp');
  await countPasswordTry(work, person.personId);
  const { passwordHash } = await work.read.selectFrom('person').select('passwordHash').where('id', '=', person.personId).executeTakeFirstOrThrow();
  if (!(await isPassword(password, passwordHash)))
    throw new Refusal('INVALID', 'This is not your password.', ['password'], 'Give the one you sign in with.');

  const now = work.wallClock.now();
  const { sessionId } = person;
  if (sessionId !== undefined)
    await atomically(work, (tx) =>
      tx.sql.updateTable('signInSession').set({ steppedUpAt: now }).where('tokenSha256', 'like', `${sessionId}%`).execute(),
    );
  return { viewer: { ...person, steppedUp: true }, until: later(now, stepUpLifeMs) };
}
