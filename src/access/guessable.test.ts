import { describe, expect, it } from '@jest/globals';
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
  ])('that everybody tries first is refused: %s', (password) => {
    expect(isGuessable(password)).toBe(true);
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
