import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkLine, checkNote } from './text.js';

const length = { min: 1, max: 20 };
const told = (text: string) => expect.objectContaining({ code: 'INVALID', path: ['title'], message: expect.stringContaining(text) });

describe('a line', () => {
  it.each(['a', 'Ópera', '夜のオペラ', 'ليلة', '👩‍👩‍👧 family', '…'])('may be written in any language: %s', (text) => {
    expect(checkLine(` ${text}\n`, length, ['title'])).toBe(text);
  });

  it.each([
    ['', 'has 0 characters'],
    [' \n ', 'has 0 characters'],
    ['x'.repeat(21), 'has 21 characters'],
    ['a\u0000b', 'invisible control character'],
    ['a\nb', 'invisible control character'],
    ['a\u2028b', 'invisible control character'],
    ['a\ud800', 'invisible control character'],
    ['\u200b\u2060', 'nothing in it that can be seen'],
    ['\u202e', 'nothing in it that can be seen'],
  ])('of %j is refused: it %s', (text, why) => {
    expect(() => checkLine(text, length, ['title'])).toThrow(told(why));
  });

  it('comes back as it is from wherever text is kept as UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
        try {
          const kept = checkLine(text, length, ['title']);
          expect(Buffer.from(kept).toString()).toBe(kept);
          expect(checkLine(kept, length, ['title'])).toBe(kept);
        } catch (error) {
          expect(error).toMatchObject({ code: 'INVALID' });
        }
      }),
    );
  });
});

describe('a note', () => {
  it('may go over several lines', () => {
    expect(checkNote('first\r\n\tsecond', length, ['reason'])).toBe('first\r\n\tsecond');
  });

  it('may be left out where nothing is asked', () => {
    expect(checkNote('', { min: 0, max: 20 }, ['reason'])).toBe('');
  });

  it.each(['\u0000ab', 'a\u001b[31mb', 'abc\udfff'])('of %j is refused', (text) => {
    expect(() => checkNote(text, length, ['title'])).toThrow(told('invisible control character'));
  });
});
