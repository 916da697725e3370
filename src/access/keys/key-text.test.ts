import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { systemClock } from '../../base/clock.js';
import { newId } from '../../base/ids.js';
import { openLog } from '../../base/log.js';
import { newSecret, readKey, writeKey } from './key-text.js';

const fresh = () => ({ id: newId('apiKey', systemClock), secret: newSecret() });

describe('the text of a key', () => {
  it('says which world it is of, and is read back as what it was made from', () => {
    for (let i = 0; i < 200; i++) {
      const key = fresh();
      const text = writeKey('test', key);
      expect(text).toMatch(/^hf_test_[0-9a-z]{26}_[\w-]{49}$/);
      expect(readKey('test', text)).toEqual(key);
      expect(readKey('simulator', text)).toEqual(key);
      expect(readKey('live', text)).toBe(null);
    }
  });

  it('is none once any one character of it is another', () => {
    const text = writeKey('live', fresh());
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom(...'abcXYZ019_-'), (at, letter) => {
        const slipped = `${text.slice(0, at)}${letter}${text.slice(at + 1)}`;
        expect(readKey('live', slipped) === null).toBe(slipped !== text);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is never read out of anything else', () => {
    fc.assert(fc.property(fc.string({ maxLength: 120 }), (text) => expect(readKey('test', text)).toBe(null)));
    for (const text of ['', 'hf_test_', `hf_test_${'0'.repeat(76)}`, `${writeKey('test', fresh())}x`, ` ${writeKey('test', fresh())}`])
      expect(readKey('test', text)).toBe(null);
  });

  it('stays out of the log, wherever it stands in a line', () => {
    const lines: string[] = [];
    const text = writeKey('live', fresh());
    openLog('info', { write: (line) => lines.push(line) }).info({ sent: `Bearer ${text}`, other: text }, `came with ${text}`);
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain(text.slice(8));
  });
});
