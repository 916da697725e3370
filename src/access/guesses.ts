import { minuteMs } from '../base/clock.js';
import { emailKey } from '../base/email.js';
import { Denied } from '../base/errors.js';
import { originOf, type Work } from '../db/work.js';
import { count, forget, takeBack } from './counting.js';

const wrongMax = 10; // more than a person needs who has forgotten which password it was
const windowMs = 15 * minuteMs;

/**
 * Runs a sign-in and counts it where it is refused, by e-mail address and sender, in all processes together: a guesser is slowed down, and the owner still
 * signs in from elsewhere. Says nothing of whether the address is anybody's.
 * Refuses with RATE_LIMITED, without trying, after ten wrong ones within 15 minutes.
 */
export async function countGuesses<T>(work: Work, email: string, signIn: () => Promise<T>): Promise<T> {
  const what = `guesses at ${emailKey(email)} from ${originOf(work).address}`;
  await count(work, what, { max: wrongMax, windowMs, told: 'Too many wrong passwords for this address.' }); // before trying, so that many at once are not as one
  try {
    const signedIn = await signIn();
    await forget(work, what);
    return signedIn;
  } catch (error) {
    if (!(error instanceof Denied && error.code === 'UNAUTHENTICATED')) await takeBack(work, what);
    throw error;
  }
}
