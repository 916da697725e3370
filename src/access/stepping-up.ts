import { later } from '../base/clock.js';
import { Refusal } from '../base/errors.js';
import { sha256 } from '../base/ids.js';
import { atomically, type Work } from '../db/work.js';
import { countPasswordTry } from './counting.js';
import { isPassword } from './passwords.js';
import { authorizePerson } from './permissions.js';
import { wrongCode } from './second-factor/enrolling.js';
import { takeCode } from './second-factor/taking.js';
import { followSession, sessionIdOf, stepUpLifeMs } from './sessions.js';
import type { Seller, Staff, Viewer } from './viewer.js';

/** The viewer who has shown again that it is them, and until when that is taken. */
export interface SteppedUp {
  viewer: Seller | Staff;
  until: Date;
  /** What the browser holds from now on; null where they act without one. */
  token: string | null;
}

/** What shows that it is them: a one-time code of who has those, else the password. */
export interface Proof {
  password?: string | null;
  code?: string | null;
}

/**
 * Takes the viewer's password again, or a one-time code where they have those: for the next minutes this browser may do what moves money or
 * rights, under a session of its own: one that somebody copied before is worth no more than it was, and that for seconds. Refuses with INVALID where it is wrong; RATE_LIMITED after ten tries within a quarter of an hour.
 */
export async function stepUp(work: Work, viewer: Viewer, proof: Proof): Promise<SteppedUp> {
  const person = authorizePerson(viewer, 'stepUp');
  await countPasswordTry(work, person.personId);
  if (person.hasSecondFactor) {
    if (!(await takeCode(work, person.personId, proof.code ?? ''))) throw wrongCode();
  } else await checkPasswordOf(work, person.personId, proof.password ?? '');

  const until = later(work.wallClock.now(), stepUpLifeMs);
  const { sessionId } = person;
  if (sessionId === undefined) return { viewer: { ...person, steppedUp: true }, until, token: null };
  const token = await atomically(work, (tx) => followSession(tx, sessionId));
  return { viewer: { ...person, steppedUp: true, sessionId: sessionIdOf(sha256(token)) }, until, token };
}

async function checkPasswordOf(work: Work, personId: string, password: string): Promise<void> {
  const { passwordHash } = await work.read.selectFrom('person').select('passwordHash').where('id', '=', personId).executeTakeFirstOrThrow();
  if (await isPassword(password, passwordHash)) return;
  throw new Refusal('INVALID', 'This is not your password.', ['password'], 'Give the one you sign in with.');
}
