import { describe, expect, it } from '@jest/globals';
import { dictionary } from '@zxcvbn-ts/language-common';
import { isGuessable } from './guessable.js';

describe('a password', () => {
  it.each([
    '1234567890',
    '0987654321',
    'qwertyuiop',
    '1q2w3e4r5t',
    'qazwsxedcrfv',
    'asdfghjklzxcvbnm',
    'abcdefghij',
    'aaaaaaaaaa',
    '1212121212',
    'abcabcabcabc',
    'password123',
    'P@ssw0rd2024!',
    'passwordpassword',
    'letmein12345',
    'iloveyou1234',
    'Welcome2026!!',
    'admin@123456',
    'qwerty123456',
    'football2025',
    'sunshine01',
    'trustno1trustno1',
    '19840317122',
    'changeme!!!!',
    'strawberry',
    'Harrypotter',
    'mypassword',
    '7ugd5hip2j',
    'Ronaldinho10',
    '!!snowflake1987',
  ])('that everybody tries first is refused: %s', (password) => {
    expect(isGuessable(password)).toBe(true);
  });

  it('is refused where it is one of the 49,000 that are used most, and long enough', () => {
    const longEnough = dictionary['passwords-common'].filter((password) => password.length >= 10);
    expect(longEnough.length).toBeGreaterThan(1_500);
    expect(longEnough.filter((password) => !isGuessable(password) || !isGuessable(password.toUpperCase()))).toEqual([]);
    expect(dictionary['passwords-common'].filter((password) => /[a-z]$/.test(password) && !isGuessable(`${password}2026!`))).toEqual([]);
  });

  it.each([
    'a quiet moon rises',
    'another sun rises',
    'correct horse battery staple',
    'my password is a long story',
    'q7#Lm2x!vR',
    'ein ruhiger Mond',
    'холодный рассвет',
    'Moonlight over Hull 7',
  ])('that is somebody’s own is taken: %s', (password) => {
    expect(isGuessable(password)).toBe(false);
  });
});
