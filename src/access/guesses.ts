import { type Clock, minuteMs, secondMs } from '../base/clock.js';
import { emailKey } from '../base/email.js';
import { Denied } from '../base/errors.js';
import { sha256 } from '../base/ids.js';

const wrongMax = 10; // more than a person needs who has forgotten which password it was
const windowMs = 15 * minuteMs;
const remembered = 10_000; // pairs of address and sender; the oldest is forgotten first

/**
 * Wrong passwords by e-mail address and sender, in this process: a guesser is slowed down, and its owner still signs in from elsewhere.
 * Says nothing of whether the address is anybody's.
 */
export class Guesses {
  readonly #wrong = new Map<string, { count: number; untilMs: number }>();

  constructor(readonly clock: Clock) {}

  /** Runs a sign-in and counts it where it is refused. Refuses with RATE_LIMITED, without trying, after ten wrong ones within 15 minutes. */
  async counted<T>(email: string, sender: string, signIn: () => Promise<T>): Promise<T> {
    const pair = sha256(JSON.stringify([emailKey(email), sender]));
    const entry = this.#entryOf(pair);
    if (entry.count >= wrongMax) {
      const waitSeconds = Math.ceil((entry.untilMs - this.clock.now().getTime()) / secondMs);
      throw new Denied('RATE_LIMITED', 'Too many wrong passwords for this address.', waitSeconds);
    }

    entry.count++; // before trying, so that many at once are not as one
    try {
      const signedIn = await signIn();
      this.#wrong.delete(pair);
      return signedIn;
    } catch (error) {
      if (!(error instanceof Denied && error.code === 'UNAUTHENTICATED')) entry.count--;
      throw error;
    }
  }

  #entryOf(pair: string): { count: number; untilMs: number } {
    const nowMs = this.clock.now().getTime();
    const there = this.#wrong.get(pair);
    if (there && there.untilMs > nowMs) return there;

    const fresh = { count: 0, untilMs: nowMs + windowMs };
    this.#wrong.delete(pair);
    this.#wrong.set(pair, fresh);
    const oldest = this.#wrong.keys().next().value;
    if (this.#wrong.size > remembered && oldest !== undefined) this.#wrong.delete(oldest);
    return fresh;
  }
}
