import { createHook } from 'node:async_hooks';
import { describe, expect, it } from '@jest/globals';
import { checkPassword, hashPassword, isPassword } from './passwords.js';

describe('a password', () => {
  it('is kept as a salt and a hash, never twice the same, and is known again', async () => {
    const [one, two] = await Promise.all([hashPassword('a quiet moon rises'), hashPassword('a quiet moon rises')]);
    expect(one).toMatch(/^argon2id\$[\w+/]{22}==\$[\w+/]{43}=$/);
    expect(one).not.toBe(two);
    expect(await isPassword('a quiet moon rises', one)).toBe(true);
    expect(await isPassword('a quiet moon rise', one)).toBe(false);
  });

  it('is the same however its letters are composed', async () => {
    const stored = await hashPassword('caf\u00e9 au lait');
    expect(await isPassword('cafe\u0301 au lait', stored)).toBe(true);
  });

  it('is nobody’s where there is no person, whatever is guessed', async () => {
    for (const guess of ['', 'a quiet moon rises', '\u0000'.repeat(32)]) expect(await isPassword(guess, null)).toBe(false);
  });

  it.each([
    [9, false],
    [10, true],
    [128, true],
    [129, false],
  ])('of %i characters is taken: %s', (length, taken) => {
    const check = () => checkPassword('a quiet moon rises '.repeat(7).slice(0, length), ['password']);
    if (taken) expect(check).not.toThrow();
    else expect(check).toThrow(`The password has ${length} characters.`);
  });
});

describe('a rush of passwords', () => {
  it('is checked two at once; fifty wait, and the rest are told to come back', async () => {
    let most = 0;
    const running = new Set<number>();
    const watch = createHook({
      init(id, type) {
        if (type === 'ARGON2REQUEST') most = Math.max(most, running.add(id).size);
      },
      before(id) {
        running.delete(id);
      },
    }).enable();
    const settled = await Promise.allSettled(Array.from({ length: 80 }, () => isPassword('a quiet moon rises', null)));
    watch.disable();
    const refused = settled.filter((one): one is PromiseRejectedResult => one.status === 'rejected').map(({ reason }) => reason as object);
    expect(refused).toHaveLength(28);
    expect(refused[0]).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: 5 });
    expect(most).toBe(2);

    expect(await isPassword('a quiet moon rises', null)).toBe(false); // all places are free again
  });
});
