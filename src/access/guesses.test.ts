import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openGround, type TestGround } from '../../test/support/ground.js';
import { minuteMs } from '../base/clock.js';
import { Denied } from '../base/errors.js';
import { actFor, type Work } from '../db/work.js';
import { countGuesses } from './guesses.js';

let ground: TestGround;
let another: Work;
let email: string;
let people = 0;

beforeAll(async () => {
  ground = await openGround();
  another = ground.another('holdfast_app');
  actFor(another, { actor: null, role: null, address: '1.1.1.1', requestId: null });
});
afterAll(() => ground.close());
beforeEach(() => {
  email = `ann${++people}@example.com`;
});

const wrong = async () => {
  throw new Denied('UNAUTHENTICATED', 'wrong');
};
const right = async () => 'in';
const busy = async () => {
  throw new Denied('RATE_LIMITED', 'busy', 5);
};

/** What somebody at a network address is told who tries so. */
function told(address: string, whose: string, signIn: () => Promise<string>): Promise<unknown> {
  const work = ground.open();
  actFor(work, { actor: null, role: null, address, requestId: null });
  return countGuesses(work, whose, signIn).catch((error: Denied) => error.code);
}

describe('guessing a password', () => {
  it('is stopped after ten wrong ones, for the right one too and in every process, while its owner signs in from elsewhere', async () => {
    for (let i = 0; i < 10; i++) expect(await told('1.1.1.1', email, wrong)).toBe('UNAUTHENTICATED');
    expect(await told('1.1.1.1', email.toUpperCase(), right)).toBe('RATE_LIMITED');
    await expect(countGuesses(another, email, right)).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: 900 });
    expect(await told('2.2.2.2', email, right)).toBe('in');
    expect(await told('1.1.1.1', 'ben@example.com', right)).toBe('in');
  });

  it('goes on after a quarter of an hour', async () => {
    for (let i = 0; i < 11; i++) await told('1.1.1.1', email, wrong);
    ground.clock.advance(15 * minuteMs);
    expect(await told('1.1.1.1', email, right)).toBe('in');
  });

  it('does not count twenty at once as one', async () => {
    const codes = await Promise.all(Array.from({ length: 20 }, () => told('1.1.1.1', email, wrong)));
    expect(codes.filter((code) => code === 'UNAUTHENTICATED')).toHaveLength(10);
  });

  it('is not counted where nothing was tried, and forgotten once the right one came', async () => {
    for (let i = 0; i < 30; i++) await told('1.1.1.1', email, i % 3 === 0 ? right : i % 3 === 1 ? busy : wrong);
    expect(await told('1.1.1.1', email, right)).toBe('in');
  });
});
