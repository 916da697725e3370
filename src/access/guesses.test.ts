import { describe, expect, it } from '@jest/globals';
import { at, minuteMs, TurnableClock } from '../base/clock.js';
import { Denied } from '../base/errors.js';
import { Guesses } from './guesses.js';

const wrong = async () => {
  throw new Denied('UNAUTHENTICATED', 'wrong');
};
const right = async () => 'in';
const busy = async () => {
  throw new Denied('RATE_LIMITED', 'busy', 5);
};

async function codeOf(answer: Promise<unknown>): Promise<unknown> {
  return answer.catch((error: Denied) => error.code);
}

describe('guessing a password', () => {
  it('is stopped after ten wrong ones, for the right one too, while its owner signs in from elsewhere', async () => {
    const guesses = new Guesses(new TurnableClock(at(0)));
    for (let i = 0; i < 10; i++) expect(await codeOf(guesses.counted('ann@example.com', '1.1.1.1', wrong))).toBe('UNAUTHENTICATED');
    await expect(guesses.counted('ANN@example.com', '1.1.1.1', right)).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: 900 });
    expect(await guesses.counted('ann@example.com', '2.2.2.2', right)).toBe('in');
    expect(await guesses.counted('ben@example.com', '1.1.1.1', right)).toBe('in');
  });

  it('goes on after a quarter of an hour', async () => {
    const clock = new TurnableClock(at(0));
    const guesses = new Guesses(clock);
    for (let i = 0; i < 11; i++) await codeOf(guesses.counted('ann@example.com', '1.1.1.1', wrong));
    clock.advance(15 * minuteMs);
    expect(await guesses.counted('ann@example.com', '1.1.1.1', right)).toBe('in');
  });

  it('does not count twenty at once as one', async () => {
    const guesses = new Guesses(new TurnableClock(at(0)));
    const codes = await Promise.all(Array.from({ length: 20 }, () => codeOf(guesses.counted('ann@example.com', '1.1.1.1', wrong))));
    expect(codes.filter((code) => code === 'UNAUTHENTICATED')).toHaveLength(10);
  });

  it('is not counted where nothing was tried, and forgotten once the right one came', async () => {
    const guesses = new Guesses(new TurnableClock(at(0)));
    for (let i = 0; i < 30; i++) await codeOf(guesses.counted('ann@example.com', '1.1.1.1', i % 3 === 0 ? right : i % 3 === 1 ? busy : wrong));
    expect(await guesses.counted('ann@example.com', '1.1.1.1', right)).toBe('in');
  });
});
