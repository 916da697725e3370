import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isSealedByFirst, seal, unseal } from './sealing.js';
import { Secret } from './secret.js';

const keys = [new Secret('the key of this year'), new Secret('the key of last year')];
const [present, former] = keys.map((key) => [key]) as [Secret[], Secret[]];

describe('what is sealed', () => {
  it('is opened again, whatever it was, and never looks the same twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const [one, other] = [seal(keys, 'a test', text), seal(keys, 'a test', text)];
        expect(one).not.toBe(other);
        expect([unseal(keys, 'a test', one), unseal(keys, 'a test', other)]).toEqual([text, text]);
      }),
    );
  });

  it('is opened for nothing else, with no other key, and not once a letter of it was changed', () => {
    const sealed = seal(keys, 'a test', 'a quiet moon rises');
    expect(() => unseal(keys, 'another test', sealed)).toThrow();
    expect(() => unseal(former, 'a test', sealed)).toThrow('SEALING_KEYS');
    for (const text of ['', 'a', 'ab', 'abc']) {
      const short = seal(keys, 'a test', text);
      for (let at = short.indexOf('.') + 1; at < short.length; at++) {
        const changed = `${short.slice(0, at)}${short[at] === 'A' ? 'B' : 'A'}${short.slice(at + 1)}`;
        expect(() => unseal(keys, 'a test', changed)).toThrow();
      }
      for (const more of ['=', '.', '\n', 'A']) expect(() => unseal(keys, 'a test', short + more)).toThrow();
    }
  });

  it('is opened after its key was followed by another, and is told from what the new one sealed', () => {
    const before = seal(former, 'a test', 'a quiet moon rises');
    expect(unseal(keys, 'a test', before)).toBe('a quiet moon rises');
    expect([isSealedByFirst(keys, before), isSealedByFirst(keys, seal(keys, 'a test', 'x')), isSealedByFirst(present, before)]).toEqual([
      false,
      true,
      false,
    ]);
  });
});
